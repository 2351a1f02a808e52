"""The space in which distances of rows are taken: saved arrays, a function of rows, or the built-in of pictures."""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike, NDArray

from remanifold._core.errors import InvalidInput, refusal
from remanifold._core.files import path_of, require_regular
from remanifold._core.types import Floats
from remanifold.data.maps.mapped import MappedPoints
from remanifold.data.open import open_points
from remanifold.data.pictures.coefficients import WORDS, cosine_coefficients
from remanifold.data.pictures.layout import picture_layout
from remanifold.data.points import Points, RowsLike

DCT = "dct"
Features = Callable[[Floats], RowsLike] | Mapping[str, RowsLike] | str | Path
r"""A function of rows (k, \*shape), "dct", or arrays by set; a path is that of an .npz file of such arrays."""
_BLOCK_NUMBERS = 2**22


class _MadeWhenRead(MappedPoints):
    """Features of rows that are far wider than these: a few rows at a time, and each once."""

    def chunk(self, start: int, stop: int, dtype: DTypeLike = np.float64) -> NDArray:
        """Rows ``start``..``stop-1``; see `Points.chunk`."""
        step = max(1, _BLOCK_NUMBERS // math.prod(self.rows.shape[1:]))
        edges = [*range(start, stop, step), stop]
        parts = [super(_MadeWhenRead, self).chunk(i, j, dtype) for i, j in pairwise(edges)]
        return np.concatenate(parts) if parts else super().chunk(start, stop, dtype)

    def take(self, indices: NDArray[np.integer] | list[int], dtype: DTypeLike = np.float64) -> NDArray:
        """Rows ``indices``; see `Points.take`."""
        rows, places = np.unique(np.asarray(indices, dtype=np.int64), return_inverse=True)
        step = max(1, _BLOCK_NUMBERS // math.prod(self.rows.shape[1:]))
        starts = range(0, len(rows), step)
        parts = [super(_MadeWhenRead, self).take(rows[i : i + step], dtype) for i in starts]
        return np.concatenate(parts)[places] if parts else super().take(rows, dtype)


def is_dct(features: Features | None) -> bool:
    """Whether they are the built-in ones."""
    return isinstance(features, str) and features == DCT


def are_saved(features: Features | None) -> bool:
    """Whether they are arrays, which know nothing of rows that are transformed."""
    return features is not None and not callable(features) and not is_dct(features)


def featured(raw: Mapping[str, Points], features: Features) -> dict[str, Points]:
    """The rows of every set in the space of features, in memory.

    Raises:
        InvalidInput: if a set has none, or not one for each row, or rows are no pictures where they must be.
    """
    if is_dct(features):
        arrays = {name: _coefficients(points) for name, points in raw.items()}
    elif callable(features):
        arrays = {n: features(p.chunk(0, p.n_points).reshape(p.n_points, *p.shape)) for n, p in raw.items()}
    else:
        arrays = _loaded(features, raw) if isinstance(features, str | Path) else features
    return {name: _features_of(name, points, arrays) for name, points in raw.items()}


def in_space_of(points: Points, features: Features | None, like: Points) -> Points:
    """``points`` (transformed rows) in the space of ``features``, made when they are read; ``like``: a set in it."""
    if features is None:
        return points
    if is_dct(features):
        layout = picture_layout(points, f"`features` {DCT}")
        return _MadeWhenRead(points, DCT, lambda rows: cosine_coefficients(layout, rows), like.shape)
    if not callable(features):
        need = "transforms of rows need features that can be made of them"
        raise refusal(need, "saved features", 'pass `features` "dct" or a function')
    made = features

    def mapping(rows: Floats) -> Floats:
        return np.asarray(made(rows.reshape(len(rows), *points.shape)), dtype=np.float64).reshape(len(rows), -1)

    return _MadeWhenRead(points, "a function", mapping, like.shape)


def name_of(features: Features) -> str:
    """Where features come from, in words."""
    if isinstance(features, str | Path):
        return WORDS if is_dct(features) else str(features)
    return "given arrays" if isinstance(features, Mapping) else "a function"


def _coefficients(points: Points) -> Floats:
    layout, step = picture_layout(points, f"`features` {DCT}"), max(1, _BLOCK_NUMBERS // points.ambient_dim)
    starts = range(0, points.n_points, step)
    parts = [cosine_coefficients(layout, points.chunk(i, min(i + step, points.n_points))) for i in starts]
    return np.concatenate(parts)


def _features_of(name: str, points: Points, arrays: Mapping[str, RowsLike]) -> Points:
    if name not in arrays:
        raise refusal("features must hold an array for every set", f"none named {name}", f"save {name} too")
    opened = open_points(np.asarray(arrays[name]), least=1)
    if opened.n_points != points.n_points:
        need = f"features of {name} must have its {points.n_points} rows"
        raise refusal(need, opened.n_points, "compute them from the same rows")
    return opened


def _loaded(path: str | Path, sets: Mapping[str, Points]) -> dict[str, RowsLike]:
    try:
        with np.load(require_regular(path_of(path, "`features`"), "`features`"), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        *most, last = sets
        names = f"{', '.join(most)} and {last}" if most else last
        raise InvalidInput(
            f"`features` must be an .npz file with arrays {names}, or dct, but got {path}; save it with numpy.savez."
        ) from error
