"""``remanifold glossary``: the words of reports and help."""

import re
from difflib import get_close_matches
from typing import Annotated

from typer import Argument

from remanifold._core.errors import refusal
from remanifold.cli.output import paragraph

EPILOG = "Example: remanifold glossary collapse"


def glossary_command(
    word: Annotated[
        str | None, Argument(metavar="[WORD]", help="One word, or the beginning of one. Default: all of them.")
    ] = None,
) -> None:
    """Tell what the words of reports and help mean, such as collapse, exposure, hold-out or memory index."""
    from remanifold.plots.page.glossary import glossary

    entries = glossary()
    if word is not None:
        asked = word.strip().lower()
        exact = [entry for entry in entries if asked in (entry.name, entry.key)]
        begins = re.compile(rf"(?<!\w){re.escape(asked)}")
        asked = asked if any(letter.isalpha() for letter in asked) else ""
        named = [entry for entry in entries if asked and begins.search(entry.word.lower().replace("σ", "sigma"))]
        found = exact or named or [entry for entry in entries if asked and begins.search(entry.meaning.lower())]
        if not found:
            near = get_close_matches(asked, [entry.name for entry in entries], 3, 0.5)
            command = "un `remanifold glossary`"
            do = f"did you mean {' or '.join(near)}? R{command}" if near else f"r{command} for all"
            raise refusal("the word must be one of the glossary", repr(word)[:60], do)
        entries = tuple(found)
    for entry in entries:
        paragraph(f"{entry.word}: {entry.meaning}", "", "  ")
