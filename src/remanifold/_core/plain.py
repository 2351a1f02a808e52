"""Text of others, such as names of columns, made harmless where it is shown."""

import re

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    r"""``text`` with control characters written out, ESC as \\x1b: they would steer a terminal or turn a line around.

    Line feeds and tabs stay.
    """
    return _CONTROLS.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
