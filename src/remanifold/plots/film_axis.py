"""The noise axis under a film: its marks, the place of a frame, and how words are written into pictures."""

import math
from collections.abc import Mapping, Sequence

from PIL import ImageDraw, ImageFont

from remanifold.plots.palette import COLOUR_OF, INK, LINE, MEMORIZING_FILL, MUTED
from remanifold.plots.ticks import round_numbers

WIDTH, STAGE, AXIS, MARGIN = 640, 400, 118, 28
"""Pixels: of a frame, of what is shown above the axis, of the axis, and at the sides."""
SHARP = 2
"""Drawn so many times as large, then reduced: smooth edges."""
PAGE = "#ffffff"
_NAMES = {"onset": "traps begin", "collapse": "collapse", "generalization": "best stop"}
_TOO_FAR = 0.72  # share of the width beyond which a name has no room on the right


def draw_axis(draw: ImageDraw.ImageDraw, t: Sequence[float], marks: Mapping[str, float], caption: str) -> None:
    """Caption, axis, ticks and marks.

    Args:
        draw: On a frame that is `SHARP` times as large.
        t: Noise variances of the frames.
        marks: sigma of ``onset``, ``collapse`` and ``generalization``, as far as they are known.
        caption: One line at the top.
    """
    k, y = SHARP, STAGE + 62
    write(draw, MARGIN, 10, caption, INK, 13)
    draw.rectangle((k * MARGIN, k * (y - 5), k * (WIDTH - MARGIN), k * (y + 5)), fill=LINE)
    collapse = marks.get("collapse")
    if collapse is not None:
        draw.rectangle((k * MARGIN, k * (y - 5), k * _along(t, marks, collapse), k * (y + 5)), fill=MEMORIZING_FILL)
    low, high = map(math.exp, _ends(t, marks))
    for sigma in round_numbers(1.02 * low, high / 1.02):
        write(draw, _along(t, marks, sigma), y + 12, f"{sigma:g}", MUTED, 11, anchor="ma")
    write(draw, MARGIN, y + 32, "less noise: the end of sampling", MUTED, 11)
    write(draw, WIDTH - MARGIN, y + 32, "standard deviation of the noise", MUTED, 11, anchor="ra")
    leftwards = any(_along(t, marks, sigma) > _TOO_FAR * WIDTH for sigma in marks.values())
    ordered = sorted(marks.items(), key=lambda mark: mark[1], reverse=not leftwards)  # no line crosses a name
    for line, (name, sigma) in enumerate(ordered):
        x, colour, top = _along(t, marks, sigma), COLOUR_OF[name], y - 26 - 17 * line
        draw.line((k * x, k * top, k * x, k * (y + 5)), fill=colour, width=2 * k)
        place = (x - 5, "ra") if leftwards else (x + 5, "la")
        write(draw, place[0], top - 3, f"{_NAMES[name]} {sigma:.3g}", colour, 12, anchor=place[1])


def draw_place(draw: ImageDraw.ImageDraw, t: Sequence[float], marks: Mapping[str, float], now: float) -> None:
    """Where the film is: at noise variance ``now``."""
    k, x, y = SHARP, _along(t, marks, math.sqrt(now)), STAGE + 62
    box = (k * (x - 5), k * (y - 9), k * (x + 5), k * (y + 9))
    draw.rounded_rectangle(box, radius=3 * k, outline=INK, width=2 * k)


def write(
    draw: ImageDraw.ImageDraw, x: float, y: float, text: str, colour: str, size: int, *, anchor: str = "la"
) -> None:
    """``text`` in a font that Pillow brings; it has no Greek letters."""
    font = ImageFont.load_default(size=SHARP * size)
    draw.text((SHARP * x, SHARP * y), text, fill=colour, font=font, anchor=anchor)


def _ends(t: Sequence[float], marks: Mapping[str, float]) -> tuple[float, float]:
    """log sigma at both ends of the axis."""
    sigmas = [math.sqrt(min(t)), math.sqrt(max(t)), *marks.values()]
    return math.log(min(sigmas)) - 0.1, math.log(max(sigmas)) + 0.1


def _along(t: Sequence[float], marks: Mapping[str, float], sigma: float) -> float:
    low, high = _ends(t, marks)
    return MARGIN + (WIDTH - 2 * MARGIN) * (math.log(sigma) - low) / (high - low)
