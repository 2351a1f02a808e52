"""Finite sizes: what an experiment with P points in N dimensions measures."""
