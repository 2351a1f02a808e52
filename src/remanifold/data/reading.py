"""How points were read, in sentences: what they are, their columns, their labels, what was left out or assumed."""

import numpy as np

from remanifold.data.pictures.noun import noun_of
from remanifold.data.points import Points

_NAMED = 8  # columns in one line
_NEARLY_ALL = 0.9  # of the variance


def reading_of(points: Points, name: str = "") -> tuple[str, ...]:
    """Sentences about how ``points`` were read, each after ``name`` ("the hold-out") where one is given."""
    record = points.record
    row = noun_of(points.shape)
    rows = f"1 {row}" if points.n_points == 1 else f"{points.n_points} {row}s"
    told = [f"read as {rows} of shape {points.shape} and type {record.dtype} ({record.kind})"]
    if record.value_names:
        told.append(f"columns: {listed(record.value_names)}")
    if points.labels is not None:
        told.append(f"{len(np.unique(points.labels))} classes from {record.label_source}")
    told += record.reading
    return tuple(f"{name}: {text}" if name else text for text in told)


def scaling_words(points: Points) -> tuple[str, ...]:
    """How the columns of the training rows ``points`` were scaled; nothing where they were not."""
    return () if points.scaling is None else points.scaling.words


def widest_words(points: Points, widest: int, share: float) -> tuple[str, ...]:
    """The sentence where one column holds more than 90 % of the variance of ``points``; nothing where none does.

    Args:
        points: The training rows.
        widest: The column of largest variance, from 0.
        share: Its share of the variance.
    """
    if points.ambient_dim < 2 or share <= _NEARLY_ALL:
        return ()
    names = points.record.value_names
    name = f"{names[widest]} (column {widest}, from 0)" if widest < len(names) else f"Column {widest} (from 0)"
    do = "" if points.scaling is not None else ": pass --standardize sd (in Python standardize='sd')"
    return (
        f"{name} holds a share of {share:.10f} of the variance of the data, so that distances, duplicates and noise "
        "levels are those of this column and the others hardly count. Leave it out if it is a number of rows, of "
        f"persons or of time; else bring the columns to one scale{do}.",
    )


def listed(names: tuple[str, ...] | list[str]) -> str:
    """The first names, and how many there are beside them."""
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
