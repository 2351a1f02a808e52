"""What was audited."""

from dataclasses import dataclass

from remanifold.data.maps.scaling import Scaling
from remanifold.data.tables.facts import ColumnFacts


@dataclass(frozen=True)
class DataFacts:
    """What was audited.

    Attributes:
        source, kind, dtype, preprocessing, fingerprint: As recorded by the reader and the survey.
        n_points: Rows.
        n_groups: Distinct points: groups of duplicates count once.
        shape: Shape of one sample.
        ambient_dim: Numbers per sample.
        std: Root mean square deviation per coordinate, data units (the unit of sigma_in_data_std).
        duplicate_distance: Distance below which rows count as the same point.
        reading: How the data, the hold-out and the samples were read: labels and columns with their source, what was
            left out or assumed.
        standardize: How columns were scaled; noise levels and distances are in its unit. None: not recorded.
        columns: Of a table with names, how each column became coordinates.
    """

    source: str
    kind: str
    dtype: str
    preprocessing: str
    fingerprint: str
    n_points: int
    n_groups: int
    shape: tuple[int, ...]
    ambient_dim: int
    std: float
    duplicate_distance: float
    reading: tuple[str, ...] = ()
    standardize: Scaling | None = None
    columns: tuple[ColumnFacts, ...] = ()
