"""Shares of rows with exact intervals, and the naming of rows at a stated false discovery rate."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from remanifold._core.errors import refusal


def exact_interval(hits: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share after Clopper and Pearson (Biometrika 26, 404, 1934): it covers at least ``level``.

    Zero hits give (0, about 3.7/n), never (0, 0). Ties split between two outcomes make ``hits`` a half; the beta
    quantiles are taken there.

    Raises:
        InvalidInput: if there are no rows, or more hits than rows.
    """
    if not (n >= 1 and 0 <= hits <= n):
        raise refusal("a share needs 0 <= hits <= n and n >= 1", f"{hits} of {n}", "pass counts")
    tail = (1 - level) / 2
    low = float(stats.beta.ppf(tail, hits, n - hits + 1)) if hits > 0 else 0.0
    high = float(stats.beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def discovery_rates(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Benjamini and Hochberg's adjusted p-values (J. R. Stat. Soc. B 57, 289, 1995), (m,).

    Rows named because theirs is at most q are false in a share of at most q, on average, where the p-values are
    independent or positively dependent, as those of one calibration set are (Bates et al., Ann. Stat. 51, 149, 2023).
    """
    m = len(p_values)
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * m / np.arange(1, m + 1)
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
