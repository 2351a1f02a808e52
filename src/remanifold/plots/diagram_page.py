"""A phase diagram as one self-contained HTML page: nothing is fetched, light and dark, wide and narrow."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from markupsafe import Markup

from remanifold.plots.diagram import Panel, axis_ticks, heading_of, inner_values, panels_of, tick_text
from remanifold.plots.page.render import Illustration, render
from remanifold.plots.palette import base_figure
from remanifold.theory import PhaseDiagram


def diagram_page(diagram: PhaseDiagram, load_across: bool = True) -> str:
    """The HTML page, about 5 MB, nearly all of it the plotting library; a policy in its head forbids every request."""
    drawn = tuple(_illustration(panel) for panel in panels_of(diagram, load_across))
    return render(
        "remanifold.plots.page",
        "diagram.html.j2",
        drawn,
        heading=heading_of(diagram),
        missing=missing_sentence(diagram),
        ambient_dim=diagram.ambient_dim,
        made_by=diagram.version,
    )


def missing_sentence(diagram: PhaseDiagram) -> str:
    """How many cells are empty and why; empty where none is."""
    reasons = sorted({reason for row in diagram.reasons for reason in row if reason is not None})
    count = sum(reason is not None for row in diagram.reasons for reason in row)
    return f"{count} of {diagram.t_collapse.size} cells are empty, such as: {reasons[0]}." if reasons else ""


def panel_figure(panel: Panel) -> go.Figure:
    """The plotly figure of one plane: colours and lines of equal value, both logarithmic."""
    figure = base_figure(panel.x_title, panel.y_title, 340)
    logs, lines = np.log10(panel.values), np.log10(inner_values(panel.values))
    low, high = np.log10(panel.limits)
    x, y = panel.x.tolist(), panel.y.tolist()
    figure.add_heatmap(
        x=x,
        y=y,
        z=_without_nan(logs),
        zmin=low,
        zmax=high,
        colorscale="Viridis" if panel.is_time else "Cividis",
        customdata=_without_nan(panel.values),
        hoverongaps=False,
        colorbar=_colour_bar(panel),
        hovertemplate=f"%{{x:.4g}}, %{{y:.4g}}<br>{_index(panel.symbol)} = %{{customdata:.5g}}<extra></extra>",
    )
    for tick, ink in panel.ticks.items():
        at = float(np.log10(tick))
        figure.add_contour(
            x=x,
            y=y,
            z=_without_nan(lines),
            contours={"start": at, "end": at, "size": 1, "coloring": "none"},
            showscale=False,
            line={"color": ink, "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
    for axis, values in ((figure.update_xaxes, panel.x), (figure.update_yaxes, panel.y)):
        ticks = axis_ticks(values)
        axis(type="log", tickvals=ticks, ticktext=[tick_text(tick) for tick in ticks], showgrid=False)
    figure.update_layout(hovermode="closest", margin={"l": 56, "r": 8, "t": 12, "b": 52})
    return figure


def _colour_bar(panel: Panel) -> dict[str, Any]:
    return {
        "tickvals": [float(np.log10(tick)) for tick in panel.ticks],
        "ticktext": [tick_text(tick) for tick in panel.ticks],
        "thickness": 14,
        "outlinewidth": 0,
        "title": {"text": panel.unit, "side": "right", "font": {"size": 13}},
    }


def _illustration(panel: Panel) -> Illustration:
    low, high = panel.limits
    title = Markup("{}, " + _index(panel.symbol)).format(panel.title.capitalize())
    alt = f"{panel.title} over load and latent ratio, from {low:.3g} to {high:.3g}"
    return Illustration(panel.key, title, panel.caption, alt, panel_figure(panel))


def _index(symbol: str) -> str:
    return " ".join(f"t<sub>{part[2:]}</sub>" if part.startswith("t_") else part for part in symbol.split())


def _without_nan(values: np.ndarray) -> list[list[float | None]]:
    return [[value if np.isfinite(value) else None for value in row] for row in values.tolist()]
