"""Parts of reference pages that are made from the code whenever the site is built, so that they cannot rot.

A line ``<!-- made: NAME ARGUMENTS -->`` of a page becomes what the function NAME of `MAKERS` returns.
"""

import re
from collections.abc import Callable
from typing import Any

from sphinx.application import Sphinx

MAKERS: dict[str, Callable[..., str]] = {}
_PLACE = re.compile(r"^<!-- made: (?P<words>[^>]+?) -->$", flags=re.M)


def filled(text: str) -> str:
    """``text`` of a page with its made parts."""

    def part(place: re.Match[str]) -> str:
        name, *words = place["words"].split()
        return MAKERS[name](*words)

    return _PLACE.sub(part, text)


def _fill(app: Sphinx, docname: str, source: list[str]) -> None:
    source[0] = filled(source[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
