"""The benchmark of audits: which statistics find memory, on networks whose training rows are known."""
