"""Figures of a noise profile: order parameters, crossings, likelihood, local dimension, all over sigma = sqrt(t)."""

import math

import plotly.graph_objects as go

from remanifold.plots.palette import BLUE, GREEN, GREY, PURPLE, VERMILION, Band, Marks, Values, add_curve, noise_figure


def order_figure(t: Values, own_surprisal: Band, participation: Band, log_points: float, marks: Marks) -> go.Figure:
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
    figure = noise_figure(t, marks, "order parameter (no unit)")
    add_curve(figure, sigma, (value, stderr), "own surprisal / log P", BLUE)
    add_curve(figure, sigma, participation, "participation", PURPLE, dash="dashdot")
    figure.update_yaxes(range=[-0.03, 1.05])
    return figure


def crossing_figure(t: Values, gap: Band, trap: Band, log_points: float, marks: Marks) -> go.Figure:
    """The two balances whose zeros are the collapse and the onset of traps, in nats.

    Args:
        t: Noise variances, ascending.
        gap: Mean of -log S at noised data points; 0 at the collapse.
        trap: Mean of -R at data points themselves; 0 at the onset of traps.
        log_points: log P; the axis shows from -1.2 to 1.2 times it.
        marks: The phases' borders in sigma.
    """
    sigma = [math.sqrt(level) for level in t]
    figure = noise_figure(t, marks, "own point against all others (nats)")
    figure.add_hline(0, line={"color": GREY, "width": 1.2})
    add_curve(figure, sigma, gap, "at noised points: 0 at σ<sub>c</sub>", VERMILION)
    add_curve(figure, sigma, trap, "at the points themselves: 0 at σ<sub>o</sub>", BLUE, dash="dashdot")
    figure.update_yaxes(range=[-1.2 * log_points, 1.2 * log_points])
    return figure


def likelihood_figure(t: Values, nll: Band, marks: Marks) -> go.Figure:
    """The leave-one-out negative log-likelihood of a data point in nats, least at the best stop.

    The axis is cut above the value at the highest noise: towards low noise the curve grows without bound.
    """
    sigma = [math.sqrt(level) for level in t]
    figure = noise_figure(t, marks, "negative log-likelihood (nats)")
    add_curve(figure, sigma, nll, "leave-one-out KDE", GREEN)
    finite = [value for value in nll[0] if math.isfinite(value)]
    least = min(finite)
    span = (finite[-1] - least) or (finite[0] - least) or 1.0
    figure.update_layout(showlegend=False, margin_b=56)
    figure.update_yaxes(range=[least - 0.08 * span, least + 1.1 * span])
    return figure


def dimension_figure(t: Values, local_dimension: Band, marks: Marks) -> go.Figure:
    """The number of directions in which the data vary by more than the noise, -2 dI/dlog t.

    The axis ends at twice the largest value above the collapse: below it only the gaps between points are seen, and the
    curve grows like 1/t without meaning.
    """
    sigma = [math.sqrt(level) for level in t]
    figure = noise_figure(t, marks, "local dimension (directions)")
    add_curve(figure, sigma, local_dimension, "local dimension", BLUE)
    least = marks["collapse"][0] if "collapse" in marks else 0.0
    sound = [value for level, value in zip(sigma, local_dimension[0]) if level >= least and math.isfinite(value)]
    top = 2.0 * max(sound, default=0.0)
    figure.update_layout(showlegend=False, margin_b=56)
    figure.update_yaxes(range=[0, top] if top > 0 else None)
    return figure
