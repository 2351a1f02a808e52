"""Tables with text, dates, yes or no, or missing cells as points, each set embedded like the training rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal, require
from remanifold._core.types import Floats
from remanifold.data.points import Points
from remanifold.data.rows import SlicedRows
from remanifold.data.tables.cells import MISSING, Cells, Column
from remanifold.data.tables.embedding import APART, EmbeddedColumn, Embedding

_MOST_WORDS = 1000


def embedding_of(columns: Sequence[Column], others: Sequence[Sequence[Column]] = ()) -> Embedding:
    """The embedding of the training rows' ``columns`` that also holds the words and missing cells of ``others``.

    Raises:
        InvalidInput: if no column is left.
    """
    kept, left_out = [], []
    for place, column in enumerate(columns):
        reason = _left_out(column)
        if reason:
            left_out.append((column.name, reason))
            continue
        beside = [rows[place] for rows in others]
        anywhere = any(bool(one.missing.any()) for one in (column, *beside))
        n_missing = int(column.missing.sum())
        if column.kind == "category":
            words = dict.fromkeys(sorted(_used(column)))
            for one in beside:
                words |= dict.fromkeys(sorted(_used(one)))
            names = (*words, MISSING) if anywhere else tuple(words)
            kept.append(EmbeddedColumn(column.name, column.kind, names, n_missing=n_missing))
        else:
            fill = float(column.numbers.mean()) if anywhere else 0.0
            kept.append(EmbeddedColumn(column.name, column.kind, (), fill, anywhere, n_missing))
    if not kept:
        got = "; ".join(f"{name}: {why}" for name, why in left_out)
        raise refusal("a table must have columns of numbers or of categories that repeat", got, "pass such columns")
    return Embedding(tuple(kept), tuple(left_out))


def embedded(
    points: Points, columns: Sequence[Column], embedding: Embedding | None = None, *, told: bool = True
) -> Points:
    """``points``, of whatever rows, with those of ``columns`` under ``embedding``, by default their own.

    ``told``: what was done is said in their `reading`.
    """
    embedding = embedding_of(columns) if embedding is None else embedding
    cells = Cells(tuple(columns), embedding)
    shape = (len(columns[0].values), len(embedding.names))
    rows = SlicedRows(shape, np.dtype(np.float64), lambda a, b: _rows(cells, slice(a, b)), lambda at: _rows(cells, at))
    before = () if points.cells is None else points.cells.embedding.words
    reading = (*(text for text in points.record.reading if text not in before), *(embedding.words if told else ()))
    record = replace(points.record, shape=shape, dtype="float64", value_names=embedding.names, reading=reading)
    if record.opened:
        opened = (*(item for item in record.opened if item[0] != "embedding"), ("embedding", embedding))
        record = replace(record, opened=opened)
    return points.changed(
        rows=rows, n_points=shape[0], shape=shape[1:], ambient_dim=shape[1], record=record, cells=cells
    )


def embedded_alike(sets: Mapping[str, Points]) -> dict[str, Points]:
    """All ``sets`` in their own units, under one embedding, of the first, where any of them has more than numbers.

    Raises:
        InvalidInput: if the columns of two sets have other names or hold other things.
    """
    own = {name: points if points.own is None else points.own for name, points in sets.items()}
    if all(points.cells is None for points in own.values()):
        return own
    columns = {name: _columns(points, name) for name, points in own.items()}
    first, *others = columns
    for name in others:
        columns[name] = _matched(columns[first], columns[name], first, name)
    embedding = embedding_of(columns[first], [columns[name] for name in others])
    return {name: embedded(points, columns[name], embedding, told=name == first) for name, points in own.items()}


def like_embedding(points: Points, embedding: Embedding) -> Points:
    """``points`` under an embedding of other rows.

    Raises:
        InvalidInput: if they lack one of its columns.
    """
    columns = {column.name: column for column in _columns(points, "the data")}
    lacking = next((column.name for column in embedding.columns if column.name not in columns), None)
    if lacking is not None:
        got = f"none called {lacking} in {points.record.source}"
        raise refusal("a table must have the columns that its embedding has", got, "pass the same table")
    return embedded(points, tuple(columns.values()), embedding)


def _left_out(column: Column) -> str:
    if column.kind == "empty":
        return "every cell is missing"
    if column.kind != "category":
        return ""
    words, rows = len(_used(column)), len(column.numbers)
    if 2 * words > rows:
        return f"{words} different words in {rows} rows, which name rows and are no categories"
    return f"{words} categories, more than {_MOST_WORDS}" if words > _MOST_WORDS else ""


def _used(column: Column) -> set[str]:
    return {column.words[k] for k in np.unique(column.numbers)} if column.kind == "category" else set()


def _columns(points: Points, name: str) -> tuple[Column, ...]:
    """The columns of a table; of one that has numbers only, as they are stored."""
    if points.cells is not None:
        return points.cells.columns
    names = points.record.value_names
    if len(names) != points.ambient_dim:
        got = f"{points.record.kind} rows of shape {points.shape} in {points.record.source}"
        raise refusal(f"{name} must be a table with the names of the columns, as the others are", got, "pass one")
    rows = points.chunk(0, points.n_points)
    return tuple(Column(one, "number", rows[:, k]) for k, one in enumerate(names))


def _matched(train: tuple[Column, ...], other: tuple[Column, ...], first: str, name: str) -> tuple[Column, ...]:
    """``other`` columns in the order of ``train``, of the same kinds."""
    by_name = {column.name: column for column in other}
    lacking = next((column.name for column in train if column.name not in by_name), None)
    got = f"none called {lacking} in {name}"
    require(lacking is None, "all tables must have the same columns", got, "name the columns alike, or pass `columns`")
    more = next((column.name for column in other if column.name not in {one.name for one in train}), None)
    got = f"{more} in {name} alone"
    require(more is None, "all tables must have the same columns", got, "leave it out (`ignore`)")
    return tuple(_of_kind(by_name[column.name], column, first, name) for column in train)


def _of_kind(column: Column, train: Column, first: str, name: str) -> Column:
    if column.kind == train.kind or _left_out(train):
        return column
    if column.kind == "empty":
        empty = np.full(len(column.values), -1 if train.kind == "category" else np.nan)
        return Column(column.name, train.kind, empty.astype(np.int64) if train.kind == "category" else empty)
    if (train.kind, column.kind) == ("yes or no", "number") and set(np.unique(column.numbers)) <= {0.0, 1.0}:
        return Column(column.name, train.kind, column.values)
    raise refusal(
        f"column {column.name} must hold the same in all tables",
        f"{_KINDS[column.kind]} in {name} beside {_KINDS[train.kind]} in {first}",
        "write it alike, or leave it out (`ignore`)",
    )


_KINDS = {"number": "numbers", "category": "words", "date": "dates", "yes or no": "yes or no", "empty": "nothing"}


def _rows(cells: Cells, at: slice | NDArray[np.integer]) -> Floats:
    """Coordinates of some rows, (k, N)."""
    columns = {column.name: column for column in cells.columns}
    parts = [_coordinates(columns[one.name], one, at) for one in cells.embedding.columns]
    return np.concatenate(parts, axis=1)


def _coordinates(column: Column, one: EmbeddedColumn, at: slice | NDArray[np.integer]) -> Floats:
    values = column.values[at]
    if one.kind != "category":
        missing = np.isnan(values)
        filled = np.where(missing, one.fill, values)[:, None]
        return np.concatenate([filled, missing[:, None].astype(np.float64)], axis=1) if one.indicator else filled
    place = {word: k for k, word in enumerate(one.words)}
    where = np.array([*(place.get(word, -1) for word in column.words), place.get(MISSING, -1)], dtype=np.int64)
    found = where[values]  # -1, a missing cell, is the last
    rows = np.zeros((len(values), len(one.words)))
    rows[np.arange(len(values))[found >= 0], found[found >= 0]] = APART
    return rows
