"""Columns of other tables brought to what those of the training rows hold: order, kind, spelling of words."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from remanifold._core.errors import refusal, require
from remanifold.data.tables.cells import Column
from remanifold.data.tables.spelling import by_spelling, same_words, spelled

_KINDS = {"number": "numbers", "category": "words", "date": "dates", "yes or no": "yes or no", "empty": "nothing"}
_SLACK, _LEVEL = 3, 1e-3  # cells more that may be missing than are; chance below which a column is not empty by chance
_SHOWN = 4  # words in a sentence


def in_order(names: Sequence[str], columns: Sequence[Column], name: str) -> tuple[Column, ...]:
    """``columns`` of the set ``name`` in the order of ``names``, and under these.

    Raises:
        InvalidInput: if it has others.
    """
    order = order_of(names, [column.name for column in columns])
    lacking = next((one for one, place in zip(names, order) if place < 0), None)
    got = f"none called {lacking} in {name}"
    require(lacking is None, "all tables must have the same columns", got, "name the columns alike, or pass `columns`")
    more = next((column.name for k, column in enumerate(columns) if k not in order), None)
    require(more is None, "all tables must have the same columns", f"{more} in {name} alone", "leave it out (`ignore`)")
    return tuple(replace(columns[place], name=one) for one, place in zip(names, order))


def order_of(names: Sequence[str], others: Sequence[str]) -> list[int]:
    """Where each of ``names`` stands among ``others``, -1 where it does not; blanks and Unicode forms do not count."""
    known = by_spelling(others)
    found = [known.get(name, known.get(spelled(name))) for name in names]
    return [-1 if one is None else list(others).index(one) for one in found]


def as_train(column: Column, others: Sequence[Column]) -> Column:
    """A training column: words of yes and no are categories where another table has more words than these."""
    return as_words(column) if any(other.kind == "category" for other in others) else column


def as_words(column: Column) -> Column:
    """Yes or no as the words that are written; any other column as it is."""
    if column.kind != "yes or no":
        return column
    codes = np.where(column.missing, -1, np.nan_to_num(column.values)).astype(np.int64)
    return replace(column, kind="category", values=codes, words=column.words or ("no", "yes"))


def like_train(column: Column, train: Column, first: str, name: str) -> Column:
    """``column`` of the set ``name`` as one of the kind and the words of ``train``, that of the set ``first``.

    Raises:
        InvalidInput: if it holds something else, or nothing where chance does not leave a column empty.
    """
    if train.kind == "category":
        column = as_words(column)
    if column.kind == train.kind:
        return respelled(column, train.used) if train.kind == "category" else column
    if column.kind == "empty":
        _require_cells(column, train, first, name)
        return emptied(column, train.kind)
    truths = {"yes or no", "number"}
    if {train.kind, column.kind} == truths and all(
        set(np.unique(one.numbers)) <= {0.0, 1.0} for one in (train, column)
    ):
        return replace(column, kind=train.kind)
    raise refusal(
        f"column {column.name} must hold the same in all tables",
        f"{_KINDS[column.kind]} in {name} beside {_KINDS[train.kind]} in {first}",
        "write it alike, or leave it out (`ignore`)",
    )


def emptied(column: Column, kind: str) -> Column:
    """A column without cells as one of ``kind``."""
    empty = np.full(len(column.values), -1, np.int64) if kind == "category" else column.values
    return replace(column, kind=kind, values=empty)


def differences(train: Sequence[Column], read: Sequence[Column], made: Sequence[Column], first: str) -> tuple[str, ...]:
    """Sentences on columns ``read``, and as ``made`` beside ``train``: spelling, words of their own, missing cells."""
    told = []
    for ours, before, column in zip(train, read, made):
        of = f"column {column.name}"
        if column.kind == ours.kind == "category":
            same = sorted(same_words(as_words(before).used, ours.used).items())
            if same:
                pairs = ", ".join(f"{word} as {meant}" for word, meant in same[:_SHOWN])
                told.append(f"{of}: read as words of {first} that are spelled otherwise: {pairs}")
            known = ours.used
            unseen = sorted(column.used - known)
            if unseen:
                n = int(np.array([word not in known for word in column.words])[column.numbers.astype(np.int64)].sum())
                such = ", ".join(unseen[:_SHOWN])
                told.append(f"{of}: {n} of {len(column.values)} cells hold words that {first} lacks, such as {such}")
        n_missing = int(column.missing.sum())
        if n_missing:
            told.append(f"{of}: {n_missing} of {len(column.values)} cells are missing")
    return tuple(told)


def respelled(column: Column, known: Iterable[str]) -> Column:
    """Categories with the words of ``known`` where they spell these otherwise."""
    same = same_words(column.used, known)
    if not same:
        return column
    meant = [same.get(word, word) for word in column.words]
    words = tuple(dict.fromkeys(meant))
    place = {word: k for k, word in enumerate(words)}
    codes = np.array([*(place[word] for word in meant), -1], dtype=np.int64)[column.values]
    return replace(column, values=codes, words=words)


def _require_cells(column: Column, train: Column, first: str, name: str) -> None:
    """Refuse (`InvalidInput`) a column without any cell where training rows lack so few that chance leaves some."""
    missing = min(1.0, (int(train.missing.sum()) + _SLACK) / len(train.values))
    if missing ** len(column.values) < _LEVEL:
        got = f"none in column {column.name} of {name}, which {first} fills"
        do = "fill it, or leave it out of all tables (`ignore`)"
        raise refusal("a column must have cells in all tables or in none", got, do)
