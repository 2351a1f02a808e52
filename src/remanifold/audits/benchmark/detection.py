"""Which statistics find memory? Detection rates on networks whose training rows are known, at equal false positives.

A case compares n rows with n other rows that the network never saw. Exchangeable cases draw both from the hold-out
rows; memory cases draw the first from the training rows. The threshold of a statistic, for each network, is the value
that a share alpha of its exchangeable cases exceeds: every statistic has that false-positive rate by construction.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import share, whole
from remanifold._core.errors import refusal, require
from remanifold._core.progress import Progress, silent
from remanifold._core.seeds import generator
from remanifold._core.tables import Cell, Table
from remanifold.audits.benchmark.detection_rate import detection_rate
from remanifold.data import open_points
from remanifold.measures import noise_profile
from remanifold.measures.copies.cell_test import cell_test
from remanifold.measures.copies.ratio_test import ratio_test
from remanifold.measures.copies.share_test import share_test
from remanifold.measures.memory.memory_index import memory_levels
from remanifold.measures.memory.memory_test import memory_test
from remanifold.measures.neighbours.near_rows import NearRows
from remanifold.networks import GroundTruth, ground_truth_models, load_ground_truth, row_losses
from remanifold.networks.ground_truth import missing_data
from remanifold.sampling import log_grid, simulate

_HIGH, _LOW, _STEPS = 1000.0, 4e-4, 60  # noise variances of the sampler, data in [-1, 1]
_RULE = 1 / 3
_DRAWS = 400  # of the null of the ratio test
_NOISES = 4  # for each row and level


@dataclass(frozen=True, eq=False)
class Known:
    """What is computed once for a network.

    Attributes:
        losses: Denoising losses at the levels up to t_c, rows first training then hold-out, (rows, levels).
        above: The same at higher levels.
        distances: Of samples to all rows, (samples, rows).
        between: Of rows to rows, (rows, rows).
        n_training: The first rows are training rows.
    """

    losses: NDArray[np.float64]
    above: NDArray[np.float64]
    distances: NDArray[np.float64]
    between: NDArray[np.float64]
    n_training: int


@dataclass(frozen=True)
class Statistic:
    """A number that should be larger with memory.

    Attributes:
        name: As printed.
        of: "losses" or "samples": what it looks at.
        value: (known, rows, other rows) -> number.
    """

    name: str
    of: str
    value: Callable[[Known, NDArray[np.int64], NDArray[np.int64]], float]


def _rank_test(known: Known, rows: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    controls = known.above[rows], known.above[others]
    return -memory_test(known.losses[rows], known.losses[others], controls=controls).p_value


def _mean_gap(known: Known, rows: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    return float(known.losses[others].mean() / known.losses[rows].mean())


def _share(known: Known, rows: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    return share_test(_near(known, rows), _near(known, others), len(rows), len(others), draws=1).share


def _third(known: Known, rows: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    return float((_near(known, rows).ratio < _RULE).mean())


def _calibrated_ratio(known: Known, rows: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    control = _nearest(known.between[np.ix_(others, rows)])
    return -ratio_test(_near(known, rows).ratio, control.ratio, draws=_DRAWS).p_value


def _authenticity(known: Known, rows: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    """Share of samples that are nearer to their nearest row than that row is to any other: 1 - AuthPct/100."""
    near, own = _near(known, rows), known.between[np.ix_(rows, rows)].copy()
    np.fill_diagonal(own, np.inf)
    return float((near.nearest < own.min(axis=1)[near.rows[:, 0]]).mean())


def _cells(known: Known, rows: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    near, control = _near(known, rows).nearest, _nearest(known.between[np.ix_(others, rows)]).nearest
    test = cell_test(near, control, np.zeros(len(near), dtype=np.int64), np.zeros(len(control), dtype=np.int64))
    return 0.0 if test is None else -test.z


def _near(known: Known, rows: NDArray[np.int64]) -> NearRows:
    return _nearest(known.distances[:, rows])


def _nearest(distances: NDArray[np.float64]) -> NearRows:
    """The two nearest columns."""
    order = np.argpartition(distances, 1, axis=1)[:, :2]
    least = np.take_along_axis(distances, order, 1)
    swap = np.argsort(least, axis=1)
    return NearRows(np.take_along_axis(order, swap, 1), np.take_along_axis(least, swap, 1))


STATISTICS = (
    Statistic("memory test: ranks of losses, hardness taken off", "losses", _rank_test),
    Statistic("ratio of mean losses, held-out over training", "losses", _mean_gap),
    Statistic("share of samples closer to training (DCR share)", "samples", _share),
    Statistic("share of samples with d1/d2 < 1/3", "samples", _third),
    Statistic("d1/d2, calibrated on the hold-out", "samples", _calibrated_ratio),
    Statistic("AuthPct", "samples", _authenticity),
    Statistic("C_T, one cell", "samples", _cells),
)


def benchmark_audits(
    names: Sequence[str] = (),
    *,
    n_rows: int = 100,
    cases: int = 1000,
    n_samples: int = 256,
    alphas: Sequence[float] = (0.05, 0.01, 0.001),
    folder: str | Path | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Table:
    """Detection rate of every statistic on every network.

    Args:
        names: Networks, see `ground_truth_models`; by default all whose data are on this machine.
        n_rows: Rows of each side of a case.
        cases: Exchangeable and memory cases each.
        n_samples: Samples of a network, drawn once.
        alphas: False-positive rates.
        folder: Where networks of your own lie, as examples/train_ground_truth.py writes them; by default the shipped.
        seed: Of cases, noise and samples.
        progress: Told the networks done.

    Returns:
        One row a network, statistic and false-positive rate: detection rate with its standard error (see
        `detection_rate`), both None where the cases are too few for the rate. The samples of a network are drawn once,
        so that rates of statistics that look at samples hold for these samples. ``parameters["left_out"]`` maps
        networks whose data are not on this machine to the reason.

    Raises:
        InvalidInput: for unknown names, names of networks whose data are not here, or numbers that cannot be used.
    """
    rates = [share("`alpha`", alpha, example=0.05) for alpha in alphas]
    require(len(rates) > 0, "there must be a false-positive rate", "none", "pass e.g. 0.05")
    whole("`n_rows`", n_rows, least=10, example=40)
    whole("`cases`", cases, least=20, most=10**6, example=80)
    whole("`n_samples`", n_samples, least=10, most=10**6, example=40)
    every = tuple(names) or ground_truth_models(folder)
    require(len(every) > 0, "the folder must hold networks", "none", "name that of examples/train_ground_truth.py")
    missing = {} if names else {name: missing_data(name, folder) for name in every}
    left_out = {name: reason for name, reason in missing.items() if reason is not None}
    chosen = [name for name in every if name not in left_out]
    columns: dict[str, list[Cell]] = {key: [] for key in _UNITS}
    for done, name in enumerate(chosen):
        truth = load_ground_truth(name, folder)
        known = _known(truth, n_samples, seed, n_rows)
        for statistic in STATISTICS:
            null, alternative = _values(known, statistic, n_rows, cases, seed)
            for alpha in rates:
                rate = detection_rate(null, alternative, alpha)
                numbers = (None, None) if rate is None else (rate.value, rate.stderr)
                for key, value in zip(columns, (name, statistic.name, statistic.of, alpha, *numbers)):
                    columns[key].append(value)
        progress("networks", done + 1, len(chosen))
    parameters = {"n_rows": n_rows, "cases": cases, "n_samples": n_samples, "alphas": rates, "left_out": left_out}
    units = {key: words for key, words in _UNITS.items() if words}
    return Table("detection rates at equal false-positive rates", columns, parameters, units, seed, schema_version="2")


_UNITS = {
    "network": "",
    "statistic": "",
    "looks_at": "",
    "false_positive_rate": "share of cases without memory above the threshold",
    "detected": "share of memory cases above the threshold; none where cases times the rate is below 1",
    "stderr": "over cases of both kinds",
}


def _values(
    known: Known, statistic: Statistic, n_rows: int, cases: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The statistic of exchangeable and of memory cases, (cases,) each."""
    random = generator(seed, f"audit benchmark/{statistic.name}")
    holdout = np.arange(known.n_training, len(known.losses))
    null, alternative = np.empty(cases), np.empty(cases)
    for case in range(cases):
        drawn = random.permutation(holdout)
        null[case] = statistic.value(known, drawn[:n_rows], drawn[n_rows : 2 * n_rows])
        rows = random.permutation(known.n_training)[:n_rows]
        alternative[case] = statistic.value(known, rows, random.permutation(holdout)[:n_rows])
    return null, alternative


def _known(truth: GroundTruth, n_samples: int, seed: int, n_rows: int) -> Known:
    shape, card = truth.training.shape[1:], truth.card
    flat, first = np.unique(truth.training.reshape(len(truth.training), -1), axis=0, return_index=True)
    room = min(len(truth.held_out) // 2, len(flat))
    if n_rows > room:
        raise refusal(f"`n_rows` must be at most {room} for {card.name}", n_rows, "pass fewer")
    distinct = flat.reshape(-1, *shape)
    every = np.concatenate([distinct, truth.held_out]).astype(np.float64)
    classes, drawn_classes = _classes(truth, first, n_samples)
    collapse = noise_profile(open_points(distinct), max_queries=200, seed=seed).t_collapse
    if collapse is None:
        raise refusal("the training rows of a network must have a collapse noise", card.name, "leave it out")
    levels = memory_levels(float(collapse.value))
    asked = truth.denoiser if classes is None else partial(truth.denoiser, labels=np.repeat(classes, _NOISES))
    losses = np.stack([row_losses(asked, every, sigma=math.sqrt(t), draws=_NOISES, seed=seed) for t in levels], axis=1)
    low = levels <= collapse.value * (1 + 1e-9)
    samples = simulate(
        truth.denoiser,
        log_grid(_HIGH, _LOW, _STEPS),
        n_samples=n_samples,
        shape=shape,
        final="posterior mean",
        labels=drawn_classes,
        seed=seed,
    ).samples
    points, drawn = every.reshape(len(every), -1), samples.reshape(n_samples, -1)
    return Known(losses[:, low], losses[:, ~low], _distances(drawn, points), _distances(points, points), len(flat))


def _classes(truth: GroundTruth, first: NDArray[np.intp], n_samples: int) -> tuple[Any, Any]:
    """Classes of training rows ``first`` and hold-out rows, and of samples; both None for a network without classes.

    Samples take the classes of the training rows in turn.
    """
    training, held_out = truth.card.training_classes, truth.card.held_out_classes
    if not truth.denoiser.n_classes or training is None or held_out is None:
        return None, None
    return np.concatenate([np.array(training)[first], held_out]), np.resize(np.array(training), n_samples)


def _distances(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    squares = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0.0))
