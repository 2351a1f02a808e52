"""Files of labels: arrays, text tables, and JSON, with the names that stand beside the labels."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal
from remanifold.data import arrow, npy, tensor_files
from remanifold.data.label_files.order import plain_path
from remanifold.data.labels import label_array, label_column
from remanifold.data.tables.lines import is_comment, layout_of, table_lines

_JSON = "a .json file of labels must be a list of labels or of [name, label], or names to labels"


@dataclass(frozen=True)
class LabelTable:
    """Labels in the order in which they came.

    Attributes:
        values: int64 or text, (n,).
        beside: Name of another column -> its cells, n of them: any may name the rows.
    """

    values: NDArray[Any]
    beside: dict[str, list[str]] = field(default_factory=dict)


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
    return refusal(need, f"{column!r} for {source}", "name one of them")


def _unnamed(columns: int, source: str) -> InvalidInput:
    need = "a file of labels must have one column, or one named label"
    return refusal(need, f"{columns} columns in {source}", "name the column label, or pass its name as `labels_from`")


def _from_lines(path: Path, column: str | None, rows: frozenset[str]) -> LabelTable:
    lines = [cells for _, cells in table_lines(path, layout_of(path)) if not is_comment(cells) and any(cells)]
    if not lines:
        raise refusal("a file of labels must have lines", f"none in {path}", "pass a file with labels")
    width = len(lines[0])
    wrong = next((k for k, cells in enumerate(lines) if len(cells) != width), None)
    if wrong is not None:
        got = f"{len(lines[wrong])} in line {wrong + 1} of {path}"
        raise refusal(f"every line must have {width} cells like the first", got, "correct the line")
    names, values = lines[0], [list(cells) for cells in zip(*lines)]
    headed = label_column(names) is not None or (column is not None and column in names)
    if column is not None and not headed and not (column.isdigit() and int(column) < width):
        raise _not_there(names, column, str(path))
    if not headed and width == 1:
        headed = not _whole(names[0]) and len(lines) > 1 and all(map(_whole, values[0][1:]))
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
    return _from_columns(columns, column, str(path))


def _whole(cell: str) -> bool:
    return cell.lstrip("+-").isdigit()


def _parsed(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return json.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"a file of labels must be JSON, but got something else in {path}; write it again."
        ) from error
