"""What an audit measures on generated samples."""
