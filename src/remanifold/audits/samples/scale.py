"""Are samples prepared as the training rows are? Where they are not, no all-clear can be given."""

import numpy as np

from remanifold._core.compute import Compute
from remanifold._core.types import Floats
from remanifold.audits.records.samples import APART, UNSEEN
from remanifold.audits.samples.fit import Extent, Fit, fit_of
from remanifold.audits.samples.maps import FIXED, MATCHED, better_map, matched_steps, reversed_colours, trial_of
from remanifold.audits.samples.sets import RowSet
from remanifold.audits.samples.table_doubts import quoted
from remanifold.data import Points
from remanifold.data.maps.mapped import map_option
from remanifold.data.maps.standardized import is_table
from remanifold.data.rows import LEAST_POINTS
from remanifold.measures.copies.share_test import ShareTest

_FACTOR = 3.0
_LEVEL = 0.01
_MOVED = 0.5  # of a column's own spread
_ALIKE = f"were all sets prepared alike, say in -1..1 and not in 0..255? {UNSEEN}"
_UNITS = (
    "are all columns in the same units in all sets? Leave out columns that name rows, such as ids (--ignore COLUMN)."
)


def scale_doubts(
    train: RowSet,
    samples: RowSet,
    nearest: Floats,
    expected: Floats,
    seed: int,
    compute: Compute,
    mapping: str | None,
    *,
    row: str,
    maps: bool = True,
) -> list[str]:
    """Sentences why samples do not fit the training rows, with the map that would make them fit; nothing where they do.

    Args:
        train, samples: The sets.
        nearest: Distances of samples to their nearest training rows.
        expected: The same of hold-out rows, or without these of training rows to their nearest others.
        seed: Of the rows whose location and spread are compared.
        compute: What the search for nearest rows may use.
        mapping: The map that the samples have undergone.
        row: What a row is called.
        maps: Whether others are tried; not on features of rows.
    """
    far = float(np.median(nearest))
    if samples.points.n_points < LEAST_POINTS:
        doubt = _farther(far, float(np.median(expected)) if len(expected) else 0.0, _alike(train.points), row)
        return [doubt] if doubt else []
    trial = trial_of(train, samples, expected, seed, compute)
    ours, theirs = trial.extent(trial.ours), trial.extent(trial.theirs)
    fit, alike = fit_of(ours, theirs), _alike(train.points, (ours, theirs))
    doubt = _misfit(fit, far, trial.expected, alike, row)
    if not maps:
        return [doubt] if doubt else []
    better = better_map(trial, fit, bool(doubt))
    if better is None and not doubt:
        better = reversed_colours(train, samples, nearest, seed, compute)
    if better is not None:
        words = doubt or f"The samples do not fit the training {row}s as given: {alike}"
        return [f"{words} They fit by {better}: {map_option(better, mapping)}."]
    if doubt:
        return [f"{doubt} None of the usual maps makes them fit ({', '.join(FIXED + MATCHED)})."]
    return []


def _misfit(fit: Fit, far: float, near: float, alike: str, row: str) -> str:
    if not 1 / _FACTOR <= fit.ratio <= _FACTOR:
        times = f"{fit.ratio:.3g} times" if np.isfinite(fit.ratio) else "not"
        return f"The scale of the samples is {times} that of the training {row}s: {alike}"
    if fit.moved > _FACTOR:
        return f"The centre of the samples lies {fit.moved:.3g} times the training {row}s' spread away: {alike}"
    return _farther(far, near, alike, row)


def _farther(far: float, near: float, alike: str, row: str) -> str:
    """Whether samples lie at ``far`` where unseen rows lie at ``near``."""
    if not (near > 0 and far > _FACTOR * near):
        return ""
    times = f"{far / near:.3g} times as far from the training {row}s as unseen {row}s do (medians)"
    return f"Samples lie {times}: {alike}"


def _alike(train: Points, extents: tuple[Extent, Extent] | None = None) -> str:
    """What to ask where samples do not fit; of a table with the column that moves most, if one does."""
    if not is_table(train):
        return _ALIKE
    moved = None if extents is None else _moved_most(train, *extents)
    if moved is None:
        return f"{_UNITS} {UNSEEN}"
    units = f"column {quoted(moved)} differs most. Is it in the same units in all sets?"
    return f"{units} If it names rows, as ids do, leave it out (--ignore COLUMN). {UNSEEN}"


def _moved_most(train: Points, ours: Extent, theirs: Extent) -> str | None:
    """The column whose centre and spread differ most, as they count in distances; None where none differs by half."""
    (middle, scale), (other, its_scale) = ours.columns, theirs.columns
    apart = (other - middle) ** 2 + (its_scale - scale) ** 2
    if train.cells is None:
        names, starts = train.record.value_names, np.arange(train.ambient_dim)
    else:
        columns = train.cells.embedding.columns
        names = tuple(column.name for column in columns)
        starts = np.cumsum([0, *(len(column.names) for column in columns[:-1])])
    moves, own = (np.sqrt(np.add.reduceat(squares, starts)) for squares in (apart, scale**2))
    most = int(moves.argmax())
    return names[most] if moves[most] > _MOVED * own[most] else None


def few_notes(n_samples: int, row: str) -> list[str]:
    """What cannot be asked of fewer than three samples; nothing where there are more."""
    if n_samples >= LEAST_POINTS:
        return []
    them = "one sample" if n_samples == 1 else f"{n_samples} samples"
    return [
        f"Of {them} it can be told which training {row} is nearest and whether it is equal. Whether samples are "
        f"prepared as the training {row}s are, and whether a model copies in general, needs more of them."
    ]


def map_notes(mapping: str | None, row: str) -> list[str]:
    """What map the samples have undergone, and what it hides."""
    if mapping is None:
        return []
    notes, matched = [f"The samples were mapped by {mapping} before everything else."], matched_steps(mapping)
    if matched:
        notes.append(
            f"The map {matched[0]} takes location and scale from the samples themselves: copies lie near their {row}s, "
            f"not on them. To see equal {row}s pass the numbers that prepared the training {row}s, like --samples-map "
            '"(x - 0.5) / 0.25".'
        )
    return notes


def nearer_doubts(closer: ShareTest | None) -> list[str]:
    """The sentence where samples are nearer to the hold-out than chance allows; nothing where they are not."""
    if closer is None or closer.p_fewer >= _LEVEL:
        return []
    return [
        f"Samples are nearer to the hold-out than chance allows: {closer.share:.0%} lie nearer to training where "
        f"{closer.null:.0%} are expected (p = {closer.p_fewer:.2g}); {APART}"
    ]
