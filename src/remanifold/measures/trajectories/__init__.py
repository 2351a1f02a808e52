"""Measures on trajectories of reverse diffusion: returns, capture, basins, clones."""
