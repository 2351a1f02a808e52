"""Figure of a network's memory over the noise: between none and all that the empirical score has."""

import math
from collections.abc import Mapping

from matplotlib.figure import Figure

from remanifold.plots.noise_axes import add_curve, add_legend, add_level, noise_figure
from remanifold.plots.palette import BLUE, GREEN, PURPLE, VERMILION, Band, Marks, Values


def memory_figure(t: Values, index: Band, marks: Marks) -> Figure:
    """Memory index over sigma: 0 no memory, 1 the exact empirical score of the training data.

    Args:
        t: Noise variances of the levels with an index, ascending.
        index: Its values and standard errors there.
        marks: The phases' borders in sigma.
    """
    figure, axes = noise_figure(t, marks, "memory index (0 none, 1 perfect)")
    for level in (0, 1):
        add_level(axes, level, "dotted")
    add_curve(axes, [math.sqrt(level) for level in t], index, "this network", VERMILION)
    low, high = min(index[0], default=0.0), max(index[0], default=0.0)
    axes.set_ylim(min(-0.1, 1.1 * low), max(1.15, 1.1 * high))
    return figure


def loss_figure(t: Values, losses: Mapping[str, Band], marks: Marks) -> Figure:
    """Denoising losses over the noise variance, of the network and of the exact empirical score, on both sides.

    Args:
        t: Noise variances, ascending.
        losses: Words -> losses over t at every level, and their errors.
        marks: The phases' borders in sigma.
    """
    figure, axes = noise_figure(t, marks, "denoising loss / noise variance")
    styles = ((BLUE, "solid"), (VERMILION, "solid"), (GREEN, "dotted"), (PURPLE, "dotted"))
    for (words, band), (colour, dash) in zip(losses.items(), styles):
        add_curve(axes, [math.sqrt(one) for one in t], band, words, colour, dash=dash)
    axes.set_ylim(bottom=0)
    add_legend(figure)
    return figure
