"""A film of reverse diffusion: particles in the plane, or pictures, above the noise axis with its marks."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from remanifold.plots.film_formats import encoded
from remanifold.plots.ticks import round_numbers

Floats = NDArray[np.float64]
_WIDTH, _STAGE, _AXIS, _MARGIN = 640, 400, 118, 28  # pixels
_SHARP = 2  # drawn so many times as large, then reduced: smooth edges
_PAGE, _INK, _MUTED, _LINE = "#ffffff", "#1a2029", "#56606d", "#dde1e7"
_POINT, _PARTICLE = "#d9541e", "#1c62b5"
_COLOURS = {"onset": "#8a5d00", "collapse": "#b8420f", "generalization": "#0b7359"}
_NAMES = {"onset": "traps begin", "collapse": "collapse", "generalization": "best fit"}
_MOST_PICTURES, _TOO_FAR = 40, 0.72  # share of the width beyond which a name has no room on the right


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
    size = (_SHARP * _WIDTH, _SHARP * (_STAGE + _AXIS))
    plain = Image.new("RGB", size, _PAGE)
    _draw_axis(ImageDraw.Draw(plain), reel)
    plane = reel.points.shape[1:] == (2,)
    if plane:
        _draw_plane(ImageDraw.Draw(plain), reel.points)
    for state, t in zip(reel.states, reel.t, strict=True):
        frame = plain.copy()
        draw = ImageDraw.Draw(frame)
        shown = middle + (state - middle) / math.sqrt(1 + t / spread**2)
        if plane:
            for x, y in _places(shown, reel.points):
                _dot(draw, x, y, 3, _PARTICLE)
        else:
            _paste(frame, shown, reel.points)
        _draw_place(draw, reel, float(t))
        yield frame.resize((_WIDTH, _STAGE + _AXIS), Image.Resampling.LANCZOS)


def _places(rows: Floats, points: Floats) -> list[tuple[float, float]]:
    """Pixels of ``rows`` (n, 2) on the stage that holds the ``points``."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([_WIDTH - 2 * _MARGIN, _STAGE - 3 * _MARGIN])
    scale = float((room / np.maximum(1.6 * (high - low), 1e-300)).min())
    across = _WIDTH / 2 + scale * (rows[:, 0] - (low[0] + high[0]) / 2)
    down = (_STAGE + _MARGIN) / 2 - scale * (rows[:, 1] - (low[1] + high[1]) / 2)
    inside = (across > 4) & (across < _WIDTH - 4) & (down > _MARGIN) & (down < _STAGE - 4)
    return [(float(x), float(y)) for x, y in zip(across[inside], down[inside], strict=True)]


def _draw_plane(draw: ImageDraw.ImageDraw, points: Floats) -> None:
    for x, y in _places(points, points):
        _dot(draw, x, y, 6, _POINT)


def _dot(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: str) -> None:
    k = _SHARP
    draw.ellipse((k * (x - radius), k * (y - radius), k * (x + radius), k * (y + radius)), fill=colour)


def _paste(frame: Image.Image, shown: Floats, points: Floats) -> None:
    """Pictures side by side in rows."""
    images = np.moveaxis(shown[:_MOST_PICTURES], 1, -1)
    low, high = float(points.min()), float(points.max())
    pixels = np.rint(255 * np.clip((images - low) / ((high - low) or 1.0), 0, 1)).astype(np.uint8)
    columns = max(1, math.ceil(math.sqrt(len(pixels) * 1.8)))
    lines = math.ceil(len(pixels) / columns)
    side = min((_WIDTH - 2 * _MARGIN) / columns, (_STAGE - 2 * _MARGIN) / lines)
    left, top = (_WIDTH - columns * side) / 2, _MARGIN + (_STAGE - 2 * _MARGIN - lines * side) / 2
    for k, one in enumerate(pixels):
        image = Image.fromarray(one[..., 0] if one.shape[-1] == 1 else one[..., :3]).convert("RGB")
        edge = max(1, round(_SHARP * side * 0.92))
        factor = edge / max(image.size)
        image = image.resize([max(1, round(factor * pixel)) for pixel in image.size], Image.Resampling.NEAREST)
        place = left + (k % columns) * side, top + (k // columns) * side
        frame.paste(image, (round(_SHARP * place[0]), round(_SHARP * place[1])))


def _ends(reel: Reel) -> tuple[float, float]:
    """log sigma at both ends of the axis."""
    sigmas = [*np.sqrt(reel.t[[0, -1]]).tolist(), *reel.marks.values()]
    return math.log(min(sigmas)) - 0.1, math.log(max(sigmas)) + 0.1


def _along(reel: Reel, sigma: float) -> float:
    low, high = _ends(reel)
    return _MARGIN + (_WIDTH - 2 * _MARGIN) * (math.log(sigma) - low) / (high - low)


def _draw_axis(draw: ImageDraw.ImageDraw, reel: Reel) -> None:
    """Caption, axis, ticks and marks."""
    k, y = _SHARP, _STAGE + 62
    _write(draw, _MARGIN, 10, reel.caption, _INK, 13)
    draw.rectangle((k * _MARGIN, k * (y - 5), k * (_WIDTH - _MARGIN), k * (y + 5)), fill=_LINE)
    collapse = reel.marks.get("collapse")
    if collapse is not None:
        draw.rectangle((k * _MARGIN, k * (y - 5), k * _along(reel, collapse), k * (y + 5)), fill="#f6d3c4")
    low, high = map(math.exp, _ends(reel))
    for sigma in round_numbers(1.02 * low, high / 1.02):
        _write(draw, _along(reel, sigma), y + 12, f"{sigma:g}", _MUTED, 11, anchor="ma")
    _write(draw, _MARGIN, y + 32, "less noise: the end of sampling", _MUTED, 11)
    _write(draw, _WIDTH - _MARGIN, y + 32, "standard deviation of the noise", _MUTED, 11, anchor="ra")
    leftwards = any(_along(reel, sigma) > _TOO_FAR * _WIDTH for sigma in reel.marks.values())
    marks = sorted(reel.marks.items(), key=lambda mark: mark[1], reverse=not leftwards)  # no line crosses a name
    for line, (name, sigma) in enumerate(marks):
        x, colour, top = _along(reel, sigma), _COLOURS[name], y - 26 - 17 * line
        draw.line((k * x, k * top, k * x, k * (y + 5)), fill=colour, width=2 * k)
        place = (x - 5, "ra") if leftwards else (x + 5, "la")
        _write(draw, place[0], top - 3, f"{_NAMES[name]} {sigma:.3g}", colour, 12, anchor=place[1])


def _draw_place(draw: ImageDraw.ImageDraw, reel: Reel, t: float) -> None:
    """Where the film is."""
    k, x, y = _SHARP, _along(reel, math.sqrt(t)), _STAGE + 62
    draw.rounded_rectangle(
        (k * (x - 5), k * (y - 9), k * (x + 5), k * (y + 9)), radius=3 * k, outline=_INK, width=2 * k
    )


def _write(
    draw: ImageDraw.ImageDraw, x: float, y: float, text: str, colour: str, size: int, *, anchor: str = "la"
) -> None:
    """``text`` in a font that Pillow brings; it has no Greek letters."""
    font = ImageFont.load_default(size=_SHARP * size)
    draw.text((_SHARP * x, _SHARP * y), text, fill=colour, font=font, anchor=anchor)
