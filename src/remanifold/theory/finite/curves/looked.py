"""Sampled views of points at one noise level, an eighth of them at twice the effort besides."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.curves.estimated import mean_over_maps
from remanifold.theory.finite.sampled.asked import Asked
from remanifold.theory.finite.sampled.crossing import Crossing, Window, crossing
from remanifold.theory.finite.sampled.family import Family, particles
from remanifold.theory.finite.sampled.map_means import effort_shift
from remanifold.theory.finite.sampled.tempering import Effort
from remanifold.theory.finite.sampled.views import Views

A_MAP = 4  # points on each map
_CHECKED = 8  # every eighth point is swept at twice the effort

Values = Callable[[Views], Floats]
"""Views of n points -> numbers of each at some levels, (n, levels)."""


@dataclass(frozen=True)
class Looked:
    """What was seen, at the usual effort by all and at twice that by every eighth."""

    views: Views
    checked: Integers
    doubled: Views

    def mean(self, values: Values, *, fresh: bool = False) -> tuple[Floats, Floats, Floats]:
        """Mean, error with the shift in it, and shift with effort: (levels,) each; of ``fresh`` points or of rows."""
        views, each = self.views, values(self.views)
        chances = views.weights if fresh else views.chances
        mean, error = mean_over_maps(each, views.map_of, views.controls, chances)
        moved = values(self.doubled) - each[self.checked]
        shift = effort_shift(moved, chances[self.checked]).told
        return mean, np.hypot(error, shift), shift

    def crossing(self, window: Window, values: Values, rows: float) -> tuple[Crossing, float]:
        """Where the mean over so many rows crosses zero in the window, and the shift of that with effort."""
        views, each = self.views, values(self.views)
        found = crossing(window, each, views.map_of, views.controls, views.chances, rows)
        moved = values(self.doubled) - each[self.checked]
        here = window.at(window.coefficients(moved), found.log_t)[:, None] / -found.slope
        return found, float(effort_shift(here, views.chances[self.checked]).told[0])


def asked_of(family: Family, n_points: float, seed: int) -> Asked:
    """The question with the usual effort."""
    return Asked(family, math.log(n_points - 1), seed, Effort(particles(family.latent_dim), family.moves), A_MAP)


def looked(asked: Asked, n: int, level: float, deepest: float = 0.0) -> Looked:
    """The first ``n`` points at noise ``level``; ladders reach the inverse temperature ``deepest`` at least."""
    numbers = np.arange(n)
    checked = numbers[::_CHECKED]
    twice = replace(asked, effort=asked.effort.times(2))
    return Looked(asked.look(numbers, level, deepest), checked, twice.look(checked, level, deepest))
