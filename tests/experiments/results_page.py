"""Tables and summaries of verdicts inside the pages of docs/results, filled in from the results on disk."""

import re
from pathlib import Path
from typing import Any

from remanifold.experiments.page import verdicts_table
from remanifold.experiments.results import read_result

_BLOCK = re.compile(r"<!-- (?P<what>verdicts|summary) (?P<name>[\w-]+) -->\n.*?<!-- end -->", re.S)


def fill(text: str, out: Path) -> str:
    """``text`` with all between ``<!-- verdicts NAME -->`` (or summary) and ``<!-- end -->`` written from ``out``."""
    return _BLOCK.sub(lambda block: _block(block["what"], block["name"], out), text)


def names_in(text: str, what: str = "verdicts") -> list[str]:
    """The results whose tables (or summaries) the page holds."""
    return [block["name"] for block in _BLOCK.finditer(text) if block["what"] == what]


def _block(what: str, name: str, out: Path) -> str:
    result = read_result(out, name)
    assert result is not None, f"{out} holds no result {name}"
    verdicts = result.record["verdicts"]
    lines = _table(verdicts) if what == "verdicts" else _summary(verdicts)
    return f"<!-- {what} {name} -->\n{lines}<!-- end -->"


def _table(verdicts: list[dict[str, Any]]) -> str:
    table = verdicts_table(verdicts)
    lines = [table.columns, ["---"] * len(table.columns)]
    lines += [[cell.text.replace("|", "\\|") for cell in row] for row in table.rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _summary(verdicts: list[dict[str, Any]]) -> str:
    """One sentence: how many numbers have a prediction of their very size, and how far the farthest lies from it."""
    distances = sorted((abs(verdict["z"]) for verdict in verdicts if verdict["z"] is not None), reverse=True)
    beyond = sum(distance > 3 for distance in distances)
    far = "none lies" if beyond == 0 else f"{beyond} {'lies' if beyond == 1 else 'lie'}"
    return (
        f"Of {len(verdicts)} numbers {len(distances)} have a prediction; {far} beyond 3 standard errors of it, "
        f"the farthest at {distances[0]:.1f}.\n"
    )
