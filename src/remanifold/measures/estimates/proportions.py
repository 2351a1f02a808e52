"""Shares of rows with exact intervals."""

from scipy.special import betaincinv

from remanifold._core.errors import refusal


def exact_interval(hits: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share after Clopper and Pearson (Biometrika 26, 404, 1934): it covers at least ``level``.

    Zero hits give (0, about 3.7/n), never (0, 0). Ties split between two outcomes make ``hits`` a half, which
    scipy's binomtest refuses; the beta quantiles are taken there.

    Raises:
        InvalidInput: if there are no rows, or more hits than rows.
    """
    if n < 1 or not 0 <= hits <= n:
        raise refusal("a share needs 0 <= hits <= n and n >= 1", f"{hits} of {n}", "pass counts")
    tail = (1 - level) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return low, high


def more_often(hits: int, of: int, other_hits: int, of_others: int) -> float:
    """One-sided p-value (Fisher's exact test): does the first share exceed the second?

    Args:
        hits, of: The first count, of how many.
        other_hits, of_others: The second.
    """
    from scipy.stats import hypergeom  # scipy.stats takes a second to load

    return float(hypergeom.sf(hits - 1, of + of_others, hits + other_hits, of))
