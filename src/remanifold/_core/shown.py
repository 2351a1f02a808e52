"""What is shown: records on one line, however many numbers they hold, and text of others made harmless."""

import re
from dataclasses import fields
from html import escape
from typing import Any

_MOST, _LONGEST = 40, 280
_BETWEEN = (" = ", " ± ", " × ", " %", " data units")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def short_repr(self: object) -> str:
    """``Name(field=value, ...)`` of a dataclass, long values and long lines cut; take it as its ``__repr__``."""
    record: Any = self
    shown = (f"{field.name}={_cut(repr(getattr(record, field.name)), _MOST)}" for field in fields(record))
    return _cut(f"{type(record).__name__}({', '.join(shown)}", _LONGEST) + ")"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def plain(text: str) -> str:
    r"""``text`` with control characters written out, ESC as \\x1b: they would steer a terminal or turn a line around.

    Line feeds and tabs stay.
    """
    return _CONTROLS.sub(_written_out, text)


def tied(text: str, space: str = "\u00a0") -> str:
    """``text`` in which ``space`` holds numbers together: around signs, and before a unit."""
    for sign in _BETWEEN:
        text = text.replace(sign, sign.replace(" ", space))
    return text


def plain_json(text: str) -> str:
    r"""JSON ``text``, the same with control characters in strings as \\uXXXX."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def plain_html(value: object) -> str:
    """``str(value)`` as text of a page: without effect on it, control characters written out."""
    return escape(plain(str(value)))


def _written_out(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
