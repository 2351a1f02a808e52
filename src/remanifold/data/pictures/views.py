"""Pictures under transforms that leave them the same to the eye: flipped left to right, shifted a little, cropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from remanifold._core.errors import refusal, require
from remanifold._core.types import Floats
from remanifold.data.maps.mapped import MappedPoints
from remanifold.data.pictures.layout import PictureLayout, picture_layout
from remanifold.data.points import Points

KINDS = ("flips", "shifts", "crops")
_OPTION = "`invariances`"
_SHARE = 14  # a side is shifted by 1/14 of it at most
_STEPS, _LEAST_STEPS = 28, 22  # a crop keeps 22 to 27 parts of 28 of each side, anywhere: 139 crops


@dataclass(frozen=True)
class View:
    """One transform of a picture: flipped left to right or not, shifted or cropped; the last pixels of an edge repeat.

    Attributes:
        flipped: Whether left and right are exchanged.
        down, right: By which it is shifted, pixels.
        kept: Share of each side that is cut out, and enlarged to the whole; 1: all.
        top, left: Where that part begins, in shares of the side.
    """

    flipped: bool = False
    down: int = 0
    right: int = 0
    kept: float = 1.0
    top: float = 0.0
    left: float = 0.0

    @property
    def name(self) -> str:
        """In words."""
        moves = [(abs(n), way[n > 0]) for n, way in ((self.down, ("up", "down")), (self.right, ("left", "right"))) if n]
        shift = f"shifted {' and '.join(f'{n} {way}' for n, way in moves)}" if moves else ""
        crop = f"a crop of the other, {self.kept:.0%} of its side" if self.kept < 1 else ""
        return " and ".join(text for text in ("flipped" if self.flipped else "", shift, crop) if text) or "as it is"

    def of(self, layout: PictureLayout, rows: Floats) -> Floats:
        """Rows (k, N) transformed, (k, N)."""
        planes = layout.planes(rows)
        planes = planes[..., ::-1] if self.flipped else planes
        for axis, size, by in ((2, layout.height, self.down), (3, layout.width, self.right)):
            if by:
                planes = np.take(planes, np.clip(np.arange(size) - by, 0, size - 1), axis=axis)
        if self.kept < 1:
            down, across = (
                _enlarging(layout.height, self.kept, self.top),
                _enlarging(layout.width, self.kept, self.left),
            )
            planes = down @ planes @ across.T
        return np.ascontiguousarray(layout.rows(planes))


def invariance_kinds(asked: str | Sequence[str] | None) -> tuple[str, ...]:
    """The kinds of transforms named in ``asked``, such as "flips,shifts".

    Raises:
        InvalidInput: for another word, or none.
    """
    if asked is None:
        return ()
    words = [word.strip() for word in asked.split(",")] if isinstance(asked, str) else [str(word) for word in asked]
    require(bool(words), f"{_OPTION} must name transforms", "none", 'pass some of "flips,shifts,crops"')
    for word in words:
        if word not in KINDS:
            do = 'pass some of "flips,shifts,crops"; brightness, JPEG and size are no matter in `features` "dct"'
            raise refusal(f"{_OPTION} must be some of {', '.join(KINDS)}", repr(word)[:40], do)
    return tuple(kind for kind in KINDS if kind in words)


def views_of(points: Points, kinds: tuple[str, ...]) -> tuple[View, ...]:
    """Flips and shifts beside the identity, few of them: of shifts those by all, and by half, of what is allowed.

    That is 2 pixels or 1/14 of the side, whichever is more, but less than a quarter of it.

    Raises:
        InvalidInput: if the rows are no pictures.
    """
    if not kinds:
        return ()
    layout = picture_layout(points, _OPTION)
    steps = [_steps(side) if "shifts" in kinds else [0] for side in (layout.height, layout.width)]
    flips = (False, True) if "flips" in kinds else (False,)
    return tuple(view for view in map(View, *zip(*product(flips, *steps))) if view != View())


def crops_of(points: Points, kinds: tuple[str, ...]) -> tuple[View, ...]:
    """Crops to 22 to 27 parts of 28 of the side, at every such place; with flips each of them flipped too.

    A row is sought among the crops of the others: what was cut away cannot be put back.

    Raises:
        InvalidInput: if the rows are no pictures.
    """
    if "crops" not in kinds:
        return ()
    picture_layout(points, _OPTION)
    flips = (False, True) if "flips" in kinds else (False,)
    parts = [
        (parts / _STEPS, top / _STEPS, left / _STEPS)
        for parts in range(_STEPS - 1, _LEAST_STEPS - 1, -1)
        for top, left in product(range(_STEPS - parts + 1), repeat=2)
    ]
    return tuple(View(flipped, kept=kept, top=top, left=left) for flipped in flips for kept, top, left in parts)


def viewed(points: Points, view: View) -> Points:
    """``points`` with ``view`` applied to every row that is read."""
    layout = picture_layout(points, _OPTION)
    return MappedPoints(points, view.name, lambda rows: view.of(layout, rows), points.shape)


def _enlarging(side: int, kept: float, start: float) -> Floats:
    """Matrix (side, side) that stretches the ``kept`` part of a line of pixels from ``start`` on, linearly."""
    where = np.clip(start * side + (np.arange(side) + 0.5) * kept - 0.5, 0, side - 1)
    low = np.minimum(where.astype(int), side - 2)
    matrix = np.zeros((side, side))
    matrix[np.arange(side), low] = 1 - (where - low)
    matrix[np.arange(side), low + 1] = where - low
    return matrix


def _steps(side: int) -> list[int]:
    most = min(max(2, round(side / _SHARE)), max(1, (side - 1) // 4))
    half = (most + 1) // 2
    return sorted({-most, -half, 0, half, most})
