"""What an audit says of single rows and of classes of them."""

from dataclasses import dataclass

from remanifold._core.estimate import Estimate
from remanifold.noise import MeasuredLevel, NoiseLevel


@dataclass(frozen=True)
class LevelRows:
    """What single rows do at a noise level that is a mean over rows.

    Attributes:
        own_weight: E[w_own] there, the chance that exact reversal from this level returns to the row it started from.
        first_row, first_row_t: The query row whose own collapse (or trap) comes first, and where: above the level,
            since that is a mean over rows. None at t_generalization.
    """

    own_weight: Estimate
    first_row: int | None = None
    first_row_t: NoiseLevel | None = None


@dataclass(frozen=True)
class CarryingRows:
    """Few rows that carry the means of the noise levels, and the levels without them.

    Attributes:
        rows: Row numbers of these, the one that counts most first.
        t_onset, t_collapse, t_generalization: Means over the other query rows, squared data units; None where one does
            not exist on the levels measured.
    """

    rows: tuple[int, ...]
    t_onset: MeasuredLevel | None
    t_collapse: MeasuredLevel | None
    t_generalization: MeasuredLevel | None


@dataclass(frozen=True)
class DuplicateGroup:
    """Rows that are the same point.

    Attributes:
        members: Row numbers, ascending.
        max_distance: The group's diameter, data units.
    """

    members: tuple[int, ...]
    max_distance: float


@dataclass(frozen=True)
class ExposedRow:
    """One row's own collapse under the empirical score: the higher ``t``, the earlier it is memorized.

    Attributes:
        row: Row number in the data.
        t: Noise level at which this row collapses; its error comes from the finite number of noise draws.
        nearest_row: The row nearest to it outside its own group.
        nearest_distance: Distance to that row, data units.
        label: Its label, or None.
    """

    row: int
    t: MeasuredLevel
    nearest_row: int
    nearest_distance: float
    label: str | None = None


@dataclass(frozen=True)
class ClassTimes:
    """The times of one class taken alone (what a class-conditional model faces).

    Attributes:
        label: Of the class.
        n_points: Its distinct points.
        t_onset, t_collapse, t_generalization: Its noise levels, squared data units; None where it has too few points.
        reason: Why they are None.
    """

    label: str
    n_points: int
    t_onset: NoiseLevel | None
    t_collapse: MeasuredLevel | None
    t_generalization: NoiseLevel | None
    reason: str | None = None
