"""Self-contained HTML pages: nothing is fetched, light and dark, wide and narrow, printed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from remanifold._core.shown import plain
from remanifold._core.version import __version__

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HOME = "remanifold.plots.page"


@dataclass(frozen=True)
class Illustration:
    """A figure with its title, its caption (how to read it) and its text for those who do not see it."""

    key: str
    title: str
    caption: str
    alt: str
    figure: "go.Figure"


def render(room: str, template: str, drawn: Sequence[Illustration] = (), **fields: object) -> str:
    """The page that ``template`` of the package ``room`` makes of ``fields``.

    Every template extends ``base.html.j2``. A content security policy in its head forbids every request; scripts are
    allowed only where there are figures, whose library, 4.6 MB, is then part of the page.

    Args:
        room: Package with a folder ``templates``.
        template: File in that folder.
        drawn: Figures; the script draws them where the template calls the macro ``illustration``.
        fields: What the template shows; text is escaped.
    """
    library, figures = "", "{}"
    if drawn:
        from plotly.offline import get_plotlyjs

        library = get_plotlyjs()
        figures = json.dumps({item.key: json.loads(item.figure.to_json() or "{}") for item in drawn}, allow_nan=False)
    page = _environment(room).get_template(template)
    return page.render(fields, drawn=drawn, version=__version__, library=Markup(library), figures=figures)


@cache
def _environment(room: str) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(room), PackageLoader(_HOME)]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"tied": _tied, "inert": _inert}
    return environment


def _shown(value: object) -> object:
    """What a template prints, control characters written out."""
    return type(value)(plain(value)) if isinstance(value, str) else value


def _tied(text: str) -> str:
    """``text`` that does not break inside a number: no-break spaces around its signs and before its unit."""
    for sign in (" = ", " ± ", " × ", " %", " data units"):
        text = text.replace(sign, sign.replace(" ", "\u00a0"))
    return text


def _inert(text: str) -> Markup:
    """JSON that cannot end the script element it stands in: ``<`` occurs only in strings, where it can be escaped."""
    return Markup(text.replace("<", "\\u003c"))
