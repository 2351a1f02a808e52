"""Pictures: files decoded as the loaders of networks decode them, stacked into rows of one size and mode."""
