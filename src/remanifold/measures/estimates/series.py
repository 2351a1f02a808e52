"""A quantity at every level of a profile, with its error over query points, and the choice of these."""

import math
from dataclasses import dataclass

import numpy as np

from remanifold._core.estimate import Estimate
from remanifold._core.seeds import generator
from remanifold._core.tables import html_table
from remanifold._core.types import Floats, Integers

_SHOWN = 60  # levels that a notebook shows


@dataclass(frozen=True, repr=False)
class Series:
    """Mean over query points at each level.

    Attributes:
        value: Means, (levels,).
        stderr: Jackknife errors over queries, (levels,); for a mean the jackknife is sd / sqrt(n).
        n: Number of queries.
    """

    value: Floats
    stderr: Floats
    n: int

    def __getitem__(self, level: int) -> Estimate:
        return Estimate(float(self.value[level]), float(self.stderr[level]), self.n)

    def __repr__(self) -> str:
        ends = f"{self[0]:.4g} to {self[-1]:.4g}" if len(self) else "none"
        return f"Series({len(self)} levels, n={self.n}: {ends})"

    def _repr_html_(self) -> str:
        rows = [(k, f"{self.value[k]:.4g}", f"{self.stderr[k]:.2g}") for k in range(min(len(self), _SHOWN))]
        return html_table(repr(self), ("level", "mean", "standard error"), rows)

    def __len__(self) -> int:
        return len(self.value)


def series_of(draws: Floats) -> Series:
    """Series of the per-query values ``draws`` (queries, levels)."""
    n = len(draws)
    error = draws.std(axis=0, ddof=1) / math.sqrt(n) if n > 1 else np.full(draws.shape[1], math.nan)
    return Series(draws.mean(axis=0), error, n)


def excess_series(happened: Floats, chance: Floats) -> Series:
    """Mean of ``happened - chance`` at each level, (trials, levels) both: events against their own probabilities.

    The error is sqrt(sum c(1-c))/n, exact where the chances c are right. An error from the spread of the differences
    would be far too small where events are rare: none of them may have happened yet.
    """
    n = len(happened)
    error = np.sqrt((chance * (1 - chance)).clip(min=0).sum(axis=0)) / n
    return Series((happened - chance).mean(axis=0), error, n)


def choose_queries(rows: Integers, most: int, seed: int) -> Integers:
    """At most ``most`` of ``rows``, at random, ascending; a larger ``most`` keeps the earlier choice and adds to it."""
    if most >= len(rows):
        return rows
    order = generator(seed, "choice of queries").permutation(len(rows))
    return np.sort(rows[order[:most]])
