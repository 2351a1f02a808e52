"""Sums over all points: by products in double, or in single precision with heavy points in double."""
