"""A quantity at every level of a profile, with its error over query points, and the choice of these."""

import math
from dataclasses import dataclass

import numpy as np

from remanifold._core.estimate import Estimate
from remanifold._core.seeds import generator
from remanifold._core.tables import html_table
from remanifold._core.types import Floats, Integers
from remanifold.measures.estimates.persons import clustered_errors

_SHOWN = 60  # levels that a notebook shows
_FEW = 3.0  # widens the variance of a stratum of at most 4 queries


@dataclass(frozen=True, repr=False)
class Series:
    """Mean over query points at each level.

    Attributes:
        value: Means, (levels,).
        stderr: Jackknife errors over queries, (levels,); for a mean the jackknife is sd / sqrt(n), and with weights the
            stratified error.
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


def series_of(
    draws: Floats, weights: Floats | None = None, noise: Floats | None = None, persons: Integers | None = None
) -> Series:
    """Series of the per-query values ``draws`` (queries, levels); the rest as for `mean_error`."""
    return Series(mean_of(draws, weights), mean_error(draws, weights, noise, persons), len(draws))


def mean_of(draws: Floats, weights: Floats | None = None) -> Floats:
    """Mean of ``draws`` (queries, ...) over queries that stand for ``weights`` rows each."""
    if weights is None:
        return draws.mean(axis=0)
    return np.asarray(np.tensordot(weights / weights.sum(), draws, axes=1), dtype=np.float64)


def mean_error(
    draws: Floats, weights: Floats | None = None, noise: Floats | None = None, persons: Integers | None = None
) -> Floats:
    """Standard error of `mean_of`.

    Args:
        draws: One value a query, (queries, levels).
        weights: Rows each query stands for, (queries,); None: queries are a plain random choice. Queries of one weight
            are one stratum, whose spread counts, the wider the fewer they are (Student's t); those of weight 1 are all
            of theirs, and only their noise counts.
        noise: Variance of each value over its noise, (queries, levels); None: there is no noise in them.
        persons: Of the queries, (queries,), where rows belong together: errors count persons (`clustered_errors`), and
            strata are no help, since what persons differ by is no noise.
    """
    n = len(draws)
    if persons is not None:
        mean = mean_of(draws, weights)
        share = np.ones(n) if weights is None else n * weights / weights.sum()
        return clustered_errors(mean + share[:, None] * (draws - mean), persons)
    if weights is None:
        return draws.std(axis=0, ddof=1) / math.sqrt(n) if n > 1 else np.full(draws.shape[1], math.nan)
    variance = np.zeros(draws.shape[1])
    for weight in np.unique(weights):
        stratum = weights == weight
        if weight > 1:
            count = int(stratum.sum())
            few = (count - 1) / (count - 3) if count > 3 else _FEW  # the variance of Student's t over a normal's
            variance += few * weight**2 * count * draws[stratum].var(axis=0, ddof=1)
        elif noise is not None:
            variance += noise[stratum].sum(axis=0)
    return np.sqrt(variance) / weights.sum()


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
