"""The three times at many numbers of points for one manifold at a fixed size: a row of a finite-size diagram.

The law of the energies does not know how many points there are, so that one sweep of each point x serves all loads.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remanifold._core.errors import InvalidInput, NotConverged
from remanifold._core.types import Floats
from remanifold.manifolds import Activation
from remanifold.theory.finite.curves.looked import Looked, asked_of, looked
from remanifold.theory.finite.curves.subject import family_of
from remanifold.theory.finite.gaussian import FEWEST_DIM, finite_size_times_of_ensemble
from remanifold.theory.finite.sampled.asked import Asked
from remanifold.theory.finite.sampled.crossing import Crossing, Window
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.starts import clean_starts, noisy_start
from remanifold.theory.finite.sampled.views import Views
from remanifold.theory.finite.sampled.walk import Windows, walk

_VIEWS = 96  # points x of each row, 4 on each F
_WIDE, _WIDER = 0.35, 0.5  # half widths of windows in log t, as for single times
_MOVES = 12
_NOT_FOUND = "no crossing was found near to where another number of points has it."

Time = tuple[float, float]  # t and its error


@dataclass(frozen=True)
class FiniteRow:
    """Times and their errors at each number of points; None with a reason where there is none."""

    t_onset: list[float | None]
    t_collapse: list[float | None]
    t_generalization: list[float | None]
    t_condensation: list[float | None]
    stderr: list[tuple[float, float, float] | None]
    reason: list[str | None]


def finite_row(
    ambient_dim: int,
    latent_dim: int,
    n_points: Sequence[int],
    activation: str | Activation,
    ensemble: str,
    exponent: float | None,
) -> FiniteRow:
    """Onset, collapse and best generalization of hidden manifolds at N and D, for each number of points.

    Linear manifolds of at least 3 latent dimensions have a closed form; all others are sampled. At finite size there is
    no sharp condensation, so that `t_condensation` is None.

    Args:
        ambient_dim, latent_dim: N and D.
        n_points: P of each cell, at least 3.
        activation, ensemble, exponent: As for `remanifold.phase_diagram`.
    """
    if latent_dim < FEWEST_DIM:
        said = f"a diagram at finite size needs at least {FEWEST_DIM} latent dimensions; ask `phases` for single times"
        none: list[float | None] = [None] * len(n_points)
        return FiniteRow(none, none, none, none, [None] * len(n_points), [said] * len(n_points))
    if activation == "linear":

        def cell(points: int) -> list[Time]:
            found = finite_size_times_of_ensemble(latent_dim, ambient_dim, points, ensemble, exponent=exponent)
            times = (found.t_onset, found.t_collapse, found.t_generalization)
            return [(time.value, time.stderr) for time in times]
    else:
        family = HiddenFamily(ambient_dim, latent_dim, activation, ensemble, exponent)
        rows: list[_SampledRow] = []

        def cell(points: int) -> list[Time]:
            if not rows:  # the largest number of points that has times
                rows.append(_SampledRow(asked_of(family_of(family, None), points, seed=0)))
            return rows[0].cell(points)

    cells: dict[int, tuple[list[Time] | None, str | None]] = {}
    for points in sorted(set(n_points), reverse=True):
        try:
            cells[points] = cell(points), None
        except (InvalidInput, NotConverged) as error:
            cells[points] = None, str(error).rstrip(".")
    times = [cells[points][0] for points in n_points]
    columns = [[None if one is None else one[k][0] for one in times] for k in range(3)]
    errors = [None if one is None else (one[0][1], one[1][1], one[2][1]) for one in times]
    return FiniteRow(
        *columns, t_condensation=[None] * len(times), stderr=errors, reason=[cells[points][1] for points in n_points]
    )


class _SampledRow:
    """What points of one family see, for the largest number of points, and the times that fewer have there."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.clean = looked(asked, _VIEWS, 0.0)
        onset, generalization = clean_starts(asked)
        self.middle = noisy_start(asked, 0.5 * (onset + generalization))
        self.noisy: dict[int, Looked] = {}
        self.guesses, self.place = [onset, generalization], 0

    def cell(self, points: int) -> list[Time]:
        """The three times of so many points; asked in falling order, each begins where the last was found."""
        log_others, half = math.log(points - 1), self.asked.family.ambient_dim / 2
        clean, found = _with_others(self.clean, log_others), []
        for k, (width, nodes) in enumerate(((_WIDE, 5), (_WIDER, 9))):

            def values(views: Views, window: Window, k: int = k) -> Floats:
                logs = views.mean_logs(window.levels)
                return -logs if k == 0 else half - window.derivative(logs)

            self.guesses[k], time = self._moved(clean, self.guesses[k], width, nodes, values, points)
            found.append(time)
        return [found[0], self._collapse(log_others, points), found[1]]

    def _moved(
        self,
        seen: Looked,
        guess: float,
        half: float,
        nodes: int,
        values: Callable[[Views, Window], Floats],
        points: int,
    ) -> tuple[float, Time]:
        for _ in range(_MOVES):
            window = Window(guess, half, nodes)
            time, shift = seen.crossing(window, lambda views, window=window: values(views, window), points)
            guess = time.log_t - time.data_shift
            if time.inside:
                t = math.exp(time.log_t)
                return guess, (t, t * math.hypot(time.stderr, shift))
        raise NotConverged(_NOT_FOUND)

    def _collapse(self, log_others: float, points: int) -> Time:
        def seen(place: int, window: Window) -> tuple[Crossing, float]:
            if place not in self.noisy:
                self.noisy[place] = looked(self.asked, _VIEWS, math.exp(window.middle))
            among = _with_others(self.noisy[place], log_others)
            return among.crossing(window, lambda views: -views.mean_logs(window.levels), points)

        self.place, time, shift = walk(Windows(self.middle), self.place, seen, _NOT_FOUND)
        t = math.exp(time.log_t)
        return t, t * math.hypot(time.stderr, shift)


def _with_others(seen: Looked, log_others: float) -> Looked:
    """The same views among another number of points."""
    views, doubled = (_views_with(one, log_others) for one in (seen.views, seen.doubled))
    return replace(seen, views=views, doubled=doubled)


def _views_with(views: Views, log_others: float) -> Views:
    share = math.exp(log_others - views.log_others)  # of the other points: so many fewer may be copies
    alone = np.where(views.chances > 0, views.chances / views.weights, 0.0)
    return replace(views, log_others=log_others, chances=views.weights * alone**share)
