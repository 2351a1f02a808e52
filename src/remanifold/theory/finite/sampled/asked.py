"""What is predicted, and how much is spent on each point x that looks."""

from dataclasses import dataclass, field

from remanifold._core.errors import refusal
from remanifold._core.types import Integers
from remanifold.theory.finite.sampled.family import Family
from remanifold.theory.finite.sampled.moves import Effort
from remanifold.theory.finite.sampled.views import Views, look

LARGEST_LOG = 500.0  # of P: expected numbers of points, e^709 at most, must stay doubles


@dataclass(frozen=True)
class Asked:
    """What is predicted: a family of maps, log(P - 1), the seed, the effort of each x, the points on each map.

    ``threads`` change no result.

    Raises:
        InvalidInput: for more than e^500 points.
    """

    family: Family
    log_others: float
    seed: int
    effort: Effort
    a_map: int
    threads: int = field(default=1, compare=False)

    def __post_init__(self) -> None:
        if self.log_others > LARGEST_LOG:
            need = f"predictions from sampled energies need at most e^{LARGEST_LOG:g} points"
            raise refusal(need, f"e^{self.log_others:.4g}", "lower the number of points")

    def look(self, numbers: Integers, level: float, deepest: float | None = None) -> Views:
        """The views of the points with these numbers."""
        arguments = (self.family, numbers, self.a_map, level, self.log_others, self.effort, self.seed)
        return look(*arguments, deepest=deepest, threads=self.threads)
