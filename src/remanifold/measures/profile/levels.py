"""Which noise levels a profile visits: dense near the crossings, sparse elsewhere, wide enough to see both ends."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats

FINE = 8  # levels per factor e of t near a crossing
COARSE = 3  # elsewhere
_NEAR = 0.7  # "near" in log t
HIGH_SURPRISAL, LOW_SURPRISAL = 0.97, 0.004  # of log P; margins around the promised .95 and .005
_MOST_STEPS = 120


def lattice(low: float, high: float, per_e: int) -> Floats:
    """Levels exp(k / per_e) that cover [low, high], ascending."""
    first, last = math.floor(per_e * math.log(low) + 1e-9), math.ceil(per_e * math.log(high) - 1e-9)
    return np.exp(np.arange(first, last + 1) / per_e)


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
    """Levels over [low, high], `FINE` per factor e within e^-+0.7 of each crossing and `COARSE` elsewhere.

    Args:
        low, high: Ends of the profile; widened where a crossing lies close to an end.
        crossings: Rough times t_g, t_c, t_o.
    """
    low = min([low, *(t * math.exp(-_NEAR) for t in crossings)])
    high = max([high, *(t * math.exp(_NEAR) for t in crossings)])
    marks = {round(FINE * COARSE * math.log(t)) for t in lattice(low, high, COARSE)}
    for t in crossings:
        dense = lattice(t * math.exp(-_NEAR), t * math.exp(_NEAR), FINE)
        marks |= {round(FINE * COARSE * math.log(level)) for level in dense}
    return np.exp(np.array(sorted(marks)) / (FINE * COARSE))


def is_fine(levels: Floats, t: float) -> bool:
    """Whether the three levels on either side of ``t``, which its interpolation uses, are at most 1 / `FINE` apart."""
    k = int(np.searchsorted(levels, t))
    around = levels[max(0, k - 3) : k + 3]
    return len(around) == 6 and float(np.diff(np.log(around)).max()) < (1 + 1e-9) / FINE
