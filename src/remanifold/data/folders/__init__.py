"""Folders: which files are read, of which split, which are left out, and what the names of sub-folders say."""
