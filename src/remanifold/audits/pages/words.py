"""The words of a page, folded at its end: a report is one file that is read without this library beside it."""

import re
from html import escape

from remanifold.plots.page.glossary import Entry, glossary

_SCRIPT = re.compile(r"<(script|style)\b.*?</\1>", flags=re.DOTALL)


def with_words(page: str) -> str:
    """The HTML ``page`` with the glossary's entries for the words that it uses."""
    text = re.sub(r"<[^>]*>", " ", _SCRIPT.sub(" ", page)).lower()
    entries = [entry for entry in glossary() if re.search(rf"\b{re.escape(entry.name)}", text)]
    listed = "".join(map(_entry, entries))
    folded = f"<details><summary>Words of this page</summary>\n<dl>{listed}</dl>\n</details>"
    return page.replace("</main>", f'<section id="words">\n{folded}\n</section>\n</main>', 1) if entries else page


def _entry(entry: Entry) -> str:
    return f'<dt id="word-{entry.key}">{escape(entry.word)}</dt><dd>{escape(entry.meaning)}</dd>\n'
