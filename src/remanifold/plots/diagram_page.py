"""A phase diagram as one self-contained HTML page: nothing is fetched, light and dark, wide and narrow."""

import json
from html import escape
from string import Template
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from remanifold.plots.diagram import Panel, axis_ticks, heading_of, inner_values, panels_of, tick_text
from remanifold.plots.palette import base_figure
from remanifold.theory import PhaseDiagram

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<title>$heading</title>
<style>
:root { color-scheme: light dark; --page: #f5f6f8; --card: #fff; --ink: #1a2029; --muted: #56606d; --line: #dde1e7; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0f1318; --card: #171c23; --ink: #e8ecf1; --muted: #a5b0bd; --line: #2b333e; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1320px; margin: 0 auto; padding: 32px 20px 48px; }
h1 { font-size: clamp(1.4rem, 3.6vw, 2rem); line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 1.02rem; margin: 0; }
p { margin: 0 0 6px; max-width: 60em; }
.muted, figcaption { color: var(--muted); font-size: .92rem; }
.figures { display: grid; gap: 16px; margin-top: 20px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); }
figure { margin: 0; padding: 16px 16px 10px; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; min-width: 0; }
.plot { width: 100%; overflow: hidden; }
</style>
<script>$library</script>
</head>
<body>
<main>
<h1>$heading</h1>
<p>$facts</p>
<p class="muted">$missing</p>
<div class="figures">
$figures
</div>
</main>
<script type="application/json" id="figures">$data</script>
<script>
const figures = JSON.parse(document.getElementById("figures").textContent);
for (const [key, figure] of Object.entries(figures)) {
  Plotly.newPlot(key, figure.data, figure.layout, {responsive: true, displayModeBar: false});
}
</script>
</body>
</html>
""")
_FIGURE = Template("""<figure><h2>$title, $symbol</h2><div class="plot" id="$key" role="img" aria-label="$alt"></div>
<figcaption>$caption</figcaption></figure>""")


def diagram_page(diagram: PhaseDiagram, load_across: bool = True) -> str:
    """The HTML page, about 5 MB, nearly all of it the plotting library; a policy in its head forbids every request."""
    panels = panels_of(diagram, load_across)
    drawn = {panel.key: json.loads(panel_figure(panel).to_json() or "{}") for panel in panels}
    return _PAGE.substitute(
        heading=escape(heading_of(diagram)),
        facts="Noise variances per coordinate, in the limit of large dimension N at fixed load; P is the number of "
        "data points, D the dimension of the manifold. Colours are logarithmic; the outermost hundredth of the cells "
        f"shares the last colour at either end. remanifold {escape(diagram.version)}.",
        missing=escape(missing_sentence(diagram)),
        figures="\n".join(map(_figure_html, panels)),
        library=get_plotlyjs(),
        data=json.dumps(drawn, allow_nan=False).replace("<", "\\u003c"),  # cannot end the script it stands in
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


def _figure_html(panel: Panel) -> str:
    low, high = panel.limits
    alt = f"{panel.title} over load and latent ratio, from {low:.3g} to {high:.3g}"
    words = {"title": panel.title.capitalize(), "caption": panel.caption, "alt": alt}
    return _FIGURE.substitute({k: escape(v) for k, v in words.items()}, key=panel.key, symbol=_index(panel.symbol))


def _index(symbol: str) -> str:
    return " ".join(f"t<sub>{part[2:]}</sub>" if part.startswith("t_") else part for part in symbol.split())


def _without_nan(values: np.ndarray) -> list[list[float | None]]:
    return [[value if np.isfinite(value) else None for value in row] for row in values.tolist()]
