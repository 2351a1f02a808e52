"""Formulas: TeX goes into the page, and the KaTeX beside it sets it in the reader's browser, without any request."""

import base64
import re
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

_FACE = re.compile(r"@font-face\{[^}]*?url\(fonts/(?P<name>[\w-]+)\.woff2\)[^}]*\}")
_SOURCES = re.compile(r"src:[^;}]*")


def _inline(page: Any, node: nodes.math) -> None:
    page.body.append(f'<span class="formula">{escape(node.astext())}</span>')
    raise nodes.SkipNode


def _display(page: Any, node: nodes.math_block) -> None:
    page.body.append(f'<div class="formula">{escape(node.astext())}</div>')
    raise nodes.SkipNode


def with_fonts(sheet: str, fonts: Path) -> str:
    """KaTeX's style sheet with its fonts inside: browsers refuse to load fonts from disk. Absent ones are left out."""

    def face(found: re.Match[str]) -> str:
        file = fonts / f"{found['name']}.woff2"
        if not file.exists():
            return ""
        data = base64.b64encode(file.read_bytes()).decode()
        return _SOURCES.sub(f'src:url(data:font/woff2;base64,{data}) format("woff2")', found[0])

    return _FACE.sub(face, sheet)


def _load(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    if 'class="formula"' in context.get("body", ""):
        app.add_css_file("katex/katex.min.css")
        app.add_js_file("katex/katex.min.js", loading_method="defer")
        app.add_js_file("formulas.js", loading_method="defer")


def _embed_fonts(app: Sphinx, failure: Exception | None) -> None:
    folder = Path(app.outdir) / "_static" / "katex"
    if failure is None and folder.is_dir():
        sheet = folder / "katex.min.css"
        sheet.write_text(with_fonts(sheet.read_text(), Path(app.srcdir) / "_static" / "katex" / "fonts"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.add_html_math_renderer("katex", (_inline, None), (_display, None))
    app.connect("html-page-context", _load)
    app.connect("build-finished", _embed_fonts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
