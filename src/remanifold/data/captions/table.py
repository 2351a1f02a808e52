"""A table of captions: texts, perhaps with the files that they belong to, and how it was read."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from remanifold._core.errors import refusal

_NEED = "every caption must be one text"
_SHOWN = 60
_BROKEN = re.compile("[\0\ud800-\udfff]")  # of UTF-16 read as UTF-8, and halves of characters


@dataclass(frozen=True)
class CaptionTable:
    """Captions in the order in which they came.

    Attributes:
        captions: The texts.
        names: The file that each belongs to, or None: they are in the order of the rows.
        beside: Without names, the other columns of text: one of them may hold names after all.
        told: What was chosen where there was a choice, in words.
        lines: Whether it is a file of one caption a line, whose lines may begin with names.
    """

    captions: tuple[str, ...]
    names: tuple[str, ...] | None = None
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    lines: bool = False

    def by_name(self, place: str) -> dict[str, str]:
        """File -> caption.

        Raises:
            InvalidInput: if a file has two captions that differ.
        """
        found: dict[str, str] = {}
        for name, caption in zip(self.names or (), self.captions, strict=True):
            if found.setdefault(name, caption) != caption:
                raise refusal("a picture must have one caption", f"two that differ for {name} in {place}", "keep one")
        return found


def caption_texts(values: Sequence[Any], names: Sequence[Any] | None, place: str) -> tuple[str, ...]:
    """The captions ``values`` of ``place``, of the files ``names``.

    Raises:
        InvalidInput: if there are none, or one is empty or no text.
    """
    if len(values) == 0:
        raise refusal("a file of captions must hold some", f"none in {place}", "pass a file with captions")
    for k, value in enumerate(values):
        of = f"row {k} (from 0)" if names is None else str(names[k])[:_SHOWN]
        lacks = value is None or (isinstance(value, float) and math.isnan(value))  # how pandas holds none
        if not lacks and (isinstance(value, bool) or not isinstance(value, str | Integral)):
            raise refusal(_NEED, f"a {type(value).__name__} for {of} in {place}", "keep the one that is asked with")
        if lacks or not str(value).strip():
            do = "write one, or leave the picture out"
            raise refusal("every picture must have its caption", f"an empty one for {of} in {place}", do)
        if _BROKEN.search(str(value)):
            do = "save it as UTF-8"
            raise refusal(_NEED, f"characters that belong to none for {of} in {place}", do)
    return tuple(str(value).strip() for value in values)
