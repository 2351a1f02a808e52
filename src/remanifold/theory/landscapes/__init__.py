"""Landscapes: what the random energy model must know about each kind of data."""
