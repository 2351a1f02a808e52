"""One call that opens anybody's points: arrays, tensors, data sets, files and folders.

The readers refuse (`InvalidInput`) what is damaged, lacks the key or its package, or is not fit to be points.
"""

import glob
import os
from collections.abc import Callable
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.files import path_of, require_regular
from remanifold.data import arrow, npy, tensor_files, zarr_files
from remanifold.data.arrays import is_tensor, read_array, read_frame, read_tensor
from remanifold.data.folders.read import FolderOptions, hint_of, read_folder
from remanifold.data.folders.splits import ALL
from remanifold.data.indexed import read_indexed
from remanifold.data.label_files.open import LabelsLike, labels_and_words
from remanifold.data.maps.scaling import Scaling
from remanifold.data.maps.standardized import scaling_kind, scaling_of, standardized
from remanifold.data.pictures.decoding import SUFFIXES
from remanifold.data.pictures.stack import PictureStack, Resize, picture_points
from remanifold.data.points import Points, PointsLike
from remanifold.data.rows import LEAST_POINTS, SlicedRows
from remanifold.data.tables.columns import Columns, column_choice, with_columns
from remanifold.data.tables.embedded import like_embedding
from remanifold.data.tables.embedding import Embedding
from remanifold.data.tables.text import read_table
from remanifold.data.watch import FileWatch

_ARRAY_FILES: dict[str, Callable[[Path, str | None], Points]] = {
    ".npy": npy.read_npy,
    ".npz": npy.read_npz,
    ".pt": tensor_files.read_pt,
    ".pth": tensor_files.read_pt,
    ".safetensors": tensor_files.read_safetensors,
}
_TEXT_FILES = (".csv", ".tsv", ".txt")
_TABLES = ("csv", "parquet", "huggingface", "table in memory")
_KNOWN = ", ".join([*list(_ARRAY_FILES)[:2], *_TEXT_FILES, *list(_ARRAY_FILES)[2:], ".parquet"])
_PICKLES = (".pkl", ".pickle", ".joblib", ".dill")


def open_points(
    source: PointsLike,
    *,
    resize: Resize = None,
    key: str | None = None,
    labels: LabelsLike | None = None,
    labels_from: str | None = None,
    columns: Columns | None = None,
    ignore: Columns | None = None,
    split: str | None = None,
    one_row_a_file: bool | None = None,
    least: int = LEAST_POINTS,
    standardize: str | Scaling | None = None,
    embedding: Embedding | None = None,
) -> Points:
    """Open a data set without reading more of it than needed (docs/reference/formats.md tells what is read when).

    Main arguments:
        source: A numpy array, torch tensor, torch Dataset, Hugging Face data set, zarr array, `Points`; or a path:
            .npy, .npz, .csv, .tsv, .txt, .pt, .pth, .safetensors, .parquet, or a folder of pictures, zarr arrays, a
            Hugging Face data set, parquet files or array files. ``path::key`` is the same as ``key=``, and
            ``folder/*.png`` reads those files of the folder and its sub-folders that fit the pattern.
        labels: Labels of the points, an array or a file (`remanifold.data.open_labels`); they replace those the source
            brings. Labels with names are matched to rows by name.

    Other arguments:
        resize: Height and width (or one number for both) that pictures are brought to.
        key: Which array or column, where the source holds several.
        labels_from: The column that holds the labels, of the file of labels or else of the table; or "order": labels
            stand in the order of the rows, whatever names say.
        columns: Which columns of a table are coordinates, by name or number from 0 ("a,b,4-7"), in that order.
        ignore: Which columns are none.
        split: Which split ("train", "test", "validation", ...) of a folder, where its files or sub-folders name any;
            "all": they are one set.
        one_row_a_file: Whether each array file of a folder is one row; False: each holds many.
        least: Fewest rows: a training set needs three, rows that are asked about one.
        standardize: Scale columns by their own standard deviations ("sd") or ranks ("quantile"), or as other points
            were (`Points.scaling`). None: as they are.
        embedding: How text, dates and missing cells of a table become coordinates, as in other points
            (`Points.cells`). None: by its own columns.

    Raises:
        InvalidInput: if the source cannot be read as points; one sentence says why and what to do.

    >>> import numpy as np
    >>> import remanifold
    >>> points = remanifold.open_points(np.eye(4), labels=[0, 0, 1, 1])
    >>> points
    Points(4 x (4,) float64 from array in memory)
    >>> points.chunk(0, 2)
    array([[1., 0., 0., 0.],
           [0., 1., 0., 0.]])

    See also:
        `remanifold.EmpiricalScore`, `remanifold.noise_profile`, `remanifold.audit`.
    """
    choice = column_choice(columns, ignore, labels_from if labels is None else None)
    asked = FolderOptions(resize, key, split, one_row_a_file, choice=choice)
    points = _prepared(_reopened(_fit(source, asked, least), source, asked), standardize, embedding)
    if labels is None:
        return points
    place = str(labels) if isinstance(labels, str | PathLike) else "labels in memory"
    values, words = labels_and_words(labels, points, labels_from)
    return points.with_labels(values, place).told(words)


def _prepared(points: Points, standardize: str | Scaling | None, embedding: Embedding | None) -> Points:
    """``points`` embedded and scaled as asked."""
    points = points if embedding is None else like_embedding(points, embedding)
    if standardize is None:
        return points
    own = points if points.own is None else points.own
    known = isinstance(standardize, Scaling)
    return standardized(own, standardize if known else scaling_of(own, scaling_kind(own, standardize)))


def open_beside(
    source: PointsLike,
    *,
    resize: Resize = None,
    key: str | None = None,
    split: str | None = None,
    one_row_a_file: bool | None = None,
    columns: Columns | None = None,
    ignore: Columns | None = None,
    labels_from: str | None = None,
    least: int = LEAST_POINTS,
) -> Points:
    """`open_points` for a hold-out or samples beside data.

    They may lack the columns that those leave out, and may be no folder; of the split of the data only `ALL` counts.
    """
    choice = replace(column_choice(columns, ignore, labels_from), lenient=True)
    folder = isinstance(source, str | PathLike) and bool(os.fspath(source)) and path_of(source).is_dir()
    whole = ALL if folder and split is not None and split.lower() == ALL else None
    return _fit(source, FolderOptions(resize, key, whole, one_row_a_file if folder else None, choice=choice), least)


def _reopened(points: Points, source: PointsLike, asked: FolderOptions) -> Points:
    """``points`` that know how to open ``source`` again: what was chosen travels with the path."""
    if isinstance(source, Points) and not asked.choice.made:
        return points
    opened: dict[str, Any] = {}
    if isinstance(source, str | PathLike):
        opened = {"source": str(path_of(str(source)).absolute()), "resize": asked.resize, "key": asked.key}
        opened |= {"split": asked.split, "one_row_a_file": asked.one_row, "labels_from": asked.choice.labels_from}
        opened |= {"columns": asked.choice.keep or None, "ignore": asked.choice.ignore or None}
    kept = tuple((name, value) for name, value in opened.items() if value is not None)
    return points.changed(record=replace(points.record, opened=kept))


def _fit(source: PointsLike, asked: FolderOptions, least: int) -> Points:
    """Points with the chosen columns, if they are enough."""
    points, choice = _opened(source, asked), asked.choice
    if points.record.kind not in _TABLES or isinstance(source, Points):
        bare = choice.labels_from is None or choice.lenient
        require(bare, "`labels_from` must come with a table or with labels", "neither", "leave it out")
        points = with_columns(points, choice) if choice.made else points
    if points.n_points < least:
        got = f"{points.n_points} in {points.record.source}"
        raise refusal(f"data must have at least {least} {'point' if least == 1 else 'points'}", got, "pass more rows")
    return points


def _opened(source: Any, asked: FolderOptions) -> Points:
    if isinstance(source, str | PathLike):
        return _from_path(str(source), asked)
    module = type(source).__module__.split(".")[0]
    if module == "datasets" and isinstance(source, dict) and asked.split in source:
        source, asked = source[asked.split], replace(asked, split=None)
    _require_no_folder_options(asked)
    resize, key = asked.resize, asked.key
    if module == "datasets" and hasattr(source, "features") and hasattr(source, "__len__"):
        return arrow.read_huggingface_object(source, key, resize, asked.choice)
    if module in ("pandas", "polars") and hasattr(type(source), "columns"):
        _require_neither(resize, key)
        collect = getattr(source, "collect", None)  # of a lazy frame of polars
        source = source if collect is None else collect()
        return read_frame(source, asked.choice)
    if isinstance(source, Points) or module == "zarr" or is_tensor(source) or _is_array(source):
        _require_neither(resize, key)
        if isinstance(source, Points) or is_tensor(source):
            return source if isinstance(source, Points) else read_tensor(source)
        return zarr_files.read_zarr_array(source) if module == "zarr" else read_array(source)
    if isinstance(source, dict | bytes) or not (hasattr(source, "__len__") and hasattr(source, "__getitem__")):
        do = "pass an array, a tensor, a path, or a Dataset with a length"
        raise refusal("data must be an array, a path or a data set", type(source).__name__, do)
    return read_indexed(source, key, resize)


def _is_array(source: Any) -> bool:
    """Whether numpy may turn ``source`` into an array; lists of pictures and tensors are read item by item."""
    if isinstance(source, list | tuple):
        return not (len(source) > 0 and (isinstance(source[0], Image.Image) or is_tensor(source[0])))
    return hasattr(source, "__array__") or hasattr(source, "toarray")


def _require_neither(resize: Resize, key: str | None = None) -> None:
    do = "leave resize out or resize the array yourself"
    require(resize is None, "resize is for pictures", "an array of numbers", do)
    require(key is None, "a key is for sources of several arrays", "one array", "leave the key out")


def _require_no_folder_options(asked: FolderOptions) -> None:
    require(asked.split is None, "`split` is for folders of several splits", "other data", "leave it out")
    need = "`one_row_a_file` or its opposite is for folders of array files"
    require(asked.one_row is None, need, "other data", "leave it out")


def _from_path(source: str, asked: FolderOptions) -> Points:
    path = path_of(source)
    if asked.key is None and "::" in source and not path.exists():
        source, _, key = source.rpartition("::")
        path, asked = path_of(source), replace(asked, key=key)
    if not path.exists() and glob.has_magic(source):
        path, asked = _pattern(path, asked)
    if not path.exists():
        raise refusal("the data must be an existing file or folder", f"{path}, which does not exist", "check the path")
    try:
        points = read_folder(path, asked, _ARRAY_FILES) if path.is_dir() else _from_file(path, asked)
        return points if points.files is not None else points.watching(FileWatch(path, live=_is_live(points)))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidInput(
            f"the data must be readable, but got {path} ({reason}); check the file and its rights."
        ) from error


def _pattern(path: Path, asked: FolderOptions) -> tuple[Path, FolderOptions]:
    """The folder before the first part with a ``*``, ``?`` or ``[``, and that part with all after it as a pattern."""
    parts = path.parts
    first = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:first]), replace(asked, pattern="/".join(parts[first:]))


def _is_live(points: Points) -> bool:
    """Whether rows are still read from the file; else they were decoded into memory when it was opened."""
    mapped = isinstance(points.rows, np.memmap) and points.rows.filename is not None
    return mapped or isinstance(points.rows, SlicedRows) or points.record.kind == "pt"


def _from_file(path: Path, asked: FolderOptions) -> Points:
    _require_no_folder_options(asked)
    resize, key = asked.resize, asked.key
    suffix = path.suffix.lower()
    if require_regular(path).stat().st_size == 0:
        raise refusal("a data file must hold data", f"{path}, which is empty", "pass a file with data")
    if suffix in _PICKLES:
        got = f"{path}, a pickle, which can run code and is never loaded"
        raise refusal("data must be plain numbers", got, "save the array as .npy")
    if suffix in SUFFIXES:
        require(key is None, "a key is for sources of several arrays", "one picture", "leave the key out")
        stack = PictureStack(1, resize)
        stack.add_file(path, str(path))
        return picture_points(stack, str(path), "picture", row_names=(path.name,))
    if suffix == ".parquet":
        return arrow.read_parquet(path, key, resize, asked.choice)
    if suffix in _TEXT_FILES:
        _require_neither(resize)
        return read_table(path, key, asked.choice)
    if suffix not in _ARRAY_FILES:
        do = hint_of(path.name) or "convert it to one of these"
        raise refusal(f"a data file must be one of {_KNOWN}", str(path), do)
    _require_neither(resize)
    return _ARRAY_FILES[suffix](path, key)
