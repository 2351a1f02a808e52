"""Losses of a network on both sides, at noise where memory shows and where it fades."""

import math

import numpy as np

from remanifold._core.errors import refusal
from remanifold._core.progress import Progress
from remanifold._core.types import Floats
from remanifold.audits.network.audited_network import AuditedNetwork
from remanifold.measures.memory.audited_rows import AuditedRows
from remanifold.measures.memory.denoising_loss import DenoisingLosses, losses_on
from remanifold.measures.memory.memory_index import memory_levels
from remanifold.measures.memory.row_classes import RowConditions

_MOST_DRAWS = 4


def levels_of(network: AuditedNetwork, t_collapse: float) -> Floats:
    """Noise variances of the memory index of the network, ascending; see `memory_levels`.

    Raises:
        InvalidInput: if it was trained at none below the collapse.
    """
    levels = network.trained_levels(memory_levels(t_collapse))
    if not len(levels) or levels[0] > t_collapse:
        raise refusal(
            f"the model must be trained at noise below the collapse of the data at σ = {math.sqrt(t_collapse):.4g}",
            f"σ = {math.sqrt(levels[0]):.4g} and above" if len(levels) else "none of the levels that are asked",
            "check its clock and the scale of the data",
        )
    return levels


def highest_of(network: AuditedNetwork, t_collapse: float) -> float:
    """Up to which noise variance memory is summed: t_c, or the network's step nearest to it, which may lie above."""
    return max([t_collapse, *network.trained_levels(np.array([t_collapse]))])


def network_losses(
    network: AuditedNetwork,
    rows: AuditedRows,
    levels: Floats,
    evaluations: int,
    classes: RowConditions | None,
    progress: Progress,
    memory: int | None = None,
) -> DenoisingLosses:
    """Losses on ``rows`` at ``levels``, with as many draws as ``evaluations`` pay for all rows, up to 4.

    Raises:
        InvalidInput: see `losses_on`.
    """
    count = len(rows.training_rows) + len(rows.holdout_rows)
    return losses_on(
        network.asked,
        rows,
        levels,
        draws=int(np.clip(evaluations // max(1, count * len(levels)), 1, _MOST_DRAWS)),
        seed=network.seed,
        evaluations=evaluations,
        batch=network.batch,
        memory=memory,
        part_file=network.checkpoint("losses.part"),
        keep_parts=True,
        classes=classes,
        progress=progress,
    )
