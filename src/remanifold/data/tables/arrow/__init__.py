"""Arrow tables and data frames: which columns are points, what their cells hold, whether parts fit together."""
