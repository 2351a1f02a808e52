"""Which columns of a table are coordinates: chosen by name or number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from remanifold._core.errors import refusal
from remanifold.data.labels import label_column
from remanifold.data.points import Points
from remanifold.data.reading import listed
from remanifold.data.rows import SlicedRows

Columns = str | int | Sequence[str | int]
"""Columns by name or by number from 0; text may hold several, "a,b,4-7"."""
_RANGE = re.compile(r"([0-9]+)-([0-9]+)")
_DO = "pass names, or numbers from 0, such as 'a,b,4-7'"
_DIGITS = 9  # of the number of a column
_SHOWN = 60  # characters of an option in a sentence


@dataclass(frozen=True)
class ColumnChoice:
    """Columns to keep, in that order, and columns to leave out; empty: all, none.

    Attributes:
        keep, ignore: Names, or numbers from 0.
        labels_from: Name of the column of labels, where it is not called so.
        lenient: Names to leave out may be missing.
    """

    keep: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    labels_from: str | None = None
    lenient: bool = False

    @property
    def made(self) -> bool:
        """Whether coordinates were chosen."""
        return bool(self.keep or self.ignore)

    @property
    def named(self) -> frozenset[str]:
        """All names in it, and the parts of those with commas."""
        items = [*self.keep, *self.ignore, *([] if self.labels_from is None else [self.labels_from])]
        return frozenset(part.strip() for item in items for part in (item, *item.split(",")))

    def kept(self, names: Sequence[str], by_default: Sequence[int], source: str) -> list[int]:
        """Numbers of the columns that are coordinates; ``by_default`` those without a choice.

        Args:
            names: Of all columns, "" for one without a name.
            by_default: Numbers of those that would be read.
            source: Of the table, for sentences.

        Raises:
            InvalidInput: for a name or number that no column has, or if nothing is left.
        """
        there = [item for item in self.ignore if not self.lenient or _is_there(item, names)]
        left_out = set(_numbers(there, "`ignore`", names, source))
        chosen = _numbers(self.keep, "`columns`", names, source) if self.keep else list(by_default)
        if len(set(chosen)) < len(chosen):
            raise refusal("`columns` must name each column once", ", ".join(self.keep), "name it once")
        kept = [column for column in chosen if column not in left_out]
        if not kept:
            raise refusal("a point must have at least one number", f"no column left of {source}", "keep one")
        return kept

    def told(self, names: Sequence[str], by_default: Sequence[int], kept: Sequence[int]) -> tuple[str, ...]:
        """What the choice left out, in a sentence; none where nothing was."""
        out = [called(names, column) for column in sorted(set(by_default) - set(kept))]
        return (f"left out as asked: {listed(out)}",) if out else ()


EVERYTHING = ColumnChoice()


def column_choice(columns: Columns | None, ignore: Columns | None, labels_from: str | None = None) -> ColumnChoice:
    """The choice that the options ``columns``, ``ignore`` and ``labels_from`` make."""
    return ColumnChoice(_texts(columns), _texts(ignore), labels_from)


def called(names: Sequence[str], column: int) -> str:
    """How a sentence calls a column: by its name, or its number from 0."""
    return names[column] if column < len(names) and names[column] else f"number {column}"


def number_below(text: str, width: int) -> int | None:
    """The number of a column that ``text`` is, if it is one below ``width``."""
    plain = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    return int(text) if plain and int(text) < width else None


def shown(option: str) -> str:
    """An option in a sentence, cut short where it is long."""
    return repr(option if len(option) <= _SHOWN else f"{option[:_SHOWN]}...")


def option_of(names: Sequence[str], column: int) -> str:
    """What `ignore` must be to leave that column out."""
    name = names[column] if column < len(names) else ""
    return name if name and "," not in name and list(names).count(name) == 1 else str(column)


def with_columns(points: Points, choice: ColumnChoice) -> Points:
    """``points`` with the chosen columns of rows that are lists of numbers.

    Raises:
        InvalidInput: for rows of another shape, or columns that they lack.
    """
    if len(points.shape) != 1:
        need = "columns can be chosen where a row is a list of numbers"
        raise refusal(
            need, f"rows of shape {points.shape} in {points.record.source}", "leave `columns` and `ignore` out"
        )
    names = points.record.value_names or ("",) * points.ambient_dim
    everything = range(points.ambient_dim)
    kept = choice.kept(names, everything, points.record.source)
    rows, shape = points.rows, (points.n_points, len(kept))
    chosen = SlicedRows(shape, rows.dtype, lambda a, b: rows[a:b][:, kept], lambda numbers: rows[numbers][:, kept])
    record = replace(
        points.record,
        shape=shape,
        value_names=tuple(names[column] or str(column) for column in kept),
        reading=(*points.record.reading, *choice.told(names, everything, kept)),
    )
    return Points(chosen, record, points.labels, points.row_names, points.files)


def require_names(names: Sequence[str], source: str) -> None:
    """Refuse (`InvalidInput`) a table of which two columns have one name."""
    again = next((name for k, name in enumerate(names) if name in names[:k]), None)
    if again is not None:
        raise refusal("columns must have different names", f"several called {again} in {source}", "rename them")


def require_same_columns(points: Points, other: Points, name: str) -> None:
    """Refuse two tables whose columns have other names, or the same in another order.

    Raises:
        InvalidInput: with the first column that differs.
    """
    ours, theirs = points.record.value_names, other.record.value_names
    if not (ours and theirs) or ours == theirs or len(ours) != len(theirs):
        return
    ours_first, theirs_first = next((a, b) for a, b in zip(ours, theirs) if a != b)
    same = sorted(ours) == sorted(theirs)
    do = "pass `columns`, which brings both to one order" if same else "name the columns alike, or remove both headers"
    raise refusal(
        f"{name} must have the columns of the data in their order",
        f"{theirs_first} where the data have {ours_first} in {other.record.source}",
        do,
    )


def _texts(columns: Columns | None) -> tuple[str, ...]:
    if columns is None:
        return ()
    items = [columns] if isinstance(columns, str | int) else list(columns)
    wrong = next((item for item in items if isinstance(item, bool) or not isinstance(item, str | int)), None)
    if wrong is not None:
        raise refusal("columns must be names or whole numbers", repr(wrong), _DO)
    return tuple(str(item).strip() for item in items)


def _is_there(item: str, names: Sequence[str]) -> bool:
    """Whether an item must name a column: one that is a number or a list must."""
    return item in names or bool(re.match(r"\d", item)) or "," in item


def label_name(names: Sequence[str], choice: ColumnChoice, source: str) -> str | None:
    """Name of the column of labels: that of ``choice``, else one called so that is not to be ignored; None without.

    Raises:
        InvalidInput: if the one of ``choice`` is not there, or several columns have the name.
    """
    if choice.labels_from is None or (choice.lenient and choice.labels_from not in names):
        column = label_column(names)
        if column is None or {names[column], str(column)} & {
            part.strip() for item in choice.ignore for part in item.split(",")
        }:
            return None
        return _once(names[column], names, source)
    if choice.labels_from not in names:
        named = listed([name for name in names if name]) or "columns without names"
        do = f"pass a name that stands in its header ({named})"
        got = f"{shown(choice.labels_from)} for {source}"
        raise refusal("`labels_from` must name a column of the table", got, do)
    return _once(choice.labels_from, names, source)


def label_beside(
    label: str | None, kept: Sequence[str], choice: ColumnChoice, source: str
) -> tuple[str | None, tuple[str, ...]]:
    """``label`` unless the coordinates ``kept`` have it too, which a sentence tells.

    Raises:
        InvalidInput: if the user named it as both.
    """
    if label is None or label not in kept:
        return label, ()
    if choice.labels_from == label and not choice.lenient:
        got = f"{label} in both for {source}"
        raise refusal("`labels_from` must name a column that is no coordinate", got, "leave it out of `columns`")
    return None, (f"column {label} is a coordinate as asked, so it gives no labels",)


def _once(label: str, names: Sequence[str], source: str) -> str:
    if list(names).count(label) > 1:
        raise refusal("one column must hold the labels", f"several called {label} in {source}", "rename the others")
    return label


def _numbers(items: Sequence[str], option: str, names: Sequence[str], source: str) -> list[int]:
    return [column for item in items for column in _number(item, option, names, source)]


def _number(item: str, option: str, names: Sequence[str], source: str) -> list[int]:
    found = [column for column, name in enumerate(names) if name == item] if item else []
    if len(found) > 1:
        got = f"{item}, the name of {len(found)} columns of {source}"
        raise refusal(f"{option} must name one column", got, "pass their numbers, from 0")
    if found:
        return found
    single = number_below(item, len(names))
    if single is not None:
        return [single]
    reach = _RANGE.fullmatch(item)
    first, last = (number_below(reach[k], len(names)) if reach else None for k in (1, 2))
    if first is not None and last is not None and first <= last:
        return list(range(first, last + 1))
    if "," in item:
        return [column for part in item.split(",") for column in _number(part.strip(), option, names, source)]
    named = [name for name in names if name]
    have = f"columns of {source} ({listed(named)})" if named else f"the {len(names)} columns of {source}"
    raise refusal(f"{option} must name {have}", shown(item), _DO)
