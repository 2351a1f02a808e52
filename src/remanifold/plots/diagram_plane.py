"""One plane of a phase diagram on axes: colours, labelled lines of equal value, and data sets as marks."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.text import Text

from remanifold.plots.diagram import Panel, axis_ticks, inner_values, tick_text
from remanifold.plots.known_sets import Place
from remanifold.plots.palette import MUTED

EMPTY_CELL = "#eceef1"
BLACK, WHITE = "#010101", "#ffffff"  # not quite black, which SVG takes for said, and a dark page for its own ink
_ARROWS = {(-1, -1): "↙", (-1, 0): "←", (-1, 1): "↖", (0, 1): "↑", (1, 1): "↗", (1, 0): "→", (1, -1): "↘", (0, -1): "↓"}
_BLACK = 0.05 + 1 / 255 / 12.92  # its luminance, as contrasts count it
_NEAR = 0.06  # share of both axes within which names would cover each other
NUMBER = "number of a line"
_ON_TOP = 6  # of lines and their numbers
_LINE = 16  # points from a name to the next
_RIGHT = 0.6  # share of the axis from which on names stand left of their marks


def draw_plane(figure: Figure, axes: Axes, panel: Panel, places: Sequence[Place] = ()) -> bool:
    """``panel`` on ``axes``, with a colour bar beside it and a mark for each of ``places``.

    Returns:
        Whether names of places beyond the edges stand above the axes.
    """
    import matplotlib as mpl

    colours = mpl.colormaps["viridis" if panel.is_time else "cividis"]
    shown = np.ma.masked_invalid(panel.values)
    axes.set_facecolor(EMPTY_CELL)
    norm = LogNorm(*panel.limits)
    mesh = axes.pcolormesh(_edges(panel.x), _edges(panel.y), shown, norm=norm, rasterized=True, cmap=colours)
    _draw_lines(axes, panel, colours)
    if shown.mask.any():
        _say_empty(axes, panel)
    bar = figure.colorbar(
        mesh, ax=axes, extend="both", ticks=list(panel.ticks), format=lambda value, _: tick_text(value)
    )
    if bar.solids is not None:
        bar.solids.set_rasterized(True)
    bar.ax.minorticks_off()
    bar.set_label(panel.unit)
    for axis, values, scale in ((axes.xaxis, panel.x, axes.set_xscale), (axes.yaxis, panel.y, axes.set_yscale)):
        scale("log")
        axis.set_ticks(axis_ticks(values), [tick_text(tick) for tick in axis_ticks(values)])
        axis.set_ticks([], minor=True)
    axes.set(xlabel=panel.x_title, ylabel=panel.y_title)
    axes.grid(False)
    return _draw_places(axes, panel, places)


def drop_crowded_numbers(axes: Axes) -> None:
    """Take out numbers of lines that an edge cuts or that cover another one; call it when the axes have their size."""
    numbers = [text for text in axes.texts if text.get_label() == NUMBER]
    kept: list[Text] = []
    inside = axes.get_window_extent()
    for number in numbers:
        box = number.get_window_extent()
        cut = box.x0 < inside.x0 or box.x1 > inside.x1 or box.y0 < inside.y0 or box.y1 > inside.y1
        if cut or any(box.overlaps(other.get_window_extent()) for other in kept):
            number.remove()
        else:
            kept.append(number)


def line_ink(colours: Colormap, share: float) -> str:
    """Black or white, whichever stands out more on the colour at ``share`` of the map; at least 4.5 : 1."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colours(share)[:3]]
    luminance = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    return BLACK if (luminance + 0.05) / _BLACK > 1.05 / (luminance + 0.05) else WHITE


def told_symbol(symbol: str) -> str:
    """A symbol such as t_c / t_o as matplotlib sets it."""
    return " ".join(f"$t_{part[2:]}$" if part.startswith("t_") else part for part in symbol.split())


def _draw_lines(axes: Axes, panel: Panel, colours: Colormap) -> None:
    """Lines of equal value at the ticks of the colours, each with its number."""
    inner = inner_values(panel.values)
    present = inner[np.isfinite(inner)]
    if min(inner.shape) < 2 or not present.size:
        return
    span = math.log(panel.limits[1] / panel.limits[0])
    levels = [tick for tick in panel.ticks if present.min() < tick < present.max()]
    inks = [line_ink(colours, math.log(tick / panel.limits[0]) / span) for tick in levels]
    if levels:
        masked = np.ma.masked_invalid(inner)
        lines = axes.contour(panel.x, panel.y, masked, levels=levels, colors=inks, linewidths=1)
        for number in axes.clabel(lines, fmt=tick_text):
            number.set_label(NUMBER)


def _draw_places(axes: Axes, panel: Panel, places: Sequence[Place]) -> bool:
    """A mark and its name for each set in the plane; above it, with an arrow, the names of those beyond its edges.

    Returns whether there are such names.
    """
    beyond: dict[tuple[int, int], list[str]] = {}
    together: list[tuple[tuple[float, float], list[Place]]] = []
    for place in places:
        x, y = panel.coordinates(place.load, place.latent_ratio)
        across, up = _share(x, panel.x), _share(y, panel.y)
        if (side := (_side(across), _side(up))) != (0, 0):
            beyond.setdefault(side, []).append(place.name)
            continue
        near = (names for (a, b), names in together if max(abs(a - across), abs(b - up)) < _NEAR)
        if (names := next(near, None)) is not None:
            names.append(place)
        else:
            together.append(((across, up), [place]))
    for (across, _), here in together:
        _draw_marks(axes, panel, here, to_left=across > _RIGHT)
    words = "   ".join(f"{_ARROWS[side]} {', '.join(names)}" for side, names in beyond.items())
    told = axes.annotate(words, (0, 1), xytext=(0, 5), xycoords="axes fraction", textcoords="offset points")
    told.set(color=MUTED, in_layout=False)
    return bool(beyond)


def _draw_marks(axes: Axes, panel: Panel, places: Sequence[Place], *, to_left: bool) -> None:
    """Marks that lie together, and their names below each other beside the last."""
    at = (0.0, 0.0)
    for place in places:
        look: dict[str, Any] = {"marker": "o", "markersize": 8} if place.is_known else {"marker": "*", "markersize": 17}
        look |= {"color": WHITE, "markeredgecolor": BLACK, "markeredgewidth": 1.5, "linestyle": "none"}
        at = panel.coordinates(place.load, place.latent_ratio)
        axes.plot(*at, zorder=_ON_TOP, **look)
    away = 9 if all(place.is_known for place in places) else 13
    for line, place in enumerate(places):
        axes.annotate(
            place.name,
            at,
            xytext=(-away if to_left else away, _LINE * ((len(places) - 1) / 2 - line)),
            textcoords="offset points",
            ha="right" if to_left else "left",
            va="center",
            color=BLACK,
            bbox={"facecolor": WHITE, "edgecolor": "none", "boxstyle": "round,pad=0.15", "alpha": 0.9},
            zorder=_ON_TOP,
        )


def _side(share: float) -> int:
    """-1 below an axis, 0 on it, 1 above."""
    return -1 if share < 0 else int(share > 1)


def _share(value: float, axis: np.ndarray) -> float:
    """Place of ``value`` on a logarithmic axis: 0 to 1 inside."""
    edges = _edges(axis)
    return math.log(value / edges[0]) / math.log(edges[-1] / edges[0])


def _say_empty(axes: Axes, panel: Panel) -> None:
    """Label the largest empty region by its centre."""
    rows, columns = np.nonzero(~np.isfinite(panel.values))
    x, y = np.exp(np.median(np.log(panel.x[columns]))), np.exp(np.median(np.log(panel.y[rows])))
    axes.text(x, y, "no time\nexists", ha="center", va="center", color=MUTED)


def _edges(centres: np.ndarray) -> np.ndarray:
    """Borders of cells around ``centres``, in the middle of their logarithms."""
    logs = np.log(centres)
    if len(logs) == 1:
        return np.exp(logs[0] + np.array([-0.05, 0.05]))
    middle = (logs[1:] + logs[:-1]) / 2
    return np.exp(np.concatenate([[2 * logs[0] - middle[0]], middle, [2 * logs[-1] - middle[-1]]]))
