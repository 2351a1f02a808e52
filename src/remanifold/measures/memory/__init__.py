"""What a network remembers: denoising losses, the memory index, and its test."""
