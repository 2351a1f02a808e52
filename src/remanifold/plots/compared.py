"""The figure of numbers of several models, in their order: values with their intervals."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from remanifold.plots.noise_axes import add_legend, add_level, house_style, plain_figure
from remanifold.plots.palette import BLUE, VERMILION, Band

_STYLES = ((VERMILION, "solid"), (BLUE, "dashed"))


def models_figure(names: Sequence[str], curves: Mapping[str, Band], x_title: str, y_title: str) -> Figure:
    """One or two numbers of every model with their 95 % intervals, evenly spaced in the order given.

    Args:
        names: Of the models, shortened where they are long.
        curves: Words -> values and standard errors, one a model.
        x_title, y_title: Titles of the axes.
    """
    figure, axes = plain_figure(x_title, y_title)
    places = list(range(len(names)))
    with house_style():
        for (words, (values, errors)), (colour, dash) in zip(curves.items(), _STYLES):
            axes.errorbar(places, values, [1.96 * one for one in errors], fmt="none", ecolor=colour, elinewidth=1.5)
            axes.plot(places, values, color=colour, linestyle=dash, marker="o", markersize=5, label=words)
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.set_xticks(places, list(names))
    axes.set_xlim(-0.4, len(names) - 0.6)
    if len(curves) == 1:
        add_level(axes, 0.0)
    else:
        add_legend(figure)
    return figure
