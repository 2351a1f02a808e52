"""A phase diagram as a picture for a paper: PNG or SVG, by matplotlib."""

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from remanifold._core.errors import InvalidInput
from remanifold.plots.diagram import Panel, axis_ticks, heading_of, inner_values, panels_of, tick_text
from remanifold.plots.palette import GREY
from remanifold.theory import PhaseDiagram

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 200
_STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "remanifold",  # the same diagram gives the same file
    "axes.edgecolor": GREY,
}


def diagram_picture(diagram: PhaseDiagram, form: str, load_across: bool = True) -> bytes:
    """The six planes as the bytes of a "png" or "svg" file; the same diagram gives the same bytes.

    Raises:
        InvalidInput: if matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure  # not pyplot: no window system, no global state
    except ImportError as error:
        raise InvalidInput(
            "a picture needs matplotlib, but got an environment without it; install remanifold[figures]."
        ) from error
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(11, 6.6), layout="constrained")
        figure.suptitle(heading_of(diagram), fontsize=11)
        axes = figure.subplots(2, 3)
        for place, panel in zip(axes.flat, panels_of(diagram, load_across)):
            _draw(figure, place, panel)
        buffer = io.BytesIO()
        figure.savefig(buffer, format=form, dpi=_DPI, metadata={"Date": None} if form == "svg" else None)
    return buffer.getvalue()


def _draw(figure: "Figure", axes: Any, panel: Panel) -> None:
    from matplotlib.colors import LogNorm

    shown = np.ma.masked_invalid(panel.values)
    axes.set_facecolor("#eceef1")
    mesh = axes.pcolormesh(
        _edges(panel.x),
        _edges(panel.y),
        shown,
        norm=LogNorm(*panel.limits),
        rasterized=True,
        cmap="viridis" if panel.is_time else "cividis",
    )
    _draw_lines(axes, panel)
    if shown.mask.any():
        _say_empty(axes, panel)
    bar = figure.colorbar(
        mesh, ax=axes, extend="both", ticks=list(panel.ticks), format=lambda value, _: tick_text(value)
    )
    bar.ax.minorticks_off()
    bar.set_label(panel.unit)
    for axis, values, scale in ((axes.xaxis, panel.x, axes.set_xscale), (axes.yaxis, panel.y, axes.set_yscale)):
        scale("log")
        axis.set_ticks(axis_ticks(values), [tick_text(tick) for tick in axis_ticks(values)])
        axis.set_ticks([], minor=True)
    axes.set(title=f"{panel.title}, {_index(panel.symbol)}", xlabel=panel.x_title, ylabel=panel.y_title)


def _draw_lines(axes: Any, panel: Panel) -> None:
    """Lines of equal value at the ticks of the colours, each with its number."""
    inner = inner_values(panel.values)
    present = inner[np.isfinite(inner)]
    if min(inner.shape) < 2 or not present.size:
        return
    levels = {tick: ink for tick, ink in panel.ticks.items() if present.min() < tick < present.max()}
    if levels:
        masked = np.ma.masked_invalid(inner)
        lines = axes.contour(
            panel.x, panel.y, masked, levels=list(levels), colors=list(levels.values()), linewidths=0.8
        )
        axes.clabel(lines, fmt=tick_text, fontsize=7)


def _say_empty(axes: Any, panel: Panel) -> None:
    """Label the largest empty region by its centre."""
    rows, columns = np.nonzero(~np.isfinite(panel.values))
    x, y = np.exp(np.median(np.log(panel.x[columns]))), np.exp(np.median(np.log(panel.y[rows])))
    axes.text(x, y, "no time\nexists", ha="center", va="center", fontsize=8, color="#56606d")


def _edges(centres: np.ndarray) -> np.ndarray:
    """Borders of cells around ``centres``, in the middle of their logarithms."""
    logs = np.log(centres)
    if len(logs) == 1:
        return np.exp(logs[0] + np.array([-0.05, 0.05]))
    middle = (logs[1:] + logs[:-1]) / 2
    return np.exp(np.concatenate([[2 * logs[0] - middle[0]], middle, [2 * logs[-1] - middle[-1]]]))


def _index(symbol: str) -> str:
    return " ".join(f"$t_{part[2:]}$" if part.startswith("t_") else part for part in symbol.split())
