"""Write the tutorials as notebooks: docs/tutorials/NAME.md gives NAME.ipynb beside it, without outputs.

Python blocks become code cells, shell blocks that run become `!remanifold ...`, shown outputs are left out, everything
else is text. Run it after a tutorial changed: `python examples/make_notebooks.py`.
"""

import hashlib
import json
import re
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "tutorials"
_BLOCK = re.compile(r"(?:^<!-- (?P<mark>[\w: ]+) -->\n+)?^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S)
_DOWNLOAD = re.compile(r" ?\[Download as\s+a\s+notebook\]\([^)]*\)\.?")
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:)[^)]*\)")
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}  # else Jupyter asks which
_TAKEN = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": _KERNEL, "language_info": {"name": "python"}}}


def notebook_of(page: str) -> dict[str, object]:
    """The notebook of a page's Markdown, as nbformat 4.5 stores it."""
    page = _DOWNLOAD.sub("", page)
    cells: list[tuple[str, str]] = []
    end = 0
    for block in _BLOCK.finditer(page):
        mark, language, code = block["mark"] or "", block["language"], block["code"]
        cells.append(("markdown", page[end : block.start()]))
        end = block.end()
        if mark.startswith("output"):
            continue
        if language == "python" and mark != "not run":
            cells.append(("code", code))
        elif mark == "run":
            commands = re.findall(r"(?m)^\$ ((?:.*\\\n)*.*)$", code)
            cells += [("code", f"!{command}") for command in commands]
        else:
            cells.append(("markdown", f"```{language}\n{code}```"))
    cells.append(("markdown", page[end:]))
    kept = [(kind, text.strip()) for kind, text in cells if text.strip()]
    return {"cells": [_cell(number, kind, text) for number, (kind, text) in enumerate(kept)], **_TAKEN}


def _cell(number: int, kind: str, text: str) -> dict[str, object]:
    if kind == "markdown":  # a downloaded notebook has no pages beside it
        text = _LINK.sub(lambda link: "" if link[1] else link[2], text)
    name = hashlib.sha256(f"{number} {text}".encode()).hexdigest()[:8]
    cell: dict[str, object] = {"cell_type": kind, "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def written(page: Path) -> str:
    """What belongs into the notebook beside ``page``."""
    return json.dumps(notebook_of(page.read_text(encoding="utf-8")), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for page in sorted(FOLDER.glob("*.md")):
        if page.name != "index.md":
            page.with_suffix(".ipynb").write_text(written(page), encoding="utf-8")
            print(page.with_suffix(".ipynb").name)
