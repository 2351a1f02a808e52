"""Sums over data that stream past, where memory holds no index."""
