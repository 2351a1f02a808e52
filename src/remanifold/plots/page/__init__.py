"""What every HTML page shares: one base template, one style sheet, one way to write a table."""
