"""Models of diffusers taken apart: their folders, their parts, and what their schedulers say."""
