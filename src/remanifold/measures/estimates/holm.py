"""Holm's adjustment of p-values that are read together."""

import numpy as np

from remanifold._core.types import Floats


def holm(p_values: Floats) -> Floats:
    """Adjusted p-values (Holm, Scand. J. Stat. 6, 65, 1979), (k,).

    Rejecting those at or below alpha raises a false alarm among all k with probability alpha at most, whatever the
    dependence of the tests.
    """
    order = np.argsort(p_values, kind="stable")
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted
