"""The explorer: one static page that teaches when a diffusion model memorizes, and computes in the reader's browser."""

from remanifold.explorer.page import explorer_page

__all__ = ["explorer_page"]
