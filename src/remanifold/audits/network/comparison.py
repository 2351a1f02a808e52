"""Models on the same rows, noise levels and noise: memory index, test and losses, and the errors of differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remanifold._core.compute import Compute
from remanifold._core.estimate import Estimate
from remanifold._core.types import Floats
from remanifold.audits.network.checkpoints import steps_of
from remanifold.audits.network.losses import highest_of, levels_of, network_losses
from remanifold.audits.network.models import CheckedModel, NamedModel
from remanifold.audits.records.compared import ComparedModel
from remanifold.measures.estimates.holm import holm
from remanifold.measures.estimates.series import series_of
from remanifold.measures.memory.audited_rows import AuditedRows
from remanifold.measures.memory.denoising_loss import DenoisingLosses
from remanifold.measures.memory.memory_index import MemoryIndex, compared_losses, exact_losses, gap_ratio
from remanifold.measures.memory.row_classes import RowClasses, RowConditions

LEVEL = 0.05
"""Chance of a false alarm, all models together."""


@dataclass(frozen=True, eq=False)
class Compared:
    """What was measured.

    Attributes:
        models: Of each model.
        t: Noise variances of index and losses.
        losses: Of the first model, whose rows and draws are those of all.
        control: Least p-value of the control, adjusted for all models; None without one.
    """

    models: tuple[ComparedModel, ...]
    t: Floats
    losses: DenoisingLosses
    control: float | None


def compared_models(
    models: Sequence[NamedModel],
    checked: Sequence[CheckedModel],
    rows: AuditedRows,
    t_collapse: float,
    *,
    conditions: RowConditions | None,
    compute: Compute,
    exact_parts: Path | None,
    doubtful: bool,
) -> Compared:
    """Measure every model, one at a time.

    Args:
        models, checked: The models, and what is known of each.
        rows: Both sides.
        t_collapse: t_c of the training rows.
        conditions: Classes or numbers of captions of all rows, for models that take them.
        compute: Whom the work tells.
        exact_parts: File of finished work on the empirical score.
        doubtful: Whether something speaks against the hold-out: no model is said to remember then.

    Raises:
        InvalidInput: if the budget is too small, or the models were not trained at noise below the collapse.
    """
    guide = next((k for k, known in enumerate(checked) if known.grid is not None), 0)
    network = models[guide].opened()
    levels, highest = levels_of(network, t_collapse), highest_of(network, t_collapse)
    losses = []
    for model in models:
        network = model.opened()
        spent = model.evaluations
        losses.append(network_losses(network, rows, levels, spent, conditions, compute.progress, compute.memory_bytes))
    exact = exact_losses(
        rows,
        losses[0],
        batch=network.batch,
        memory=compute.memory_bytes,
        part_file=exact_parts,
        keep_parts=True,
        classes=conditions if isinstance(conditions, RowClasses) else None,
        progress=compute.progress,
    )
    indices = [compared_losses(own, exact, highest) for own in losses]
    adjusted = holm(np.array([index.test.p_value for index in indices]))
    controls = [index.control.p_value for index in indices if index.control is not None]
    known = bool(indices[0].used.any())
    used = indices[0].used if known else levels <= highest
    told = []
    steps = steps_of([model.name for model in models])
    for k, (model, index, step) in enumerate(zip(models, indices, steps, strict=True)):
        before = losses[k - 1] if k else None
        training, holdout = (_loss(index.network, side, used) for side in ("training", "holdout"))
        told.append(
            ComparedModel(
                name=model.name,
                step=step,
                description=checked[k].description,
                index=index.total if known else None,
                told_apart=index.test.share,
                p_value=index.test.p_value,
                adjusted=float(adjusted[k]),
                remembers=bool(adjusted[k] < LEVEL) and not doubtful,
                training_loss=training,
                holdout_loss=holdout,
                index_change=_index_change(index, before, used) if known and before is not None else None,
                training_change=None if before is None else _loss(index.network, "training", used, before),
                holdout_change=None if before is None else _loss(index.network, "holdout", used, before),
                note=checked[k].note,
            )
        )
    control = float(holm(np.array(controls)).min()) if controls else None
    return Compared(tuple(told), levels[used], losses[0], control)


def _loss(
    losses: DenoisingLosses, side: str, used: NDArray[np.bool_], before: DenoisingLosses | None = None
) -> Estimate:
    """Mean loss of the noise over the ``used`` levels, or its difference to that ``before``, row by row."""
    values = getattr(losses, side) - (0.0 if before is None else getattr(before, side))
    persons = None if losses.persons is None else getattr(losses.persons, side)
    return series_of((values[:, used] / losses.t[used]).mean(axis=1, keepdims=True), persons=persons)[0]


def _index_change(index: MemoryIndex, before: DenoisingLosses, used: NDArray[np.bool_]) -> Estimate:
    """Index of a model minus that of the one ``before``; its jackknife error, over rows whose noise is the same."""
    own, exact = index.network, index.exact

    def summed(side: str) -> tuple[Floats, Floats]:
        change = getattr(own, side) - getattr(before, side)
        return change[:, used].sum(axis=1, keepdims=True), getattr(exact, side)[:, used].sum(axis=1, keepdims=True)

    training, holdout = summed("training"), summed("holdout")
    value, error = gap_ratio((training[0], holdout[0]), (training[1], holdout[1]), own.persons)
    return Estimate(float(value[0]), float(error[0]), len(own.training) + len(own.holdout))
