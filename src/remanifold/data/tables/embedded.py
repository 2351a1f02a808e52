"""Tables with text, dates, yes or no, or missing cells as points, each set embedded like the training rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.types import Floats
from remanifold.data.points import Points
from remanifold.data.rows import SlicedRows
from remanifold.data.tables.cells import Cells, Column
from remanifold.data.tables.columns import ColumnChoice, require_names, with_columns
from remanifold.data.tables.embedding import APART, EmbeddedColumn, Embedding
from remanifold.data.tables.matched import (
    as_train,
    as_words,
    differences,
    emptied,
    in_order,
    like_train,
    order_of,
    respelled,
)

_MOST_WORDS = 1000
_FEWEST = 5  # rows: words of fewer differ by chance


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
        words = tuple(dict.fromkeys(word for one in (column, *beside) for word in sorted(one.used)))
        fill = float(column.numbers.mean()) if anywhere and column.kind != "category" else 0.0
        kept.append(EmbeddedColumn(column.name, column.kind, words, fill, anywhere, n_missing))
    if not kept:
        got = "; ".join(f"{name}: {why}" for name, why in left_out)
        raise refusal("a table must have columns of numbers or of categories that repeat", got, "pass such columns")
    return Embedding(tuple(kept), tuple(left_out))


def embedded(
    points: Points, columns: Sequence[Column], embedding: Embedding | None = None, *, told: bool = True
) -> Points:
    """``points``, of whatever rows, with those of ``columns`` under ``embedding``, by default their own.

    ``told``: what was done is said in their `reading`; else what differs from the training rows.
    """
    as_read = None if embedding is None else points.as_read or points
    embedding = embedding_of(columns) if embedding is None else embedding
    cells = Cells(tuple(columns), embedding)
    shape = (len(columns[0].values), len(embedding.names))
    rows = SlicedRows(shape, np.dtype(np.float64), lambda a, b: _rows(cells, slice(a, b)), lambda at: _rows(cells, at))
    before = () if points.cells is None else points.cells.embedding.words
    absent = tuple(f"column {one.name}: taken as missing: {', '.join(one.absent)}" for one in columns if one.absent)
    kept = (text for text in points.record.reading if text not in before)
    reading = tuple(dict.fromkeys((*kept, *(embedding.words if told else ()), *absent)))
    record = replace(points.record, shape=shape, dtype="float64", value_names=embedding.names, reading=reading)
    if record.opened:
        opened = (*(item for item in record.opened if item[0] != "embedding"), ("embedding", embedding))
        record = replace(record, opened=opened)
    told_of = {"record": record, "cells": cells, "as_read": as_read}
    return points.changed(rows=rows, n_points=shape[0], shape=shape[1:], ambient_dim=shape[1], **told_of)


def embedded_alike(sets: Mapping[str, Points]) -> dict[str, Points]:
    """All ``sets`` in their own units, under one embedding, of the first, where any of them has more than numbers.

    Raises:
        InvalidInput: if the columns of two sets have other names or hold other things.
    """
    own = {name: points if points.own is None else points.own for name, points in sets.items()}
    if all(points.cells is None for points in own.values()):
        train = next(iter(own.values()))
        return {name: points if points is train else _ordered(points, train) for name, points in own.items()}
    read = {name: _columns(points, name) for name, points in own.items()}
    first, *others = read
    names = [column.name for column in read[first]]
    columns = {name: in_order(names, read[name], name) for name in others}
    train = tuple(as_train(one, [columns[name][k] for name in others]) for k, one in enumerate(read[first]))
    counts = tuple(_left_out(column) == "" for column in train)
    made = {}
    for name in others:
        both = zip(columns[name], train, counts)
        made[name] = tuple(like_train(one, ours, first, name) if fits else one for one, ours, fits in both)
    embedding = embedding_of(train, list(made.values()))
    alike = {first: embedded(own[first], train, embedding)}
    for name in others:
        told = differences(train, columns[name], made[name], first)
        alike[name] = embedded(own[name].told(told), made[name], embedding, told=False)
    return alike


def _ordered(points: Points, train: Points) -> Points:
    """Numbers under the names and in the order of those of ``train``, where both have the same; else as they are."""
    names, others = train.record.value_names, points.record.value_names
    order = order_of(names, others)
    if not names or names == others or sorted(order) != list(range(len(others))):
        return points
    if order == list(range(len(others))):
        return points.changed(record=replace(points.record, value_names=names))
    chosen = with_columns(points, ColumnChoice(keep=tuple(others[k] for k in order)))
    kept = (item for item in points.record.opened if item[0] not in ("columns", "ignore"))
    told = (*points.record.reading, "columns brought to the order of the others by their names")
    opened = (*kept, ("columns", tuple(others[k] for k in order))) if points.record.opened else ()
    return chosen.changed(record=replace(chosen.record, value_names=names, reading=told, opened=opened), as_read=points)


def like_embedding(points: Points, embedding: Embedding) -> Points:
    """``points`` under an embedding of other rows.

    Raises:
        InvalidInput: if they lack one of its columns, or have a word or missing cell that it has no coordinate for.
    """
    columns = {column.name: column for column in _columns(points, "the data")}
    for one in embedding.columns:
        if one.name not in columns:
            got = f"none called {one.name} in {points.record.source}"
            raise refusal("a table must have the columns that its embedding has", got, "pass the same table")
        columns[one.name] = _fitting(columns[one.name], one, points.record.source)
    return embedded(points, tuple(columns.values()), embedding)


def _fitting(column: Column, one: EmbeddedColumn, source: str) -> Column:
    """``column`` if each of its cells has coordinates in ``one``."""
    if one.kind == "category":
        column = respelled(as_words(column), one.words)
    column = emptied(column, one.kind) if column.kind == "empty" else column
    known = column.kind == one.kind and column.used <= set(one.words)
    if not known or (bool(column.missing.any()) and not one.indicator):
        what = "others" if not known else "missing cells"
        got = f"{what} in column {one.name} of {source}"
        raise refusal("a table must have cells that its embedding holds", got, "pass the same table")
    return column


def _left_out(column: Column) -> str:
    if column.kind == "empty":
        return "every cell is missing"
    if column.kind != "category":
        return ""
    words, rows = len(column.used), len(column.numbers)
    if 2 * words > rows >= _FEWEST:
        return f"{words} different words in {rows} rows, which name rows and are no categories"
    return f"{words} categories, more than {_MOST_WORDS}" if words > _MOST_WORDS else ""


def _columns(points: Points, name: str) -> tuple[Column, ...]:
    """The columns of a table; of one that has numbers only, as they are stored."""
    if points.cells is not None:
        return points.cells.columns
    names = points.record.value_names
    require_names(names, points.record.source)
    if len(names) != points.ambient_dim:
        got = f"{points.record.kind} rows of shape {points.shape} in {points.record.source}"
        raise refusal(f"{name} must be a table with the names of the columns, as the others are", got, "pass one")
    rows = points.chunk(0, points.n_points)
    return tuple(Column(one, "number", rows[:, k]) for k, one in enumerate(names))


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
    missing = len(one.words) if one.indicator else -1
    where = np.array([*(place.get(word, -1) for word in column.words), missing], dtype=np.int64)
    found = where[values]  # -1, a missing cell, is the last
    rows = np.zeros((len(values), len(one.names)))
    rows[np.arange(len(values))[found >= 0], found[found >= 0]] = APART
    return rows
