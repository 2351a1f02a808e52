"""A Gaussian mixture in the latent space of a hidden manifold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.errors import refusal, require


@dataclass(frozen=True, eq=False, init=False)
class LatentMixture:
    """K Gaussian modes of a latent vector: z = means[k] + scale * n, k of probability weights[k], n standard normal.

    Attributes:
        means: (K, D) centres.
        weights: (K,) probabilities, sum 1.
        scale: Standard deviation of every mode along every latent direction; 0 gives K points.
    """

    means: NDArray[np.float64]
    weights: NDArray[np.float64]
    scale: float

    def __init__(self, means: ArrayLike, weights: ArrayLike | None = None, scale: float = 1.0) -> None:
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
            raise refusal(
                f"the weights must be {n_modes} numbers, one per mode",
                f"shape {shares.shape}",
                "pass one weight per row of the means",
            )
        if not (bool((shares > 0).all()) and abs(shares.sum() - 1) < 1e-9):
            raise refusal(
                "the weights must be positive and sum to 1",
                np.array2string(shares, threshold=8),
                "divide them by their sum",
            )
        require(
            np.isfinite(scale) and scale >= 0, "the scale must be a finite number >= 0", scale, "pass e.g. scale=1.0"
        )
        object.__setattr__(self, "means", centres)
        object.__setattr__(self, "weights", shares)
        object.__setattr__(self, "scale", float(scale))

    @classmethod
    def two_modes(cls, latent_dim: int, squared_norm: float) -> "LatentMixture":
        """Two balanced modes +-m of unit variance with |m|^2 = ``squared_norm``, m along the diagonal."""
        require(latent_dim >= 1, "the latent dimension must be at least 1", latent_dim, "pass latent_dim >= 1")
        require(
            np.isfinite(squared_norm) and squared_norm >= 0,
            "the squared norm must be a finite number >= 0",
            squared_norm,
            "pass |m|^2, e.g. the ambient dimension",
        )
        m = np.full(latent_dim, np.sqrt(squared_norm / latent_dim))
        return cls(np.stack([m, -m]))

    def labels(self, uniforms: NDArray[np.float64]) -> NDArray[np.int64]:
        """The mode of each sample, from one uniform number in (0, 1) per sample."""
        edges = np.cumsum(self.weights)[:-1]
        return np.searchsorted(edges, uniforms, side="right").astype(np.int64)
