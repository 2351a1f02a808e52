"""What an audit measures on a trained network."""
