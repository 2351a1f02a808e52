"""How points were read, in sentences: what they are, their columns, their labels, what was left out or assumed."""

import numpy as np

from remanifold.data.points import Points

_NAMED = 8  # columns in one line


def reading_of(points: Points, name: str = "") -> tuple[str, ...]:
    """Sentences about how ``points`` were read, each after ``name`` ("the hold-out") where one is given."""
    record = points.record
    rows = "1 row" if points.n_points == 1 else f"{points.n_points} rows"
    told = [f"read as {rows} of shape {points.shape} and type {record.dtype} ({record.kind})"]
    if record.value_names:
        told.append(f"columns: {listed(record.value_names)}")
    if points.labels is not None:
        told.append(f"{len(np.unique(points.labels))} classes from {record.label_source}")
    told += record.reading
    return tuple(f"{name}: {text}" if name else text for text in told)


def listed(names: tuple[str, ...] | list[str]) -> str:
    """The first names, and how many there are beside them."""
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
