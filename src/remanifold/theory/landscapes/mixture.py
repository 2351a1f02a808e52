"""Data in several modes that lie far apart: each is a random energy model of its own."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import whole
from remanifold._core.errors import refusal, require
from remanifold._core.types import Floats
from remanifold.theory.landscapes.landscape import Answer, Landscape
from remanifold.theory.landscapes.linear import LinearLandscape


@dataclass(frozen=True, eq=False)
class MixtureLandscape(Landscape):
    """Modes whose distances are large beside the noise, so that only points of the same mode compete.

    As a `Landscape` it answers for the average over modes, theory.md (8.2): exact for everything annealed. What
    freezes, freezes mode by mode: `free_entropy`, `lowest_energy`, `basin`, `cross_entropy`, `kl` and
    `t_generalization` average each mode's own answer (8.4), while `t_collapse`, `t_onset` and `condensation` are roots
    of the annealed average (8.3). `mode_times` and `mean_crossings` give the rest.

    Attributes:
        modes: (K,) landscape within each mode.
        shares: (K,) share of the data in modes of this kind; sum 1.
        surprisals: (K,) -log(probability of one such mode)/N, nats: what its name tells.
    """

    modes: tuple[Landscape, ...]
    shares: Floats
    surprisals: Floats

    def __post_init__(self) -> None:
        surprisals, n = self.surprisals, len(self.modes)
        probabilities(self.shares, n)
        sound = surprisals.shape == (n,) and bool(np.all(np.isfinite(surprisals) & (surprisals >= 0)))
        need = "the surprisals must be as many as the modes, finite and not negative"
        require(sound, need, surprisals, "pass -log(probability)/N")

    @classmethod
    def of_modes(
        cls, modes: Sequence[Landscape], weights: Sequence[float] | NDArray[np.floating], ambient_dim: int | None = None
    ) -> "MixtureLandscape":
        """K modes of probabilities ``weights``, all in the same ``ambient_dim`` N dimensions.

        Without N the shift log(weight)/N of a mode's load is left out, as is right for N to infinity at fixed K.

        Raises:
            InvalidInput: if the weights are not K positive numbers of sum 1, or N is not positive.
        """
        shares = probabilities(weights, len(modes))
        if ambient_dim is None:
            return cls(tuple(modes), shares, np.zeros(len(modes)))
        whole("the ambient dimension", ambient_dim, least=1)
        return cls(tuple(modes), shares, -np.log(shares) / ambient_dim + 0.0)

    @classmethod
    def from_spectra(
        cls,
        spectra: Sequence[Sequence[float] | NDArray[np.floating]],
        weights: Sequence[float] | NDArray[np.floating],
        ambient_dim: int,
    ) -> "MixtureLandscape":
        """Gaussian modes in ``ambient_dim`` N dimensions; see `of_modes` and `LinearLandscape.from_eigenvalues`."""
        modes = [LinearLandscape.from_eigenvalues(spectrum, ambient_dim) for spectrum in spectra]
        return cls.of_modes(modes, weights, ambient_dim)

    @classmethod
    def many(cls, mode: Landscape, load_of_modes: float) -> "MixtureLandscape":
        """exp(load_of_modes N) modes alike, of equal probability: the load of each is lower by ``load_of_modes``.

        Raises:
            InvalidInput: if load_of_modes is negative or not finite.
        """
        return cls((mode,), np.ones(1), np.array([load_of_modes], dtype=np.float64))

    @property
    def information_ceiling(self) -> float:
        """The load above which points coincide in one of the modes; infinite for Gaussian modes."""
        return min(mode.information_ceiling + float(name) for mode, name in zip(self.modes, self.surprisals))

    @property
    def mode_information(self) -> float:
        """H/N, nats: what the name of a point's mode tells; at loads below it no mode holds two points."""
        return float(self.shares @ self.surprisals)

    @property
    def several_modes(self) -> bool:
        """See `Landscape.several_modes`."""
        return len(self.modes) > 1

    def mode_loads(self, load: float) -> tuple[float, ...]:
        """The load of each mode, log(P times its probability)/N; (8.1)."""
        return tuple(load - float(name) for name in self.surprisals)

    def each_mode(self, function: Callable[[Landscape, float], Answer], load: float) -> list[Answer]:
        """function(mode, load of the mode) for each mode.

        Raises:
            InvalidInput: if the load leaves a mode with one point or none.
        """
        loads = self.mode_loads(load)
        if not (min(loads) > 0):
            need = "every mode must hold several points, so the load must be above the largest surprisal of a mode, "
            do = "there is nothing to confuse a lone point with, so leave such modes out or pass more points"
            raise refusal(f"{need}{self.surprisals.max():g}", f"{load:g}", do)
        return [function(mode, own) for mode, own in zip(self.modes, loads)]

    def mean_of_modes(self, function: Callable[[Landscape, float], float], load: float) -> float:
        """Mean over the data of `each_mode`; (8.4)."""
        return self._mean(self.each_mode(lambda mode, own: mode.mean_of_modes(function, own), load))

    def zeta(self, lam: float, delta: float) -> float:
        """See `Landscape.zeta`; docs/explanation/theory.md (8.2)."""
        return self._mean([mode.zeta(lam, delta) for mode in self.modes]) - self.mode_information

    def zeta_slope(self, lam: float, delta: float) -> float:
        """See `Landscape.zeta_slope`."""
        return self._mean([mode.zeta_slope(lam, delta) for mode in self.modes])

    def entropy_deficit(self, lam: float, delta: float) -> float:
        """See `Landscape.entropy_deficit`; at least `mode_information`."""
        return self._mean([mode.entropy_deficit(lam, delta) for mode in self.modes]) + self.mode_information

    def _mean(self, values: Sequence[float]) -> float:
        return math.fsum(share * value for share, value in zip(self.shares.tolist(), values))


def probabilities(weights: Sequence[float] | NDArray[np.floating], n: int) -> Floats:
    """``weights`` as an array (n,), if they are positive and sum to 1.

    Raises:
        InvalidInput: if they are not.
    """
    shares = np.asarray(weights, dtype=np.float64)
    sound = shares.shape == (n,) and bool(np.all(shares > 0)) and abs(float(shares.sum()) - 1) < 1e-9
    if not sound:
        need = f"the weights must be {n} positive numbers of sum 1, one for each mode"
        raise refusal(need, weights, "divide them by their sum")
    return shares


def require_one_kind(landscape: Landscape) -> None:
    """Refuse (`InvalidInput`) a mixture of several kinds of modes where the answer differs from mode to mode."""
    need = "phases and retrieval must be asked of one kind of mode, since each mode freezes on its own"
    require(
        not landscape.several_modes, need, "a mixture of several", "pass one of its `modes` and of its `mode_loads`"
    )
