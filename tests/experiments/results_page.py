"""Tables of verdicts inside the hand-written docs/results/gallery.md, filled in from the results on disk."""

import re
from pathlib import Path

from remanifold.experiments.page import verdicts_table
from remanifold.experiments.results import read_result

_BLOCK = re.compile(r"<!-- verdicts (?P<name>[\w-]+) -->\n.*?<!-- end -->", re.S)


def fill(text: str, out: Path) -> str:
    """``text`` with the table between ``<!-- verdicts NAME -->`` and ``<!-- end -->`` written anew from ``out``."""
    return _BLOCK.sub(lambda block: _block(block["name"], out), text)


def names_in(text: str) -> list[str]:
    """The results whose tables the page holds."""
    return [block["name"] for block in _BLOCK.finditer(text)]


def _block(name: str, out: Path) -> str:
    result = read_result(out, name)
    assert result is not None, f"{out} holds no result {name}"
    table = verdicts_table(result.record["verdicts"])
    lines = [table.columns, ["---"] * len(table.columns)]
    lines += [[cell.text.replace("|", "\\|") for cell in row] for row in table.rows]
    return f"<!-- verdicts {name} -->\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines) + "<!-- end -->"
