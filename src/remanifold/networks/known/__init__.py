"""The data and the rows of the networks whose training sets are known."""
