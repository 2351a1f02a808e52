"""Each query followed up and down in noise until its own collapse is seen, as one process does it."""

from dataclasses import dataclass, field
from itertools import accumulate, repeat
from operator import mul

import numpy as np

from remanifold._core.types import Floats
from remanifold.measures.profile.sweep import MOST_TAIL_LEVELS, TAIL_STEP, QuerySums, has_ended


@dataclass
class Walk:
    """One query: what was found at which level, and which levels it still asks for.

    The levels beyond the common ones are those of `measures.profile.sweep`, so that a query's sums lie at the same
    levels however the points are divided.

    Attributes:
        levels: The common levels, ascending.
        known: Level -> (4, branches): log S, log of the sum of squares, mean A, mean B.
    """

    levels: Floats
    known: dict[float, Floats] = field(default_factory=dict)

    def used(self, tails: "Tails") -> tuple[list[float], list[float]]:
        """(levels of the sums, ascending; levels that are still to be evaluated)."""
        up, more_up = self._followed(float(self.levels[-1]), tails.up, up=True)
        down, more_down = self._followed(float(self.levels[0]), tails.down, up=False)
        return [*down[::-1], *map(float, self.levels), *up], [*more_down[::-1], *more_up]

    def _followed(self, start: float, tail: list[float], *, up: bool) -> tuple[list[float], list[float]]:
        """The levels of a tail that are used, and some that are needed to go on."""
        last = start
        for count, level in enumerate(tail):
            if has_ended(self.known[last][:1], up=up)[0]:
                return tail[:count], []
            if level not in self.known:
                return tail[:count], tail[count : count + Tails.MORE]
            last = level
        return tail, []

    def sums(self, tails: "Tails") -> QuerySums:
        """The sums of the query."""
        levels, _ = self.used(tails)
        table = np.stack([self.known[level] for level in levels], axis=1)  # (4, levels, branches)
        return QuerySums(np.array(levels), *table)


class Tails:
    """Levels above and below the common ones, in steps away from them."""

    FIRST = 6  # evaluated together with the common levels, before anybody asked
    MORE = 12

    def __init__(self, levels: Floats) -> None:
        self.up = steps(float(levels[-1]), TAIL_STEP, MOST_TAIL_LEVELS)[1:]
        self.down = steps(float(levels[0]), 1 / TAIL_STEP, MOST_TAIL_LEVELS)[1:]

    def first(self, levels: Floats) -> Floats:
        """The common levels and the nearest of the tails, ascending."""
        return np.array([*self.down[: self.FIRST][::-1], *levels, *self.up[: self.FIRST]])


def steps(start: float, factor: float, count: int) -> list[float]:
    """``count`` levels from ``start`` on, by repeated multiplication, as in the sweep: the very same floats."""
    return list(accumulate(repeat(factor, count), mul, initial=start))
