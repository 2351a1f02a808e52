"""The figure of per-sample collapse: every ranked row's own noise level, first to collapse first."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from remanifold.plots.palette import BLUE, VERMILION, add_band, base_figure, faded

_MARKERS_UP_TO = 300


def exposure_figure(
    rows: Sequence[int], t: Sequence[float], intervals: Sequence[tuple[float, float]], t_collapse: float | None
) -> go.Figure:
    """Per-sample collapse levels sigma = sqrt(t) by rank, with their 95 % intervals.

    Args:
        rows: Row numbers, first to collapse first.
        t: Noise variance at which each row collapses.
        intervals: 95 % interval of each ``t``.
        t_collapse: The set's own collapse, drawn as a line, or None.
    """
    sigma = [math.sqrt(level) for level in t]
    rank = list(range(1, len(sigma) + 1))
    low, high = ([math.sqrt(max(ends[side], 0.0)) for ends in intervals] for side in (0, 1))
    figure = base_figure("rank (1 = first to collapse)", "collapse of the row, σ (data units)")
    add_band(figure, rank, (low, high), faded(BLUE, 0.25), name="95 % interval")
    figure.add_scatter(
        x=rank,
        y=sigma,
        mode="lines+markers" if len(rank) <= _MARKERS_UP_TO else "lines",
        name="row",
        line={"color": BLUE, "width": 2},
        marker={"size": 4},
        customdata=list(rows),
        hovertemplate="row %{customdata}: σ = %{y:.4g}<extra></extra>",
    )
    figure.update_xaxes(range=[0.5, len(rank) + 0.5])
    ends = [*low, *high]
    if t_collapse is not None:
        ends.append(math.sqrt(t_collapse))
        _collapse_line(figure, ends[-1])
    pad = 0.06 * (max(ends) - min(ends)) or 0.06 * max(ends)
    figure.update_yaxes(range=[min(ends) - pad, max(ends) + pad])
    figure.update_layout(hovermode="closest", margin_t=24)
    return figure


def _collapse_line(figure: go.Figure, sigma: float) -> None:
    figure.add_hline(sigma, line={"color": VERMILION, "width": 2, "dash": "dash"})
    figure.add_annotation(
        x=0.01,
        xref="paper",
        xanchor="left",
        y=sigma,
        yanchor="bottom",
        showarrow=False,
        text="<b>σ<sub>c</sub> of the set</b>",
        font={"color": VERMILION, "size": 13},
    )
