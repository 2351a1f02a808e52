"""Sets of points as laws: spectra, divergences, and distances between samples."""
