"""Labels of points: in memory or in a file, matched by name where there are names."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.files import path_of
from remanifold.data.label_files.order import plain_path, require_one_order
from remanifold.data.label_files.read import LabelTable, named_labels, read_labels
from remanifold.data.labels import label_array
from remanifold.data.points import Points, RowsLike
from remanifold.data.tables.lines import Layout

LabelsLike = str | PathLike[str] | RowsLike
"""What `open_labels` opens: a path, or one label a row in memory."""
_NAMED = 0.9  # share of different cells from which on text names rows
ORDER = "order"
"""``labels_from`` of labels that stand in the order of the rows, whatever names say."""


def open_labels(
    source: LabelsLike, points: int | Points | None, *, labels_from: str | None = None, what: str = "labels"
) -> NDArray[Any]:
    """Labels of points as int64 or text, (n_points,).

    Args:
        source: An array, list or tensor, (n,) or (n, 1), or a dictionary of names to labels; or a path: .npy, .npz,
            .pt, .safetensors, .parquet, .csv, .tsv, .txt, .json or .jsonl, ``path::key`` where it holds several. Labels
            with names are matched to rows by name.
        points: The points that they belong to, or how many these are; None: any number.
        labels_from: The column that holds the labels; or "order": they stand in the order of the rows.
        what: What they are called in sentences.

    Raises:
        InvalidInput: if there is not one for every point, names do not fit those of the rows, or they are not whole
            numbers or text.
    """
    return labels_and_words(source, points, labels_from, what)[0]


def labels_and_words(
    source: LabelsLike, points: int | Points | None, labels_from: str | None, what: str = "labels"
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The labels as `open_labels` gives them, and in sentences how they were matched to rows."""
    rows = points if isinstance(points, Points) else None
    n_points = rows.n_points if rows is not None else points
    names = () if rows is None or rows.row_names is None else rows.row_names
    in_order, column = labels_from == ORDER, None if labels_from == ORDER else labels_from
    if isinstance(source, str | PathLike):
        path, key = _place_of(str(source))
        table, place = read_labels(path, key, column, frozenset(map(_FORMS[-1], names))), str(source)
    elif isinstance(source, dict):
        table, place = named_labels(source, "memory"), f"the {what}"
    else:
        table, place = LabelTable(label_array(source)), f"the {what}"
    if table.beside and not in_order:
        found = _by_name(table, names, place, what)
        if found is not None:
            return found[0], (*found[1], *table.told)
        _require_no_names(table, names, place, what)
    if n_points is not None and len(table.values) != n_points:
        got = f"{len(table.values)} in {place}"
        need = "one label per point" if what == "labels" else f"as many {what} as rows"
        raise refusal(f"there must be {need} ({n_points})", got, "match them")
    if rows is not None and not in_order:
        require_one_order(rows, what)
    told = f"{what} stand in the order of the rows"
    unused = f"; not used: {', '.join(map(_called, table.beside))}" if table.beside else ""
    return table.values, (f"{told}{unused}", *table.told)


def _place_of(source: str) -> tuple[Path, str | None]:
    path = path_of(source, "the labels")
    if "::" in source and not path.exists():
        place, _, key = source.rpartition("::")
        return path_of(place, "the labels"), key
    return path, None


def _by_name(
    table: LabelTable, names: Sequence[str], place: str, what: str
) -> tuple[NDArray[Any], tuple[str, ...]] | None:
    """The labels in the order of the rows; None where no column holds names of rows.

    Raises:
        InvalidInput: if some rows have no label, or two that differ, also by two columns that both hold all names.
    """
    best: tuple[int, str, str] = (0, "", "")
    fits: list[tuple[str, NDArray[Any], str]] = []
    for column, cells in table.beside.items():
        for form in _FORMS:
            wanted, given = [form(name) for name in names], [form(cell) for cell in cells]
            if len(set(wanted)) < len(wanted):
                continue
            number = {name: k for k, name in reversed(list(enumerate(given)))}
            lacking = [name for name, short in zip(names, wanted) if short not in number]
            best = max(best, (len(names) - len(lacking), column, lacking[0] if lacking else ""))
            if names and not lacking:
                _require_one_label(table, given, number, set(wanted), place)
                more = len(number) - len(wanted)
                beside = f", {more} names of {place} are no rows" if more else ""
                fits.append((column, table.values[[number[name] for name in wanted]], beside))
                break
    if fits:
        column, values, beside = fits[0]
        other = next((other for other, labels, _ in fits if not np.array_equal(labels, values)), None)
        if other is not None:
            got = f"{_called(column)} and {_called(other)} of {place}, which give rows other labels"
            raise refusal("one column must hold the names of the rows", got, "remove the one that does not")
        return values, (f"labels matched by name ({_called(column)}){beside}",)
    if best[0] == 0:
        return None
    got = f"{len(names) - best[0]} without one in {place}, such as {best[2]}"
    one = "caption" if what.startswith("captions") else "label"
    raise refusal(f"every row ({len(names)}) must have its {one} by name", got, "add the names, or remove such rows")


_FORMS: tuple[Callable[[str], str], ...] = (
    lambda name: str(plain_path(name)),
    lambda name: plain_path(name).name,
    lambda name: str(plain_path(name).with_suffix("")) if plain_path(name).name else "",
    lambda name: plain_path(name).stem,
)
"""A name as it is, without folders, without its ending, without both: the first by which all rows are found."""


def _require_one_label(
    table: LabelTable, given: list[str], number: dict[str, int], wanted: set[str], place: str
) -> None:
    for k, name in enumerate(given):
        if name in wanted and table.values[number[name]] != table.values[k]:
            raise refusal("a row must have one label", f"two that differ for {name} in {place}", "keep one of them")


def _require_no_names(table: LabelTable, names: Sequence[str], place: str, what: str) -> None:
    """Refuse labels beside which there are names of rows, where these fit no row."""
    for column, cells in table.beside.items():
        if not _may_be_names(cells):
            continue
        rows = f"rows are called {names[0]}, {names[1]}, ..." if len(names) > 1 else "the rows have no names"
        do = f"correct the names, or remove them if the {what} stand in the order of the rows"
        if what == "labels":
            do = "correct the names, or pass `labels_from` 'order' if the labels stand in the order of the rows"
        got = f"{cells[0]!r} in {_called(column, 'the column ')} of {place}, while {rows}"
        raise refusal(f"{what} with names must be matched to rows by name", got, do)


def _called(column: str, before: str = "") -> str:
    return f"{before}{column}" if column else "the column without a name"


def _may_be_names(cells: Sequence[str]) -> bool:
    """Whether cells name rows: row numbers in disorder, or text that differs in nearly all of them."""
    different = len(set(cells))
    if all(cell.isdecimal() for cell in cells):
        numbers = [Decimal(cell) for cell in cells]
        return different == len(cells) and not all(b - a == 1 for a, b in pairwise(numbers))
    return different >= _NAMED * len(cells) and not all(map(Layout(",", False).is_number, cells))
