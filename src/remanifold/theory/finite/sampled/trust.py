"""Effort in more latent dimensions than were held against measurements: enough to close the bracket of log Z."""

import math
from dataclasses import replace

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold.theory.finite.sampled.asked import Asked, seconds_of_move
from remanifold.theory.finite.sampled.bracket import bracket
from remanifold.theory.finite.sampled.crossing import Crossing
from remanifold.theory.finite.sampled.moves import Seen
from remanifold.theory.finite.sampled.points import drawn

_POINTS = 24
_SHARE = 0.5  # of the error asked for that the bracket may be open
_RAISES, _RAISE = 3, math.sqrt(2)
_SWEEPS = 4  # of all that follows, over those of the bracket
_OPEN = 0.1  # of t: a bracket wider open shows that energies are missed, and by how much is not known


def trusted(asked: Asked, collapse: Crossing, accuracy: float) -> tuple[Asked, float]:
    """With as much effort as closes the bracket at the collapse in time, and by how much log t it is open still.

    Args:
        asked: What is predicted.
        collapse: About where, with the slope there.
        accuracy: Error of log t asked for.

    Raises:
        NotConverged: if the bracket stays open by more than 10 % of t.
    """
    gap = math.inf
    for k in range(_RAISES + 1):
        before = asked.work.done
        gap = open_by(asked, math.exp(collapse.log_t)) / abs(collapse.slope)
        more = (1 + _SWEEPS) * _RAISE**2 * (asked.work.done - before)
        if gap < _SHARE * accuracy or k == _RAISES or not asked.work.allows(more):
            break
        asked = replace(asked, effort=asked.effort.times(_RAISE))
    if gap < _OPEN:
        return asked, gap
    raise NotConverged(
        f"in {asked.family.latent_dim} latent dimensions the bracket of log Z stays open by {gap:.1%} of t; "
        "give fewer latent dimensions."
    )


def open_by(asked: Asked, t: float) -> float:
    """Nats between both ends of the bracket at noise ``t``: the mean over a few points, and its error."""
    numbers = np.arange(_POINTS)
    points = drawn(asked.family, numbers, asked.a_map, t, asked.seed)
    seen = Seen(points.maps, points.place, points.seen.astype(np.float32))
    gaps = []
    for k in numbers:
        random = np.random.Generator(np.random.SFC64([asked.seed, 2, int(k), asked.effort.particles]))
        found = bracket(seen.of(numbers[k : k + 1]), points.latents[k], t, asked.effort, random)
        gaps.append(found.gap)
        asked.work.add(2 * found.levels * asked.effort.particles * asked.effort.moves * seconds_of_move(asked.family))
    return math.hypot(float(np.mean(gaps)), float(np.std(gaps, ddof=1)) / math.sqrt(_POINTS))
