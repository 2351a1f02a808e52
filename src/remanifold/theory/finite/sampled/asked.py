"""What is predicted, and the work that is done for it: latents that are mapped, told beforehand and not passed."""

import math
from dataclasses import dataclass, field

import numpy as np

from remanifold._core.errors import NotConverged, refusal
from remanifold._core.types import Integers
from remanifold.theory.finite.sampled.family import Family
from remanifold.theory.finite.sampled.moves import KEPT, Effort
from remanifold.theory.finite.sampled.points import FEW
from remanifold.theory.finite.sampled.views import Views, look

LARGEST_LOG = 500.0  # of P: expected numbers of points, e^709 at most, must stay doubles
BRACKETED_ABOVE = 60  # latent dimensions up to which times were held against measurements, or against more effort
_STARTS, _BRACKET, _POINTS = 40.0, 48.0, 220.0  # sweeps: to find the crossings, both ladders of 24 points, all others
_USUAL, _FEW_DIM = 0.03, 6  # accuracy of these, and latent dimensions below which they do not do
_MARGIN = 4.0  # nats below 1/(P - 1) that sweeps reach
_WIDEST, _GRID = 40.0, 4000  # largest log(1 + theta l) of a ladder, places where its entropy is looked at


@dataclass
class Work:
    """Latents mapped so far, and how many may be.

    Attributes:
        most: What makes errors smaller is begun only where it ends before so many.
        done: Mapped so far, counted as all moves of all samples.
    """

    most: float = math.inf
    done: float = 0.0

    def allows(self, more: float) -> bool:
        """Whether ``more`` latents end within what may be spent."""
        return self.done + more <= self.most

    def add(self, latents: float) -> None:
        """Count ``latents``.

        Raises:
            NotConverged: if more than `most` were spent before.
        """
        if self.done > self.most:
            raise NotConverged(
                "the search for the crossings took longer than sampling was told to take; give another size or map."
            )
        self.done += latents


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
        self.work.add(self.effort.moves * sum(len(law.energies) for law in views.fresh))
        return views


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


def work_of(latent_dim: int, log_others: float, particles: int, moves: int, accuracy: float) -> float:
    """Latents that the three times of a map are likely to take, bracket and checks with twice the effort included.

    Args:
        latent_dim: D.
        log_others: log(P - 1).
        particles: Of a sweep.
        moves: Of each particle at each temperature.
        accuracy: Error of log t aimed at.
    """
    points = 2 * _POINTS  # in one or two dimensions, where more do not sharpen anything
    if latent_dim > FEW:
        points = _POINTS * (1 + (_FEW_DIM / latent_dim) ** 2) * max(1.0, (_USUAL / accuracy) ** 2)
    bracket = _BRACKET if latent_dim > BRACKETED_ABOVE else 0.0
    return (_STARTS + bracket + points) * levels(latent_dim, log_others) * particles * moves
