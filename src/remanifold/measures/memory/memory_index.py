"""How far a network is on the way from no memory to the empirical score: one number a noise level, and one in all."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import positive
from remanifold._core.errors import refusal, require
from remanifold._core.estimate import Estimate
from remanifold._core.progress import Progress, silent
from remanifold._core.tables import Table
from remanifold._core.types import Floats
from remanifold.data import PointsLike
from remanifold.measures.estimates.persons import Persons, sums_of_persons
from remanifold.measures.estimates.series import Series
from remanifold.measures.memory.audited_rows import AuditedRows, audited_rows
from remanifold.measures.memory.denoising_loss import DenoisingLosses, LossOptions, LossWork, losses_on
from remanifold.measures.memory.few_rows_losses import FewRowsLosses
from remanifold.measures.memory.memory_test import MemoryTest, memory_test
from remanifold.measures.memory.row_classes import RowClasses
from remanifold.measures.profile.measuring import noise_profile
from remanifold.noise import NoiseLevels
from remanifold.scores import EmpiricalScore
from remanifold.scores.denoiser import DenoiserLike

_RESOLVED = 3.0  # standard errors of the exact score's gap: below, a ratio to it says nothing
_EDGE = 1 + 1e-9
_LADDER = (-4, -3, -2, -1, 0, 1, 2, 4)  # powers of 2
_SCORE = 1e9  # bytes of the empirical score, where the budget has them
_CONTROL = 8.0  # t_c from which on memory hardly shows


@dataclass(frozen=True, eq=False)
class MemoryIndex:
    """Hold-out minus training loss of a network over the same of the exact empirical score, under the same noise.

    Attributes:
        network: Losses of the network.
        exact: Losses of the empirical score of the training data.
        t_collapse: t_c of the training data.
        index: At every level: 0 no memory, 1 all that the empirical score has. Errors are jackknife errors over rows,
            given the training data; nan where the exact gap is within 3 standard errors of 0.
        used: Levels of ``total``: at or below t_c, where the exact gap is resolved, (levels,).
        total: Sum of the network's gaps over those levels, each with the same weight, over that of the exact gaps.
        test: Whether training and hold-out rows are told apart, at all levels at or below t_c, resolved or not; the
            losses above t_c tell how hard each row is.
        control: The same at the levels from 8 t_c on, two-sided: memory hardly shows there, so a small p-value says
            that the hold-out is not from where the training data are. None without such levels.
    """

    network: DenoisingLosses
    exact: DenoisingLosses
    t_collapse: float
    index: Series
    used: NDArray[np.bool_]
    total: Estimate
    test: MemoryTest
    control: MemoryTest | None

    @property
    def t(self) -> Floats:
        """Noise variances, ascending, (levels,)."""
        return self.network.t

    def to_table(self) -> Table:
        """One row a level; None where a number is not resolved."""
        columns: dict[str, Any] = {"t": self.t.tolist(), "used": [int(flag) for flag in self.used]}
        series = {"index": self.index, "training_loss": self.network.training_mean}
        series |= {"holdout_loss": self.network.holdout_mean, "exact_training_loss": self.exact.training_mean}
        series |= {"exact_holdout_loss": self.exact.holdout_mean}
        for name, curve in series.items():
            for column, values in ((name, curve.value), (f"{name}_stderr", curve.stderr)):
                columns[column] = [float(v) if np.isfinite(v) else None for v in values]
        draws, evaluations = self.network.draws, self.network.evaluations
        parameters = {"t_collapse": self.t_collapse, "draws": draws, "evaluations": evaluations}
        parameters |= {"total": self.total.value, "total_stderr": self.total.stderr, "p_value": self.test.p_value}
        units = {"t": "squared data units", "index": "0 no memory, 1 the empirical score"}
        return Table("memory index", columns, parameters, units, self.network.seed)


def memory_levels(t_collapse: float) -> Floats:
    """t_c times 1/16, 1/8, 1/4, 1/2 and 1, where memory shows; 2 and 4, where it fades; 16, the control.

    Raises:
        InvalidInput: if t_c is not positive and finite.
    """
    return positive("the collapse noise", t_collapse) * 2.0 ** np.array(_LADDER)


def network_memory(
    denoiser: DenoiserLike,
    training: PointsLike,
    holdout: PointsLike,
    levels: NoiseLevels | None = None,
    *,
    t_collapse: float | None = None,
    level: float = 0.05,
    **options: Unpack[LossOptions],
) -> MemoryIndex:
    """Measure the memory index of ``denoiser``.

    Args:
        denoiser, training, holdout, options: See `denoising_losses`; ``part_file`` keeps the network's batches.
        levels: Noise variances; `memory_levels` of t_c by default.
        t_collapse: t_c of the training data; measured where it is not given.
        level: Of the test.

    Raises:
        InvalidInput: see `denoising_losses`, or if the exact score itself does not tell the sides apart.
    """
    progress, part_file = options.get("progress", silent), options.get("part_file")
    rows = audited_rows(training, holdout, progress=progress)
    collapse = collapse_of(rows, options.get("seed", 0), progress) if t_collapse is None else t_collapse
    t = memory_levels(collapse) if levels is None else levels
    network = losses_on(denoiser, rows, t, keep_parts=True, **options)
    exact = exact_losses(rows, network, batch=options.get("batch", 256), progress=progress)
    if part_file is not None:
        Path(part_file).unlink(missing_ok=True)
    return memory_index(network, exact, collapse, level=level)


def collapse_of(rows: AuditedRows, seed: int, progress: Progress = silent) -> float:
    """t_c of the distinct training rows.

    Raises:
        InvalidInput: if they do not collapse at one noise.
    """
    distinct = rows.training_rows
    level = noise_profile(rows.training, rows=distinct, max_queries=200, seed=seed, progress=progress).t_collapse
    if level is None:
        got = "data whose gap does not cross 0"
        raise refusal("the training data must have a collapse noise", got, "pass t_collapse=")
    return level.value


def exact_losses(
    rows: AuditedRows,
    network: DenoisingLosses,
    *,
    keep_parts: bool = False,
    classes: RowClasses | None = None,
    **work: Unpack[LossWork],
) -> DenoisingLosses:
    """Losses of the empirical score of all training data on the rows, levels and noise of ``network``; see `losses_on`.

    With ``classes`` it is the class-conditional score, each row held against the training rows of its class.
    """
    chosen = AuditedRows(rows.training, rows.holdout, network.training_rows, network.holdout_rows, rows.persons)
    memory = min(_SCORE, (work.get("memory") or 2 * _SCORE) / 2)  # the other half is for the rows it is asked about
    score = EmpiricalScore(rows.training, memory=memory) if classes is None else classes.score
    same: LossOptions = {"draws": network.draws, "seed": network.seed, **work}
    wide = classes is None and FewRowsLosses.worth(rows.training, int(memory))
    errors = FewRowsLosses(rows.training, int(memory)) if wide else None
    return losses_on(score, chosen, network.t, keep_parts=keep_parts, classes=classes, errors=errors, **same)


def memory_index(
    network: DenoisingLosses, exact: DenoisingLosses, t_collapse: float, *, level: float = 0.05
) -> MemoryIndex:
    """The index from the losses of the network and of the exact score, on the same rows, levels and noise.

    Raises:
        InvalidInput: if they are of others, no level lies at or below ``t_collapse``, or the exact score does not
            tell the sides apart at any of these.
    """
    found = compared_losses(network, exact, t_collapse, level=level)
    need = "the exact score must know training rows from hold-out rows at some level below the collapse"
    require(found.used.any(), need, "none", "pass a larger hold-out, or one without near copies of training rows")
    return found


def compared_losses(
    network: DenoisingLosses, exact: DenoisingLosses, t_collapse: float, *, level: float = 0.05
) -> MemoryIndex:
    """`memory_index` whose ``total`` is nan where the exact score does not tell the sides apart: the tests hold still.

    Raises:
        InvalidInput: if the losses are of others, or no level lies at or below ``t_collapse``.
    """
    same = all(np.array_equal(getattr(network, name), getattr(exact, name)) for name in _SHARED)
    need = "both losses must be of the same rows, levels and noise"
    require(same, need, "others", "compute the exact ones by exact_losses")
    t, gap = network.t, exact.gap
    low = t <= t_collapse * _EDGE
    do = "pass memory_levels(t_collapse)"
    if not low.any():
        raise refusal(f"some level must lie at or below the collapse at {t_collapse:.6g}", f"{t[0]:.6g} up", do)
    resolved = (gap.value > _RESOLVED * gap.stderr) & np.isfinite(gap.stderr)
    used = low & resolved
    persons = network.persons
    value, error = gap_ratio((network.training, network.holdout), (exact.training, exact.holdout), persons)
    value[~resolved], error[~resolved] = np.nan, np.nan
    n = len(network.training) + len(network.holdout)
    total, total_error = gap_ratio(_summed(network, used), _summed(exact, used), persons)
    index, overall = Series(value, error, n), Estimate(float(total[0]), float(total_error[0]), n)
    return MemoryIndex(network, exact, t_collapse, index, used, overall, *_tests(network, t_collapse, level))


def _tests(losses: DenoisingLosses, t_collapse: float, level: float) -> tuple[MemoryTest, MemoryTest | None]:
    """The test at and below t_c, and its control."""
    low = losses.t <= t_collapse * _EDGE
    high = losses.t >= _CONTROL * t_collapse / _EDGE
    sides = losses.training, losses.holdout
    above = (losses.training[:, ~low], losses.holdout[:, ~low]) if not low.all() else None
    who = {"persons": losses.persons, "seed": losses.seed}
    test = memory_test(*(side[:, low] for side in sides), controls=above, level=level, **who)
    if not high.any():
        return test, None
    return test, memory_test(*(side[:, high] for side in sides), level=level, two_sided=True, **who)


_SHARED = ("t", "training_rows", "holdout_rows", "draws", "seed")
Sides = tuple[Floats, Floats]


def gap_ratio(top: Sides, bottom: Sides, persons: Persons | None = None) -> Sides:
    """Network gap over exact gap, (levels,), and its jackknife error over the rows of both sides, or their persons."""
    ratio = _ratio([side.mean(axis=0) for side in top], [side.mean(axis=0) for side in bottom])
    variance = np.zeros_like(ratio)
    for k in (0, 1):  # leave out one training row, one hold-out row
        n = len(top[k])
        parts = []
        for sides in (top, bottom):
            means = [side.mean(axis=0) for side in sides]
            left_out, sizes = sides[k], np.ones(n)
            if persons is not None:
                left_out, sizes = sums_of_persons(sides[k], (persons.training, persons.holdout)[k])
            means[k] = (sides[k].sum(axis=0) - left_out) / (n - sizes[:, None])
            parts.append(means)
        n = len(parts[0][k])
        without = _ratio(*parts)
        variance += (n - 1) / n * ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    return ratio, np.sqrt(variance)


def _ratio(top: list[Floats], bottom: list[Floats]) -> Floats:
    below = bottom[1] - bottom[0]
    return np.divide(top[1] - top[0], below, out=np.full(below.shape, np.nan), where=below != 0)


def _summed(losses: DenoisingLosses, used: NDArray[np.bool_]) -> Sides:
    return losses.training[:, used].sum(axis=1, keepdims=True), losses.holdout[:, used].sum(axis=1, keepdims=True)
