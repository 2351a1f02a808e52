"""The words of reports and help, one line each: docs/glossary.md, which the wheel carries beside this file."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

_ENTRY = re.compile(r'<a id="([a-z0-9-]+)"></a>\*\*(.+?)\.\*\* (.+)', flags=re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


class Entry(NamedTuple):
    """A word and what it means.

    Attributes:
        key: Its anchor in docs/glossary.md.
        word: As it is written, with its symbol.
        meaning: One or two sentences of plain text.
    """

    key: str
    word: str
    meaning: str

    @property
    def name(self) -> str:
        """The word without its symbol or its other name, in small letters."""
        return re.split(r"[,(]", self.word)[0].strip().lower()


@cache
def glossary() -> tuple[Entry, ...]:
    """All words, in the order of the page."""
    here = Path(__file__)
    packed = here.with_name("glossary.md")
    page = packed if packed.exists() else here.parents[4] / "docs" / "glossary.md"  # of a clone
    parts = (_ENTRY.fullmatch(part.strip()) for part in page.read_text(encoding="utf-8").split("\n\n"))
    return tuple(Entry(part[1], part[2], _plain(part[3])) for part in parts if part is not None)


def _plain(text: str) -> str:
    """Markdown of one paragraph without links and emphasis."""
    linkless = re.sub(r" ?\[[^\]]*\]\([^)]*\)\.(?=\s|$)", "", text)  # a sentence that is a link only
    return " ".join(re.sub(r"[*`]", "", _LINK.sub(r"\1", linkless)).split())
