"""What an audit is asked to do, checked before any work starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import number, whole
from remanifold._core.compute import Compute
from remanifold._core.errors import refusal
from remanifold.data import Columns, LabelsLike, Points, PointsLike, open_labels, open_points
from remanifold.data.alike import require_alike
from remanifold.data.maps.likeness import Likeness
from remanifold.data.maps.mapped import map_option, mapped_points, moving_map
from remanifold.data.maps.standardized import standardized_alike
from remanifold.data.open import open_beside
from remanifold.data.tables.embedded import embedded_alike
from remanifold.measures.estimates.persons import Persons, persons_of
from remanifold.noise.given import usable_sigma

_MOST_SURVEY_BYTES = 2**28  # a larger chunk is no faster


@dataclass(frozen=True)
class AuditOptions:
    """What decides the numbers of an audit; see `remanifold.audit`.

    Raises:
        InvalidInput: in one sentence, for each number that cannot be used.
    """

    max_queries: int
    seed: int
    duplicate_distance: float | None
    target_sigmas: tuple[float, ...]
    fit_manifold: bool = False
    sampler_sigma: float | None = None

    def __post_init__(self) -> None:
        whole("`max_queries`", self.max_queries, least=2, example=2000)
        whole("`seed`", self.seed, most=2**63 - 1)
        if self.duplicate_distance is not None:
            number("`duplicate_distance`", self.duplicate_distance, least=0, do="pass e.g. 0.01 (data units)")
        if self.sampler_sigma is not None:
            usable_sigma("`sampler_sigma`", self.sampler_sigma)


def survey_bytes(compute: Compute) -> int:
    """The part of the memory budget that goes to the first reading of the data."""
    return min(compute.memory_bytes // 4, _MOST_SURVEY_BYTES)


@dataclass(frozen=True)
class AuditInputs:
    """The data of an audit, opened and checked against each other; samples are mapped by ``samples_map``.

    ``likeness``: where distances of samples are taken.
    """

    points: Points
    holdout: Points | None
    labels: NDArray[Any] | None
    samples: Points | None = None
    rows: NDArray[np.int64] | None = None
    samples_map: str | None = None
    persons: Persons | None = None
    likeness: Likeness = field(default_factory=Likeness)


def open_inputs(
    data: PointsLike,
    holdout: PointsLike | None = None,
    labels: LabelsLike | None = None,
    samples: PointsLike | None = None,
    rows: LabelsLike | None = None,
    groups: tuple[LabelsLike | None, LabelsLike | None] = (None, None),
    *,
    resize: int | tuple[int, int] | None = None,
    key: str | None = None,
    samples_map: str | None = None,
    split: str | None = None,
    one_row_a_file: bool | None = None,
    columns: Columns | None = None,
    ignore: Columns | None = None,
    labels_from: str | None = None,
    standardize: str | None = None,
    likeness: Likeness | None = None,
) -> AuditInputs:
    """Open the data, the hold-out, the labels, the samples, the numbers of the rows asked about, and the ``groups``.

    ``samples_map`` brings the samples to the scale of the data before they are compared with it, see `mapped_points`;
    then columns are scaled by those of the data, see `scaling_kind` for ``standardize``; ``likeness`` is of samples.

    Raises:
        InvalidInput: if one cannot be read, the hold-out or the samples have another shape or preparation than the
            data, there are not as many labels or groups as rows, ``rows`` are no numbers of rows, or groups are given
            for one side alone.
    """
    reading: dict[str, Any] = {"resize": resize, "key": key, "one_row_a_file": one_row_a_file}
    reading |= {"columns": columns, "ignore": ignore}
    points = open_points(data, split=split, labels=labels, labels_from=labels_from, **reading)
    if labels is None:  # a column of the data, and so of the other sets
        reading["labels_from"] = labels_from
    beside = {"the hold-out": holdout, "the samples": samples}
    sets = {"the data": points} | {
        name: open_beside(source, split=split, **reading, least=1 if name == "the samples" else 3)
        for name, source in beside.items()
        if source is not None
    }
    sets = alike(sets, samples_map, standardize)
    points, unseen, drawn = sets["the data"], sets.get("the hold-out"), sets.get("the samples")
    asked = None if rows is None else _row_numbers(rows, points.n_points)
    persons = open_groups(*groups, points, unseen)
    likeness = Likeness() if likeness is None else likeness
    likeness.require_rows(points, persons is not None)
    return AuditInputs(points, unseen, points.labels, drawn, asked, samples_map, persons, likeness)


def alike(sets: Mapping[str, Points], samples_map: str | None, asked: str | None) -> dict[str, Points]:
    """``sets``, the data first, embedded, mapped and scaled so that they can be compared number by number.

    Raises:
        InvalidInput: if they cannot.
    """
    known = next(iter(sets.values())).scaling if asked is None else None
    own = embedded_alike(sets)
    points, maps = next(iter(own.values())), {"the samples": samples_map}
    require_plain_map(points, samples_map)
    fitted = {name: one if one is points else _like(points, one, name, maps) for name, one in own.items()}
    return standardized_alike(fitted, asked if known is None else known)


def require_plain_map(points: Points, samples_map: str | None) -> None:
    """Refuse (`InvalidInput`) a map of numbers where columns of ``points`` are categories."""
    if samples_map is not None and points.cells is not None:
        need = "`samples_map` is for rows of numbers"
        raise refusal(need, f"columns of words or dates in {points.record.source}", "prepare both tables alike")


def open_groups(
    groups: LabelsLike | None, holdout_groups: LabelsLike | None, points: Points, holdout: Points | None
) -> Persons | None:
    """Which rows of both sides belong together; None where no groups are given.

    Raises:
        InvalidInput: for groups of one side alone, of no hold-out, not one for each row, or a single one.
    """
    if groups is None and holdout_groups is None:
        return None
    beside = (holdout is None) == (holdout_groups is None)
    do = "pass both, or neither"
    if groups is None or not beside:
        got = "those of the hold-out alone" if groups is None else "those of the data alone"
        got = "groups of a hold-out that is not there" if holdout is None else got
        raise refusal("groups must be given for the data and for the hold-out", got, do)
    parts = []
    both = (groups, points, "groups of the data"), (holdout_groups, holdout, "groups of the hold-out")
    for source, rows, what in both:
        if source is not None and rows is not None:
            parts.append(open_labels(source, rows, what=what))
    persons = persons_of(*parts)
    if persons.counts[0] < 2:
        raise refusal("groups must be at least two", "one group of all rows", "give every row its group")
    return persons


def _row_numbers(source: LabelsLike, n_points: int) -> NDArray[np.int64]:
    """Numbers of training rows, from 0, ascending, each once."""
    given = np.asarray(open_labels(source, None))
    need, do = f"`rows` must be numbers of training rows, 0 to {n_points - 1}", "count rows from 0"
    try:
        numbers = given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise refusal(need, repr(str(given.flat[0]))[:40] if given.size else "none", do) from error
    wrong = numbers[~((numbers >= 0) & (numbers < n_points) & (numbers == np.floor(numbers)))]
    if numbers.size == 0 or wrong.size:
        raise refusal(need, f"{wrong[0]:.6g}" if wrong.size else "none", do)
    return np.unique(numbers.astype(np.int64))


def _like(points: Points, other: Points, name: str, maps: Mapping[str, str | None]) -> Points:
    mapping = maps.get(name)
    other = other if mapping is None else mapped_points(other, mapping, points)
    moved = moving_map(other.shape, points.shape) if name in maps and other.shape != points.shape else None
    require_alike(points, other, name, None if moved is None else map_option(moved, mapping))
    alike = ', or, if their numbers are alike, pass --samples-map "x" (in Python samples_map="x")'
    if mapping is None and (other.record.scale, other.record.shift) != (points.record.scale, points.record.shift):
        raise refusal(
            f"{name} must be prepared like the data ({points.record.preprocessing})",
            other.record.preprocessing,
            f"give both as arrays or both as pictures{alike if name in maps else ''}",
        )
    return other
