"""Tables: separators, headers, columns that are chosen, columns that are no coordinates."""
