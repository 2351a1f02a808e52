"""The noise profile: what the empirical score does at every noise level, and what follows from it row by row."""
