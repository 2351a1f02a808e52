"""Rows that recur: how often a fresh draw equals a training row by itself, and what goes beyond that."""

import numpy as np
from scipy import stats

_LEAK_LEVEL = 0.01


def more_equal(samples: int, of_samples: int, holdout: int, of_holdout: int) -> float:
    """One-sided p-value (Fisher's exact test): do more samples equal a training row than hold-out rows do?

    Args:
        samples, of_samples: Samples that equal a training row, of how many.
        holdout, of_holdout: The same of hold-out rows, counted before any is left out.
    """
    return float(stats.hypergeom.sf(samples - 1, of_samples + of_holdout, samples + holdout, of_samples))


def is_leak(holdout: int, of_holdout: int, repeated: int, of_train: int) -> bool:
    """Whether more hold-out rows equal a training row than rows that recur by themselves explain.

    Args:
        holdout, of_holdout: Hold-out rows that equal a training row, of how many.
        repeated, of_train: Training rows that equal another training row, of how many.
    """
    if holdout * of_train <= repeated * of_holdout:
        return False
    return 2 * more_equal(holdout, of_holdout, repeated, of_train) < _LEAK_LEVEL  # two-sided


def detectable_copies(
    of_samples: int, holdout: int, of_holdout: int, *, level: float, power: float = 0.8
) -> float | None:
    """Least share of samples which equal training rows, beyond those that recur, that `more_equal` finds.

    Args:
        of_samples: Samples.
        holdout, of_holdout: Hold-out rows that equal a training row, of how many.
        level: Of the test.
        power: Chance of finding it.

    Returns:
        None where not even all samples would be enough.
    """
    recurring = round(of_samples * holdout / of_holdout)
    copies = np.arange(1, of_samples - recurring + 1)
    p_values = stats.hypergeom.sf(
        recurring + copies - 1, of_samples + of_holdout, recurring + copies + holdout, of_samples
    )
    enough = copies[p_values <= level]
    if not len(enough):
        return None
    return float(stats.beta.ppf(power, enough[0], of_samples - enough[0] + 1))
