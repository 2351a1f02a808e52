"""The basin of a training point at noise t, in three ways: by energies, by gradient flow, by reverse diffusion."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold._core.errors import refusal, require
from remanifold.measures.estimates.crossings import mean_crossing
from remanifold.measures.estimates.series import Series, excess_series, series_of
from remanifold.measures.neighbours.panel import compute_panel
from remanifold.measures.trajectories.mean_shift import mean_shift
from remanifold.measures.trajectories.reversal import STANDARD, Reversal
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.noise import MeasuredLevel
from remanifold.sampling import noised

_PANEL_BYTES = 2**27


@dataclass(frozen=True, eq=False)
class Basins:
    """Starts xi + sqrt(delta) w, judged at noise t. docs/theory.md section 5 predicts delta_b(t) of the first way.

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

    t: float
    delta: NDArray[np.float64]
    gap: Series
    flow: Series
    reverse: Series
    own_weight: Series
    excess: Series
    static_basin: MeasuredLevel | None
    flow_basin: MeasuredLevel | None
    reverse_basin: MeasuredLevel | None


def basins(
    training: TrainingPoints,
    t: float,
    delta: Sequence[float] | NDArray[np.floating],
    *,
    n_trajectories: int = 300,
    stop_at: float | None = None,
    reversal: Reversal = STANDARD,
) -> Basins:
    """Measure the basin at noise ``t`` over a list of ``delta``; the same points and noise at every delta.

    Args:
        training: The points.
        t: Noise variance of the landscape.
        delta: Noise variances of the starts, positive; a radius is sqrt(N delta).
        n_trajectories: At each delta.
        stop_at: Where reverse diffusion ends; `TrainingPoints.rest` by default.
        reversal: How it is run. Gradient flow is that of its denoiser.

    Raises:
        InvalidInput: if numbers are bad.
        NotConverged: if a gradient flow does not settle.
    """
    low = training.rest() if stop_at is None else stop_at
    if not (0 < low < t < np.inf):
        raise refusal(f"the noise variance t must lie above the {low:.3g} where it ends", t, "raise it")
    starts = np.unique(np.asarray(delta, dtype=np.float64))
    good = len(starts) >= 2 and bool((np.isfinite(starts) & (starts > 0)).all())
    require(good, "`delta` must be at least two positive noise variances", delta, "pass e.g. delta=[0.1, 1.0]")
    rows = training.choose(n_trajectories, reversal.seed)
    clean = training.rows(rows)
    noise = noised(np.zeros_like(clean), 1.0, seed=reversal.seed, stream="basins")
    denoiser = training.score if reversal.denoiser is None else reversal.denoiser
    flow, back, weight = np.empty((3, len(rows), len(starts)))
    for k, d in enumerate(starts):
        x = clean + np.sqrt(d) * noise
        weight[:, k] = training.own_weight(x, t, rows)
        flow[:, k] = training.own_weight(mean_shift(denoiser, x, t), t, rows) > 0.5
        ends = reversal.down(training, x, reversal.levels(t, low), stream=f"basins {k}").samples
        back[:, k] = training.nearest(ends) == rows
    gap, log_delta = log_odds(training, rows, noise, t, starts), np.log(starts)
    return Basins(
        t,
        starts,
        series_of(gap),
        series_of(flow),
        series_of(back),
        series_of(weight),
        excess_series(back, weight),
        mean_crossing(log_delta, gap),
        mean_crossing(log_delta, flow - 0.5),
        mean_crossing(log_delta, back - 0.5),
    )


def log_odds(
    training: TrainingPoints,
    rows: NDArray[np.int64],
    noise: NDArray[np.float64],
    t: float,
    delta: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Log of (own weight / weight of all others) at xi + sqrt(delta) w, (n, levels), from two matrix products.

    Args:
        training: The points.
        rows: Row number of each own point, (n,).
        noise: w, (n, *shape).
        t: Noise variance of the weights.
        delta: Of the starts, (levels,).
    """
    out = np.empty((len(rows), len(delta)))
    every = np.arange(training.n_points)
    step = max(1, _PANEL_BYTES // (32 * training.n_points))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        own, queries = rows[part], training.rows(rows[part]).reshape(len(rows[part]), -1)
        flat = noise[part].reshape(len(own), 1, -1)
        panel = compute_panel(training.points, every, queries, flat, own, device=torch.device("cpu"))
        panel.half_squared[torch.arange(len(own)), torch.from_numpy(own)] = torch.inf  # the others only
        for k, d in enumerate(delta):
            energies = panel.half_squared + float(np.sqrt(d)) * panel.projection[:, 0]
            out[part, k] = -torch.logsumexp(-energies / t, dim=1).numpy()
    return out
