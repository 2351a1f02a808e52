"""Captions as conditions of a network: a number for each, and what the network is asked with for that number."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from remanifold._core.errors import refusal, require
from remanifold._core.types import Integers

Condition = dict[str, torch.Tensor]
"""Keywords of the network, each (n, ...)."""
_KEPT = 2**30  # bytes of embeddings that are kept
_AT_ONCE = 64


def number_of(caption: str) -> int:
    """The number by which ``caption`` is asked for: 63 bits of its SHA-256, so that it tells the text itself."""
    return int.from_bytes(hashlib.sha256(caption.encode()).digest()[:8], "big") >> 1


EMPTY = number_of("")
"""The number of the empty caption, with which a network is trained where a caption is left out."""


@dataclass(eq=False)
class Prompts:
    """Captions that a network may be asked with, and what its own text encoders make of them.

    Attributes:
        embed: Captions (n,) -> keywords of the network, each (n, ...).
        lengths: Captions (n,) -> tokens of each, begin and end among them.
        longest: Tokens beyond which the text encoder cuts.
    """

    embed: Callable[[list[str]], Condition]
    lengths: Callable[[list[str]], list[int]]
    longest: int
    _texts: dict[int, str] = field(default_factory=lambda: {EMPTY: ""}, repr=False)
    _known: dict[int, Condition] = field(default_factory=dict, repr=False)
    _bytes: int = field(default=0, repr=False)

    def numbers(self, captions: Sequence[str]) -> Integers:
        """The number of each caption, (n,) int64; from now on the network can be asked with it."""
        numbers = [number_of(caption) for caption in captions]
        self._texts |= zip(numbers, captions, strict=True)
        return np.array(numbers, dtype=np.int64)

    def cut(self, captions: Sequence[str]) -> int:
        """How many different captions are longer than the text encoder reads."""
        texts = list(dict.fromkeys(captions))
        lengths = (self.lengths(texts[a : a + _AT_ONCE]) for a in range(0, len(texts), _AT_ONCE))
        return sum(length > self.longest for part in lengths for length in part)

    def cut_words(self, captions: Sequence[str]) -> str:
        """How many are cut, in words; "" where none is."""
        n, of = self.cut(captions), len(dict.fromkeys(captions))
        words = f"longer than the {self.longest} tokens that the text encoder reads, which leaves their ends out"
        return f"{n} of {of} different captions {'is' if n == 1 else 'are'} {words}." if n else ""

    def condition(self, numbers: torch.Tensor, like: torch.Tensor) -> Condition:
        """Keywords of the network for these ``numbers`` (n,), on the device and in the precision of ``like``.

        Raises:
            InvalidInput: if a number is that of no caption.
        """
        do = "make numbers of captions by prompts.numbers([...])"
        require(numbers.ndim == 1, "a text-conditional network must be asked with numbers", "vectors", do)
        asked = numbers.tolist()
        wanted = [number for number in dict.fromkeys(asked) if number not in self._known]
        if any(number not in self._texts for number in wanted):
            raise refusal("a network must be asked with captions that it was told", "the number of none", do)
        if self._bytes > _KEPT:
            self._known, self._bytes = {}, 0
            wanted = list(dict.fromkeys(asked))
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            made = self.embed([self._texts[number] for number in part])
            for k, number in enumerate(part):
                self._known[number] = {name: values[k] for name, values in made.items()}
                self._bytes += sum(one.numel() * one.element_size() for one in self._known[number].values())
        rows = [self._known[number] for number in asked]
        return {name: torch.stack([row[name] for row in rows]).to(like.device, like.dtype) for name in rows[0]}
