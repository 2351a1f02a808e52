"""Numbers of a page's sentences stay on one line with their signs and units, and inline code breaks between words."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from remanifold._core.shown import tied

_AS_WRITTEN = (nodes.FixedTextElement, nodes.literal, nodes.math, nodes.raw)


def _tie(app: Sphinx, tree: nodes.document, page: str) -> None:
    for text in list(tree.findall(nodes.Text)):
        whole = tied(str(text))
        if whole != text and text.parent is not None and not isinstance(text.parent, _AS_WRITTEN):
            text.parent.replace(text, nodes.Text(whole))


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("doctree-resolved", _tie)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
