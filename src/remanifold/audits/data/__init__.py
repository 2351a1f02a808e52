"""What an audit measures on the data."""
