"""What every figure is drawn on: titled axes, a noise axis with its phases and marks, curves with their errors."""

import math
from collections.abc import Sequence
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from remanifold.plots.palette import AMBER, COLOUR_OF, GREY, GRID, INK, MUTED, SYMBOL_OF, VERMILION, Band, Marks, Values
from remanifold.plots.ticks import round_numbers

DPI = 72  # one point of a drawing is then one pixel of a page
WIDE = (480, 360)  # pixels: one of two columns on a desk
_LOOK: dict[Any, Any] = {
    "font.size": 13.0,
    "axes.labelsize": 13.0,
    "axes.titlesize": 14.0,
    "legend.fontsize": 13.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": GRID,
    "grid.linewidth": 1.0,
    "legend.frameon": False,
    "legend.handlelength": 1.7,
    "lines.linewidth": 2.5,
    "lines.solid_capstyle": "round",
    "mathtext.default": "regular",
}
_CLOSE = 0.055  # marks nearer than this share of the axis get labels on different lines
_LINE = 17  # pixels


def house_style() -> Any:
    """The look of the figures, whatever the user's own settings of matplotlib are: a context."""
    return matplotlib.style.context(["default", _LOOK])


def plain_figure(x_title: str, y_title: str, size: tuple[int, int] = WIDE) -> tuple[Figure, Axes]:
    """A figure of ``size`` pixels and its only axes, titled; it knows no window system and no global state."""
    with house_style():
        figure = Figure(figsize=(size[0] / DPI, size[1] / DPI), dpi=DPI, layout="constrained")
        axes = figure.subplots()
        axes.set(xlabel=x_title, ylabel=y_title)
        axes.grid(True)
    return figure, axes


def noise_figure(t: Values, marks: Marks, y_title: str) -> tuple[Figure, Axes]:
    """A figure over sigma = sqrt(t) on a logarithmic axis, with the phases shaded and the marks drawn."""
    figure, axes = plain_figure("noise level σ (data units)", y_title)
    low, high = math.sqrt(t[0]), math.sqrt(t[-1])
    log_axis(axes, round_numbers(low, high))
    axes.set_xlim(low, high)
    _shade(axes, marks, (low, high))
    _mark(axes, marks, (low, high))
    return figure, axes


def log_axis(axes: Axes, ticks: Sequence[float]) -> None:
    """A logarithmic x axis with these ``ticks`` alone."""
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())


def add_curve(axes: Axes, x: Values, band: Band, name: str, colour: str, *, dash: Any = "solid") -> None:
    """A line through the values of ``band`` = (values, standard errors), with its band of +- 1.96 standard errors."""
    values, errors = band
    reach = [1.96 * error if math.isfinite(error) else 0.0 for error in errors]
    lower = [value - step for value, step in zip(values, reach)]
    upper = [value + step for value, step in zip(values, reach)]
    with house_style():
        axes.fill_between(x, lower, upper, color=colour, alpha=0.22, linewidth=0)
        axes.plot(x, values, color=colour, linestyle=dash, label=name)


def add_level(axes: Axes, value: float, dash: Any = "solid") -> None:
    """A thin line at one height."""
    axes.axhline(value, color=GREY, linewidth=1.2, linestyle=dash)


def add_legend(figure: Figure) -> None:
    """The names of the curves, under the figure."""
    with house_style():
        figure.legend(loc="outside lower left", ncols=2)


def told(symbol: str) -> str:
    """A symbol such as σ_c as matplotlib sets it, with its index below the line."""
    letter, _, index = symbol.partition("_")
    return f"{letter}$_{{{index}}}$" if index else symbol


def _shade(axes: Axes, marks: Marks, ends: tuple[float, float]) -> None:
    """Below the collapse: vermilion; from the collapse to the onset of traps: amber; above: nothing."""
    collapse = marks["collapse"][0] if "collapse" in marks else None
    onset = marks["onset"][0] if "onset" in marks else None
    bands = [(ends[0], collapse, VERMILION)] if collapse else []
    if onset and (collapse is None or onset > collapse):
        bands.append((collapse or ends[0], onset, AMBER))
    for start, stop, colour in bands:
        axes.axvspan(start, stop, color=colour, alpha=0.11, linewidth=0, zorder=0)


def _mark(axes: Axes, marks: Marks, ends: tuple[float, float]) -> None:
    """A vertical line for each mark, its interval shaded, its label above the plot."""
    line, last = 0, -math.inf
    for name, (sigma, low, high) in sorted(marks.items(), key=lambda item: item[1][0]):
        place = math.log(sigma / ends[0]) / math.log(ends[1] / ends[0])
        line, last = (line + 1 if place - last < _CLOSE else 0), place
        colour = COLOUR_OF[name]
        if 0 < low < high:
            axes.axvspan(low, high, color=colour, alpha=0.3, linewidth=0, zorder=0)
        axes.axvline(sigma, color=colour, linewidth=2, linestyle="dashed", zorder=1)
        axes.annotate(
            told(SYMBOL_OF[name]),
            (sigma, 1),
            xytext=(0, 3 + _LINE * line),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            color=colour,
            fontsize=15,
            annotation_clip=False,
        )
