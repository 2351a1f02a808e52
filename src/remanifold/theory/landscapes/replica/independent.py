"""Independent coordinates: what is left of a hidden manifold when the latent ratio grows without bound."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from remanifold._core.errors import NotConverged
from remanifold.manifolds import Activation
from remanifold.theory.landscapes.landscape import Landscape
from remanifold.theory.landscapes.replica.activations import Nonlinearity, nonlinearity
from remanifold.theory.landscapes.replica.gaussian_channel import Averages, GaussianChannel, Levels
from remanifold.theory.landscapes.replica.solutions import Overlaps

TOLERANCE = 1e-8
_FLOOR = 1e-14
_FINEST = 8
_NOTHING_KNOWN = Overlaps(0.0, 0.0, 0.0)  # m = q = 0: each field is a fresh normal number
_DISCRETE = 1e12  # an inverse temperature that tells all values apart


@dataclass(frozen=True, eq=False)
class IndependentLandscape(Landscape):
    """Data whose coordinates are g(u) of independent u ~ N(0, 1): a scalar Gaussian channel per coordinate.

    zeta(lam, delta) = E_y log E_w exp(-lam (y - g(w))^2 / 2) with y = g(u) + sqrt(delta) n. For sign it is the
    binary-input Gaussian channel of information theory. Source: docs/explanation/theory.md (4.16).

    Attributes:
        g: The activation with its breaks.
        tolerance: Accuracy of zeta beside its size; the quadratures are refined until two orders agree.
    """

    g: Nonlinearity
    tolerance: float = TOLERANCE
    _known: dict[tuple[float, float], Averages] = field(default_factory=dict, repr=False, init=False)

    @classmethod
    def of(cls, activation: str | Activation, breaks: Sequence[float] | None = None) -> "IndependentLandscape":
        """The landscape of an activation by name, or of a vectorised numpy or torch function.

        Raises:
            InvalidInput: if the activation cannot be used.
        """
        return cls(nonlinearity(activation, breaks))

    @property
    def latent_ratio(self) -> float:
        """D/N: infinite."""
        return math.inf

    @property
    def information_ceiling(self) -> float:
        """Entropy of g(u) if g takes finitely many values, else infinite."""
        return -self.zeta(_DISCRETE, 0.0) if self.g.discrete else math.inf

    def zeta(self, lam: float, delta: float) -> float:
        """See `Landscape.zeta`."""
        return self._averages(lam, delta).log_z

    def zeta_slope(self, lam: float, delta: float) -> float:
        """See `Landscape.zeta_slope`."""
        return -self._averages(lam, delta).energy / lam

    def entropy_deficit(self, lam: float, delta: float) -> float:
        """See `Landscape.entropy_deficit`."""
        return -self._averages(lam, delta).entropy

    def _averages(self, lam: float, delta: float) -> Averages:
        if (lam, delta) not in self._known:
            self._known[lam, delta] = self._refine(GaussianChannel(self.g, lam, delta))
        return self._known[lam, delta]

    def _refine(self, channel: GaussianChannel) -> Averages:
        coarse = channel.averages(_NOTHING_KNOWN, Levels(1, 1, 1))
        for level in range(2, _FINEST + 1):
            fine = channel.averages(_NOTHING_KNOWN, Levels(level, level, level))
            change = max(abs(fine.log_z - coarse.log_z), abs(fine.energy - coarse.energy))
            if change <= self.tolerance * abs(fine.log_z) + _FLOOR:
                return fine
            coarse = fine
        raise NotConverged(
            f"zeta of independent {channel.g.name} at lam = {channel.lam:.6g}, delta = {channel.delta:.6g} changes "
            "under refinement; raise the tolerance, or declare the activation's `breaks`."
        )
