"""zarr arrays and groups, read chunk by chunk (needs the extra `formats`)."""

from pathlib import Path
from typing import Any

import numpy as np

from remanifold._core.errors import InvalidInput, refusal
from remanifold.data.extras import extra
from remanifold.data.foreign.zarr_codecs import MARKS, require_plain_codecs
from remanifold.data.keys import chosen_key, with_key
from remanifold.data.points import Points, points_of
from remanifold.data.rows import SlicedRows

__all__ = ["MARKS", "read_zarr", "read_zarr_array"]


def read_zarr(path: Path, key: str | None) -> Points:
    """Points from a zarr array, or one array of a zarr group, on disk."""
    zarr = extra("zarr", "zarr data")
    require_plain_codecs(path)
    try:
        node = zarr.open(str(path), mode="r")
        if isinstance(node, zarr.Group):
            node = node[chosen_key(sorted(name for name, _ in node.arrays()), key, str(path))]
        elif key is not None:
            raise refusal("a zarr array needs no key", repr(key), "leave it out")
    except InvalidInput:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"a zarr folder must be complete, but got a damaged {path}; write it again.") from error
    return read_zarr_array(node, with_key(str(path), key))


def read_zarr_array(node: Any, source: str = "zarr array in memory") -> Points:
    """Points from an open zarr array, read chunk by chunk."""
    shape = tuple(node.shape)
    if not shape:
        raise refusal("data must be an array with one row per point", f"a single number in {source}", "pass an array")
    read = SlicedRows(shape, np.dtype(node.dtype), lambda a, b: np.asarray(node[a:b]), lambda rows: node.oindex[rows])
    return points_of(read, source, "zarr")
