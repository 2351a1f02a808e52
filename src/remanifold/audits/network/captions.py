"""What captions add: a text-conditional network asked with each row's own, and with the empty caption."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.estimate import Estimate
from remanifold._core.types import Floats, Integers
from remanifold.audits.network.context import NetworkContext
from remanifold.audits.network.losses import highest_of
from remanifold.audits.records.captions import CaptionsRecord
from remanifold.audits.records.network import NetworkRecord
from remanifold.data.captions.both_sides import RowCaptions
from remanifold.measures.estimates.person_numbers import person_numbers
from remanifold.measures.estimates.series import series_of
from remanifold.measures.memory.audited_rows import AuditedRows
from remanifold.measures.memory.denoising_loss import DenoisingLosses, losses_on
from remanifold.measures.memory.group_tests import lower_test
from remanifold.measures.memory.memory_index import MemoryIndex, compared_losses
from remanifold.measures.memory.row_classes import RowConditions
from remanifold.networks.pipelines.prompts import EMPTY

_EDGE, _TINY = 1 + 1e-9, 1e-300
OF_CAPTIONS = (
    "The model was asked with each row's own caption. What is called the empirical score knows no captions: it is that "
    "of all training rows, so that a model that finds a row by its caption can have an index above 1. U-turns, basin "
    "and flow are left out, since a caption that belongs to one row leads to it from any noise; draw samples of the "
    "training captions with `remanifold sample --prompts` instead."
)
_NO_HELP = (
    "Captions do not lower the loss on the training rows: check that they are those of these pictures, and those that "
    "the model was trained with."
)


def with_captions(
    context: NetworkContext, record: NetworkRecord, memory: MemoryIndex, captions: RowCaptions
) -> NetworkRecord:
    """The record with what captions add, and the evaluations that this took.

    The gain of a row is what the conditional likelihood discrepancy of arXiv 2405.14800 measures, section 3.

    Args:
        context: The network and its rows.
        record: Of the network asked with captions.
        memory: Its losses and those of the exact score.
        captions: Of all rows.
    """
    network, own, conditions = context.network, memory.network, context.conditions
    prompts = network.prompts
    if prompts is None or conditions is None:
        return record
    sizes = context.rows.training.n_points, context.rows.holdout.n_points
    empty = _losses(context, own, RowConditions(*(np.full(size, EMPTY) for size in sizes)), "empty")
    without = compared_losses(empty, memory.exact, highest_of(network, context.t_collapse))
    gain, holdout_gain, p_value = _gain(context, own, empty)
    sides = (conditions.training, own.training_rows), (conditions.holdout, own.holdout_rows)
    every = [*captions.training, *(captions.holdout or ())]
    counts = [len(np.unique(numbers[rows])) for numbers, rows in sides]
    added = CaptionsRecord(
        n_training=counts[0],
        n_holdout=counts[1],
        cut=prompts.cut(every),
        gain_training=gain,
        gain_holdout=holdout_gain,
        p_value=p_value,
        index_empty=replace(without.total, n=0) if without.used.any() else None,
        told_apart_empty=replace(without.test.share, n=0),
        p_value_empty=without.test.p_value,
        reading=captions.reading,
    )
    evaluations = record.evaluations + empty.evaluations
    if min(counts) > 1:
        another = _losses(context, own, RowConditions(*(_others(*side) for side in sides)), "another")
        names = ("bound_training", "bound_holdout", "p_value_bound")
        added = replace(added, **dict(zip(names, _gain(context, own, another), strict=True)))
        evaluations += another.evaluations
    cut = prompts.cut_words(every)
    notes = (OF_CAPTIONS,) + ((cut,) if cut else ()) + ((_NO_HELP,) if gain.value < 2 * gain.stderr else ())
    return replace(record, captions=added, evaluations=evaluations, notes=(*record.notes, *notes))


def _losses(context: NetworkContext, own: DenoisingLosses, conditions: RowConditions, name: str) -> DenoisingLosses:
    """The losses of ``own`` with other captions, the same rows and noise."""
    network, sides = context.network, context.rows
    rows = AuditedRows(sides.training, sides.holdout, own.training_rows, own.holdout_rows, sides.persons)
    return losses_on(
        network.asked,
        rows,
        own.t,
        draws=own.draws,
        seed=network.seed,
        batch=network.batch,
        memory=context.memory,
        part_file=network.checkpoint(f"losses-{name}.part"),
        keep_parts=True,
        classes=conditions,
        progress=context.progress,
    )


def _others(numbers: NDArray[Any], rows: Integers) -> NDArray[Any]:
    """Captions of all rows, where each of ``rows`` has one that another of them has: the next of the different ones."""
    different, place = np.unique(numbers[rows], return_inverse=True)
    turned = numbers.copy()
    turned[rows] = different[(place + 1) % len(different)]
    return turned


def _gain(context: NetworkContext, own: DenoisingLosses, beside: DenoisingLosses) -> tuple[Estimate, Estimate, float]:
    """Mean gains of both sides over the losses ``beside``, and the rank test of these."""
    gains = _gains(own, beside, context.t_collapse)
    persons, tested = own.persons, (-gains[0], -gains[1])
    if persons is not None:
        tested = person_numbers(*tested, persons, context.network.seed)
    sides = (None, None) if persons is None else (persons.training, persons.holdout)
    means = [series_of(gain[:, None], persons=side) for gain, side in zip(gains, sides, strict=True)]
    of_training, of_holdout = (Estimate(float(mean.value[0]), float(mean.stderr[0]), 0) for mean in means)
    return of_training, of_holdout, lower_test(*tested)


def _gains(own: DenoisingLosses, empty: DenoisingLosses, t_collapse: float) -> tuple[Floats, Floats]:
    """log(empty/own) of every training row and hold-out row, mean over the levels at and below the collapse."""
    low = own.t <= t_collapse * _EDGE
    first, second = (
        (np.log(np.maximum(one.training[:, low], _TINY)), np.log(np.maximum(one.holdout[:, low], _TINY)))
        for one in (own, empty)
    )
    return (second[0] - first[0]).mean(axis=1), (second[1] - first[1]).mean(axis=1)
