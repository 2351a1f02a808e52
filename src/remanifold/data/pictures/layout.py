"""Which rows are pictures: two sides, and perhaps an axis of channels, first or last."""

from dataclasses import dataclass

from remanifold._core.errors import refusal
from remanifold._core.types import Floats
from remanifold.data.points import Points

_CHANNELS, _LEAST_SIDE = (1, 3, 4), 4


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

    def planes(self, rows: Floats) -> Floats:
        """Rows (k, N) as (k, channels, height, width), a view where it can be."""
        pictures = rows.reshape(len(rows), *self.shape)
        if self.axis is None:
            return pictures[:, None]
        return pictures if self.axis == 0 else pictures.transpose(0, 3, 1, 2)

    def rows(self, planes: Floats) -> Floats:
        """The inverse of `planes`."""
        pictures = planes.transpose(0, 2, 3, 1) if self.axis == len(self.shape) - 1 else planes
        return pictures.reshape(len(planes), -1)


def picture_layout(points: Points, option: str) -> PictureLayout:
    """The layout of the rows of ``points``.

    Args:
        points: Rows of shape (height, width), (height, width, channels) or (channels, height, width).
        option: What was asked that needs pictures, for the error.

    Raises:
        InvalidInput: if the rows are no pictures, at least 4 pixels a side, of 1, 3 or 4 channels.
    """
    shape = points.shape
    axis = None
    if len(shape) == 3:
        axis = next((axis for axis in (0, 2) if shape[axis] in _CHANNELS), None)
    sides = shape if axis is None else tuple(side for place, side in enumerate(shape) if place != axis)
    if len(sides) != 2 or min(sides) < _LEAST_SIDE:
        need = f"{option} is for rows that are pictures of at least {_LEAST_SIDE} x {_LEAST_SIDE} pixels"
        do = "save them as (rows, height, width) or (rows, height, width, channels)"
        raise refusal(need, f"rows of shape {shape} in {points.record.source}", do)
    return PictureLayout(shape, sides[0], sides[1], 1 if axis is None else shape[axis], axis)
