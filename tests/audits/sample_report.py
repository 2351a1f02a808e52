"""A realistic report for the tests of the page: the profile of scikit-learn's digits by brute force, in plain numpy.

It shares no code with the measures and is exact to round-off, so that curves, errors and crossings look like real ones.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from sklearn.datasets import load_digits

from remanifold._core.estimate import Estimate
from remanifold.audits.data.pictures import thumbnails
from remanifold.audits.records.data import DataFacts
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.audits.records.models import FiniteSizeReference, GaussianReference, SamplesNeeded
from remanifold.audits.records.profile import Curve, ProfileTable
from remanifold.audits.records.rows import ClassTimes, DuplicateGroup, ExposedRow
from remanifold.audits.report import AuditReport
from remanifold.noise import MeasuredLevel, NoiseLevel

_ROWS, _HOLDOUT, _LEVELS, _DRAWS = 400, 150, 40, 2
_DISTANCE = 0.15


@cache
def sample_report() -> AuditReport:
    """400 digits with two planted groups of copies, a hold-out with three stolen rows, ten classes, pictures."""
    images, labels = load_digits(return_X_y=True)
    rows, labels = images[:_ROWS].copy(), labels[:_ROWS]
    holdout = images[_ROWS : _ROWS + _HOLDOUT].copy()
    rows[40] = rows[7]
    rows[[61, 62]] = rows[13] + np.array([[0.01], [0.02]])
    holdout[:3] = rows[[5, 17, 29]]
    distinct = np.delete(rows, [40, 61, 62], axis=0)
    names = np.delete(np.arange(_ROWS), [40, 61, 62])
    t = np.geomspace(0.4, 900.0, _LEVELS)
    table, per_row = _profile(distinct, t)
    exposure = _exposure(per_row, t, names, distinct, labels)
    times = _times(table, per_row, t)
    pictures = thumbnails(np.concatenate([rows, holdout]).reshape(-1, 8, 8)) or []
    shown = {name for item in exposure for name in (item.row, item.nearest_row)} | {7, 13, 40, 61, 62, 5, 17, 29}
    return AuditReport(
        schema_version="1",
        version="0.1.0",
        parameters={"seed": 0, "max_queries": 397, "duplicate_distance": None},
        data=DataFacts(
            source="digits.npy",
            kind="array in a file",
            dtype="float64",
            preprocessing="none: numbers taken as they are",
            fingerprint="sha256:3d1c0f8a9b",
            n_points=_ROWS,
            n_groups=len(distinct),
            shape=(8, 8),
            ambient_dim=64,
            std=float(np.sqrt(distinct.var(axis=0).mean())),
            duplicate_distance=_DISTANCE,
        ),
        **times,
        profile=table,
        duplicates=(DuplicateGroup((7, 40), 0.0), DuplicateGroup((13, 61, 62), 0.16)),
        duplicate_pairs=((7, 40, 0.0), (13, 61, 0.08), (61, 62, 0.08)),
        exposure=exposure,
        samples_needed=_samples(times["t_collapse"]),
        gaussian_reference=_gaussian(times["t_collapse"].value),
        holdout=_holdout(times["t_generalization"]),
        classes=_classes(),
        class_shift_prediction=NoiseLevel(92.0),
        notes=("3 images were left out of the profile because they are copies.",),
        pictures={f"train:{row}": pictures[row] for row in sorted(shown)}
        | {f"holdout:{row}": pictures[_ROWS + row] for row in range(3)},
    )


def _gaussian(collapse: float) -> GaussianReference:
    levels = (MeasuredLevel(104.5, 0.01), MeasuredLevel(62.0, 0.05), MeasuredLevel(18.0, 0.03))
    finite = FiniteSizeReference(*levels, collapse / 62.0)
    asymptotic = map(NoiseLevel, (104.0, 57.0, 16.5))
    return GaussianReference(*asymptotic, collapse / 57.0, 61, 13.4, True, finite)


def _profile(rows: NDArray, t: NDArray) -> tuple[ProfileTable, dict[str, NDArray]]:
    """The curves, and gap, trap and nll per row: (rows, levels)."""
    count, dim = rows.shape
    rng = np.random.default_rng(0)
    half = 0.5 * ((rows[:, None] - rows[None]) ** 2).sum(-1)
    np.fill_diagonal(half, np.inf)
    gap, share, squares, slope = (np.zeros((count, len(t))) for _ in range(4))
    for _ in range(_DRAWS):
        noise = rng.standard_normal(rows.shape)
        lean = (noise * rows).sum(-1)[:, None] - noise @ rows.T
        for k, level in enumerate(t):
            energy = half / level + lean / math.sqrt(level)
            weight = np.exp(np.clip(-energy, -600, 600))
            total = weight.sum(1)
            gap[:, k] += -logsumexp(-energy, axis=1)
            share[:, k] += np.log1p(total)
            squares[:, k] += (1 + (weight**2).sum(1)) / (1 + total) ** 2
            np.fill_diagonal(half, 0.0)
            slope[:, k] += (weight * (2 * half / level + lean / math.sqrt(level))).sum(1) / total
            np.fill_diagonal(half, np.inf)
    trap = np.stack([-logsumexp(-half / level, axis=1) for level in t], 1)
    nll = 0.5 * dim * np.log(2 * np.pi * t) + math.log(count - 1) + trap
    gap, share, squares, slope = (part / _DRAWS for part in (gap, share, squares, slope))
    curves = [_curve(part) for part in (gap, trap, nll, share, squares, slope, math.log(count - 1) + gap)]
    return ProfileTable(tuple(t.tolist()), *curves, n_queries=count), {"gap": gap, "trap": trap, "nll": nll}


def _curve(part: NDArray) -> Curve:
    errors = part.std(axis=0, ddof=1) / math.sqrt(len(part))
    return Curve(tuple(part.mean(axis=0).tolist()), tuple(errors.tolist()))


def _times(table: ProfileTable, per_row: dict[str, NDArray], t: NDArray) -> dict[str, MeasuredLevel]:
    return {
        "t_collapse": _time(_crossing(per_row["gap"].mean(0), t), table.gap, t),
        "t_onset": _time(_crossing(per_row["trap"].mean(0), t), table.trap, t),
        "t_generalization": _time(float(t[np.argmin(per_row["nll"].mean(0))]), None, t),
    }


def _time(value: float, curve: Curve | None, t: NDArray) -> MeasuredLevel:
    relative = 0.04
    if curve is not None:
        slope = np.interp(value, t, np.gradient(curve.value, np.log(t)))
        relative = float(np.interp(value, t, curve.stderr) / abs(slope))
    return MeasuredLevel(value, value * relative, _ROWS - 3)


def _crossing(values: NDArray, t: NDArray) -> float:
    """Where a falling curve is 0, linear in log t."""
    return float(np.exp(np.interp(0.0, -values, np.log(t))))


def _exposure(
    per_row: dict[str, NDArray], t: NDArray, names: NDArray, rows: NDArray, labels: NDArray
) -> tuple[ExposedRow, ...]:
    distances = np.sqrt(((rows[:, None] - rows[None]) ** 2).sum(-1))
    np.fill_diagonal(distances, np.inf)
    own = np.array([_crossing(row, t) for row in per_row["gap"]])
    return tuple(
        ExposedRow(
            row=int(names[i]),
            t=MeasuredLevel(own[i], float(0.05 * own[i])),
            nearest_row=int(names[distances[i].argmin()]),
            nearest_distance=float(distances[i].min()),
            label=str(labels[names[i]]),
        )
        for i in np.argsort(-own, kind="stable")[:120]
    )


def _samples(collapse: MeasuredLevel) -> tuple[SamplesNeeded, ...]:
    return tuple(
        SamplesNeeded(
            t=NoiseLevel(collapse.value * share**2),
            factor=share**-9.0,
            n_points=397 * share**-9.0,
            factor_interval=(share**-8.0, share**-10.0),
            extrapolated=True,
        )
        for share in (0.9, 0.75, 0.5, 0.25)
    )


def _holdout(best: MeasuredLevel) -> HoldoutCheck:
    return HoldoutCheck(
        n=_HOLDOUT,
        source="held.npy",
        fingerprint="sha256:77aa01",
        median_distance=19.4,
        median_distance_training=19.1,
        closer_share=Estimate(0.493, 0.026, 0),
        overlap=((0, 5, 0.0), (1, 17, 0.0), (2, 29, 0.0)),
        t_generalization=MeasuredLevel(best.value * 1.02, best.stderr, best.n),
        z=0.4,
    )


def _classes() -> tuple[ClassTimes, ...]:
    timed = tuple(
        ClassTimes(str(digit), 50, NoiseLevel(150 - digit), MeasuredLevel(85 - 3 * digit, 4.0), NoiseLevel(20 - digit))
        for digit in range(9)
    )
    return (*timed, ClassTimes("9", 2, None, None, None, "it has fewer than 3 distinct points"))
