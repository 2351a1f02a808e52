"""The exact score of a Gaussian population with noise: posterior mean, score and log density of N(mean, C + t I)."""

import math
from typing import Any

import numpy as np
import torch

from remanifold._core.errors import refusal, require
from remanifold.data import RowsLike
from remanifold.manifolds import HiddenManifold
from remanifold.scores.batch import Batch, batch_of
from remanifold.scores.denoiser import ArrayT, Noise

_NEGATIVE = 1e-10  # relative size of negative eigenvalues that is put down to round-off


class GaussianScore:
    """Posterior mean, score and log density for xi ~ N(mean, C): the exact population score of linear data.

    In the eigenvectors U (N, r) of the r positive eigenvalues l of C, with c = U^T (x - mean) and the rest
    r_perp = x - mean - U c, which no eigenvector reaches,
    m = mean + U (l c/(l+t)), score = -U (c/(l+t)) - r_perp/t: nothing cancels however small t is.
    Source: docs/explanation/theory.md, section 3. A `Denoiser`.

    Attributes:
        shape: Of one point.
        ambient_dim: N.
        mean: (N,) float64.
        spectrum: (r,) positive eigenvalues of C, largest first.
        directions: (N, r) their eigenvectors.

    >>> import numpy as np
    >>> from remanifold import GaussianScore
    >>> score = GaussianScore(mean=np.zeros(2), covariance=np.diag([3.0, 0.0]))
    >>> score.denoise(np.array([[1.0, 1.0]]), t=1.0)
    array([[0.75, 0.  ]])
    >>> score.log_density(np.array([[0.0, 0.0]]), sigma=1.0).round(3)
    array([-2.531])

    See also:
        `EmpiricalScore`, `remanifold.HiddenManifold`, `remanifold.simulate`.
    """

    def __init__(self, mean: RowsLike, covariance: RowsLike) -> None:
        """Take the ``mean`` (*shape) and the symmetric, positive semi-definite ``covariance`` (N, N).

        Raises:
            InvalidInput: if the covariance is not of that kind, or sizes disagree, or numbers are not finite.
        """
        matrix = _float64("covariance", covariance)
        need = "the covariance must be a symmetric (N, N) matrix"
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise refusal(need, f"shape {tuple(matrix.shape)}", "pass one")
        size = float(matrix.abs().max())
        require((matrix - matrix.T).abs().max() <= 1e-8 * size, need, "one that is not symmetric", "symmetrise it")
        l, u = torch.linalg.eigh((matrix + matrix.T) / 2)
        lowest = float(l[0])
        if lowest < -_NEGATIVE * size:
            raise refusal("the covariance must have no negative eigenvalue", f"{lowest:.3g}", "pass a covariance")
        self._set(mean, l.flip(0), u.flip(1))

    @classmethod
    def from_factor(cls, factor: RowsLike, mean: RowsLike | None = None) -> "GaussianScore":
        """Covariance F F^T / D of a ``factor`` F (N, D), with ``mean`` (*shape) or 0."""
        f = _float64("factor", factor)
        if f.ndim != 2:
            raise refusal("the factor must be an (N, D) array", f"shape {tuple(f.shape)}", "pass one")
        u, singular, _ = torch.linalg.svd(f / math.sqrt(f.shape[1]), full_matrices=False)
        score = cls.__new__(cls)
        score._set(torch.zeros(len(f), dtype=torch.float64) if mean is None else mean, singular**2, u)
        return score

    @classmethod
    def of(cls, manifold: HiddenManifold) -> "GaussianScore":
        """The population score of a linear hidden manifold without mixture.

        Raises:
            InvalidInput: if its points are not Gaussian.
        """
        if manifold.activation != "linear" or manifold.mixture is not None:
            do = "use an EmpiricalScore of many points"
            raise refusal("a Gaussian score needs a linear manifold without mixture", repr(manifold), do)
        return cls.from_factor(manifold.factor)

    def _set(self, mean: RowsLike, l: torch.Tensor, u: torch.Tensor) -> None:
        centre = _float64("mean", mean)
        if centre.numel() != len(u):
            need = f"the mean must have {len(u)} numbers, the ambient dimension"
            raise refusal(need, centre.numel(), "pass one per coordinate")
        self.shape, self.ambient_dim = tuple(centre.shape), len(u)
        positive = l > len(u) * torch.finfo(torch.float64).eps * l.max().clamp(min=0)
        self.mean, self.spectrum, self.directions = centre.reshape(-1), l[positive], u[:, positive]

    def __repr__(self) -> str:
        return (
            f"GaussianScore(shape={self.shape}, rank={len(self.spectrum)}, variance={float(self.spectrum.sum()):.4g})"
        )

    def __call__(self, x: ArrayT, t: Noise) -> ArrayT:
        """See `denoise`."""
        return self.denoise(x, t)

    def denoise(self, x: ArrayT, t: Noise | None = None, *, sigma: Noise | None = None) -> ArrayT:
        """Posterior mean of xi given x_t = x: (batch, *shape), same kind as ``x`` (see `EmpiricalScore.denoise`)."""
        batch, c, _ = self._split(x, t, sigma)
        shrink = self.spectrum / (self.spectrum + batch.t[:, None])
        return batch.give_points(self.mean + (shrink * c) @ self.directions.T)

    def score(self, x: ArrayT, t: Noise | None = None, *, sigma: Noise | None = None) -> ArrayT:
        """Gradient of `log_density`: -(C + t I)^-1 (x - mean), (batch, *shape)."""
        batch, c, rest = self._split(x, t, sigma)
        t_column = batch.t[:, None]
        return batch.give_points(-(c / (self.spectrum + t_column)) @ self.directions.T - rest / t_column)

    def log_density(self, x: ArrayT, t: Noise | None = None, *, sigma: Noise | None = None) -> ArrayT:
        """log N(x; mean, C + t I) in nats, (batch,)."""
        batch, c, rest = self._split(x, t, sigma)
        variances = self.spectrum + batch.t[:, None]  # (batch, r)
        n_rest = self.ambient_dim - len(self.spectrum)
        quadratic = (c * c / variances).sum(1) + (rest * rest / batch.t[:, None]).sum(1)
        log_det = variances.log().sum(1) + n_rest * batch.t.log()
        return batch.give(-(quadratic + log_det + self.ambient_dim * math.log(2 * math.pi)) / 2)

    def _split(self, x: Any, t: Any, sigma: Any) -> tuple[Batch, torch.Tensor, torch.Tensor]:
        """The queries, their coordinates c (batch, r) on the manifold, and what is left off it (batch, N)."""
        batch = batch_of(x, t, self.shape, self.mean.device, sigma=sigma)
        deviation = batch.x - self.mean
        c = deviation @ self.directions
        rest = deviation - c @ self.directions.T
        if len(self.spectrum) == self.ambient_dim:
            return batch, c, torch.zeros_like(rest)  # nothing is off the manifold; round-off over t would be
        return batch, c, rest - (rest @ self.directions) @ self.directions.T  # twice is enough (Kahan)


def _float64(name: str, values: Any) -> torch.Tensor:
    array = np.asarray(values.detach().cpu() if isinstance(values, torch.Tensor) else values)
    if array.dtype.kind not in "biuf" or array.size == 0:
        raise refusal(f"the {name} must be real numbers", str(array.dtype), "pass an array of floats")
    tensor = torch.from_numpy(array.astype(np.float64))
    if not torch.isfinite(tensor).all():
        raise refusal(f"the {name} must be finite", "nan or inf", "remove these")
    return tensor
