"""Array types of signatures, spelled so that a type checker shows no Any."""

import numpy as np

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
"""An array of float64."""
Integers = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
"""An array of int64."""
FloatArray = np.ndarray[tuple[int, ...], np.dtype[np.float64 | np.float32]]
"""An array of floats, in double or single precision."""
LabelArray = np.ndarray[tuple[int, ...], np.dtype[np.int64 | np.str_]]
"""Classes of rows: numbers or names."""
