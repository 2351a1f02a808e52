"""Lines of captions that begin with the names of their pictures: read by name, or refused where that is not plain."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from remanifold._core.errors import refusal
from remanifold.data.captions.table import CaptionTable, caption_texts
from remanifold.data.pictures.decoding import SUFFIXES

TOLD = "lines are file names and captions"
_ENDINGS = "|".join(map(re.escape, sorted(SUFFIXES, key=len, reverse=True)))
_NAMED = re.compile(
    rf"[\"']?(?P<name>\S(?:[^\t]*?\S)?(?:{_ENDINGS}))(?:#\d+)?[\"']?"
    r"(?:(?:\s*[\t,;:|=]\s*|\s+(?:->?\s+)?)(?P<text>.*)|$)",
    re.IGNORECASE | re.DOTALL,
)
"""A name of a picture with its ending, a mark, and what is said of it; #3 counts the captions of one picture."""
_PART = r"[^\s,;|()\[\]\"'<>=]"
_WITHIN = re.compile(rf"(?<!{_PART}){_PART}+(?:{_ENDINGS})(?![\w.])", re.IGNORECASE)
"""A name of a picture anywhere in a line."""
_COUNTED = re.compile(r"(\d{1,18})(?:\s*\t|\s*[.):,;|]\s)")
_MARKS = ("\t", ",", ";", ":", "|", "=", "  ", " ")
_LONGEST = 4096  # letters of a path
_DO = "save them as a table, with file_name and text, or with text alone if the names belong to the captions"


def by_name(table: CaptionTable, names: Sequence[str], place: str) -> CaptionTable:
    """``table``, whose captions have no names of their own, with those that its lines begin with, if they do.

    Args:
        table: Captions without names.
        names: Of the rows; none where there are no rows.
        place: Where the captions come from.

    Raises:
        InvalidInput: if some lines begin with the name of a picture and others do not; if they begin with names
            without their endings, which may as well be words; or if they are no lines of a .txt.
    """
    found = [_NAMED.fullmatch(caption[:_LONGEST]) for caption in table.captions]
    named = [match["name"] if match else None for match in found]
    rows = {PurePosixPath(name).name for name in names}
    clear = [name for name in named if name is not None and _is_clear(name, rows)]
    if clear and None in named:
        first = table.captions[named.index(None)]
        got = f"{clear[0]} and others in {place}, but none in {first[:40]!r}"
        raise refusal("all lines of captions must begin with the name of a picture, or none", got, _DO)
    if clear and not table.lines:
        got, do = f"{clear[0]} at the beginning of one in {place}", "write them in a column that is called file_name"
        raise refusal("captions must not begin with the names of their pictures", got, do)
    if table.lines and None not in named:
        texts = [
            _unquoted((match["text"] or "") + caption[_LONGEST:])
            for match, caption in zip(found, table.captions, strict=True)
            if match
        ]
        return _named(texts, [str(name) for name in named], place)
    if not table.lines:
        return table
    within = sum(any(_is_clear(name, rows) for name in _WITHIN.findall(caption)) for caption in table.captions)
    if 2 * within > len(table.captions) if rows else 1 < within == len(table.captions):
        got = f"such names within {within} of {len(table.captions)} in {place}"
        raise refusal("captions must not hold the names of their pictures", got, _DO)
    return _by_stem(table, names, place)


def counted(heads: Sequence[str]) -> bool:
    """Whether ``heads`` are numbers that count rows, in whatever order."""
    if not heads or not all(head.isdecimal() and len(head) < 19 for head in heads):
        return False
    numbers = sorted(map(int, heads))
    return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def bare_number(stem: str) -> str:
    """A number without the zeros before it, so that 7 is found in 0007."""
    return stem.lstrip("0") or "0" if stem.isdecimal() else stem


def _is_clear(name: str, rows: set[str]) -> bool:
    """Whether it can only be a file: one of the rows, or, where there are none, one without blanks."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return last in rows if rows else not any(letter.isspace() for letter in name)


def _by_stem(table: CaptionTable, names: Sequence[str], place: str) -> CaptionTable:
    """Names without their endings: plain before a tab, else they may be words of the captions."""
    stems = {bare_number(PurePosixPath(name).stem) for name in names}
    for mark in _MARKS:
        parts = [caption.partition(mark) for caption in table.captions]
        first = [PurePosixPath(head.strip(" \"'").replace("\\", "/")).name for head, _, _ in parts]
        known = stems.intersection(map(bare_number, first))
        if len(known) < 2 or 2 * len(known) <= len(stems):
            continue
        if mark == "\t" and not stems.isdisjoint(first):
            return _named([_unquoted(text) for _, _, text in parts], first, place)
        head = next(name for name in first if bare_number(name) in known)
        got = f"{head!r} at the beginning of one in {place}, and others so"
        raise refusal("captions must not begin with the names of their pictures", got, _DO)
    heads = [match[1] for match in map(_COUNTED.match, table.captions) if match]
    if len(heads) == len(table.captions) > 1 and counted(heads):
        got = f"them at the beginning of all in {place}"
        raise refusal("captions must not begin with the numbers of their rows", got, _DO)
    return table


def _named(texts: Sequence[str], names: Sequence[str], place: str) -> CaptionTable:
    return CaptionTable(caption_texts(texts, names, place), tuple(names), told=(TOLD,))


def _unquoted(text: str) -> str:
    """A cell as tables quote it."""
    bare = text.strip()
    quoted = len(bare) > 1 and bare[0] == bare[-1] == '"'
    return bare[1:-1].replace('""', '"') if quoted else bare
