"""A Gaussian mixture in the latent space of a hidden manifold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remanifold._core.checks import number, whole
from remanifold._core.errors import refusal, require
from remanifold._core.types import Floats, Integers


@dataclass(frozen=True, eq=False, init=False)
class LatentMixture:
    """K Gaussian modes of a latent vector: z = means[k] + scale * n, k of probability weights[k], n standard normal.

    Attributes:
        means: (K, D) centres.
        weights: (K,) probabilities, sum 1.
        scale: Standard deviation of every mode along every latent direction; 0 gives K points.
    """

    means: Floats
    weights: Floats
    scale: float

    def __init__(
        self,
        means: Sequence[Sequence[float]] | Floats,
        weights: Sequence[float] | Floats | None = None,
        scale: float = 1.0,
    ) -> None:
        """Take ``means`` (K, D), ``weights`` (K,) (equal if left out) and a common ``scale`` >= 0.

        Raises:
            InvalidInput: if shapes disagree, weights are not probabilities, or a number is not finite.
        """
        centres = np.array(means, dtype=np.float64)
        if not (centres.ndim == 2 and centres.size > 0):
            raise refusal("the means must be a (K, D) array", f"shape {centres.shape}", "pass one row per mode")
        require(np.isfinite(centres).all(), "the means must be finite", "nan or inf", "remove them")
        n_modes = len(centres)
        shares = np.full(n_modes, 1 / n_modes) if weights is None else np.array(weights, dtype=np.float64)
        if shares.shape != (n_modes,):
            need = f"the weights must be {n_modes} numbers, one per mode"
            raise refusal(need, f"shape {shares.shape}", "pass one weight per row of the means")
        if not (bool((shares > 0).all()) and abs(shares.sum() - 1) < 1e-9):
            got = np.array2string(shares, threshold=8)
            raise refusal("the weights must be positive and sum to 1", got, "divide them by their sum")
        object.__setattr__(self, "means", centres)
        object.__setattr__(self, "weights", shares)
        object.__setattr__(self, "scale", number("the scale", scale, least=0, do="pass e.g. scale=1.0"))

    @classmethod
    def two_modes(cls, latent_dim: int, squared_norm: float) -> "LatentMixture":
        """Two balanced modes +-m of unit variance with |m|^2 = ``squared_norm``, m along the diagonal."""
        whole("the latent dimension", latent_dim, least=1)
        number("the squared norm", squared_norm, least=0, do="pass |m|^2, e.g. the ambient dimension")
        m = np.full(latent_dim, np.sqrt(squared_norm / latent_dim))
        return cls(np.stack([m, -m]))

    def labels(self, uniforms: Floats) -> Integers:
        """The mode of each sample, from one uniform number in (0, 1) per sample."""
        edges = np.cumsum(self.weights)[:-1]
        return np.searchsorted(edges, uniforms, side="right").astype(np.int64)
