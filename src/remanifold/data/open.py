"""One call that opens anybody's points: arrays, tensors, data sets, files and folders.

The readers refuse (`InvalidInput`) what is damaged, lacks the key or its package, or is not fit to be points.
"""

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.data import arrow, npy, pictures, shards, tensor_files, text, zarr_files
from remanifold.data.arrays import is_tensor, read_array, read_tensor
from remanifold.data.indexed import read_indexed
from remanifold.data.labels import open_labels
from remanifold.data.pictures import Resize
from remanifold.data.points import Points, PointsLike, RowsLike
from remanifold.data.rows import SlicedRows
from remanifold.data.watch import FileWatch

_ARRAY_FILES: dict[str, Callable[[Path, str | None], Points]] = {
    ".npy": npy.read_npy,
    ".npz": npy.read_npz,
    ".csv": text.read_table,
    ".tsv": text.read_table,
    ".txt": text.read_table,
    ".pt": tensor_files.read_pt,
    ".pth": tensor_files.read_pt,
    ".safetensors": tensor_files.read_safetensors,
}
_KNOWN = ", ".join([*_ARRAY_FILES, ".parquet"])
_PICKLES = (".pkl", ".pickle", ".joblib", ".dill")
_KEYED = "zarr arrays, a Hugging Face data set or parquet files"


def open_points(
    source: PointsLike,
    *,
    resize: Resize = None,
    key: str | None = None,
    labels: str | PathLike[str] | RowsLike | None = None,
) -> Points:
    """Open a data set without reading more of it than needed (docs/data.md tells what is read when).

    Main arguments:
        source: A numpy array, torch tensor, torch Dataset, Hugging Face data set, zarr array, `Points`; or a path:
            .npy, .npz, .csv, .tsv, .txt, .pt, .pth, .safetensors, .parquet, or a folder of pictures, zarr arrays, a
            Hugging Face data set, parquet files or .npy files. ``path::key`` is the same as ``key=``.
        labels: Labels of the points, an array or a file (`remanifold.data.open_labels`); they replace those the source
            brings.

    Other arguments:
        resize: Height and width (or one number for both) that pictures are brought to.
        key: Which array or column, where the source holds several.

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
    points = _opened(source, resize, key)
    if labels is None:
        return points
    place = str(labels) if isinstance(labels, str | PathLike) else "labels in memory"
    return points.with_labels(open_labels(labels, points.n_points), place)


def _opened(source: Any, resize: Resize, key: str | None) -> Points:
    if isinstance(source, str | PathLike):
        return _from_path(str(source), resize, key)
    module = type(source).__module__.split(".")[0]
    if module == "datasets" and hasattr(source, "features") and hasattr(source, "__len__"):
        return arrow.read_huggingface_object(source, key, resize)
    if module == "zarr" or isinstance(source, Points) or is_tensor(source) or _is_array(source):
        _require_neither(resize, key)
        if isinstance(source, Points):
            return source
        if is_tensor(source):
            return read_tensor(source)
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


def _from_path(source: str, resize: Resize, key: str | None) -> Points:
    path = Path(source).expanduser()
    if key is None and "::" in source and not path.exists():
        source, _, key = source.rpartition("::")
        path = Path(source).expanduser()
    if not path.exists():
        raise refusal("the data must be an existing file or folder", f"{path}, which does not exist", "check the path")
    try:
        points = _from_folder(path, resize, key) if path.is_dir() else _from_file(path, resize, key)
        return points if points.files is not None else points.watching(FileWatch(path, live=_is_live(points)))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidInput(
            f"the data must be readable, but got {path} ({reason}); check the file and its rights."
        ) from error


def _is_live(points: Points) -> bool:
    """Whether rows are still read from the file; else they were decoded into memory when it was opened."""
    mapped = isinstance(points.rows, np.memmap) and points.rows.filename is not None
    return mapped or isinstance(points.rows, SlicedRows) or points.record.kind == "pt"


def _from_file(path: Path, resize: Resize, key: str | None) -> Points:
    suffix = path.suffix.lower()
    if path.stat().st_size == 0:
        raise refusal("a data file must hold data", f"{path}, which is empty", "pass a file with data")
    if suffix in _PICKLES:
        got = f"{path}, a pickle, which can run code and is never loaded"
        raise refusal("data must be plain numbers", got, "save the array as .npy")
    if suffix in pictures.SUFFIXES:
        do = "pass the folder that holds them"
        raise refusal("pictures must come as a folder", f"{path}, a single picture", do)
    if suffix == ".parquet":
        return arrow.read_parquet(path, key, resize)
    if suffix not in _ARRAY_FILES:
        raise refusal(f"a data file must be one of {_KNOWN}", str(path), "convert it to one of these")
    _require_neither(resize)
    return _ARRAY_FILES[suffix](path, key)


def _from_folder(folder: Path, resize: Resize, key: str | None) -> Points:
    if any((folder / mark).exists() for mark in zarr_files.MARKS):
        _require_neither(resize)
        return zarr_files.read_zarr(folder, key)
    if any((folder / mark).exists() for mark in arrow.HUGGINGFACE_MARKS):
        return arrow.read_huggingface(folder, key, resize)
    if arrow.parquet_files(folder):
        return arrow.read_parquet(folder, key, resize)
    if files := shards.shard_files(folder):
        _require_neither(resize, key)
        return shards.read_shards(folder, files)
    if key is not None:
        raise refusal(f"a key is for folders of {_KEYED}", f"{key!r} for pictures in {folder}", "leave it out")
    return pictures.read_folder(folder, resize)
