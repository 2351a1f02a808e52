"""Which rows are pictures: two sides, and perhaps an axis of channels, first or last."""

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.types import Floats
from remanifold.data.points import Points

_CHANNELS, _LEAST_SIDE = (1, 3, 4), 4
_LONGEST_ASPECT = 8  # beyond it an array is a table or a series, not a picture


@dataclass(frozen=True)
class PictureLayout:
    """Where a row of a certain shape has its sides and channels.

    Attributes:
        shape: Of a row.
        height, width: In pixels.
        channels: 1, 3 or 4.
        axis: That of the channels in a row, 0 or 2; None for a grey picture without one.
    """

    shape: tuple[int, ...]
    height: int
    width: int
    channels: int
    axis: int | None

    def planes(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Rows (k, N) as (k, channels, height, width), a view where it can be."""
        pictures = rows.reshape(len(rows), *self.shape)
        if self.axis is None:
            return pictures[:, None]
        return pictures if self.axis == 0 else pictures.transpose(0, 3, 1, 2)

    def rows(self, planes: Floats) -> Floats:
        """The inverse of `planes`."""
        pictures = planes.transpose(0, 2, 3, 1) if self.axis == len(self.shape) - 1 else planes
        return pictures.reshape(len(planes), math.prod(self.shape))


def layout_of(shape: tuple[int, ...]) -> PictureLayout | None:
    """The layout of rows of ``shape``: (height, width), or with 1, 3 or 4 channels first or last; None for others."""
    axes = [None] if len(shape) == 2 else [axis for axis in (0, 2) if len(shape) == 3 and shape[axis] in _CHANNELS]
    for axis in axes:
        height, width = (side for place, side in enumerate(shape) if place != axis)
        if min(height, width) >= _LEAST_SIDE:
            return PictureLayout(shape, height, width, 1 if axis is None else shape[axis], axis)
    return None


def are_pictures(shape: tuple[int, ...]) -> bool:
    """Whether rows of ``shape`` are shown as pictures: they have a layout, and are no long strips."""
    layout = layout_of(shape)
    return layout is not None and max(layout.height, layout.width) <= _LONGEST_ASPECT * min(layout.height, layout.width)


def picture_layout(points: Points, option: str) -> PictureLayout:
    """The layout of the rows of ``points``.

    Args:
        points: Rows of shape (height, width), (height, width, channels) or (channels, height, width).
        option: What was asked that needs pictures, for the error.

    Raises:
        InvalidInput: if the rows are no pictures, at least 4 pixels a side, of 1, 3 or 4 channels.
    """
    layout = layout_of(points.shape)
    if layout is None:
        need = f"{option} is for rows that are pictures of at least {_LEAST_SIDE} x {_LEAST_SIDE} pixels"
        do = "save them as (rows, height, width) or (rows, height, width, channels)"
        raise refusal(need, f"rows of shape {points.shape} in {points.record.source}", do)
    return layout
