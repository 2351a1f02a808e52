"""Rows that recur: how often a fresh draw equals a training row by itself, and what goes beyond that."""

import numpy as np
from scipy.special import betaincinv

from remanifold.measures.estimates.proportions import more_often

_LEAK_LEVEL, _CLEANED_LEVEL = 0.01, 0.001


def is_leak(holdout: int, of_holdout: int, repeated: int, of_train: int) -> bool:
    """Whether more hold-out rows equal a training row than rows that recur by themselves explain.

    Args:
        holdout, of_holdout: Hold-out rows that equal a training row, of how many.
        repeated, of_train: Training rows that equal another training row, of how many.
    """
    if holdout * of_train <= repeated * of_holdout:
        return False
    return 2 * more_often(holdout, of_holdout, repeated, of_train) < _LEAK_LEVEL  # two-sided


def is_cleaned(hits: int, repeats: int, of_holdout: int) -> bool:
    """Whether hold-out rows equal each other far more often than they equal as many training rows, or more.

    Args:
        hits: Hold-out rows that equal a training row.
        repeats: Hold-out rows that equal another hold-out row.
        of_holdout: Hold-out rows.
    """
    return more_often(repeats, of_holdout, hits, of_holdout) < _CLEANED_LEVEL


def detectable_copies(
    of_samples: int, holdout: int, of_holdout: int, *, level: float, power: float = 0.8
) -> float | None:
    """Least share of samples which equal training rows, beyond those that recur, that `more_often` finds.

    Args:
        of_samples: Samples.
        holdout, of_holdout: Hold-out rows that equal a training row, of how many.
        level: Of the test.
        power: Chance of finding it.

    Returns:
        None where not even all samples would be enough.
    """
    from scipy.stats import hypergeom  # scipy.stats takes a second to load

    recurring = round(of_samples * holdout / of_holdout)
    copies = np.arange(1, of_samples - recurring + 1)
    p_values = hypergeom.sf(recurring + copies - 1, of_samples + of_holdout, recurring + copies + holdout, of_samples)
    enough = copies[p_values <= level]
    if not len(enough):
        return None
    return float(betaincinv(enough[0], of_samples - enough[0] + 1, power))
