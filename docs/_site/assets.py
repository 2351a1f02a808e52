"""Links to pages that are whole in themselves (report, explorer, results) open them; data files are downloaded."""

import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from real_runs import EXAMPLES, output_of, produced
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

PAGES = {"example/report.html": "example/report.html", "results/index.html": "results/interactive.html"}
"""Whole pages of the repository, and where they stand in the site (`results/index.html` is Sphinx's own)."""
EXPLORER = "explorer.html"
"""Made anew by `remanifold explore`, at the top of the site: pages link to it by its place there."""
_KICKER = '<p class="kicker">remanifold explorer</p>'
_WAY_BACK = '<p class="kicker"><a href="index.html">remanifold</a> explorer</p>'


def _open_pages(app: Sphinx, tree: nodes.document, docname: str) -> None:
    for link in list(tree.findall(addnodes.download_reference)):
        target = str(link["reftarget"])
        name = (Path(docname).parent / target).as_posix() if not target.startswith("/") else target[1:]
        parts: list[str] = []
        for part in name.split("/"):
            parts = parts[:-1] if part == ".." else [*parts, part] if part != "." else parts
        place = PAGES.get("/".join(parts))
        if place:
            here = app.builder.get_target_uri(docname)
            opened = nodes.reference("", "", *link.children, refuri=relative_uri(here, place), internal=True)
            link.replace_self(opened)


def _copy(app: Sphinx, failure: Exception | None) -> None:
    if failure is None and app.builder.format == "html":
        for source, place in PAGES.items():
            target = Path(app.outdir) / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(app.srcdir) / source, target)
        output_of(EXAMPLES["explore"])
        page = produced(EXPLORER).read_text(encoding="utf-8")
        if _KICKER not in page:
            raise RuntimeError(f"the explorer's page must hold {_KICKER}, where the way back to the site is put")
        (Path(app.outdir) / EXPLORER).write_text(page.replace(_KICKER, _WAY_BACK), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("doctree-resolved", _open_pages)
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
