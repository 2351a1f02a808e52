"""Linear manifolds: the landscape of Gaussian data follows from the spectrum of its covariance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from remanifold._core.checks import number, whole
from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.types import Floats
from remanifold.theory.landscapes.landscape import Landscape
from remanifold.theory.landscapes.quadrature import marchenko_pastur, power_law_limit

_LARGEST_DIM = 10**6
_STEEPEST = 10.0


@dataclass(frozen=True, eq=False)
class LinearLandscape(Landscape):
    """Gaussian data on a linear subspace: covariance with D = ``latent_ratio`` N non-zero eigenvalues.

    However it is made, `InvalidInput` refuses a ``latent_ratio`` outside (0, 1].
    Source: docs/explanation/theory.md (4.6) to (4.8).

    Attributes:
        latent_ratio: D/N, in (0, 1].
        eigenvalues: (K,) positive eigenvalues of the covariance (or quadrature nodes of their density), unit of t.
        weights: (K,) share of the D directions that each holds; sum 1.
    """

    latent_ratio: float
    eigenvalues: Floats
    weights: Floats

    def __post_init__(self) -> None:
        require_ratio(self.latent_ratio)
        values, weights = self.eigenvalues, self.weights
        if not (values.ndim == 1 and len(values) > 0 and bool(np.all(np.isfinite(values) & (values > 0)))):
            need = "the eigenvalues of a landscape must be a list of positive finite numbers"
            raise refusal(need, _sketch(values), "leave the zeros out and let latent_ratio count the rest")
        if not (weights.shape == values.shape and bool(np.all(weights >= 0)) and abs(float(weights.sum()) - 1) < 1e-9):
            need = "the weights must be as many as the eigenvalues, non-negative, with sum 1"
            raise refusal(need, _sketch(weights), "divide the counts by their sum")

    @classmethod
    def isometric(cls, latent_ratio: float) -> "LinearLandscape":
        """F with orthogonal columns, F^T F = N I: all eigenvalues N/D, so that trace/N = 1."""
        require_ratio(latent_ratio)
        return cls(latent_ratio, np.array([1 / latent_ratio]), np.ones(1))

    @classmethod
    def gaussian(cls, latent_ratio: float) -> "LinearLandscape":
        """F with iid N(0, 1) entries: Marchenko-Pastur spectrum over latent_ratio, trace/N = 1."""
        nodes, weights = marchenko_pastur(latent_ratio)
        with np.errstate(over="ignore"):  # what overflows is refused
            return cls(latent_ratio, nodes / latent_ratio, weights)

    @classmethod
    def power_law(cls, latent_dim: int, ambient_dim: int, exponent: float) -> "LinearLandscape":
        """Eigenvalues proportional to i^-exponent, i = 1..latent_dim, with trace/N = 1.

        Raises:
            InvalidInput: if the dimensions are not whole numbers with 1 <= D <= N, or the exponent is not in [0, 10].
        """
        whole("the ambient dimension", ambient_dim, least=1)
        whole("the latent dimension", latent_dim, least=1, most=min(ambient_dim, _LARGEST_DIM))
        number("the exponent of a power law", exponent, least=0, most=_STEEPEST, do="pass a in l_i ~ i^-a")
        raw = np.arange(1, latent_dim + 1, dtype=np.float64) ** -exponent
        return cls(latent_dim / ambient_dim, raw * (ambient_dim / raw.sum()), np.full(latent_dim, 1 / latent_dim))

    @classmethod
    def power_law_limit(cls, latent_ratio: float, exponent: float) -> "LinearLandscape":
        """The power law at infinitely many dimensions, which exists for exponents below 1; trace/N = 1.

        Raises:
            InvalidInput: if the exponent is not in [0, 0.95].
        """
        require_ratio(latent_ratio)
        nodes, weights = power_law_limit(exponent)
        with np.errstate(over="ignore"):  # what overflows is refused
            return cls(latent_ratio, nodes / latent_ratio, weights)

    @classmethod
    def from_eigenvalues(
        cls, eigenvalues: Sequence[float] | NDArray[np.floating], ambient_dim: int | None = None
    ) -> "LinearLandscape":
        """The landscape of a finite list of covariance eigenvalues, any order, any unit; zeros lie off the manifold.

        ``ambient_dim`` defaults to the length of the list; if it is larger, the rest of the eigenvalues are zero.
        Values that are zero up to the round-off of an eigenvalue routine, N eps times the largest, count as zero.

        Raises:
            InvalidInput: if one is negative or not finite, all are zero, or there are more than ambient_dim of them.
        """
        values = _as_floats(eigenvalues)
        if values.ndim != 1 or not len(values) or not np.all(np.isfinite(values)):
            need = "a spectrum must be a list of finite eigenvalues"
            raise refusal(need, _sketch(values), "pass the eigenvalues of the covariance")
        ambient_dim = len(values) if ambient_dim is None else ambient_dim
        ambient_dim = whole(f"the ambient dimension of {len(values)} eigenvalues", ambient_dim, least=len(values))
        noise = float(np.abs(values).max()) * len(values) * np.finfo(np.float64).eps
        lowest = float(values.min())
        require(lowest >= -noise, "the eigenvalues of a covariance must not be negative", lowest, "check the matrix")
        values = values[values > noise]
        need = "a spectrum must hold at least one positive eigenvalue"
        require(len(values) > 0, need, "zeros only", "check the data")
        return cls(len(values) / ambient_dim, values, np.full(len(values), 1 / len(values)))

    @property
    def gaussian_spectrum(self) -> Floats:
        """See `Landscape.gaussian_spectrum`."""
        return self.eigenvalues

    @property
    def variance(self) -> float:
        """Variance per ambient coordinate, trace/N: 1 in every ensemble of this page, unit of t."""
        return self.latent_ratio * float(self.weights @ self.eigenvalues)

    def zeta(self, lam: float, delta: float) -> float:
        """See `Landscape.zeta`; docs/explanation/theory.md (4.6)."""
        log_u = self._log_gain(lam)
        inside = np.logaddexp(0, log_u) + expit(log_u) * (1 + delta / self.eigenvalues)
        return -self.latent_ratio / 2 * float(self.weights @ inside) - (1 - self.latent_ratio) * lam * delta / 2

    def zeta_slope(self, lam: float, delta: float) -> float:
        """See `Landscape.zeta_slope`; docs/explanation/theory.md (4.7)."""
        shrink = expit(-self._log_gain(lam))
        inside = self.eigenvalues * shrink + (self.eigenvalues + delta) * shrink * shrink
        return -self.latent_ratio / 2 * float(self.weights @ inside) - (1 - self.latent_ratio) * delta / 2

    def entropy_deficit(self, lam: float, delta: float) -> float:
        """See `Landscape.entropy_deficit`; theory.md (4.8): nothing in it grows with the off-manifold part."""
        log_u = self._log_gain(lam)
        share = expit(log_u)
        inside = np.logaddexp(0, log_u) + share * share * delta / self.eigenvalues - share * expit(-log_u)
        return self.latent_ratio / 2 * float(self.weights @ inside)

    def closed_collapse(self, load: float) -> float | None:
        """(5.3), where all eigenvalues are equal."""
        if len(self.eigenvalues) > 1:
            return None
        return float(self.eigenvalues[0]) / math.expm1(2 * load / self.latent_ratio)

    def closed_basin(self, load: float, t: float) -> float:
        """Equation (5.7): zeta is linear in delta, so the crossing is explicit."""
        slope = self.latent_ratio * float(self.weights @ (self.eigenvalues / (t + self.eigenvalues)))
        return -2 * t * (load + self.zeta(1 / t, 0.0)) / slope

    def _log_gain(self, lam: float) -> Floats:
        """log u with u = lam l, which itself would overflow at the ends of a root search; expit(log u) = u/(1+u)."""
        return self._log_eigenvalues + (math.log(lam) if lam > 0 else -math.inf)

    @cached_property
    def _log_eigenvalues(self) -> Floats:
        return np.log(self.eigenvalues)


def _as_floats(values: object) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"a spectrum must be a list of numbers, but got {str(values)[:60]!r}; pass the covariance's eigenvalues."
        ) from error


def _sketch(values: Floats) -> str:
    return np.array2string(values, threshold=6, edgeitems=2, precision=4) if values.size else "an empty list"


def require_ratio(latent_ratio: float) -> None:
    """Refuse (`InvalidInput`) a D/N outside (0, 1]."""
    number("the latent ratio", latent_ratio, above=0, most=1, do="pass D/N")
