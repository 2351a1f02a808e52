"""The hidden manifold model: points xi = g(F z / sqrt(D)) with a Gaussian latent z."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.errors import refusal, require
from remanifold._core.seeds import normals, uniforms
from remanifold._core.types import Floats, Integers
from remanifold.manifolds.activations import Activation, activation_of
from remanifold.manifolds.ensembles import draw_factor, own_factor, own_spectrum
from remanifold.manifolds.mixture import LatentMixture
from remanifold.manifolds.sizes import latent_dim_of, n_points_of

_MOST_NUMBERS = 2**38  # of F: beyond any memory
_BLOCK = 64  # rows of one matrix product: aligned to sample indices, so that a slice is bit for bit a part of the whole


@dataclass(frozen=True, init=False, eq=False, repr=False)
class HiddenManifold:
    """Points xi^mu = g(F z^mu / sqrt(D)), mu = 0..P-1, in R^N on a manifold of D latent dimensions.

    Sample mu depends on (seed, mu) alone, so any slice is generated without the rest; F depends on the seed alone.
    Source: arXiv 1909.11500 (the model), arXiv 2502.09578 (its use for diffusion); theory.md, section 1.

    Attributes:
        ambient_dim: N.
        latent_dim: D.
        n_points: P.
        seed: Of F, the latents and the labels.
        activation: Name of g.
        ensemble: Name of the law of F: gaussian, isometric, power-law, or "factor" / "spectrum" for the user's own.
        exponent: Of the power law, else None.
        mixture: Of the latents, None for z ~ N(0, I_D).
        function: g itself.
        factor: F, float64 (N, D).

    >>> import remanifold
    >>> manifold = remanifold.HiddenManifold(ambient_dim=20, latent_dim=6, n_points=500, activation="tanh")
    >>> manifold
    HiddenManifold(N=20, D=6, P=500, tanh, gaussian, seed=0)
    >>> manifold.points().shape, manifold.points(100, 110).shape, manifold.fresh(50).shape
    ((500, 20), (10, 20), (50, 20))

    See also:
        `remanifold.phases` for what theory predicts of it, `remanifold.GaussianScore` for its population's score.
    """

    ambient_dim: int
    latent_dim: int
    n_points: int
    seed: int
    activation: str
    ensemble: str
    exponent: float | None
    mixture: LatentMixture | None
    function: Activation
    factor: Floats

    def __init__(
        self,
        *,
        ambient_dim: int | None = None,
        latent_dim: int | None = None,
        latent_ratio: float | None = None,
        n_points: int | None = None,
        load: float | None = None,
        activation: str | Activation = "linear",
        ensemble: str | None = None,
        exponent: float | None = None,
        factor: Sequence[Sequence[float]] | Floats | None = None,
        spectrum: Sequence[float] | Floats | None = None,
        mixture: LatentMixture | None = None,
        seed: int = 0,
    ) -> None:
        """Draw F and fix the sizes; no point is generated yet.

        Main arguments:
            ambient_dim: N; may be left out with ``factor``.
            latent_dim: D; or give ``latent_ratio``; neither with ``factor`` or ``spectrum``, which say it.
            latent_ratio: D/N in (0, 1].
            n_points: P; or give ``load``.
            load: log(P)/N; P = round(exp(load * N)).
            seed: A whole number >= 0.

        Other arguments:
            activation: Elementwise g: linear, tanh, relu, sign, erf, leaky-relu, sine, or a callable.
            ensemble: gaussian (the default; iid entries), isometric (F^T F = N I_D) or power-law.
            exponent: a of the power-law eigenvalues l_i ~ i^-a, with sum N.
            factor: The user's own F (N, D).
            spectrum: The user's own D <= N eigenvalues of F F^T / D, along random orthonormal directions.
            mixture: Gaussian mixture of the latents.

        Raises:
            InvalidInput: if sizes, names or arrays cannot be used together.
        """
        laws = sum(choice is not None for choice in (ensemble, factor, spectrum))
        if laws > 1:
            need = "the law of F must come from one of ensemble, factor and spectrum"
            raise refusal(need, f"{laws} of them", "pass one")
        if factor is not None or spectrum is not None:
            need = "the latent dimension and the exponent come with factor or spectrum"
            require(latent_dim is latent_ratio is exponent is None, need, "one of them besides", "leave them out")
        if factor is not None:
            law, f = "factor", own_factor(factor, ambient_dim)
        elif spectrum is not None:
            law, f = "spectrum", own_spectrum(seed, whole("the ambient dimension", ambient_dim, least=1), spectrum)
        else:
            law, n = ensemble or "gaussian", whole("the ambient dimension", ambient_dim, least=1)
            d = latent_dim_of(n, latent_dim, latent_ratio)
            need = f"a hidden manifold must have at most {_MOST_NUMBERS} numbers in F"
            if n * d > _MOST_NUMBERS:
                raise refusal(need, f"{n} x {d}", "pass smaller dimensions")
            f = draw_factor(law, seed, n, d, exponent)
        name, g = activation_of(activation)
        n, d = f.shape
        if mixture is not None:
            need = f"the means of the mixture must have the latent dimension {d}"
            require(mixture.means.shape[1] == d, need, mixture.means.shape[1], "pass means of shape (K, D)")
        p = n_points_of(n, n_points, load)
        values = (n, d, p, seed, name, law, exponent, mixture, g, f)
        for field, value in zip(self.__dataclass_fields__, values):
            object.__setattr__(self, field, value)

    @property
    def load(self) -> float:
        """log(P)/N of the actual P."""
        return math.log(self.n_points) / self.ambient_dim

    @property
    def latent_ratio(self) -> float:
        """D/N of the actual D."""
        return self.latent_dim / self.ambient_dim

    @property
    def spectrum(self) -> Floats:
        """The min(N, D) leading eigenvalues of F F^T / D of this draw, largest first: the covariance of the points.

        Raises:
            InvalidInput: if g is not linear or the latents are a mixture, where F F^T / D is not the covariance.
        """
        if self.activation != "linear" or self.mixture is not None:
            need = "the spectrum of F is the covariance of a linear manifold without mixture only"
            got = f"{self.activation}{'' if self.mixture is None else ' with a mixture'}"
            raise refusal(need, got, "measure the covariance of the points")
        return np.linalg.svd(self.factor, compute_uv=False) ** 2 / self.latent_dim

    def latents(self, start: int = 0, stop: int | None = None) -> Floats:
        """z of the samples ``start``..``stop-1``: (stop - start, D)."""
        return self._latents("points", *self._range(start, stop))

    def points(self, start: int = 0, stop: int | None = None) -> Floats:
        """xi of the samples ``start``..``stop-1`` (all to P by default): float64 (stop - start, N).

        Raises:
            InvalidInput: unless 0 <= start <= stop <= P.
        """
        return self._points("points", *self._range(start, stop))

    def labels(self, start: int = 0, stop: int | None = None) -> Integers:
        """The mode k of the samples ``start``..``stop-1``; all 0 without a mixture."""
        return self._labels("points", *self._range(start, stop))

    def fresh(self, n: int, start: int = 0) -> Floats:
        """``n`` hold-out points of the same manifold from a stream of their own, from index ``start``: (n, N)."""
        whole("the number of hold-out points", n)
        whole("`start`", start)
        return self._points("fresh", start, start + n)

    def describe(self) -> dict[str, Any]:
        """What this data is, ready for JSON."""
        names = ("ambient_dim", "latent_dim", "n_points", "load", "latent_ratio", "activation", "ensemble", "exponent")
        plain = {"model": "hidden manifold"} | {name: getattr(self, name) for name in (*names, "seed")}
        mixture = self.mixture
        return plain | {
            "mixture": None if mixture is None else {"weights": mixture.weights.tolist(), "scale": mixture.scale}
        }

    def __repr__(self) -> str:
        return (
            f"HiddenManifold(N={self.ambient_dim}, D={self.latent_dim}, P={self.n_points}, "
            f"{self.activation}, {self.ensemble}, seed={self.seed})"
        )

    def _range(self, start: int, stop: int | None) -> tuple[int, int]:
        end = self.n_points if stop is None else stop
        if not 0 <= start <= end <= self.n_points:
            need = f"a slice must satisfy 0 <= start <= stop <= {self.n_points}"
            raise refusal(need, f"{start}, {end}", "stay inside")
        return start, end

    def _labels(self, stream: str, start: int, stop: int) -> Integers:
        if self.mixture is None:
            return np.zeros(stop - start, dtype=np.int64)
        return self.mixture.labels(uniforms(self.seed, f"{stream}/label", start, stop, 1)[:, 0])

    def _latents(self, stream: str, start: int, stop: int) -> Floats:
        z = normals(self.seed, f"{stream}/latent", start, stop, self.latent_dim)
        if self.mixture is None:
            return z
        return self.mixture.means[self._labels(stream, start, stop)] + self.mixture.scale * z

    def _points(self, stream: str, start: int, stop: int) -> Floats:
        first = start // _BLOCK * _BLOCK
        n_blocks = -(-(stop - first) // _BLOCK)
        z = self._latents(stream, first, first + n_blocks * _BLOCK).reshape(n_blocks, _BLOCK, self.latent_dim)
        fields = np.matmul(z, self.factor.T).reshape(-1, self.ambient_dim)[start - first : stop - first]
        return np.asarray(self.function(fields / math.sqrt(self.latent_dim)), dtype=np.float64)
