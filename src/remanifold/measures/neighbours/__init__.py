"""Distances between rows: products, nearest rows, close pairs, duplicates."""
