"""What is predicted, and the work that is done for it: seconds by count, told beforehand and not passed."""

import math
from dataclasses import dataclass, field

import numpy as np

from remanifold._core.errors import NotConverged, refusal
from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.sampled.family import Family, has_kinks, particles
from remanifold.theory.finite.sampled.moves import KEPT, Effort
from remanifold.theory.finite.sampled.points import FEW
from remanifold.theory.finite.sampled.views import Views, look

LARGEST_LOG = 500.0  # of P: expected numbers of points, e^709 at most, must stay doubles
BRACKETED_ABOVE = 60  # latent dimensions up to which times were held against measurements, or against more effort
_STARTS, _BRACKET, _FEWEST = 40.0, 48.0, 200.0  # sweeps: for the crossings, both ladders of 24 points, 64 points
_HEAVY_BELOW = 6  # latent dimensions: more points at least
_IN_FEW = 440.0  # sweeps in one or two dimensions, where more do not sharpen anything
_MOST = 3000.0  # sweeps of as many points as there may be, at the accuracy of `_USUAL`
_USUAL, _USUAL_LOG = 0.03, 6.0  # error of log t and log(P - 1) that the sweeps below were counted at
_SMOOTH, _SMOOTH_POWER = 5800.0, 1.6  # sweeps of smooth maps: the first times D to minus the second
_KINKED, _KINKED_POWER, _KINKED_OF_DIM = 330_000.0, 0.8, 1.3  # the same of kinked ones, and the power of N
_WEIGHED = 8.0  # levels at which a sample is weighed
_MOVE, _MOVE_AMBIENT, _MOVE_LATENT = 1.9e-7, 3.3e-9, 4.4e-9  # seconds: to move a latent, more for each dimension
_MOVED = 0.55  # of the moves of kinked maps are taken: they have jumped enough before
_WEIGH = 9.5e-8  # seconds: to weigh a sample at one level
_MARGIN = 4.0  # nats below 1/(P - 1) that sweeps reach
_WIDEST, _GRID = 40.0, 4000  # largest log(1 + theta l) of a ladder, places where its entropy is looked at


@dataclass
class Work:
    """Seconds of one core spent so far, and how many may be: from counts, by no clock, so that results do not vary.

    Attributes:
        most: What makes errors smaller is begun only where it ends before so many.
        done: Spent so far.
    """

    most: float = math.inf
    done: float = 0.0

    def allows(self, more: float) -> bool:
        """Whether ``more`` end within what may be spent."""
        return self.done + more <= self.most

    def add(self, seconds: float) -> None:
        """Count ``seconds``.

        Raises:
            NotConverged: if more than `most` were spent before.
        """
        if self.done > self.most:
            raise NotConverged(
                "the search for the crossings took longer than sampling was told to take; give another size or map."
            )
        self.done += seconds


def seconds_of_move(family: Family) -> float:
    """About what one move of a latent takes one core, the map included: measured, as everything told is."""
    whole = _MOVE + _MOVE_AMBIENT * family.ambient_dim + _MOVE_LATENT * family.latent_dim
    return whole * (_MOVED if has_kinks(family) else 1.0)


@dataclass(frozen=True)
class Asked:
    """What is predicted: a family of maps, log(P - 1), the seed, the effort of each x, the points on each map.

    ``threads`` change no result; ``work`` is counted by all that come of one another by `dataclasses.replace`.

    Raises:
        InvalidInput: for more than e^500 points.
    """

    family: Family
    log_others: float
    seed: int
    effort: Effort
    a_map: int
    threads: int = field(default=1, compare=False)
    work: Work = field(default_factory=Work, compare=False)

    def __post_init__(self) -> None:
        if self.log_others > LARGEST_LOG:
            need = f"predictions from sampled energies need at most e^{LARGEST_LOG:g} points"
            raise refusal(need, f"e^{self.log_others:.4g}", "lower the number of points")

    def look(self, numbers: Integers, level: float, deepest: float | None = None) -> Views:
        """The views of the points with these numbers.

        Raises:
            NotConverged: if more work was done before than may be; as `remanifold.theory.finite.sampled.views.look`.
        """
        arguments = (self.family, numbers, self.a_map, level, self.log_others, self.effort, self.seed)
        views = look(*arguments, deepest=deepest, threads=self.threads)
        moved = self.effort.moves * sum(len(law.energies) for law in views.fresh)
        self.work.add(moved * seconds_of_move(self.family))
        return views

    def mean_logs(self, views: Views, levels: Floats) -> Floats:
        """`Views.mean_logs`, counted: what began in time is weighed."""
        self.work.done += _WEIGH * len(levels) * sum(len(law.energies) for law in views.laws)
        return views.mean_logs(levels)


def levels(latent_dim: int, log_others: float) -> float:
    """About how many temperatures a ladder has, from that of Gaussian data of one eigenvalue l.

    With r = theta l, a direction has lost log(1 + r)/2 - r/(2(1 + r)) + r^2/(2(1 + r)^2) nats, and its energy has
    variance l^2 [1/(2(1 + r)^2) + 1/(1 + r)^3]; a step keeps `KEPT` of the particles.
    """
    y = np.linspace(0.0, _WIDEST, _GRID)
    r = np.expm1(y)
    lost = 0.5 * (y - r / (1 + r) + np.square(r / (1 + r)))
    steps = np.sqrt(0.5 + 1 / (1 + r))  # of dr/(1 + r) = dy
    reached = np.concatenate([[0.0], np.cumsum(0.5 * (steps[1:] + steps[:-1]) * np.diff(y))])
    deep = (log_others + _MARGIN) / latent_dim
    return 1 + float(np.interp(deep, lost, reached)) * math.sqrt(latent_dim / math.log(1 / KEPT))


def samples_of(latent_dim: int, log_others: float, sweeps: float) -> float:
    """Samples of so many ``sweeps``: of all particles at all temperatures."""
    return sweeps * levels(latent_dim, log_others) * particles(latent_dim)


def sweeps_of(ambient_dim: int | None, latent_dim: int, log_others: float, accuracy: float) -> float:
    """Sweeps that the three times are likely to take, bracket and checks with twice the effort included.

    Args:
        ambient_dim: N of a map with kinks, for which few N need more points; None for a smooth one.
        latent_dim: D.
        log_others: log(P - 1).
        accuracy: Error of log t aimed at.
    """
    bracket = _BRACKET if latent_dim > BRACKETED_ABOVE else 0.0
    if latent_dim <= FEW:
        return _STARTS + _IN_FEW
    points = _SMOOTH * latent_dim**-_SMOOTH_POWER
    if ambient_dim is not None:
        points = max(points, _KINKED * latent_dim**-_KINKED_POWER * ambient_dim**-_KINKED_OF_DIM)
    points = min(points * math.sqrt(max(1.0, log_others / _USUAL_LOG)), _MOST) * (_USUAL / accuracy) ** 2
    return _STARTS + bracket + max(points, _FEWEST * max(1.0, (_HEAVY_BELOW / latent_dim) ** 2))


def seconds_told(family: Family, log_others: float, accuracy: float, of_move: float | None = None) -> float:
    """Seconds of one core that the three times of a map are likely to take.

    Args:
        family: Maps to average over.
        log_others: log(P - 1).
        accuracy: Error of log t aimed at.
        of_move: Seconds of one move; by default those of `seconds_of_move`.
    """
    sweeps = sweeps_of(family.ambient_dim if has_kinks(family) else None, family.latent_dim, log_others, accuracy)
    move = seconds_of_move(family) if of_move is None else of_move
    return samples_of(family.latent_dim, log_others, sweeps) * (family.moves * move + _WEIGHED * _WEIGH)
