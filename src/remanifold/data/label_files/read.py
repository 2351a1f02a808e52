"""Files of labels: arrays, text tables, and JSON, with the names that stand beside the labels."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import dropwhile
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal
from remanifold.data import arrow, npy, tensor_files
from remanifold.data.label_files.order import plain_path
from remanifold.data.labels import CLASS_NAMES, label_array, label_column
from remanifold.data.tables.columns import number_below, shown
from remanifold.data.tables.lines import comments_among, layout_of, table_lines, uncommented

_JSON = "a .json file of labels must be a list of labels or of [name, label], or names to labels"


@dataclass(frozen=True)
class LabelTable:
    """Labels in the order in which they came.

    Attributes:
        values: int64 or text, (n,).
        beside: Name of another column -> its cells, n of them: any may name the rows.
        told: How they were read, in sentences.
    """

    values: NDArray[Any]
    beside: dict[str, list[str]] = field(default_factory=dict)
    told: tuple[str, ...] = ()


def read_labels(path: Path, key: str | None, column: str | None, rows: frozenset[str]) -> LabelTable:
    """The labels in a file.

    Args:
        path: .npy, .npz, .pt, .safetensors, .parquet, .csv, .tsv, .txt, .json or .jsonl.
        key: Which array of several, or which column.
        column: Which column holds the labels; None: that named label or labels.
        rows: Names of the rows without folders and endings; by them a column of names is known without a header.

    Raises:
        InvalidInput: if there is no such file, or it does not tell which are the labels.
    """
    if not path.is_file():
        raise refusal("the labels must be an existing file", f"{path}, which is none", "check the path")
    ending = path.suffix.lower()
    if ending in _ARRAYS:
        return LabelTable(label_array(_ARRAYS[ending](path, key)))
    column = key if column is None else column
    if ending in (".csv", ".tsv", ".txt"):
        return _from_lines(path, column, rows)
    if ending in (".json", ".jsonl"):
        return named_labels(_parsed(path), str(path), column)
    if ending == ".parquet":
        return _from_columns(arrow.plain_columns(path), column, str(path))
    kinds = ", ".join(_ARRAYS)
    need = f"a file of labels must be {kinds}, .parquet, .csv, .tsv, .txt, .json or .jsonl"
    raise refusal(need, str(path), "save the labels as one of these")


def named_labels(content: Any, source: str, column: str | None = None) -> LabelTable:
    """Labels from parsed JSON, or a dictionary in memory: see `_JSON`.

    Raises:
        InvalidInput: for anything else.
    """
    if isinstance(content, dict) and set(content) == {"labels"}:  # dataset.json of StyleGAN and EDM
        content = content["labels"]
    if isinstance(content, dict):
        return LabelTable(label_array(list(content.values())), {"names": [str(name) for name in content]})
    if not isinstance(content, list) or not content:
        raise refusal(_JSON, f"{type(content).__name__} in {source}", "write one of these")
    if all(isinstance(item, dict) for item in content):
        names = list(dict.fromkeys(name for item in content for name in item))
        return _from_columns({name: [item.get(name) for item in content] for name in names}, column, source)
    pairs = [isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) for item in content]
    if all(pairs):
        return LabelTable(label_array([item[1] for item in content]), {"names": [item[0] for item in content]})
    if any(pairs):
        raise refusal(_JSON, f"some with names and some without in {source}", "give every label its name")
    return LabelTable(label_array(content))


def _from_npy(path: Path, key: str | None) -> NDArray[Any]:
    if key is not None:
        raise refusal("a .npy file holds one array, so the key must be left out", repr(key), "leave it out")
    try:
        return npy.mapped(path)
    except InvalidInput as error:
        raise InvalidInput(
            f"a .npy file of labels must hold plain numbers or text, but got a damaged or pickled {path}; "
            "save it again with numpy.save."
        ) from error


def _from_tensors(read: Callable[[Path, str | None], Any]) -> Callable[[Path, str | None], NDArray[Any]]:
    def array(path: Path, key: str | None) -> NDArray[Any]:
        points = read(path, key)
        return points.stored(0, points.n_points)

    return array


_ARRAYS: dict[str, Callable[[Path, str | None], NDArray[Any]]] = {
    ".npy": _from_npy,
    ".npz": lambda path, key: npy.npz_array(path, key)[0],
    ".pt": _from_tensors(tensor_files.read_pt),
    ".pth": _from_tensors(tensor_files.read_pt),
    ".safetensors": _from_tensors(tensor_files.read_safetensors),
}


def _from_columns(columns: dict[str, list[Any]], column: str | None, source: str) -> LabelTable:
    names = list(columns)
    if column is not None and column not in names:
        raise _not_there(names, column, source)
    label = names.index(column) if column is not None else label_column(names)
    label = 0 if label is None and len(names) == 1 else label
    if label is None:
        raise _unnamed(len(names), source)
    beside = {name: [str(cell) for cell in cells] for name, cells in columns.items() if name != names[label]}
    return LabelTable(label_array(columns[names[label]]), beside)


def _not_there(names: list[str], column: str, source: str) -> InvalidInput:
    need = f"`labels_from` must name one of the columns {', '.join(names)}"
    return refusal(need, f"{shown(column)} for {source}", "name one of them")


def _unnamed(columns: int, source: str) -> InvalidInput:
    need = "a file of labels must have one column, or one named label"
    return refusal(need, f"{columns} columns in {source}", "name the column label, or pass its name as `labels_from`")


def _from_lines(path: Path, column: str | None, rows: frozenset[str]) -> LabelTable:
    layout = layout_of(path)
    numbered = [line for line in table_lines(path, layout) if len(line[1]) == 1 or any(line[1])]
    is_comment = comments_among(numbered, layout.separator)
    lines = list(dropwhile(lambda line: is_comment(line[1]), numbered))
    if not lines:
        raise refusal("a file of labels must have lines", f"none in {path}", "pass a file with labels")
    width = len(lines[0][1])
    wrong = next((line for line in lines if len(line[1]) != width or any(map(_is_broken, line[1]))), None)
    if wrong is not None:
        got = f"{len(wrong[1])} cells in line {wrong[0]} of {path}, or a line break in one"
        raise refusal(f"every line must have {width} cells like the first", got, "correct the line")
    values = [list(column) for column in zip(*(cells for _, cells in lines))]
    names = [uncommented(values[0][0]), *(column[0] for column in values[1:])]
    headed = label_column(names) is not None or (column is not None and column in names)
    if column is not None and not headed and number_below(column, width) is None:
        raise _not_there(names, column, str(path))
    if not headed and width == 1:
        headed = not _whole(names[0]) and len(lines) > 1 and all(map(_whole, values[0][1:]))
        _require_told(values[0], headed, path)
    if not headed and column is None and width == 2:
        known = next((k for k in range(2) if any(plain_path(cell).stem in rows for cell in values[k])), None)
        if known is not None:
            headed = plain_path(names[known]).stem not in rows
            column = names[1 - known] if headed else str(1 - known)
    if not headed:
        names = [str(k) for k in range(width)]
    columns = {name: cells[int(headed) :] for name, cells in zip(names, values)}
    if len(columns) < width:
        raise refusal("the columns of a file of labels must have different names", f"{names} in {path}", "rename one")
    table = _from_columns(columns, column, str(path))
    comments = len(numbered) - len(lines)
    return replace(table, told=(f"{comments} lines of comments skipped",)) if comments else table


def _require_told(cells: list[str], headed: bool, path: Path) -> None:
    """Refuse text labels of which the first may be the header: no other is like it, while all others repeat."""
    first, others = cells[0], cells[1:]
    classes = len(set(others)) <= len(others) // 2
    if not headed and not _whole(first) and first not in others and (classes or first.lower() in CLASS_NAMES):
        got = f"{first!r}, which no other line of {path} holds"
        do = "name the column label if it is a header, or put a line 'label' above it if it is none"
        raise refusal("the first line must be told to be a label or the header", got, do)


def _is_broken(cell: str) -> bool:
    return len(cell.splitlines()) > 1


def _whole(cell: str) -> bool:
    return cell.lstrip("+-").isdecimal()


def _one_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for name, value in pairs:
        if content.setdefault(name, value) != value:
            raise refusal("a row must have one label", f"two that differ for {name!r}", "keep one of them")
    return content


def _parsed(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return json.loads(text, object_pairs_hook=_one_each)
    except InvalidInput as error:
        raise InvalidInput(f"{error.args[0][:-1]}: {path}.") from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"a file of labels must be JSON, but got something else in {path}; write it again."
        ) from error
