"""Tables of verdicts inside a hand-written Markdown page, filled in from the results on disk."""

import re
from pathlib import Path

from remanifold._core.errors import refusal
from remanifold.experiments.page import number, with_error
from remanifold.experiments.results import read_result

_HEAD = "| quantity | limit | finite size | measured | z | comment |\n| --- | --- | --- | --- | --- | --- |\n"
_BLOCK = re.compile(r"<!-- verdicts (?P<name>[\w-]+) -->\n.*?<!-- end -->", re.S)


def fill(text: str, out: Path) -> str:
    """``text`` with the table between ``<!-- verdicts NAME -->`` and ``<!-- end -->`` made anew from ``out``.

    Raises:
        InvalidInput: if a page asks for a result that ``out`` does not hold.
    """
    return _BLOCK.sub(lambda found: _block(found["name"], out), text)


def names_in(text: str) -> list[str]:
    """The results whose tables the page holds."""
    return [found["name"] for found in _BLOCK.finditer(text)]


def _block(name: str, out: Path) -> str:
    result = read_result(out, name)
    if result is None:
        raise refusal(f"the results in {out} must hold {name}", "none", "run `remanifold reproduce` first")
    rows = []
    for verdict in result.record["verdicts"] if result is not None else ():
        z = verdict["z"]
        cells = (
            verdict["quantity"],
            number(verdict["theory"]),
            number(verdict["finite_size"]),
            with_error(verdict["measured"], verdict["stderr"]),
            "" if z is None else f"{z:+.1f}",
            verdict["comment"],
        )
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return f"<!-- verdicts {name} -->\n{_HEAD}{''.join(rows)}<!-- end -->"
