"""Figures of a noise profile: order parameters, crossings, likelihood, local dimension, all over sigma = sqrt(t)."""

import math

from matplotlib.figure import Figure

from remanifold.plots.noise_axes import add_curve, add_legend, add_level, noise_figure
from remanifold.plots.palette import BLUE, GREEN, PURPLE, VERMILION, Band, Marks, Values


def order_figure(t: Values, own_surprisal: Band, participation: Band, log_points: float, marks: Marks) -> Figure:
    """The order parameters of the collapse, from shared by all points (high noise) to owned by one (low noise).

    Args:
        t: Noise variances, ascending.
        own_surprisal: E[-log w_own], nats; drawn in units of ``log_points``.
        participation: E[sum of squared weights].
        log_points: log P, P the number of distinct points.
        marks: The phases' borders in sigma.
    """
    sigma = [math.sqrt(level) for level in t]
    value, stderr = ([number / log_points for number in part] for part in own_surprisal)
    figure, axes = noise_figure(t, marks, "order parameter (no unit)")
    add_curve(axes, sigma, (value, stderr), "own surprisal / log P", BLUE)
    add_curve(axes, sigma, participation, "participation", PURPLE, dash="dashdot")
    axes.set_ylim(-0.03, 1.05)
    add_legend(figure)
    return figure


def crossing_figure(t: Values, gap: Band, trap: Band, log_points: float, marks: Marks) -> Figure:
    """The two balances whose zeros are the collapse and the onset of traps, in nats.

    Args:
        t: Noise variances, ascending.
        gap: Mean of -log S at noised data points; 0 at the collapse.
        trap: Mean of -R at data points themselves; 0 at the onset of traps.
        log_points: log P; the axis shows from -1.2 to 1.2 times it.
        marks: The phases' borders in sigma.
    """
    sigma = [math.sqrt(level) for level in t]
    figure, axes = noise_figure(t, marks, "own point against all others (nats)")
    add_level(axes, 0.0)
    add_curve(axes, sigma, gap, "at noised points", VERMILION)
    add_curve(axes, sigma, trap, "at the points themselves", BLUE, dash="dashdot")
    axes.set_ylim(-1.2 * log_points, 1.2 * log_points)
    add_legend(figure)
    return figure


def likelihood_figure(t: Values, nll: Band, marks: Marks) -> Figure:
    """The leave-one-out negative log-likelihood of a data point in nats, least at the best stop.

    The axis is cut above the value at the highest noise: towards low noise the curve grows without bound.
    """
    sigma = [math.sqrt(level) for level in t]
    figure, axes = noise_figure(t, marks, "negative log-likelihood (nats)")
    add_curve(axes, sigma, nll, "leave-one-out KDE", GREEN)
    finite = [value for value in nll[0] if math.isfinite(value)]
    least = min(finite)
    span = (finite[-1] - least) or (finite[0] - least) or 1.0
    axes.set_ylim(least - 0.08 * span, least + 1.1 * span)
    return figure


def dimension_figure(t: Values, local_dimension: Band, marks: Marks) -> Figure:
    """The number of directions in which the data vary by more than the noise, -2 dI/dlog t.

    The axis ends at twice the largest value above the collapse: below it only the gaps between points are seen, and the
    curve grows like 1/t without meaning.
    """
    sigma = [math.sqrt(level) for level in t]
    figure, axes = noise_figure(t, marks, "local dimension (directions)")
    add_curve(axes, sigma, local_dimension, "local dimension", BLUE)
    least = marks["collapse"][0] if "collapse" in marks else 0.0
    sound = [value for level, value in zip(sigma, local_dimension[0]) if level >= least and math.isfinite(value)]
    top = 2.0 * max(sound, default=0.0)
    if top > 0:
        axes.set_ylim(0, top)
    return figure
