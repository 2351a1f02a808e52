"""A phase diagram as a picture for a paper: PNG or SVG."""

import io
from collections.abc import Sequence
from typing import Any

import matplotlib.style
from matplotlib.figure import Figure  # not pyplot: no window system, no global state

from remanifold.plots.diagram import axis_ticks, heading_of, panels_of, tick_text
from remanifold.plots.diagram_plane import draw_plane, drop_crowded_numbers, told_symbol
from remanifold.plots.known_sets import Place
from remanifold.plots.palette import GREY
from remanifold.theory import PhaseDiagram

_DPI = 200
_ABOVE = 20.0  # points from the axes to a title above names of places
_MOST_LABELS = 5  # of an axis as narrow as these
_STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "remanifold",  # the same diagram gives the same file
    "axes.edgecolor": GREY,
}


def diagram_picture(diagram: PhaseDiagram, form: str, load_across: bool = True, places: Sequence[Place] = ()) -> bytes:
    """The six planes as the bytes of a "png" or "svg" file; the same diagram gives the same bytes.

    Args:
        diagram: What is drawn.
        form: "png" or "svg".
        load_across: Whether the load runs along x.
        places: Data sets to be marked.
    """
    with matplotlib.style.context(["default", _STYLE]):
        figure = Figure(figsize=(11, 6.6), layout="constrained")
        figure.suptitle(heading_of(diagram), fontsize=11)
        axes = figure.subplots(2, 3)
        for axis, panel in zip(axes.flat, panels_of(diagram, load_across)):
            above = draw_plane(figure, axis, panel, places)
            axis.set_title(f"{panel.title}, {told_symbol(panel.symbol)}", pad=_ABOVE if above else None)
            if len(ticks := axis_ticks(panel.x)) > _MOST_LABELS:
                axis.set_xticks(ticks[::2], [tick_text(tick) for tick in ticks[::2]])
        figure.draw_without_rendering()  # gives the axes their size
        for axis in axes.flat:
            drop_crowded_numbers(axis)
        buffer = io.BytesIO()
        figure.savefig(buffer, format=form, dpi=_DPI, metadata={"Date": None} if form == "svg" else None)
    return buffer.getvalue()
