"""An audit's answers in words."""
