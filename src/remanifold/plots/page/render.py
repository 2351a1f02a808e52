"""Self-contained HTML pages: nothing is fetched, light and dark, wide and narrow, printed."""

import re
from collections.abc import Sequence
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from remanifold._core.shown import plain, tied
from remanifold._core.version import __version__
from remanifold.plots.page.illustration import Illustration

_HOME = "remanifold.plots.page"
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
_CODE, _INDEX = re.compile(r"`([^`]+)`"), re.compile(r"\b([tσ])_([cgosG])\b")


def render(room: str, template: str, drawn: Sequence[Illustration] = (), **fields: object) -> str:
    """The page that ``template`` of the package ``room`` makes of ``fields``.

    Every template extends ``base.html.j2``. A content security policy in its head forbids every request; scripts are
    allowed only where there are figures: one steps through their points.

    Args:
        room: Package with a folder ``templates``.
        template: File in that folder.
        drawn: Figures, which stand where the template calls the macro ``illustration``.
        fields: What the template shows; text is escaped.
    """
    page = _environment(room).get_template(template)
    return page.render(fields, drawn=drawn, version=__version__)


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


def _tied(text: str) -> Markup:
    """``text`` that breaks neither inside a number, by no-break spaces at its signs and unit, nor inside an option.

    What stands in backticks is code, and t_c has its index below the line.
    """
    shown = _OPTION.sub(r'<span class="option">\g<0></span>', str(escape(tied(text))))
    return Markup(_INDEX.sub(r"\1<sub>\2</sub>", _CODE.sub(r"<code>\1</code>", shown)))


def _inert(text: str) -> Markup:
    """JSON that cannot end the script element it stands in: ``<`` occurs only in strings, where it can be escaped."""
    return Markup(text.replace("<", "\\u003c"))
