"""The noise profile: every time of the theory measured on any points, as one record."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from remanifold._core.estimate import Estimate
from remanifold._core.tables import html_table
from remanifold._core.types import Floats, Integers
from remanifold.measures.estimates.crossings import mean_crossing
from remanifold.measures.estimates.series import Series, series_of
from remanifold.measures.profile.sweep import QuerySums
from remanifold.noise import MeasuredLevel

_MISSED = 3.0  # of n: the share of states that none of n queries is expected to meet with a probability of 5 %


@dataclass(frozen=True, repr=False)
class NoiseProfile:
    """All noise levels of a data set seen from its own points (theory.md, section 6); a notebook shows a table.

    The errors are conditional on the data set: they say how well the query points and their noise fix the value for
    THIS set. Another draw of the same number of points from the same source would differ by more; where several sets
    can be drawn, `ensemble_times` measures that spread.

    Attributes:
        t: Levels (noise variance, squared data units), ascending, (levels,).
        queries: Row numbers of the query points, ascending, (queries,).
        n_points: Number P of distinct points.
        ambient_dim: N.
        n_draws: Noise draws a query, each used with both signs.
        seed: Seed of the noise and of the choice of queries.
        sums: Sums of each query, at ``t`` and at the extra levels its own collapse needed.
        nearest_rows, nearest_distances: Nearest other distinct point of each query and its distance, (queries,).
        weights: How many rows each query stands for, (queries,), where far rows are more often queries than others
            (`stratified_queries`); None: all alike.
        persons: Of the queries, (queries,), where rows belong together: errors count persons, see `clustered_errors`.
    """

    t: Floats
    queries: Integers
    n_points: int
    ambient_dim: int
    n_draws: int
    seed: int
    sums: tuple[QuerySums, ...]
    nearest_rows: Integers
    nearest_distances: Floats
    weights: Floats | None = None
    persons: Integers | None = None

    def __repr__(self) -> str:
        levels = ", ".join(f"{name}={'None' if level is None else f'{level:.4g}'}" for name, level in self._levels())
        return (
            f"NoiseProfile({self.n_points} points in {self.ambient_dim} dimensions, {len(self.queries)} queries, "
            f"{len(self.t)} levels: {levels})"
        )

    def _repr_html_(self) -> str:
        columns = ("noise level", "t", "standard error", "sigma", "95 % interval of t")
        rows = []
        for name, level in self._levels():
            if level is None:
                rows.append((name, "none on these levels", "", "", ""))
            else:
                low, high = level.interval
                interval = f"{low:.4g} to {high:.4g}"
                rows.append((name, f"{level.value:.4g}", f"{level.stderr:.2g}", f"{level.sigma:.4g}", interval))
        return html_table(repr(self), columns, rows)

    def _levels(self) -> tuple[tuple[str, MeasuredLevel | None], ...]:
        names = ("t_onset", "t_collapse", "t_generalization")
        return tuple(zip(names, (self.t_onset, self.t_collapse, self.t_generalization)))

    def _table(self, field: str) -> Floats:
        """Field of `QuerySums` on the common levels: (queries, levels, branches)."""
        return np.stack([getattr(s, field)[np.searchsorted(s.t, self.t)] for s in self.sums])

    @cached_property
    def _log_sum(self) -> Floats:
        return self._table("log_sum")

    @cached_property
    def half_squared(self) -> Floats:
        """Weighted mean of A of each query, (queries, levels, branches); see `QuerySums`."""
        return self._table("half_squared")

    @cached_property
    def _projection(self) -> Floats:
        return self._table("projection")

    def _series(self, draws: Floats, branches: Floats | None = None) -> Series:
        """Series of ``draws`` (queries, levels), the means over noise of ``branches`` (queries, levels, branches)."""
        return series_of(draws, self.weights, None if branches is None else self._noise(branches), self.persons)

    def _mean_series(self, branches: Floats) -> Series:
        return self._series(branches.mean(axis=2), branches)

    def _noise(self, branches: Floats) -> Floats | None:
        """Variance over its noise of each query's mean over ``branches`` (queries, levels, branches)."""
        if self.weights is None:
            return None
        draws = branches.reshape(*branches.shape[:2], self.n_draws, 2).mean(axis=3)  # both signs of a draw: one number
        return draws.var(axis=2, ddof=1) / self.n_draws

    @cached_property
    def query_gap(self) -> Floats:
        """-log S of each query, mean over its noise: (queries, levels), nats."""
        return -self._log_sum[:, :, 1:].mean(axis=2)

    @cached_property
    def query_dimension(self) -> Floats:
        """<|Delta|^2/t + w.Delta/sqrt(t)> of each query: (queries, levels). Equals -2 d(gap)/d log t exactly."""
        return gap_dimension(self.t, self.half_squared, self._projection)

    @cached_property
    def query_trap(self) -> Floats:
        """-R(xi) of each query: (queries, levels), nats."""
        return -self._log_sum[:, :, 0]

    @cached_property
    def query_nll_slope(self) -> Floats:
        """d nll/d log t of each query, (queries, levels)."""
        return nll_slope(self.t, self.half_squared, self.ambient_dim)

    @cached_property
    def gap(self) -> Series:
        """Collapse function: mean of -t|w|^2/(2t) - R(xi + sqrt(t) w), nats; crosses 0 at t_c, negative above it."""
        return self._series(self.query_gap, self._log_sum[:, :, 1:])

    @cached_property
    def trap(self) -> Series:
        """Onset function: mean of -R(xi), nats; crosses 0 at t_o, negative above it."""
        return self._series(self.query_trap)

    @cached_property
    def nll(self) -> Series:
        """Leave-one-out cross entropy of a data point, nats: (N/2) log(2 pi t) + log(P-1) - R(xi); least at t_g."""
        constant = self.ambient_dim / 2 * np.log(2 * math.pi * self.t) + math.log(self.n_points - 1)
        return self._series(constant + self.query_trap)

    @cached_property
    def information(self) -> Series:
        """I(xi; x_t) = log(P-1) - mean[R + |w|^2/2], nats, with the realised |w|^2."""
        return self._series(math.log(self.n_points - 1) + self.query_gap, self._log_sum[:, :, 1:])

    @cached_property
    def own_surprisal(self) -> Series:
        """E[-log w_own], nats: how surprised the empirical posterior is by the point the noise was added to.

        Far below t_c a few rare states carry the mean, and none may be among the queries: up to 3/n of the states, with
        about 1 nat each, are missed with a probability of 5 %. The error holds that too, so that it is at least 1.53/n.
        """
        seen = self._mean_series(np.logaddexp(0.0, self._log_sum[:, :, 1:]))
        independent = seen.n if self.persons is None else len(np.unique(self.persons))
        return Series(seen.value, np.hypot(seen.stderr, _MISSED / 1.96 / independent), seen.n)

    @cached_property
    def own_weight(self) -> Series:
        """E[w_own]: the probability that exact reversal from t returns to the point it started from."""
        return self._mean_series(np.exp(-np.logaddexp(0.0, self._log_sum[:, :, 1:])))

    @cached_property
    def participation(self) -> Series:
        """E[sum_mu w_mu^2], own point included: 1/P where all share, 1 where one point has all the weight."""
        log_total = np.logaddexp(0.0, self._log_sum[:, :, 1:])
        log_squares = np.logaddexp(0.0, self._table("log_square_sum")[:, :, 1:])
        return self._mean_series(np.exp(log_squares - 2 * log_total))

    @cached_property
    def local_dimension(self) -> Series:
        """d_eff(t) = -2 dI/d log t, the exact derivative at fixed noise; biased high near t_c and below."""
        return self._series(self.query_dimension, self._dimension_branches)

    @cached_property
    def _dimension_branches(self) -> Floats:
        return dimension_branches(self.t, self.half_squared, self._projection)

    @cached_property
    def balanced_dimension(self) -> Series:
        """E<A>/t: the mean of `local_dimension`, biased high near t_c, and of `posterior_dimension`, biased low.

        On the population all three agree. local_dimension = E<2A/t + B/sqrt(t)>, so that B drops out of the mean.
        """
        branches = self.half_squared[:, :, 1:]
        return self._series(branches.mean(axis=2) / self.t, branches / self.t[:, None])

    @cached_property
    def posterior_dimension(self) -> Series:
        """E(posterior variance)/t: by parts over the noise, -E<B>/sqrt(t)."""
        branches = self._projection[:, :, 1:]
        return self._series(-branches.mean(axis=2) / np.sqrt(self.t), branches / np.sqrt(self.t)[:, None])

    @cached_property
    def t_collapse(self) -> MeasuredLevel | None:
        """t_c: zero of `gap`."""
        return mean_crossing(
            np.log(self.t),
            self.query_gap,
            -self.query_dimension / 2,
            self.weights,
            self._noise(self._log_sum[:, :, 1:]),
            self.persons,
        )

    @cached_property
    def t_onset(self) -> MeasuredLevel | None:
        """t_o: zero of `trap`."""
        slopes = -self.half_squared[:, :, 0] / self.t
        return mean_crossing(np.log(self.t), self.query_trap, slopes, self.weights, persons=self.persons)

    @cached_property
    def t_generalization(self) -> MeasuredLevel | None:
        """t_g: the least mean leave-one-out cross entropy, as the zero of its exact slope."""
        return best_level(self.t, self.nll.value, self.query_nll_slope, self.weights, self.persons)

    def at(self, series: Series, t: float) -> float:
        """``series`` at noise ``t``, linear in log t between levels, constant beyond them."""
        return float(np.interp(math.log(t), np.log(self.t), series.value))

    def estimate_at(self, series: Series, t: float) -> Estimate:
        """`at` with its error, interpolated likewise: never too small, since neighbouring levels share the queries."""
        return Estimate(self.at(series, t), float(np.interp(math.log(t), np.log(self.t), series.stderr)), series.n)


def gap_dimension(t: Floats, half_squared: Floats, projection: Floats) -> Floats:
    """<|Delta|^2/t + w.Delta/sqrt(t)>, mean over the noise: (..., levels). -2 d(gap)/d log t exactly.

    Args:
        t: Levels, (levels,).
        half_squared, projection: As in `QuerySums`, (..., levels, branches).
    """
    return dimension_branches(t, half_squared, projection).mean(axis=-1)


def dimension_branches(t: Floats, half_squared: Floats, projection: Floats) -> Floats:
    """`gap_dimension` of each noise branch, (..., levels, branches - 1)."""
    return 2 * half_squared[..., 1:] / t[:, None] + projection[..., 1:] / np.sqrt(t)[:, None]


def nll_slope(t: Floats, half_squared: Floats, ambient_dim: int) -> Floats:
    """d/d log t of -log p_t^emp at a point: N/2 - <A>/t, (..., levels); ``half_squared`` as in `QuerySums`."""
    return ambient_dim / 2 - half_squared[..., 0] / t


def best_level(
    t: Floats, nll: Floats, slopes: Floats, weights: Floats | None = None, persons: Integers | None = None
) -> MeasuredLevel | None:
    """The level of least mean cross entropy, from the slopes (queries, levels) around the least value on the grid.

    ``weights`` and ``persons`` (queries,): as for `mean_error`.
    """
    k = int(nll.argmin())
    if k in (0, len(t) - 1):
        return None
    around = slice(max(0, k - 3), k + 4)
    return mean_crossing(np.log(t[around]), slopes[:, around], None, weights, persons=persons)
