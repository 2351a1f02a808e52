"""Which noise levels a profile visits: dense near the crossings, sparse elsewhere, wide enough to see both ends."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats

FINE = 8  # levels per factor e of t near a crossing, at least
PER_OCTAVE = 16  # marks of the lattice in a factor 2 of 1/sqrt(t), at most 1/8 apart in log t
COARSE = 4  # marks from one level to the next away from the crossings, .27 to .45 in log t
_NEAR = 0.7  # "near" in log t
HIGH_SURPRISAL, LOW_SURPRISAL = 0.97, 0.004  # of log P; margins around the promised .95 and .005
_MOST_STEPS = 120
_ROUND_OFF = 1e-9


def lattice(low: float, high: float, stride: int = 1) -> Floats:
    """Levels that cover [low, high], ascending: every ``stride``-th mark of the lattice."""
    return np.array([_level(mark) for mark in sorted(_marks(low, high, stride), reverse=True)])


def _marks(low: float, high: float, stride: int) -> set[int]:
    first, last = math.floor(_place(high) / stride + _ROUND_OFF), math.ceil(_place(low) / stride - _ROUND_OFF)
    return {stride * k for k in range(first, last + 1)}


def _level(mark: int) -> float:
    """Level of a mark: u = 1/sqrt(t) is uniform within each factor 2, so that sums follow by a recurrence there."""
    octave, part = divmod(mark, PER_OCTAVE)
    return 1 / (2.0**octave * (1 + part / PER_OCTAVE)) ** 2


def _place(t: float) -> float:
    """Where ``t`` lies among the marks."""
    mantissa, exponent = math.frexp(1 / math.sqrt(t))
    return PER_OCTAVE * (exponent - 1 + 2 * mantissa - 1)


def search_range(surprisal: Callable[[float], float], start: float) -> tuple[float, float]:
    """Levels (low, high) with surprisal(low) < LOW_SURPRISAL and surprisal(high) > HIGH_SURPRISAL.

    Args:
        surprisal: Mean own surprisal over log P at a level; rises with the level from 0 to 1.
        start: A level to begin at.

    Raises:
        NotConverged: if sixty factors e on either side do not suffice.
    """

    def walk(factor: float, done: Callable[[float], bool]) -> float:
        t = start
        for _ in range(_MOST_STEPS):
            if done(surprisal(t)):
                return t
            t *= factor
        raise NotConverged(f"no noise level between {min(start, t):.3g} and {max(start, t):.3g} ends the profile.")

    return walk(math.exp(-0.5), lambda s: s < LOW_SURPRISAL), walk(math.exp(0.5), lambda s: s > HIGH_SURPRISAL)


def level_grid(low: float, high: float, crossings: Sequence[float]) -> Floats:
    """Levels over [low, high], every mark of the lattice within e^-+0.7 of a crossing, every fourth elsewhere.

    Args:
        low, high: Ends of the profile; widened where a crossing lies close to an end.
        crossings: Rough times t_g, t_c, t_o.
    """
    low = min([low, *(t * math.exp(-_NEAR) for t in crossings)])
    high = max([high, *(t * math.exp(_NEAR) for t in crossings)])
    near = [_marks(t * math.exp(-_NEAR), t * math.exp(_NEAR), 1) for t in crossings]
    marks = _marks(low, high, COARSE).union(*near)
    return np.array([_level(mark) for mark in sorted(marks, reverse=True)])


def is_fine(levels: Floats, t: float) -> bool:
    """Whether the three levels on either side of ``t``, which its interpolation uses, are at most 1 / `FINE` apart."""
    k = int(np.searchsorted(levels, t))
    around = levels[max(0, k - 3) : k + 3]
    return len(around) == 6 and float(np.diff(np.log(around)).max()) < (1 + 1e-9) / FINE
