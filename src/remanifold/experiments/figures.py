"""Figures as files that are the same whenever the table is."""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold._core.files import write_whole
from remanifold.experiments.experiment import Experiment, Rows
from remanifold.experiments.rows import column, select, values_of
from remanifold.plots.palette import AMBER, BLUE, GREEN, GREY, LINE, PURPLE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "errorbar.capsize": 2.0,
    "svg.fonttype": "none",  # text stays text
    "pdf.fonttype": 42,
}
COLOURS = (AMBER, GREEN, BLUE, PURPLE, VERMILION)
SIZE_COLOUR = {20: AMBER, 30: GREEN, 40: BLUE, 50: PURPLE}
"""By ambient dimension, where curves of several sizes share a panel."""
_NO_DATE = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


def panels(columns: int = 1, rows: int = 1, *, width: float = 3.6, height: float = 3.1) -> "tuple[Figure, list[Axes]]":
    """A figure with ``rows`` x ``columns`` panels, each ``width`` x ``height`` inches, and its axes in reading order.

    The figure knows no window system and no global state; legends go below the panels (`legend_below`).
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(columns * width, rows * height + 0.5), layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def draw_points(axes: "Axes", x: Any, means: Iterable[Estimate], *, log: bool = False, **look: Any) -> None:
    """Means with two standard errors; with ``log`` they are of logarithms, and their exponentials are drawn."""
    means = list(means)
    values, errors = np.array([m.value for m in means]), np.array([2 * m.stderr for m in means])
    if log:
        values, errors = np.exp(values), np.exp(values) * errors
    look = {"fmt": "o", "mfc": "white"} | look
    axes.errorbar(x, values, errors, **look)


def draw_means(axes: "Axes", rows: Rows, x: str, y: str, **look: Any) -> None:
    """The mean of column ``y`` at every value of column ``x``."""
    if places := values_of(rows, x):
        means = [mean_estimate(column(select(rows, **{x: place}), y)) for place in places]
        draw_points(axes, places, means, **look)


def label_ticks(axes: "Axes", ticks: Sequence[float], labels: Sequence[str] = ()) -> None:
    """These ticks alone on a logarithmic x axis."""
    axes.set_xticks(ticks, labels or [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)


def legend_below(figure: "Figure", axes: "Axes", columns: int = 4) -> None:
    """One legend under all panels, of what ``axes`` show."""
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles))
    figure.legend(once.values(), once.keys(), loc="outside lower center", ncols=columns)


def write_figures(out: Path, experiment: Experiment, rows: Rows) -> None:
    """Write NAME.svg and NAME.pdf."""
    import matplotlib as mpl

    salt: dict[Any, Any] = {"svg.hashsalt": experiment.name}
    with mpl.rc_context(_STYLE | salt):
        figure = experiment.figure(rows)
        for form, metadata in _NO_DATE.items():
            buffer = io.BytesIO()
            figure.savefig(buffer, format=form, metadata=metadata)
            write_whole(out / f"{experiment.name}.{form}", buffer.getvalue())
