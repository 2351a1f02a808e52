"""Groups of training rows that a network may remember more than others, named without looking at its losses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.types import Integers
from remanifold.measures.estimates.proportions import more_often
from remanifold.measures.memory.nearest_training import NearestTraining
from remanifold.measures.neighbours.duplicates import Duplicates

_EXPOSED = 0.95  # quantile of nearest distances of both sides from which on rows are most exposed
_NEAR, _RARE = 0.5, 0.01  # of the median nearest distance; share of hold-out rows that lie as near
_SIMILAR = 0.1  # share of hold-out rows, those nearest to training rows, that near copies are held against
_LEAST_GROUP, _LEAST_CONTROLS = 3, 10  # rows


@dataclass(frozen=True, eq=False)
class RowGroups:
    """Groups of rows.

    Attributes:
        places: Of each group among the training rows that were looked at, by name.
        controls: Of the hold-out rows that it is held against; a group that is missing here is held against all.
        floors: Least p-value of a group; of duplicates how likely it is by chance that so few of them are in the
            hold-out too, without which they may be rows that recur and not rows that were repeated.
        near_distance: Rows with another at this distance or less are near copies, data units.
    """

    places: dict[str, Integers]
    controls: dict[str, Integers] = field(default_factory=dict)
    floors: dict[str, float] = field(default_factory=dict)
    near_distance: float = 0.0


def row_groups(
    training_rows: Integers,
    nearest: NearestTraining,
    duplicates: Duplicates,
    *,
    n_training: int,
    n_holdout: int,
    recurring: Sequence[int] = (),
    named: Integers | None = None,
    labels: tuple[NDArray[Any], NDArray[Any]] | None = None,
    persons: Integers | None = None,
) -> RowGroups:
    """Duplicates, near copies, most exposed rows, classes, and the rows that the user names.

    Args:
        training_rows: Distinct training rows that were looked at, (n,).
        nearest: Their nearest other training points, and those of the hold-out rows that were looked at.
        duplicates: Of all training rows.
        n_training, n_holdout: Rows of the two sides in all, copies and rows that recur included.
        recurring: Training rows that hold-out rows hit, which are not among ``training_rows``.
        named: Training rows that the user names.
        labels: Class of each training row and of each hold-out row that were looked at.
        persons: Of all training rows, where rows belong together; ``n_training`` and ``n_holdout`` count persons then.
    """
    near, far = nearest.own, nearest.others
    place = {int(row): k for k, row in enumerate(training_rows)}
    stands = {member: group.members[0] for group in duplicates.groups for member in group.members}
    hit = {stands.get(int(row), int(row)) for row in recurring}
    copied = [group for group in duplicates.groups if group.members[0] in place]
    places: dict[str, Integers] = {"duplicates": np.array([place[g.members[0]] for g in copied], dtype=np.int64)}
    owners = np.arange(n_training) if persons is None else persons
    times = {group.members[0]: len(np.unique(owners[list(group.members)])) for group in duplicates.groups}
    again = [times[group.members[0]] for group in duplicates.groups if group.members[0] in hit]
    floors = {"duplicates": _missed_by_chance([times[g.members[0]] for g in copied], again, n_training, n_holdout)}
    rare = float(np.quantile(far, _RARE, method="lower"))
    within = min(_NEAR * float(np.median(near)), rare)
    # of two that are near each other one counts: their losses are nearly one number
    first = training_rows < nearest.rows
    first |= ~np.isin(nearest.rows, training_rows[near <= within])
    places["near copies"] = np.flatnonzero((near <= within) & first)
    # a dense part of the law brings hold-out rows as near: more training rows than that are copies made by somebody
    count = len(places["near copies"]), len(near), int((far <= within).sum()), len(far)
    floors["near copies"] = more_often(*count) if count[0] else 1.0
    similar = np.argsort(far, kind="stable")[: max(_LEAST_CONTROLS, round(_SIMILAR * len(far)))]
    edge = float(np.quantile(np.concatenate([near, far]), _EXPOSED))
    places["most exposed"] = np.flatnonzero(near >= edge)
    controls = {"near copies": similar, "most exposed": np.flatnonzero(far >= edge)}
    if named is not None:
        chosen = {place[r] for r in (stands.get(int(row), int(row)) for row in named) if r in place}
        places["named rows"] = np.array(sorted(chosen), dtype=np.int64)
    if labels is not None:
        for label in np.unique(labels[0]):
            places[f"class {label}"] = np.flatnonzero(labels[0] == label)
            controls[f"class {label}"] = np.flatnonzero(labels[1] == label)
    kept = {
        name: rows
        for name, rows in places.items()
        if len(rows) >= (1 if name in ("named rows", "duplicates") else _LEAST_GROUP)
        and (name not in controls or len(controls[name]) >= _LEAST_CONTROLS)
    }
    return RowGroups(kept, controls, floors, within)


def _missed_by_chance(missed: list[int], hit: list[int], n: int, m: int) -> float:
    """P(at least as many contents miss the hold-out) if the copies of each lay at random on both sides.

    Only contents that the training data have twice or more are looked at, and that is part of the chance: of one with
    two copies in all nothing is learned.

    Args:
        missed: Copies in the training data of contents that the hold-out lacks.
        hit: Of contents that it has, at least once.
        n, m: Rows of the two sides.
    """
    miss = [_misses(copies, n / (n + m)) for copies in missed] + [_misses(copies + 1, n / (n + m)) for copies in hit]
    law = np.ones(1)  # of the number of contents that miss, one content after another
    for chance in miss:
        law = np.convolve(law, [1 - chance, chance])
    return float(min(1.0, law[len(missed) :].sum()))


def _misses(copies: int, part: float) -> float:
    """P(all copies lie in the training data | two or more do), each there with the chance ``part``."""
    fewer = (1 - part) ** copies + copies * part * (1 - part) ** (copies - 1)
    return part**copies / (1 - fewer) if fewer < 1 else 1.0
