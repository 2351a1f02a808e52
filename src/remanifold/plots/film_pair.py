"""A film of two denoisers from the same noise: each sample above the training image nearest to where it ends."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from remanifold.plots.film_axis import AXIS, MARGIN, PAGE, SHARP, STAGE, WIDTH, draw_axis, draw_place, write
from remanifold.plots.film_formats import encoded
from remanifold.plots.palette import INK, MUTED

Floats = NDArray[np.float64]
_HALF = (WIDTH - 3 * MARGIN) / 2
_SAMPLES_AT, _ROWS_AT, _NOTE_AT = 76, 228, 380  # pixels from the top
_GAP, _MOST_SIDE = 10, 124


@dataclass(frozen=True, eq=False)
class Side:
    """What one denoiser does.

    Attributes:
        states: (frames, samples, channels, height, width), from much noise to little.
        points: Its training images, (P, channels, height, width): they give the brightness too.
        caption: Its name, one line.
    """

    states: Floats
    points: Floats
    caption: str


def film_pair(
    left: Side, right: Side, t: Floats, marks: Mapping[str, float], words: tuple[str, str], kind: str
) -> bytes:
    """A film of both, of a ``kind`` in `film_formats.FORMATS`.

    States are drawn over sqrt(1 + t/s^2), s the standard deviation of the training images; the distance under each is
    Euclidean and counts all pixels.

    Args:
        left, right: The denoisers.
        t: Noise variance of each frame.
        marks: sigma of ``onset``, ``collapse`` and ``generalization``, as far as they are known.
        words: One line at the top, and one below the images.
        kind: Of the file.

    Raises:
        InvalidInput: if a video cannot be made.
    """
    frames = [frame.convert("RGB") for frame in _frames((left, right), t.tolist(), marks, words)]
    return encoded(frames, kind, [f"noise of standard deviation {math.sqrt(one):.3g}" for one in t], words[0])


def _frames(
    sides: tuple[Side, Side], t: list[float], marks: Mapping[str, float], words: tuple[str, str]
) -> Iterator[Image.Image]:
    """The frames; what does not move is drawn once."""
    plain = Image.new("RGB", (SHARP * WIDTH, SHARP * (STAGE + AXIS)), PAGE)
    draw = ImageDraw.Draw(plain)
    draw_axis(draw, t, marks, words[0])
    write(draw, MARGIN, _NOTE_AT, words[1], MUTED, 11)
    nearest = [_nearest(side) for side in sides]
    for place, (side, rows) in enumerate(zip(sides, nearest, strict=True)):
        left = MARGIN + place * (_HALF + MARGIN)
        write(draw, left, 38, side.caption, INK, 13)
        write(draw, left, 58, "samples", MUTED, 11)
        write(draw, left, _ROWS_AT - 20, "the training images nearest to where they end", MUTED, 11)
        for k, image in enumerate(side.points[rows]):
            _paste(plain, image, side.points, *_place(left, _ROWS_AT, k, len(rows)))
    for number, now in enumerate(t):
        frame = plain.copy()
        draw = ImageDraw.Draw(frame)
        for place, (side, rows) in enumerate(zip(sides, nearest, strict=True)):
            left, middle = MARGIN + place * (_HALF + MARGIN), side.points.mean(axis=0)
            spread = float(side.points.std(axis=0).mean()) or 1.0
            for k, state in enumerate(side.states[number]):
                shown = middle + (state - middle) / math.sqrt(1 + now / spread**2)
                x, y, edge = _place(left, _SAMPLES_AT, k, len(rows))
                _paste(frame, shown, side.points, x, y, edge)
                apart = float(np.linalg.norm(state - side.points[rows[k]]))
                write(draw, x + edge / 2, _ROWS_AT + edge + 5, f"distance {apart:.2g}", MUTED, 11, anchor="ma")
        draw_place(draw, t, marks, now)
        yield frame.resize((WIDTH, STAGE + AXIS), Image.Resampling.LANCZOS)


def _nearest(side: Side) -> list[int]:
    """Of each sample, the training image nearest to its last state."""
    ends = side.states[-1].reshape(len(side.states[-1]), -1)
    points = side.points.reshape(len(side.points), -1)
    return [int(((points - end) ** 2).sum(axis=1).argmin()) for end in ends]


def _place(left: float, top: float, k: int, many: int) -> tuple[float, float, float]:
    """Left, top and edge of image ``k`` of ``many`` in one half."""
    edge = min((_HALF - (many - 1) * _GAP) / many, _MOST_SIDE)
    return left + k * (edge + _GAP), top, edge


def _paste(frame: Image.Image, image: Floats, points: Floats, x: float, y: float, edge: float) -> None:
    """One image, its brightness that of the training images."""
    low, high = float(points.min()), float(points.max())
    pixels = np.rint(255 * np.clip((np.moveaxis(image, 0, -1) - low) / ((high - low) or 1.0), 0, 1)).astype(np.uint8)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels[..., :3]).convert("RGB")
    factor = SHARP * edge / max(picture.size)
    size = [max(1, round(factor * side)) for side in picture.size]
    frame.paste(picture.resize(size, Image.Resampling.NEAREST), (round(SHARP * x), round(SHARP * y)))
