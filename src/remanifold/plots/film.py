"""A film of reverse diffusion: particles in the plane, or pictures, above the noise axis with its marks."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from remanifold.plots.film_axis import AXIS, MARGIN, PAGE, SHARP, STAGE, WIDTH, draw_axis, draw_place
from remanifold.plots.film_formats import encoded
from remanifold.plots.palette import SAMPLES, TRAINING

Floats = NDArray[np.float64]
_MOST_PICTURES = 40


@dataclass(frozen=True, eq=False)
class Reel:
    """What a film shows.

    Attributes:
        states: (frames, samples, *shape), from much noise to little; shape is (2,), or (channels, height, width).
        t: Noise variance of each frame, falling.
        points: Training points, (P, *shape): drawn in the plane; of pictures they give the brightness.
        marks: sigma of ``onset``, ``collapse`` and ``generalization``, as far as they are known.
        caption: One line at the top.
    """

    states: Floats
    t: Floats
    points: Floats
    marks: Mapping[str, float]
    caption: str


def film(reel: Reel, kind: str) -> bytes:
    """A film of ``reel``, of a ``kind`` in `film_formats.FORMATS`.

    States are drawn over sqrt(1 + t/s^2), s the standard deviation of the points, so that they stay in the picture.

    Raises:
        InvalidInput: if a video cannot be made.
    """
    frames = [frame.convert("RGB") for frame in _frames(reel)]
    words = [f"noise of standard deviation {math.sqrt(t):.3g}" for t in reel.t]
    return encoded(frames, kind, words, reel.caption)


def _frames(reel: Reel) -> Iterator[Image.Image]:
    """The frames; what does not move is drawn once."""
    spread = float(reel.points.std(axis=0).mean()) or 1.0
    middle = reel.points.mean(axis=0)
    size = (SHARP * WIDTH, SHARP * (STAGE + AXIS))
    plain = Image.new("RGB", size, PAGE)
    draw_axis(ImageDraw.Draw(plain), reel.t.tolist(), reel.marks, reel.caption)
    plane = reel.points.shape[1:] == (2,)
    if plane:
        _draw_plane(ImageDraw.Draw(plain), reel.points)
    for state, t in zip(reel.states, reel.t, strict=True):
        frame = plain.copy()
        draw = ImageDraw.Draw(frame)
        shown = middle + (state - middle) / math.sqrt(1 + t / spread**2)
        if plane:
            for x, y in _places(shown, reel.points):
                _dot(draw, x, y, 3, SAMPLES)
        else:
            _paste(frame, shown, reel.points)
        draw_place(draw, reel.t.tolist(), reel.marks, float(t))
        yield frame.resize((WIDTH, STAGE + AXIS), Image.Resampling.LANCZOS)


def _places(rows: Floats, points: Floats) -> list[tuple[float, float]]:
    """Pixels of ``rows`` (n, 2) on the stage that holds the ``points``."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([WIDTH - 2 * MARGIN, STAGE - 3 * MARGIN])
    scale = float((room / np.maximum(1.6 * (high - low), 1e-300)).min())
    across = WIDTH / 2 + scale * (rows[:, 0] - (low[0] + high[0]) / 2)
    down = (STAGE + MARGIN) / 2 - scale * (rows[:, 1] - (low[1] + high[1]) / 2)
    inside = (across > 4) & (across < WIDTH - 4) & (down > MARGIN) & (down < STAGE - 4)
    return [(float(x), float(y)) for x, y in zip(across[inside], down[inside], strict=True)]


def _draw_plane(draw: ImageDraw.ImageDraw, points: Floats) -> None:
    for x, y in _places(points, points):
        _dot(draw, x, y, 6, TRAINING)


def _dot(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: str) -> None:
    k = SHARP
    draw.ellipse((k * (x - radius), k * (y - radius), k * (x + radius), k * (y + radius)), fill=colour)


def _paste(frame: Image.Image, shown: Floats, points: Floats) -> None:
    """Pictures side by side in rows."""
    images = np.moveaxis(shown[:_MOST_PICTURES], 1, -1)
    low, high = float(points.min()), float(points.max())
    pixels = np.rint(255 * np.clip((images - low) / ((high - low) or 1.0), 0, 1)).astype(np.uint8)
    columns = max(1, math.ceil(math.sqrt(len(pixels) * 1.8)))
    lines = math.ceil(len(pixels) / columns)
    side = min((WIDTH - 2 * MARGIN) / columns, (STAGE - 2 * MARGIN) / lines)
    left, top = (WIDTH - columns * side) / 2, MARGIN + (STAGE - 2 * MARGIN - lines * side) / 2
    for k, one in enumerate(pixels):
        image = Image.fromarray(one[..., 0] if one.shape[-1] == 1 else one[..., :3]).convert("RGB")
        edge = max(1, round(SHARP * side * 0.92))
        factor = edge / max(image.size)
        image = image.resize([max(1, round(factor * pixel)) for pixel in image.size], Image.Resampling.NEAREST)
        place = left + (k % columns) * side, top + (k // columns) * side
        frame.paste(image, (round(SHARP * place[0]), round(SHARP * place[1])))
