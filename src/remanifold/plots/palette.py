"""The look that every figure shares: colours that hold on white and on near-black paper, axes, regions, marks."""

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from remanifold.plots.ticks import round_numbers

# Hues kept apart for the common colour blindnesses (after Okabe and Ito: blue, vermilion, green, purple, amber), with
# lightness chosen so that each has a contrast of at least 3 : 1 against both white and the dark page.
BLUE = "#2f7fd6"
VERMILION = "#d9541e"
GREEN = "#149a78"
PURPLE = "#9a66c4"
AMBER = "#b97f0e"
GREY = "#7d8794"

COLOUR_OF = {"generalization": GREEN, "collapse": VERMILION, "onset": AMBER}
LABEL_OF = {"generalization": "σ<sub>g</sub>", "collapse": "σ<sub>c</sub>", "onset": "σ<sub>o</sub>"}

Values = Sequence[float]
Band = tuple[Values, Values]
"""Values at every level, and their standard errors."""
Marks = Mapping[str, tuple[float, float, float]]
"""``generalization``, ``collapse``, ``onset`` -> (sigma, lower and upper end of its interval); absent: not found."""

_CLOSE = 0.09  # marks nearer than this share of the axis get labels on different lines
_LINE = 17  # pixels


def base_figure(x_title: str, y_title: str, height: int = 380) -> go.Figure:
    """An empty figure with transparent paper, titled axes and no interaction that traps the page's scroll."""
    figure = go.Figure(layout={"template": "none"})
    axis = {
        "gridcolor": "rgba(125,135,148,0.25)",
        "linecolor": GREY,
        "zeroline": False,
        "showline": True,
        "ticks": "outside",
        "tickcolor": GREY,
        "automargin": True,
        "title": {"standoff": 10, "font": {"size": 13}},
    }
    figure.update_layout(
        height=height,
        margin={"l": 60, "r": 18, "t": 46, "b": 84},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={
            "family": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
            "size": 13,
            "color": GREY,
        },
        xaxis=axis,
        yaxis=axis,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": 0.01, "yanchor": "bottom"},
        hovermode="x unified",
        dragmode=False,
    )
    figure.update_xaxes(title_text=x_title)
    figure.update_yaxes(title_text=y_title)
    return figure


def noise_figure(t: Sequence[float], marks: Marks, y_title: str, height: int = 380) -> go.Figure:
    """A figure over sigma = sqrt(t) on a logarithmic axis, with the phases shaded and the marks drawn."""
    figure = base_figure("noise level σ (data units)", y_title, height)
    low, high = math.log10(math.sqrt(t[0])), math.log10(math.sqrt(t[-1]))
    ticks = round_numbers(10**low, 10**high)
    figure.update_xaxes(type="log", range=[low, high], hoverformat=".3g")
    figure.update_xaxes(tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks])
    _shade(figure, marks, (10**low, 10**high))
    _mark(figure, marks, (low, high))
    return figure


def add_curve(
    figure: go.Figure, x: Sequence[float], band: Band, name: str, colour: str, *, dash: str = "solid"
) -> None:
    """A line through the values of ``band`` = (values, standard errors), with its band of +- 1.96 standard errors."""
    values, errors = band
    reach = [1.96 * error if math.isfinite(error) else 0.0 for error in errors]
    upper = [value + step for value, step in zip(values, reach)]
    lower = [value - step for value, step in zip(values, reach)]
    add_band(figure, x, (lower, upper), faded(colour, 0.22), showlegend=False)
    line = {"color": colour, "width": 2.5, "dash": dash}
    figure.add_scatter(x=list(x), y=list(values), name=name, mode="lines", line=line, hovertemplate="%{y:.4g}")


def add_band(figure: go.Figure, x: Sequence[float], ends: tuple[Values, Values], colour: str, **look: object) -> None:
    """The region between two lines, ``ends`` = (lower, upper)."""
    look |= {"fill": "toself", "fillcolor": colour, "line": {"width": 0}, "mode": "lines", "hoverinfo": "skip"}
    figure.add_scatter(x=[*x, *reversed(x)], y=[*ends[1], *reversed(ends[0])], **look)


def faded(colour: str, alpha: float) -> str:
    """``#rrggbb`` with transparency."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def _shade(figure: go.Figure, marks: Marks, ends: tuple[float, float]) -> None:
    """Below the collapse: vermilion; from the collapse to the onset of traps: amber; above: nothing."""
    collapse = marks["collapse"][0] if "collapse" in marks else None
    onset = marks["onset"][0] if "onset" in marks else None
    bands = [(ends[0], collapse, VERMILION)] if collapse else []
    if onset and (collapse is None or onset > collapse):
        bands.append((collapse or ends[0], onset, AMBER))
    for start, stop, colour in bands:
        figure.add_vrect(start, stop, layer="below", line_width=0, fillcolor=faded(colour, 0.11))


def _mark(figure: go.Figure, marks: Marks, ends: tuple[float, float]) -> None:
    """A vertical line for each mark, its interval shaded, its label above the plot."""
    line, last = 0, -math.inf
    for name, (sigma, low, high) in sorted(marks.items(), key=lambda item: item[1][0]):
        place = (math.log10(sigma) - ends[0]) / (ends[1] - ends[0])
        line, last = (line + 1 if place - last < _CLOSE else 0), place
        colour = COLOUR_OF[name]
        if 0 < low < high:
            figure.add_vrect(low, high, layer="below", line_width=0, fillcolor=faded(colour, 0.35))
        figure.add_vline(sigma, line={"color": colour, "width": 2, "dash": "dash"})
        figure.add_annotation(
            x=math.log10(sigma),
            y=1,
            yref="paper",
            yanchor="bottom",
            showarrow=False,
            yshift=2 + _LINE * line,
            text=f"<b>{LABEL_OF[name]}</b>",
            font={"color": colour, "size": 14},
        )
