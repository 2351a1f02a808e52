"""The basin of a training point at noise t: by energies, by gradient flow, by reverse diffusion of any denoiser."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsFloat

import numpy as np
import torch

from remanifold._core.errors import NotConverged, refusal
from remanifold._core.types import Floats, Integers
from remanifold.data import PointsLike
from remanifold.measures.estimates.crossings import mean_crossing
from remanifold.measures.estimates.series import Series, choose_queries, excess_series, series_of
from remanifold.measures.memory.row_classes import RowClasses
from remanifold.measures.neighbours.panel import compute_panel
from remanifold.measures.neighbours.reading import COLUMN_BYTES
from remanifold.measures.trajectories.returns import own_weights
from remanifold.measures.trajectories.reversal import STANDARD, Reversal, affordable
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.noise import MeasuredLevel, NoiseLevel, noise_variance
from remanifold.sampling import noised
from remanifold.sampling.means import LabelledMeans
from remanifold.scores.denoiser import DenoiserLike

_PANEL_BYTES = 2**27
_STILL = 1e-6  # of sqrt(t): a step this short, and contracting, is at a fixed point for every purpose here
_MOST_STEPS = 20000


@dataclass(frozen=True, eq=False)
class Basins:
    """Starts xi + sqrt(delta) w, judged at noise t. theory.md section 5 predicts delta_b(t) of the first way.

    Attributes:
        t: Noise variance.
        delta: Noise variances of the starts, ascending, (levels,).
        gap: Mean log odds of the own point against all others at the start: crosses zero at delta_b.
        flow: Share whose gradient flow at frozen t ends at a state that is mostly the own point's.
        reverse: Share whose reverse diffusion from noise t ends at the own point.
        own_weight: E[w_own] at the start: what `reverse` is under the exact score.
        excess: Mean of reverse - w_own, trajectory by trajectory.
        static_basin: delta where `gap` is zero; None where it does not cross in ``delta``.
        flow_basin: delta where `flow` is 1/2; or None.
        reverse_basin: delta where `reverse` is 1/2; or None.
    """

    t: NoiseLevel
    delta: Floats
    gap: Series
    flow: Series
    reverse: Series
    own_weight: Series
    excess: Series
    static_basin: MeasuredLevel | None
    flow_basin: MeasuredLevel | None
    reverse_basin: MeasuredLevel | None


def basins(
    training: TrainingPoints | PointsLike,
    t: SupportsFloat | None = None,
    delta: Sequence[float] | Floats = (),
    *,
    sigma: SupportsFloat | None = None,
    n_trajectories: int = 300,
    stop_at: float | None = None,
    reversal: Reversal = STANDARD,
) -> Basins:
    """Measure the basin at noise ``t`` over a list of ``delta``; the same points and noise at every delta.

    Args:
        training: The points.
        t, sigma: Noise variance of the landscape, or its root.
        delta: Noise variances of the starts, positive; a radius is sqrt(N delta).
        n_trajectories: At each delta.
        stop_at: Where reverse diffusion ends; `TrainingPoints.rest` by default.
        reversal: How it is run. Gradient flow is that of its denoiser.

    Raises:
        InvalidInput: if numbers are bad.
        NotConverged: if a gradient flow does not settle.
    """
    training = TrainingPoints.of(training)
    low = training.rest() if stop_at is None else stop_at
    level, starts = _checked(noise_variance(t, sigma), delta, low)
    rows = training.choose(n_trajectories, reversal.seed)
    clean = training.rows(rows)
    noise = noised(np.zeros_like(clean), 1.0, seed=reversal.seed, stream="basins")
    denoiser = training.score if reversal.denoiser is None else LabelledMeans(reversal.denoiser, None, reversal.device)
    flow, back, weight = np.empty((3, len(rows), len(starts)))
    for k, d in enumerate(starts):
        x = clean + np.sqrt(d) * noise
        weight[:, k] = training.own_weight(x, level, rows)
        flow[:, k] = training.own_weight(mean_shift(denoiser, x, level), level, rows) > 0.5
        ends = reversal.down(training, x, reversal.levels(level, low), stream=f"basins {k}").samples
        back[:, k] = training.nearest(ends) == rows
    gap, log_delta = log_odds(training, rows, noise, level, starts), np.log(starts)
    shares = series_of(gap), series_of(flow), series_of(back), series_of(weight)
    static, by_flow = mean_crossing(log_delta, gap), mean_crossing(log_delta, flow - 0.5)
    by_reverse = mean_crossing(log_delta, back - 0.5)
    return Basins(level, starts, *shares, excess_series(back, weight), static, by_flow, by_reverse)


@dataclass(frozen=True, eq=False)
class ReturnBasin:
    """Starts xi + sqrt(delta) w, led back from noise t. docs/explanation/theory.md, section 5, predicts delta_b(t).

    Attributes:
        t: Noise variance from which trajectories run.
        delta: Noise variances of the starts, ascending, (levels,).
        returned: Share of training rows that a trajectory leads back to.
        own_weight: The same under the exact empirical score, E[w_own] at the start.
        basin: delta where ``returned`` falls below 1/2; None where it does not in ``delta``. A radius is sqrt(N delta).
        exact_basin: The same of ``own_weight``.
        static_basin: delta_b(t) of these data: where the own point's log odds against all others cross 0; or None.
        evaluations: Rows that the denoiser was asked about.
    """

    t: NoiseLevel
    delta: Floats
    returned: Series
    own_weight: Series
    basin: MeasuredLevel | None
    exact_basin: MeasuredLevel | None
    static_basin: MeasuredLevel | None
    evaluations: int


def return_basin(
    training: TrainingPoints | PointsLike,
    t: SupportsFloat | None = None,
    delta: Sequence[float] | Floats = (),
    *,
    sigma: SupportsFloat | None = None,
    reversal: Reversal,
    evaluations: int | None = None,
    most_rows: int = 300,
    stop_at: float | None = None,
    classes: RowClasses | None = None,
) -> ReturnBasin:
    """Measure the basin at noise ``t`` over a list of ``delta``; the same rows and noise at every delta.

    Unlike `basins` it follows no gradient flow, whose number of network evaluations has no bound.

    Args:
        training: The distinct training points.
        t, sigma: Noise variance, or its root.
        delta: Noise variances of the starts, at least two, positive.
        reversal: The denoiser, and how it is run.
        evaluations: Most rows that the denoiser may be asked about.
        most_rows: Most training rows looked at.
        stop_at: Where reversal ends; `TrainingPoints.rest` by default.
        classes: Of all training points, for a denoiser that takes labels; then ``static_basin`` is not computed.

    Raises:
        InvalidInput: if numbers are bad, or the budget does not pay for two rows.
    """
    training = TrainingPoints.of(training)
    low = training.rest() if stop_at is None else stop_at
    level, starts = _checked(noise_variance(t, sigma), delta, low)
    per_row = len(starts) * reversal.calls(np.array([level]), low)
    count = min(most_rows, affordable(training.n_points, evaluations, per_row))
    rows = choose_queries(np.arange(training.n_points), count, reversal.seed)
    clean = training.rows(rows)
    own = None if classes is None else classes.of_rows("training", rows)
    labels = None if own is None else own.labels
    noise = noised(np.zeros_like(clean), 1.0, seed=reversal.seed, stream="return basin")
    back, weight = np.empty((2, len(rows), len(starts)))
    for k, d in enumerate(starts):
        x = clean + np.sqrt(d) * noise
        weight[:, k] = own_weights(training, x, level, clean, rows, own)
        ends = reversal.down(training, x, reversal.levels(level, low), stream=f"return basin {k}", labels=labels)
        back[:, k] = training.nearest(ends.samples) == rows
    log_delta = np.log(starts)
    basin, exact = (mean_crossing(log_delta, curves) for curves in (back - 0.5, weight - 0.5))
    static = mean_crossing(log_delta, log_odds(training, rows, noise, level, starts)) if classes is None else None
    return ReturnBasin(level, starts, series_of(back), series_of(weight), basin, exact, static, per_row * len(rows))


def _checked(t: NoiseLevel, delta: Sequence[float] | Floats, low: float) -> tuple[NoiseLevel, Floats]:
    """The level and the starts, ascending."""
    if not (0 < low < t):
        raise refusal(f"the noise variance t must lie above the {low:.3g} where it ends", t, "raise it")
    starts = np.unique(np.asarray(delta, dtype=np.float64))
    if len(starts) < 2 or not (np.isfinite(starts) & (starts > 0)).all():
        raise refusal("`delta` must be at least two positive noise variances", delta, "pass e.g. delta=[0.1, 1.0]")
    return t, starts


def log_odds(training: TrainingPoints, rows: Integers, noise: Floats, t: float, delta: Floats) -> Floats:
    """Log of (own weight / weight of all others) at xi + sqrt(delta) w, (n, levels), from two matrix products.

    ``rows`` (n,) are the own points, ``noise`` is w, (n, *shape), ``t`` the noise variance of the weights, ``delta``
    those of the starts, (levels,).
    """
    out = np.empty((len(rows), len(delta)))
    every = np.arange(training.n_points)
    each = 32 * (training.n_points + training.points.ambient_dim)
    step = max(1, min(_PANEL_BYTES, training.memory // 4) // each)
    column_bytes = min(COLUMN_BYTES, training.memory // 8)
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        own, queries = rows[part], training.rows(rows[part]).reshape(len(rows[part]), -1)
        flat = noise[part].reshape(len(own), 1, -1)
        panel = compute_panel(training.points, every, queries, flat, own, column_bytes=column_bytes)
        panel.half_squared[torch.arange(len(own)), torch.from_numpy(own)] = torch.inf  # the others only
        for k, d in enumerate(delta):
            energies = panel.half_squared + float(np.sqrt(d)) * panel.projection[:, 0]
            out[part, k] = -torch.logsumexp(-energies / t, dim=1).numpy()
    return out


def mean_shift(
    denoiser: DenoiserLike,
    x: Floats,
    t: SupportsFloat | None = None,
    *,
    sigma: SupportsFloat | None = None,
    most_steps: int = _MOST_STEPS,
) -> Floats:
    """Where each of ``x`` (n, *shape) ends under x -> m(x, t), the ascent of log p_t by steps of the fixed noise t.

    Raises:
        InvalidInput: for a bad noise.
        NotConverged: if some still move by more than 1e-6 sqrt(t) a step after ``most_steps``.
    """
    level, means = noise_variance(t, sigma), LabelledMeans(denoiser, None, None)
    ends = x.copy()
    moving = np.arange(len(x))
    for _ in range(most_steps):
        ahead = means(ends[moving], level)
        steps = np.linalg.norm((ahead - ends[moving]).reshape(len(moving), -1), axis=1)
        ends[moving] = ahead
        moving = moving[steps > _STILL * math.sqrt(level)]
        if len(moving) == 0:
            return ends
    raise NotConverged(
        f"{len(moving)} of {len(x)} mean shifts still moved at t = {level:.6g} after {most_steps} steps."
    )
