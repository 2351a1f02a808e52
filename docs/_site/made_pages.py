"""Parts of reference pages that are made from the code whenever the site is built, so that they cannot rot.

A line ``<!-- made: NAME ARGUMENTS -->`` of a page becomes what the function NAME of `MAKERS` returns.
"""

import re
from collections.abc import Callable
from typing import Any

from api import names, prepare, sign
from assets import EXPLORER
from commands import command_list, command_page
from docutils import nodes
from json_keys import json_tables
from made_tables import clocks_table, schedules_table
from sphinx import addnodes
from sphinx.application import Sphinx

MAKERS: dict[str, Callable[..., str]] = {
    "api": names,
    "clocks": clocks_table,
    "command": command_page,
    "commands": command_list,
    "explorer": lambda up="": f'<p><a href="{up}{EXPLORER}">Open the explorer</a> that this site holds.</p>',
    "json": json_tables,
    "schedules": schedules_table,
}
_PLACE = re.compile(r"^<!-- made: (?P<words>[^>]+?) -->$", flags=re.M)


def filled(text: str) -> str:
    """``text`` of a page with its made parts."""

    def part(place: re.Match[str]) -> str:
        name, *words = place["words"].split()
        return MAKERS[name](*words)

    return _PLACE.sub(part, text)


def _fill(app: Sphinx, docname: str, source: list[str]) -> None:
    source[0] = filled(source[0])


def _made(app: Sphinx, env: Any, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Pages with made parts are read anew in every build: the code may have changed."""
    return [name for name in env.found_docs if _PLACE.search(env.doc2path(name).read_text(encoding="utf-8"))]


def reword(app: Any, tree: nodes.document, docname: str) -> None:
    """Handler of doctree-resolved: fields of records are attributes, and a dash stands before what they are."""
    for description in tree.findall(addnodes.desc):
        for field in description.findall(nodes.field_name):
            if field.astext() == "Variables":
                field.replace_self(nodes.field_name("", "Attributes"))
        for text in list(description.findall(nodes.Text)):
            if text.astext() == " -- ":
                text.parent.replace(text, nodes.Text(": "))


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("source-read", _fill)
    app.connect("env-get-outdated", _made)
    app.connect("autodoc-process-docstring", prepare, priority=400)
    app.connect("autodoc-process-signature", sign)
    app.connect("doctree-resolved", reword)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
