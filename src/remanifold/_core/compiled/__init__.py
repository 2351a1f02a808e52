"""Functions that numba compiles, and the pieces that several of them share."""
