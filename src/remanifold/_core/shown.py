"""Records shown on one line, however many numbers they hold."""

from dataclasses import fields
from typing import Any

_MOST, _LONGEST = 40, 280


def short_repr(self: object) -> str:
    """``Name(field=value, ...)`` of a dataclass, long values and long lines cut; take it as its ``__repr__``."""
    record: Any = self
    shown = (f"{field.name}={_cut(repr(getattr(record, field.name)), _MOST)}" for field in fields(record))
    return _cut(f"{type(record).__name__}({', '.join(shown)}", _LONGEST) + ")"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
