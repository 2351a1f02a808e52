"""A phase diagram as one self-contained HTML page: nothing is fetched, light and dark, wide and narrow."""

import json
import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from remanifold.plots.diagram import LOAD_TITLE, Panel, heading_of, panels_of
from remanifold.plots.diagram_plane import draw_plane, drop_crowded_numbers
from remanifold.plots.known_sets import KNOWN_SETS, Place
from remanifold.plots.noise_axes import house_style, plain_figure
from remanifold.plots.page.illustration import Illustration
from remanifold.plots.page.render import render
from remanifold.plots.page.table import Table, table_of
from remanifold.theory import PhaseDiagram

_MOST_LINES = 10  # rows and columns of a plane's table


def diagram_page(diagram: PhaseDiagram, load_across: bool = True, places: Sequence[Place] = ()) -> str:
    """The HTML page; a policy in its head forbids every request.

    Args:
        diagram: What is drawn.
        load_across: Whether the load runs along x.
        places: The reader's data sets, marked beside those of `KNOWN_SETS`.
    """
    marked, panels = (*KNOWN_SETS, *places), panels_of(diagram, load_across)
    return render(
        "remanifold.plots.page",
        "diagram.html.j2",
        tuple(_illustration(panel, marked) for panel in panels),
        heading=heading_of(diagram),
        missing=missing_sentence(diagram),
        ambient_dim=diagram.ambient_dim,
        made_by=diagram.version,
        titles=[(panel.key, title_of(panel)) for panel in panels],
        sets=_sets_table(marked, panels[0]),
        has_own=bool(places),
        planes=_planes(panels),
        start=_start(panels[0], places),
        axes=("load", "latent ratio") if load_across else ("latent ratio", "load"),
    )


def missing_sentence(diagram: PhaseDiagram) -> str:
    """How many cells are empty and why; empty where none is."""
    reasons = sorted({reason for row in diagram.reasons for reason in row if reason is not None})
    count = sum(reason is not None for row in diagram.reasons for reason in row)
    return f"{count} of {diagram.t_collapse.size} cells are empty, such as: {reasons[0]}." if reasons else ""


def panel_figure(panel: Panel, places: Sequence[Place] = ()) -> Figure:
    """One plane: colours and labelled lines of equal value, both logarithmic, and marks of data sets.

    Two invisible lines hold the cells' places along both axes: a page asks them where its reader points.
    """
    figure, axes = plain_figure(panel.x_title, panel.y_title, (480, 380))
    with house_style():
        draw_plane(figure, axes, panel, places)
        for name, x, y in (("x", panel.x, [panel.y[0]] * len(panel.x)), ("y", [panel.x[0]] * len(panel.y), panel.y)):
            axes.plot(x, y, label=name, visible=False)
        drop_crowded_numbers(axes)
    return figure


def title_of(panel: Panel) -> Markup:
    """Name and symbol of a plane."""
    parts = (f"t<sub>{part[2:]}</sub>" if part.startswith("t_") else part for part in panel.symbol.split())
    return Markup("{}, " + " ".join(parts)).format(panel.title.capitalize())


def _illustration(panel: Panel, places: Sequence[Place]) -> Illustration:
    low, high = panel.limits
    alt = f"{panel.title} over load and latent ratio, from {low:.3g} to {high:.3g}"
    return Illustration(
        panel.key, title_of(panel), panel.caption, alt, panel_figure(panel, places), _plane_table(panel)
    )


def _plane_table(panel: Panel) -> Table:
    """Every few cells of a plane: its values, x across and y down."""
    across, down = (np.arange(0, len(axis), math.ceil(len(axis) / _MOST_LINES)) for axis in (panel.x, panel.y))
    names = ("load", "D/N") if panel.x_title == LOAD_TITLE else ("D/N", "load")
    columns = (f"{names[1]} down, {names[0]} across", *(f"{panel.x[k]:.3g}" for k in across))
    caption = f"{panel.title.capitalize()}: {panel.unit}"
    return table_of(
        caption, columns, list(down), lambda j: (f"{panel.y[j]:.3g}", *(_told(panel.values[j, k]) for k in across))
    )


def _sets_table(places: Sequence[Place], panel: Panel) -> Table:
    """The marked data sets with what puts them where they are."""
    ends = [axis[[0, -1]] for axis in panel.coordinates_of_axes()]

    def cells(place: Place) -> tuple[str, ...]:
        inside = all(low <= value <= high for value, (low, high) in zip((place.load, place.latent_ratio), ends))
        numbers = (f"{place.n_points}", f"{place.ambient_dim}", f"{place.latent_dim:g}")
        where = "yes" if inside else "no, beyond an edge"
        return (place.name, *numbers, f"{place.load:.3g}", f"{place.latent_ratio:.3g}", where, place.source)

    columns = ("data set", "P", "N", "D", "load log(P)/N", "D/N", "in the plane", "latent dimension by")
    return table_of("Marked data sets", columns, places, cells)


def _planes(panels: Sequence[Panel]) -> str:
    """All numbers of the planes as JSON, four digits each, for the reader who points at a cell."""
    first = panels[0]
    content = {
        "x": [float(f"{value:.4g}") for value in first.x],
        "y": [float(f"{value:.4g}") for value in first.y],
        "symbols": {panel.key: panel.symbol for panel in panels},
        "z": {panel.key: [[_short(value) for value in row] for row in panel.values] for panel in panels},
    }
    return json.dumps(content, separators=(",", ":"), allow_nan=False)


def _start(panel: Panel, places: Sequence[Place]) -> tuple[int, int]:
    """Cell that is read out first: of the reader's own set, or the middle one."""
    if not places:
        return len(panel.x) // 2, len(panel.y) // 2
    x, y = panel.coordinates(places[0].load, places[0].latent_ratio)
    return _nearest(panel.x, x), _nearest(panel.y, y)


def _nearest(axis: np.ndarray, value: float) -> int:
    return int(np.abs(np.log(axis / value)).argmin())


def _short(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


def _told(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "none"
