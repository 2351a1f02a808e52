"""Figure of a network's memory over the noise: between none and all that the empirical score has."""

import math
from collections.abc import Mapping

import plotly.graph_objects as go

from remanifold.plots.palette import BLUE, GREEN, GREY, PURPLE, VERMILION, Band, Marks, Values, add_curve, noise_figure


def memory_figure(t: Values, index: Band, marks: Marks) -> go.Figure:
    """Memory index over sigma: 0 no memory, 1 the exact empirical score of the training data.

    Args:
        t: Noise variances of the levels with an index, ascending.
        index: Its values and standard errors there.
        marks: The phases' borders in sigma.
    """
    figure = noise_figure(t, marks, "memory index (0 none, 1 perfect)")
    for level in (0, 1):
        figure.add_hline(level, line={"color": GREY, "width": 1.2, "dash": "dot"})
    add_curve(figure, [math.sqrt(level) for level in t], index, "this network", VERMILION)
    low, high = min(index[0], default=0.0), max(index[0], default=0.0)
    figure.update_yaxes(range=[min(-0.1, 1.1 * low), max(1.15, 1.1 * high)])
    return figure


def loss_figure(t: Values, losses: Mapping[str, Band], marks: Marks) -> go.Figure:
    """Denoising losses over the noise variance, of the network and of the exact empirical score, on both sides.

    Args:
        t: Noise variances, ascending.
        losses: Words -> losses over t at every level, and their errors.
        marks: The phases' borders in sigma.
    """
    figure = noise_figure(t, marks, "denoising loss / noise variance")
    styles = ((BLUE, "solid"), (VERMILION, "solid"), (GREEN, "dot"), (PURPLE, "dot"))
    for (words, band), (colour, dash) in zip(losses.items(), styles):
        add_curve(figure, [math.sqrt(one) for one in t], band, words, colour, dash=dash)
    figure.update_yaxes(rangemode="tozero")
    return figure
