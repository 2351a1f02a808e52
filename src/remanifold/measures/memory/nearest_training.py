"""The nearest other training point of every row on which a network is judged: how isolated it is."""

from dataclasses import dataclass

from remanifold._core.types import Floats, Integers
from remanifold.measures.memory.audited_rows import AuditedRows
from remanifold.measures.memory.denoising_loss import DenoisingLosses
from remanifold.measures.neighbours.near_rows import nearest_points
from remanifold.measures.neighbours.other_persons import nearest_of_others
from remanifold.measures.neighbours.reading import DEFAULT_MEMORY


@dataclass(frozen=True, eq=False)
class NearestTraining:
    """The nearest other training point of the rows on both sides; of another person, where rows belong together.

    Attributes:
        rows: Row number of that of each training row, (n,).
        own: Its distance, data units, (n,).
        others: Distance of each hold-out row to its nearest training point, (m,).
    """

    rows: Integers
    own: Floats
    others: Floats


def nearest_training(losses: DenoisingLosses, rows: AuditedRows, memory: int = DEFAULT_MEMORY) -> NearestTraining:
    """The nearest other training points of the rows of ``losses``, within ``memory`` bytes."""
    every = rows.training_rows
    if rows.persons is not None:
        nearest, own = nearest_of_others(
            rows.training, every, losses.training_rows, rows.persons.training, memory=memory
        )
    else:
        nearest, own = nearest_points(
            rows.training, every, rows.training, losses.training_rows, same=True, memory=memory
        )
    unseen = nearest_points(rows.training, every, rows.holdout, losses.holdout_rows, same=False, memory=memory)
    return NearestTraining(nearest, own, unseen[1])
