"""A crossing that is searched from window to window: sweeps at one noise serve a window around it, and no more."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from remanifold._core.errors import NotConverged
from remanifold.theory.finite.sampled.crossing import Crossing, Window

Rest = TypeVar("Rest")


@dataclass(frozen=True)
class Windows:
    """Windows in the logarithm of a noise variance that overlap a little, numbered by how far they lie from ``origin``.

    Attributes:
        origin: Middle of number 0.
        apart: Between the middles of two neighbours, less than twice ``half``.
        half: Half the width.
        nodes: Levels in each.
    """

    origin: float
    apart: float = 0.5
    half: float = 0.3
    nodes: int = 5

    def __getitem__(self, place: int) -> Window:
        return Window(self.origin + place * self.apart, self.half, self.nodes)


def walk(
    windows: Windows,
    start: int,
    seen: Callable[[int, Window], tuple[Crossing, Rest]],
    missed: str,
    least: float = -math.inf,
    tries: int = 12,
) -> tuple[int, Crossing, Rest]:
    """Step to the side of the crossing until a window holds it, or two neighbours send each to the other.

    Args:
        windows: Where to look.
        start: Number of the first window.
        seen: From the number of a window and the window: the crossing as seen there, and whatever else is wanted.
        missed: What is said where it is not found.
        least: Middle of a window below which nobody looks further.
        tries: Windows at most.

    Returns:
        Number of the last window and what was seen there.

    Raises:
        NotConverged: if it is not found.
    """
    place, before = start, 0
    for _ in range(tries):
        window = windows[place]
        crossing, rest = seen(place, window)
        aside = 1 if crossing.log_t - crossing.data_shift > window.middle else -1
        if crossing.inside or aside == -before or window.middle < least:
            return place, crossing, rest
        place, before = place + aside, aside
    raise NotConverged(missed)
