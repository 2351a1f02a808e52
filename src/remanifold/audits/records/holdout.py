"""The hold-out as negative control."""

from dataclasses import dataclass

from remanifold._core.estimate import Estimate
from remanifold._core.shown import short_repr
from remanifold.noise import MeasuredLevel

DOUBTFUL = 3.0  # standard errors; a chance of 1 in 370 under the null


@dataclass(frozen=True)
class HoldoutCheck:
    """Rows the set does not hold, as negative control.

    Attributes:
        n: Hold-out rows used.
        source: Where they came from.
        fingerprint: Their content fingerprint.
        median_distance, median_distance_training: Median distance to the nearest training point: of hold-out rows,
            and of training rows (leave-one-out).
        closer_share: Share of (hold-out, training) pairs in which the hold-out row is nearer to its neighbour; ties
            split. Null value 0.5. Distances on both sides are to distinct training points.
        overlap: Hold-out rows within the duplicate distance of a training row: (hold-out row, training row, distance).
        t_generalization: Best noise level measured on the hold-out rows, or None where it does not exist.
        z: Difference of log t_generalization, hold-out minus leave-one-out, in standard errors.
        t_generalization_reason: Why it does not exist.
    """

    __repr__ = short_repr

    n: int
    source: str
    fingerprint: str
    median_distance: float
    median_distance_training: float
    closer_share: Estimate
    overlap: tuple[tuple[int, int, float], ...]
    t_generalization: MeasuredLevel | None
    z: float | None
    t_generalization_reason: str | None = None

    @property
    def closer_z(self) -> float | None:
        """Standard errors between ``closer_share`` and 1/2; None where it has no spread."""
        return self.closer_share.z(0.5) if self.closer_share.stderr > 0 else None

    @property
    def is_doubtful(self) -> bool:
        """Whether its rows are too near to the training rows, or too far from them, to come from the same source."""
        return abs(self.closer_z or 0.0) > DOUBTFUL

    @property
    def n_overlapping(self) -> int:
        """Hold-out rows that overlap, each counted once."""
        return len({row for row, _, _ in self.overlap})
