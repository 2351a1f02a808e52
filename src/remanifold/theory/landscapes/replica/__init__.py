"""Nonlinear hidden manifolds through the replica equations."""
