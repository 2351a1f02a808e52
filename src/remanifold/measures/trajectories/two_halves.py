"""Do two denoisers lead the same noise to the same place? Memory makes them differ, the population makes them agree."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from remanifold._core.errors import refusal
from remanifold._core.estimate import Estimate, mean_estimate
from remanifold._core.progress import Progress, silent
from remanifold._core.types import Floats
from remanifold.data import PointsLike
from remanifold.data.points import RowsLike
from remanifold.measures.trajectories.reversal import CALLS
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.sampling import simulate
from remanifold.scores.denoiser import DenoiserLike


@dataclass(frozen=True, eq=False)
class FlowEnds:
    """Probability-flow endpoints of two denoisers from the same starting noise, pair by pair.

    Attributes:
        cosine: Mean cosine of the two ends, seen from the mean of all: 1 where they agree.
        unpaired_cosine: The same of ends from different noise: what agreement by chance gives.
        distance: Mean distance of the two ends over the mean distance of ends from different noise: 0 where they
            agree, 1 where the noise decides nothing; the error is over pairs.
        same: Share of pairs that end nearest to the same training point; None without training points.
        first_ends, second_ends: (n, *shape).
        evaluations: Rows that each denoiser was asked about.
    """

    cosine: Estimate
    unpaired_cosine: Estimate
    distance: Estimate
    same: Estimate | None
    first_ends: Floats
    second_ends: Floats
    evaluations: int


def flow_ends(
    first: DenoiserLike,
    second: DenoiserLike,
    levels: RowsLike,
    *,
    shape: tuple[int, ...],
    n_samples: int = 100,
    training: TrainingPoints | PointsLike | None = None,
    method: str = "heun",
    evaluations: int | None = None,
    seed: int = 0,
    batch: int = 256,
    devices: tuple[str | None, str | None] = (None, None),
    checkpoint: str | Path | None = None,
    labels: ArrayLike | None = None,
    progress: Progress = silent,
) -> FlowEnds:
    """Run both denoisers down from the same noise.

    With networks trained on two halves of the data this is the two-halves statistic (arXiv 2310.02557): they agree once
    both follow the population. With a network and the empirical score of its training data, it says whether the
    network leads noise where the exact score does.

    Args:
        first: m(x, t).
        second: m'(x, t).
        levels: Noise variances, falling; the first so high that the data do not show there.
        shape: Of one row.
        n_samples: Pairs, at least 2.
        training: Points to name the ends by.
        method: "heun" or "ode-euler": the probability flow draws nothing on its way.
        evaluations: Most rows that each denoiser may be asked about.
        seed: Of the starting noise.
        batch: Rows at a time.
        devices: Of the tensors that each wants; None: numpy arrays.
        checkpoint: Directory that keeps finished batches of both.
        labels: One for each of the ``n_samples`` pairs, for denoisers that take labels (x, t, labels), both of them.
        progress: Told the steps done.

    Raises:
        InvalidInput: for another method, bad levels, fewer than two pairs, or a budget too small for two.
    """
    flows = ("heun", "ode-euler")
    if method not in flows:
        raise refusal("the probability flow is followed by heun or ode-euler", repr(method), "pass one of them")
    per_row = max(1, (np.asarray(levels).size - 1) * CALLS.get(method, 1))
    count = n_samples if evaluations is None else min(n_samples, evaluations // per_row)
    got = n_samples if evaluations is None else f"{n_samples} within {evaluations} evaluations"
    if not (count >= 2):
        raise refusal(f"a comparison needs two pairs, {2 * per_row} evaluations of each denoiser", got, "raise it")
    names = None if labels is None else np.asarray(labels)
    if names is not None and names.size != n_samples:
        raise refusal(f"there must be {n_samples} labels, one a pair", names.size, "match them")
    options: Any = {"shape": shape, "method": method, "seed": seed, "batch": batch, "progress": progress}
    options |= {"stream": "flow ends", "labels": names if names is None else names[:count], "keep_parts": True}
    ends = []
    for name, denoiser, device in zip(("one", "other"), (first, second), devices, strict=True):
        part_file = None if checkpoint is None else Path(checkpoint) / f"flow-{name}.part"
        run = simulate(denoiser, levels, n_samples=count, device=device, part_file=part_file, **options)
        ends.append(run.samples)
    points = None if training is None else TrainingPoints.of(training)
    return _compared(ends[0], ends[1], points, per_row * count)


def _compared(first: Floats, second: Floats, training: TrainingPoints | None, evaluations: int) -> FlowEnds:
    a, b = first.reshape(len(first), -1), second.reshape(len(second), -1)
    centre = (a.mean(axis=0) + b.mean(axis=0)) / 2
    moved = np.roll(b, 1, axis=0)
    apart = np.linalg.norm(a - moved, axis=1).mean()
    gaps = np.linalg.norm(a - b, axis=1)
    same = None if training is None else mean_estimate((training.nearest(first) == training.nearest(second)) * 1.0)
    paired, unpaired = (mean_estimate(_cosines(a - centre, other - centre)) for other in (b, moved))
    distance = mean_estimate(gaps / apart if apart > 0 else gaps)
    return FlowEnds(paired, unpaired, distance, same, first, second, evaluations)


def _cosines(a: Floats, b: Floats) -> Floats:
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.divide((a * b).sum(axis=1), lengths, out=np.zeros(len(a)), where=lengths > 0)
