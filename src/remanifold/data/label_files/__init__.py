"""Labels in files: how they are read, and how those with names are matched to rows."""
