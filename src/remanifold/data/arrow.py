"""Columns of Arrow tables: Hugging Face data sets on disk and parquet files (needs the extra `formats`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.data.exact import require_exact
from remanifold.data.extras import extra
from remanifold.data.foreign.tables import require_own_files, require_plain_types, untold_types
from remanifold.data.keys import with_key
from remanifold.data.labels import label_array
from remanifold.data.pictures.column import PictureColumn
from remanifold.data.pictures.stack import Resize
from remanifold.data.points import Points, RowNames, points_of
from remanifold.data.rows import row_buffer
from remanifold.data.tables.arrow.columns import chosen_columns, is_list, is_number, is_picture, plain
from remanifold.data.tables.arrow.mixed import MixedColumns
from remanifold.data.tables.arrow.one_schema import require_one_schema
from remanifold.data.tables.columns import EVERYTHING, ColumnChoice, require_names
from remanifold.data.tables.identifiers import identifier_notes

HUGGINGFACE_MARKS = ("state.json", "dataset_dict.json")
_BATCH = 1024


@dataclass(frozen=True)
class _Table:
    """A table that can be read batch by batch: schema, number of rows, and ``batches(columns)``.

    Pictures that are named instead of stored lie below ``root``; ``modes``: what those of a column are converted to.
    """

    schema: Any
    n: int
    batches: Any
    source: str
    kind: str
    root: Path | None = None
    modes: dict[str, str | None] | None = None


def read_parquet(
    path: Path, key: str | None, resize: Resize, choice: ColumnChoice = EVERYTHING, files: list[Path] | None = None
) -> Points:
    """Points from a parquet file, or from ``files`` below the folder ``path``."""
    dataset = extra("pyarrow.dataset", "parquet")
    arrow = extra("pyarrow", "parquet")
    root = path.parent if files is None else path
    mixed: tuple[str, ...] = ()
    try:
        with untold_types():
            read_schema = extra("pyarrow.parquet", "parquet").read_schema
            mixed = require_one_schema({str(file): read_schema(file) for file in files or [path]}, key, choice)
            table = dataset.dataset([str(file) for file in files or [path]], format="parquet")
        require_plain_types(table.schema, str(path))

        def batches(columns: list[str]) -> Iterable[Any]:
            return table.to_batches(columns=columns, batch_size=_BATCH)

        whole = _Table(table.schema, table.count_rows(), batches, str(path), "parquet", root)
        return _read(whole, key, resize, choice).told(mixed)
    except (arrow.ArrowInvalid, OSError) as error:
        if mixed and not isinstance(error, OSError):
            got = f"numbers that do not fit ({'; '.join(mixed)})"
            raise refusal("a column must have one type in all parquet files", got, "write it with one type") from error
        raise InvalidInput(
            f"a parquet file must be complete, but got a damaged {path}; copy or write it again."
        ) from error


def plain_columns(path: Path) -> dict[str, list[Any]]:
    """All columns of a parquet file as lists.

    Raises:
        InvalidInput: for a damaged file.
    """
    arrow = extra("pyarrow", "parquet")
    try:
        with untold_types():
            require_names(extra("pyarrow.parquet", "parquet").read_schema(path).names, str(path))
            table = extra("pyarrow.parquet", "parquet").read_table(path)
        require_plain_types(table.schema, str(path))
        return table.to_pydict()
    except (arrow.ArrowInvalid, OSError) as error:
        raise InvalidInput(f"a parquet file must be complete, but got a damaged {path}; write it again.") from error


def has_points(path: Path, beside: int) -> bool:
    """Whether a parquet file could be the data, and not a table about the pictures ``beside`` it; if damaged, too.

    It could if a column has pictures or lists, or if all are numbers, of more rows than there are pictures.
    """
    arrow = extra("pyarrow", "parquet")
    try:
        with untold_types():
            facts = extra("pyarrow.parquet", "parquet").read_metadata(path)
            kinds = facts.schema.to_arrow_schema().types
    except (arrow.ArrowInvalid, OSError):
        return True
    if any(is_picture(kind) or is_list(plain(kind)) for kind in kinds):
        return True
    return facts.num_rows > beside and all(is_number(kind) for kind in kinds)


def read_huggingface(path: Path, key: str | None, resize: Resize, choice: ColumnChoice = EVERYTHING) -> Points:
    """Points from a Hugging Face data set saved with ``save_to_disk``."""
    datasets = extra("datasets", "a Hugging Face data set")
    require_own_files(path)
    try:
        dataset = datasets.load_from_disk(str(path))
    except Exception as error:  # whatever its features and files of any version raise
        raise InvalidInput(
            f"a Hugging Face data set must be complete, but got a damaged {path}; save it again."
        ) from error
    if isinstance(dataset, dict):
        if len(dataset) != 1:
            do = f"name one, such as {path / next(iter(dataset))}" if dataset else "save it again"
            raise refusal("a Hugging Face data set must be one split", f"{', '.join(dataset) or 'none'} in {path}", do)
        (split, dataset), *_ = dataset.items()
        return read_huggingface_object(dataset, key, resize, choice, str(path), path).told((f"its one split, {split}",))
    return read_huggingface_object(dataset, key, resize, choice, str(path), path)


def read_huggingface_object(
    dataset: Any,
    key: str | None,
    resize: Resize,
    choice: ColumnChoice = EVERYTHING,
    source: str = "Hugging Face data set in memory",
    root: Path | None = None,
) -> Points:
    """Points from an open Hugging Face data set (one split); pictures that it names lie below ``root``, if given."""
    plain = dataset.with_format("arrow")
    require_plain_types(dataset.features.arrow_schema, source)

    def batches(columns: list[str]) -> Iterable[Any]:
        return plain.select_columns(columns).iter(batch_size=_BATCH)

    modes = {name: getattr(feature, "mode", None) for name, feature in dataset.features.items()}
    schema = dataset.features.arrow_schema
    return _read(_Table(schema, len(dataset), batches, source, "huggingface", root, modes), key, resize, choice)


def _all_plain(table: _Table, columns: list[str]) -> bool:
    """Whether all columns hold numbers, none of which is missing."""
    boolean = extra("pyarrow", "a table").types.is_boolean
    kinds = [table.schema.field(name).type for name in columns]
    if not all(is_number(kind) and not boolean(kind) for kind in kinds):
        return False
    return all(_is_complete(batch.column(name)) for batch in table.batches(columns) for name in columns)


def _is_complete(column: Any) -> bool:
    compute = extra("pyarrow.compute", "a table")
    nan = extra("pyarrow", "a table").types.is_floating(column.type) and compute.any(compute.is_nan(column)).as_py()
    return column.null_count == 0 and not nan


def _read(table: _Table, key: str | None, resize: Resize, choice: ColumnChoice) -> Points:
    chosen = chosen_columns(table.schema, key, choice, table.source)
    columns, beside = chosen.points, [name for name in (chosen.label, chosen.row_names) if name is not None]
    first = table.schema.field(columns[0]).type
    source = with_key(table.source, key)
    mode = (table.modes or {}).get(columns[0])
    pictures = PictureColumn(table.n, resize, source, table.root, mode) if is_picture(first) else None
    mixed = pictures is None and not is_list(plain(first)) and not _all_plain(table, columns)
    rest = MixedColumns(source) if mixed else _Numbers(table.n, source)
    target = rest if pictures is None else pictures
    if resize is not None and pictures is None:
        raise refusal("resize is for pictures", f"numbers in {source}", "leave resize out")
    cells: dict[str, list[Any]] = {name: [] for name in beside}
    for batch in table.batches([*columns, *beside]):
        target.add(batch, columns)
        for name in beside:
            cells[name] += batch.column(name).to_pylist()
    named_rows: RowNames = {}
    if chosen.label is not None:
        words = f"column {chosen.label} of {table.source}"
        named_rows = {"labels": label_array(cells[chosen.label]), "label_source": words}
    if chosen.row_names is not None:
        named_rows["row_names"] = tuple(map(str, cells[chosen.row_names]))
    points = target.points(source, table.kind, columns, **named_rows)
    return points.told(chosen.told)


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
        while is_list(flat.type):
            self._require_complete(flat, name)
            lengths = extra("pyarrow.compute", "a table").list_value_length(flat).unique().to_pylist()
            got = f"lengths {lengths[:5]} in column {name} of {self._source}"
            require(len(lengths) <= 1, "the lists of a column must have one length", got, "pad or crop them")
            shape += tuple(lengths)
            flat = flat.flatten()
        self._require_complete(flat, name)
        got = f"{flat.type} in column {name} of {self._source}"
        require(is_number(flat.type), "data must be real numbers", got, "pass key=COLUMN of numbers")
        values = flat.to_numpy(zero_copy_only=False).reshape(n, *shape)
        require_exact(values, f"column {name} of {self._source}")
        return values

    def _require_complete(self, flat: Any, name: str) -> None:
        got = f"missing values in column {name} of {self._source}"
        require(flat.null_count == 0, "data must be complete", got, "fill or remove such rows")

    def points(self, source: str, kind: str, columns: list[str], **labels: Unpack[RowNames]) -> Points:
        rows = self._rows if self._rows is not None else np.empty((0, len(columns)))
        names = tuple(columns) if len(columns) > 1 else ()
        told = identifier_notes(rows, names) if names else ()
        return points_of(rows, source, kind, value_names=names, reading=told, **labels)
