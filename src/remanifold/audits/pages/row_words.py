"""What a row is called: "image" on a page about images, in every sentence, table and label at once."""

import re
from collections.abc import Iterable
from html import escape

_ROW = re.compile(r"(\b[Aa] )?(?<![\w./\\-])([Rr])ow(s?)(?![\w/\\]|[.-]\w)")
_PIECE = re.compile(r"(<(?:script|style|svg)\b.*?</(?:script|style|svg)>|<[^>]*>)", re.DOTALL)
_LABEL = re.compile(r'((?:alt|aria-label)=")([^"]*)"')


def in_images(text: str, names: Iterable[str] = ()) -> str:
    """``text`` with images for rows; ``names`` of files and the like stay as they are."""
    known = "|".join(re.escape(name) for name in sorted(set(names), key=len, reverse=True) if name)
    pieces = re.split(f"({known})", text) if known else [text]
    return "".join(piece if k % 2 else _ROW.sub(_image, piece) for k, piece in enumerate(pieces))


def page_in_images(page: str, names: Iterable[str]) -> str:
    """The HTML ``page`` with images for rows in its text and labels; tags, scripts and drawings stay as they are."""
    kept = [escape(name) for name in names]
    pieces = _PIECE.split(page)
    return "".join(_labelled(piece, kept) if k % 2 else in_images(piece, kept) for k, piece in enumerate(pieces))


def _labelled(tag: str, names: list[str]) -> str:
    if tag.startswith(("<script", "<style", "<svg")):
        return tag
    return _LABEL.sub(lambda found: f'{found[1]}{in_images(found[2], names)}"', tag)


def _image(found: re.Match[str]) -> str:
    article = "" if not found[1] else f"{found[1][0]}n "
    return f"{article}{'I' if found[2] == 'R' else 'i'}mage{found[3]}"
