"""The figure of nearest distances: which share of samples, and of hold-out rows, lies how near to a training row."""

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from remanifold.plots.noise_axes import add_legend, house_style, plain_figure
from remanifold.plots.palette import BLUE, GREY, Values

_SIZE = (960, 360)


def distance_figure(distances: Values, samples: Values, holdout: Values, unit: str, row: str = "row") -> Figure:
    """Cumulative shares of rows against the distance to the nearest training row, as steps.

    Args:
        distances: Ascending.
        samples: Share of the samples at each distance or nearer.
        holdout: Share of the hold-out rows; empty without a hold-out.
        unit: Of the distances, in words.
        row: What a row is called.
    """
    figure, axes = plain_figure(
        f"distance to the nearest training {row} ({unit})", f"share of {row}s at it or nearer", _SIZE
    )
    with house_style():
        axes.plot(distances, samples, drawstyle="steps-post", color=BLUE, label="samples")
        if holdout:
            look = {"color": GREY, "linestyle": "dashed", "linewidth": 2}
            axes.plot(distances, holdout, drawstyle="steps-post", label=f"hold-out {row}s", **look)
    axes.set_xlim(0, distances[-1])
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    add_legend(figure)
    return figure
