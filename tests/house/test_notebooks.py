"""The tutorials' notebooks hold what their pages hold: every Python block in order, every command, no shown output."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(page for page in (ROOT / "docs" / "tutorials").glob("*.md") if page.name != "index.md")


def _maker():
    spec = importlib.util.spec_from_file_location("make_notebooks", ROOT / "examples" / "make_notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_notebook_is_what_its_page_gives(page):
    do = "run: python examples/make_notebooks.py"
    assert page.with_suffix(".ipynb").read_text(encoding="utf-8") == _maker().written(page), do
    cells = json.loads(page.with_suffix(".ipynb").read_text(encoding="utf-8"))["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in cells:
        code = "".join(cell["source"])
        if cell["cell_type"] == "code" and not code.startswith("!"):
            compile(code, page.name, "exec")


def test_blocks_become_cells_and_outputs_are_left_out():
    page = (
        "# A\n\nSay [so](b.md). [Download as a notebook](a.ipynb).\n\n```python\nx = 1\n```\n\n<!-- output -->\n"
        "```text\n1\n```\n\n<!-- run -->\n```console\n"
        "$ remanifold audit x \\\n    --json\nout\n$ remanifold phases\n```\n\n"
        "<!-- not run -->\n```python\ny\n```\nEnd.\n"
    )
    cells = _maker().notebook_of(page)["cells"]
    assert [(cell["cell_type"], "".join(cell["source"])) for cell in cells] == [
        ("markdown", "# A\n\nSay so."),
        ("code", "x = 1"),
        ("code", "!remanifold audit x \\\n    --json"),
        ("code", "!remanifold phases"),
        ("markdown", "```python\ny\n```"),
        ("markdown", "End."),
    ]
