"""Columns of Arrow tables: Hugging Face data sets on disk and parquet files (needs the extra `formats`)."""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.data.extras import extra
from remanifold.data.foreign.tables import require_own_files, require_plain_types, untold_types
from remanifold.data.keys import with_key
from remanifold.data.labels import label_array
from remanifold.data.pictures import PictureStack, Resize, picture_points, unreadable
from remanifold.data.points import Points, RowNames, points_of
from remanifold.data.rows import row_buffer

HUGGINGFACE_MARKS = ("state.json", "dataset_dict.json")
_LABEL_COLUMN = "label"
_BATCH = 1024


@dataclass(frozen=True)
class _Table:
    """A table that can be read batch by batch: schema, number of rows, and ``batches(columns)``."""

    schema: Any
    n: int
    batches: Any
    source: str
    kind: str


def read_parquet(path: Path, key: str | None, resize: Resize) -> Points:
    """Points from a parquet file or a folder of them (in the order of their names)."""
    dataset = extra("pyarrow.dataset", "parquet")
    arrow = extra("pyarrow", "parquet")
    files = _one_split(path) if path.is_dir() else [path]
    try:
        with untold_types():
            table = dataset.dataset([str(file) for file in files], format="parquet")
        require_plain_types(table.schema, str(path))

        def batches(columns: list[str]) -> Iterable[Any]:
            return table.to_batches(columns=columns, batch_size=_BATCH)

        return _read(_Table(table.schema, table.count_rows(), batches, str(path), "parquet"), key, resize)
    except (arrow.ArrowInvalid, OSError) as error:
        raise InvalidInput(
            f"a parquet file must be complete, but got a damaged {path}; copy or write it again."
        ) from error


def parquet_files(folder: Path) -> list[Path]:
    """The parquet files in ``folder`` and its sub-folders, in the order of their paths."""
    return sorted([*folder.glob("*.parquet"), *folder.glob("*/*.parquet")])


def _one_split(folder: Path) -> list[Path]:
    files = parquet_files(folder)
    # train-00000-of-00002 -> train: a training set and its test set must not become one data set.
    splits = sorted({re.sub(r"[-_.]?\d.*$", "", file.stem) for file in files})
    if len(splits) != 1:
        raise refusal("parquet files must be of one split", f"{', '.join(splits)} in {folder}", "pass one file")
    return files


def read_huggingface(path: Path, key: str | None, resize: Resize) -> Points:
    """Points from a Hugging Face data set saved with ``save_to_disk``."""
    datasets = extra("datasets", "a Hugging Face data set")
    require_own_files(path)
    try:
        dataset = datasets.load_from_disk(str(path))
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInput(
            f"a Hugging Face data set must be complete, but got a damaged {path}; save it again."
        ) from error
    if isinstance(dataset, dict):
        do = f"name one, such as {path / next(iter(dataset))}" if dataset else "save it again"
        raise refusal("a Hugging Face data set must be one split", f"{', '.join(dataset)} in {path}", do)
    return read_huggingface_object(dataset, key, resize, str(path))


def read_huggingface_object(
    dataset: Any, key: str | None, resize: Resize, source: str = "Hugging Face data set in memory"
) -> Points:
    """Points from an open Hugging Face data set (one split)."""
    plain = dataset.with_format("arrow")
    require_plain_types(dataset.features.arrow_schema, source)

    def batches(columns: list[str]) -> Iterable[Any]:
        return plain.select_columns(columns).iter(batch_size=_BATCH)

    return _read(_Table(dataset.features.arrow_schema, len(dataset), batches, source, "huggingface"), key, resize)


def _read(table: _Table, key: str | None, resize: Resize) -> Points:
    columns = _chosen_columns(table, key)
    first = table.schema.field(columns[0]).type
    named = _LABEL_COLUMN in table.schema.names and _LABEL_COLUMN not in columns
    source = with_key(table.source, key)
    wanted = [*columns, *([_LABEL_COLUMN] if named else [])]
    target = _Pictures(table.n, resize, source) if _is_picture(first) else _Numbers(table.n, source)
    if resize is not None and isinstance(target, _Numbers):
        raise refusal("resize is for pictures", f"numbers in {source}", "leave resize out")
    labels: list[Any] = []
    for batch in table.batches(wanted):
        target.add(batch, columns)
        labels += batch.column(_LABEL_COLUMN).to_pylist() if named else []
    named_rows: RowNames = {}
    if named:
        named_rows = {"labels": label_array(labels), "label_source": f"column {_LABEL_COLUMN} of {table.source}"}
    return target.points(source, table.kind, columns, **named_rows)


def _chosen_columns(table: _Table, key: str | None) -> list[str]:
    names = list(table.schema.names)
    listed = ", ".join(names[:20])
    if key is not None:
        if key not in names:
            raise refusal(f"the key must be one of {listed}", f"{key!r} for {table.source}", "pass one of them")
        return [key]
    types = {name: table.schema.field(name).type for name in names if name != _LABEL_COLUMN}
    columns = [name for name, kind in types.items() if _is_picture(kind) or _is_list(_plain(kind))]
    if len(columns) == 1:
        return columns
    if columns or not types or not all(map(_is_number, types.values())):
        need = "a table must have one column of points or only numbers"
        raise refusal(need, f"{listed} in {table.source}", "pass key=COLUMN")
    return list(types)


def _plain(kind: Any) -> Any:
    return getattr(kind, "storage_type", kind)


def _is_list(kind: Any) -> bool:
    types = extra("pyarrow", "a table").types
    return types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)


def _is_number(kind: Any) -> bool:
    types = extra("pyarrow", "a table").types
    return types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)


def _is_picture(kind: Any) -> bool:
    types = extra("pyarrow", "a table").types
    return (
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or (types.is_struct(kind) and kind.get_field_index("bytes") >= 0)
    )


class _Pictures:
    """A column of encoded pictures, decoded as it comes."""

    def __init__(self, n: int, resize: Resize, source: str) -> None:
        self._stack = PictureStack(n, resize)
        self._source = source

    def add(self, batch: Any, columns: list[str]) -> None:
        for item in batch.column(columns[0]).to_pylist():
            name = f"picture {len(self._stack)} of {self._source}"
            content = item.get("bytes") if isinstance(item, dict) else item
            path = item.get("path") if isinstance(item, dict) else None
            if not (content or path):
                raise refusal("a picture must have its bytes in the table", f"none for {name}", "embed the files")
            try:
                with Image.open(io.BytesIO(content) if content else str(path)) as picture:
                    self._stack.add(picture, name)
            except (OSError, SyntaxError) as error:
                raise unreadable(name) from error

    def points(self, source: str, kind: str, columns: list[str], **labels: Unpack[RowNames]) -> Points:
        del columns  # a picture has no names for its numbers
        return picture_points(self._stack, source, kind, **labels)


class _Numbers:
    """One column of nested lists of numbers, or several columns of single numbers, copied into one buffer."""

    def __init__(self, n: int, source: str) -> None:
        self._n = n
        self._source = source
        self._rows: NDArray | None = None
        self._filled = 0

    def add(self, batch: Any, columns: list[str]) -> None:
        parts = [self._values(batch.column(name), name) for name in columns]
        values = parts[0] if len(parts) == 1 else np.stack(parts, axis=1)
        if self._rows is None:
            self._rows = row_buffer((self._n, *values.shape[1:]), values.dtype)
        same = values.shape[1:] == self._rows.shape[1:]
        got = f"{values.shape[1:]} after {self._rows.shape[1:]} in {self._source}"
        require(same, "the lists of a column must have one length", got, "pad or crop them")
        self._rows[self._filled : self._filled + len(values)] = values
        self._filled += len(values)

    def _values(self, column: Any, name: str) -> NDArray:
        arrow = extra("pyarrow", "a table")
        flat = column.combine_chunks() if isinstance(column, arrow.ChunkedArray) else column
        flat = getattr(flat, "storage", flat)
        n, shape = len(flat), ()
        while _is_list(flat.type):
            self._require_complete(flat, name)
            lengths = extra("pyarrow.compute", "a table").list_value_length(flat).unique().to_pylist()
            got = f"lengths {lengths[:5]} in column {name} of {self._source}"
            require(len(lengths) <= 1, "the lists of a column must have one length", got, "pad or crop them")
            shape += tuple(lengths)
            flat = flat.flatten()
        self._require_complete(flat, name)
        got = f"{flat.type} in column {name} of {self._source}"
        require(_is_number(flat.type), "data must be real numbers", got, "pass key=COLUMN of numbers")
        return flat.to_numpy(zero_copy_only=False).reshape(n, *shape)

    def _require_complete(self, flat: Any, name: str) -> None:
        got = f"missing values in column {name} of {self._source}"
        require(flat.null_count == 0, "data must be complete", got, "fill or remove such rows")

    def points(self, source: str, kind: str, columns: list[str], **labels: Unpack[RowNames]) -> Points:
        rows = self._rows if self._rows is not None else np.empty((0, len(columns)))
        names = tuple(columns) if len(columns) > 1 else ()
        return points_of(rows, source, kind, value_names=names, **labels)
