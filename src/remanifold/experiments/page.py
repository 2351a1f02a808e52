"""All results as one self-contained HTML page: nothing is fetched, light and dark, wide and narrow."""

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from remanifold._core.version import __version__
from remanifold.experiments.results import Result
from remanifold.plots.page.render import render
from remanifold.plots.page.table import Cell, Table, table_of
from remanifold.plots.palette import LINE, VARIABLE_OF
from remanifold.plots.svg import page_svg

OPEN_Z = 4.0
"""From this |z| on a verdict needs a reason; its page of docs/results gives it or lists it as open."""


def page(results: Mapping[str, Result]) -> str:
    """The page as text."""
    verdicts = [verdict for result in results.values() for verdict in result.record["verdicts"]]
    judged = [verdict for verdict in verdicts if verdict["z"] is not None]
    far = sum(abs(verdict["z"]) > OPEN_Z for verdict in judged)
    facts = (
        f"remanifold {__version__}: {len(results)} results, {len(verdicts)} verdicts, {len(judged)} of them with a "
        f"prediction for their size; {far} lie more than {OPEN_Z:g} standard errors off."
    )
    sections = [_section(name, result, place) for place, (name, result) in enumerate(results.items())]
    return render("remanifold.experiments", "results.html.j2", facts=facts, sections=sections, far=f"{OPEN_Z:g}")


def verdicts_table(verdicts: list[Mapping[str, Any]]) -> Table:
    """Theory beside measurement, a verdict a row; z that needs a reason is marked."""
    columns = ("quantity", "limit", "finite size", "measured", "z", "comment")
    return table_of("Theory beside measurement", columns, verdicts, _cells, most=len(verdicts))


def _cells(verdict: Mapping[str, Any]) -> tuple[Cell, ...]:
    z, stderr = verdict["z"], verdict["stderr"]
    return (
        Cell(verdict["quantity"]),
        Cell(_number(verdict["theory"]), kind="number"),
        Cell(_number(verdict["finite_size"]), kind="number"),
        Cell(_number(verdict["measured"]) + ("" if stderr is None else f" ± {stderr:.2g}"), kind="number"),
        Cell("" if z is None else f"{z:+.1f}", kind="number far" if z is not None and abs(z) > OPEN_Z else "number"),
        Cell(verdict["comment"]),
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _section(name: str, result: Result, place: int) -> dict[str, Any]:
    return {
        "name": name,
        "record": result.record,
        "again": f"remanifold reproduce {name}{' --quick' if result.record['scale'] == 'quick' else ''}",
        "width": 0 if result.svg is None else _width(result.svg),
        "svg": None if result.svg is None else _inline(f"r{place}", result.svg),
        "table": verdicts_table(result.record["verdicts"]),
    }


def _width(svg: str) -> int:
    """Of a figure, in its own units; on paper it was as many points wide."""
    found = re.search(r'viewBox="0 0 ([\d.]+)', svg)
    return round(float(found[1])) if found else 0


def _inline(key: str, svg: str) -> Markup:
    """The figure as an element of the page, in its colours, its ids different from those of other figures."""
    return Markup(page_svg(svg, key, _page_colour))


def _page_colour(colour: str) -> str:
    """Ink and paper are the page's, in the light and in the dark; colours that tell curves apart stay."""
    paper = {"#000000": "var(--ink)", "#ffffff": "var(--card)", LINE: "var(--line)"}
    return paper.get(colour) or (f"var({VARIABLE_OF[colour]})" if colour in VARIABLE_OF else colour)
