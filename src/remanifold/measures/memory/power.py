"""What the tests of memory would have found: the least share of remembered rows that they see with a given power."""

import numpy as np
from scipy.special import ndtr

from remanifold._core.seeds import generator
from remanifold._core.types import Floats
from remanifold.measures.memory.group_tests import criticisms, exchanged

_EXCHANGES = 2000
_DRAWS = 60  # the power of .8 is known to .05


def power(
    law: Floats, n: int, m: int, n_remembered: int, gap: float, *, n_tests: int = 2, level: float = 0.05, seed: int = 0
) -> float:
    """Chance that the tests of all rows and of a few rows find ``n_remembered`` of n rows beside m hold-out rows.

    Args:
        law: Loss gaps of rows that are not remembered, nats, (k,); both sides are drawn from it.
        n, m: Training and hold-out rows.
        n_remembered: Of the training rows, at random.
        gap: By how much the mean log loss of these is lower, nats.
        n_tests: Tests that are adjusted together.
        level: Of all together.
        seed: Of the draws.
    """
    null = np.sort(exchanged(n, m, _EXCHANGES, seed))
    rng = generator(seed, "power")
    numbers = -np.stack([np.concatenate([rng.choice(law, n), rng.choice(law, m)]) for _ in range(_DRAWS)])
    numbers[:, :n_remembered] -= gap
    beyond = _EXCHANGES - np.searchsorted(null, criticisms(numbers, n, seed) - 1e-12)
    sparse = (1 + beyond) / (1 + _EXCHANGES)
    return float((np.minimum(sparse, _lower(numbers, n)) * n_tests <= level).mean())


def _lower(numbers: Floats, n: int) -> Floats:
    """Mann-Whitney p-values of many draws: are the first n numbers of each lower than the others? (draws,)."""
    from scipy.stats import rankdata  # scipy.stats takes a second to load

    ranks, m = rankdata(numbers, axis=1), numbers.shape[1] - n
    above = n * m + n * (n + 1) / 2 - ranks[:, :n].sum(axis=1)  # pairs in which the other number is higher
    ordered = np.sort(numbers, axis=1)
    spread = np.array([_spread(row, n, m) for row in ordered])
    return ndtr(-(above - n * m / 2 - 0.5) / np.maximum(spread, 1e-300))


def _spread(ordered: Floats, n: int, m: int) -> float:
    """Standard deviation of the count of pairs under exchange, ties counted by halves."""
    ties = np.diff(np.flatnonzero(np.r_[True, np.diff(ordered) != 0, True])).astype(np.float64)
    size = n + m
    return float(np.sqrt(n * m / 12 * (size + 1 - (ties**3 - ties).sum() / (size * (size - 1)))))


def detectable_share(
    law: Floats, n: int, m: int, gap: float, *, n_tests: int = 2, level: float = 0.05, least: float = 0.8, seed: int = 0
) -> float | None:
    """Least share of remembered rows that is found with a chance of ``least``; None where not even all rows are.

    Args:
        law, n, m, gap, n_tests, level, seed: See `power`.
        least: The power.
    """
    steps = np.unique(np.round(np.geomspace(1, n, 1 + 4 * max(1, int(np.ceil(np.log2(n)))))).astype(int))
    low, high = 0, len(steps)
    while low < high:
        middle = (low + high) // 2
        enough = power(law, n, m, int(steps[middle]), gap, n_tests=n_tests, level=level, seed=seed) >= least
        low, high = (low, middle) if enough else (middle + 1, high)
    return float(steps[low] / n) if low < len(steps) else None
