"""What is kept of the data to answer queries fast, and where it is kept."""
