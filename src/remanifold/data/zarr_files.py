"""zarr arrays and groups, read chunk by chunk (needs the extra `formats`)."""

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from remanifold._core.errors import InvalidInput, refusal
from remanifold.data.extras import extra
from remanifold.data.foreign.zarr_codecs import MARKS, require_plain_codecs
from remanifold.data.keys import chosen_key, with_key
from remanifold.data.points import Points, points_of
from remanifold.data.rows import SlicedRows
from remanifold.data.watch import signature_of

_LARGEST_CHUNK, _THINNEST = 2**30, 10**4  # bytes; numbers' bytes for one on disk
__all__ = ["MARKS", "read_zarr", "read_zarr_array"]


def read_zarr(path: Path, key: str | None) -> Points:
    """Points from a zarr array, or one array of a zarr group, on disk."""
    zarr = extra("zarr", "zarr data")
    require_plain_codecs(path)
    try:
        with warnings.catch_warnings():  # of parts that are no arrays, and of a fill value that does not fit its type
            warnings.simplefilter("ignore")
            node = zarr.open(str(path), mode="r")
            if isinstance(node, zarr.Group):
                node = node[chosen_key(sorted(name for name, _ in node.arrays()), key, str(path))]
            elif key is not None:
                raise refusal("a zarr array needs no key", repr(key), "leave it out")
        _require_stored(node, path)
    except InvalidInput:
        raise
    except Exception as error:  # whatever metadata of any kind and version raise
        raise _damaged(path) from error
    return read_zarr_array(node, with_key(str(path), key))


def read_zarr_array(node: Any, source: str = "zarr array in memory") -> Points:
    """Points from an open zarr array, read chunk by chunk."""
    shape = tuple(node.shape)
    if not shape:
        raise refusal("data must be an array with one row per point", f"a single number in {source}", "pass an array")

    def decoded(read: Callable[[], Any]) -> Any:
        try:
            return np.asarray(read())
        except Exception as error:  # whatever codecs raise
            raise _damaged(source) from error

    rows = SlicedRows(
        shape,
        np.dtype(node.dtype),
        lambda a, b: decoded(lambda: node[a:b]),
        lambda wanted: decoded(lambda: node.oindex[wanted]),
    )
    return points_of(rows, source, "zarr", reading=_unwritten(node))


def _unwritten(node: Any) -> tuple[str, ...]:
    """A sentence about chunks that are not there: never written, lost, or all of the fill value."""
    missing = node.nchunks - node.nchunks_initialized
    if missing <= 0:
        return ()
    return (f"{missing} of {node.nchunks} chunks were never written or are lost: read as {node.fill_value}",)


def _require_stored(node: Any, path: Path) -> None:
    """Refuse chunks that no memory holds, and an array of which next to nothing is on disk."""
    chunk = math.prod(node.chunks) * node.dtype.itemsize
    if min(node.chunks, default=1) < 1 or chunk > _LARGEST_CHUNK:
        got = f"chunks of shape {tuple(node.chunks)} in {path}"
        raise refusal(f"zarr chunks must have 1 to {_LARGEST_CHUNK} bytes", got, "write it again in smaller chunks")
    whole = math.prod(node.shape) * node.dtype.itemsize
    if whole <= _LARGEST_CHUNK:
        return
    stored = sum(size for _, size, _ in signature_of(path))
    if whole > _THINNEST * stored:
        got = f"{stored} bytes on disk for shape {tuple(node.shape)} in {path}"
        raise refusal("a zarr array must be written, not left to its fill value", got, "write its chunks")


def _damaged(source: object) -> InvalidInput:
    return InvalidInput(f"a zarr folder must be complete, but got a damaged {source}; write it again.")
