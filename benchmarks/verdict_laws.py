"""Laws of rows whose exact denoisers are known, for `verdict_rates`."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Law:
    """A mixture of Gaussians: weights (k,), means (k, N), variances (k, N); ``levels`` rounds rows to whole numbers."""

    weights: Array
    means: Array
    variances: Array
    whole: bool = False

    def labelled(self, random: np.random.Generator, n: int) -> tuple[Array, NDArray[np.int64]]:
        """Rows (n, N) and the component of each."""
        part = random.choice(len(self.weights), n, p=self.weights)
        rows = self.means[part] + random.normal(size=(n, self.means.shape[1])) * np.sqrt(self.variances[part])
        return ((rows > 0).astype(np.float64) if self.whole else rows), part

    def draw(self, random: np.random.Generator, n: int) -> Array:
        """Rows (n, N)."""
        return self.labelled(random, n)[0]

    def denoiser(
        self, rows: Array | None = None, share: float = 0.0, blank: float = 0.0
    ) -> Callable[[Array, float], Array]:
        """Posterior mean of (1 - share) of the law and share of ``rows``, each with an equal part.

        Args:
            rows: Rows that were learned by heart.
            share: Their part.
            blank: Part of the law that is the row of zeros.
        """
        points = [] if rows is None or not share else [(rows, share)]
        points += [(np.zeros((1, self.means.shape[1])), (1 - share) * blank)] if blank else []

        def mean(x: Array, t: float) -> Array:
            x = np.asarray(x, dtype=float)
            total = self.variances + t
            apart = x[:, None] - self.means
            left = (1 - share) * (1 - blank)
            logs = np.log(left * self.weights) - 0.5 * (apart**2 / total + np.log(total)).sum(2)
            guesses = self.means + self.variances / total * apart
            for near, part in points:
                far = -0.5 * (((x[:, None] - near) ** 2).sum(2) / t + x.shape[1] * math.log(t))
                logs = np.concatenate([logs, far + math.log(part / len(near))], axis=1)
                guesses = np.concatenate([guesses, np.broadcast_to(near, (len(x), *near.shape))], axis=1)
            weights = np.exp(logs - logs.max(axis=1, keepdims=True))
            return np.einsum("ik,ikn->in", weights / weights.sum(axis=1, keepdims=True), guesses)

        return mean


def gaussian(dim: int) -> Law:
    """One Gaussian with standard deviations .1 to 1.5."""
    return Law(np.ones(1), np.zeros((1, dim)), np.linspace(0.1, 1.5, dim)[None, :] ** 2)


def clusters(dim: int) -> Law:
    """Six clusters of unequal size and shape."""
    fixed = np.random.default_rng(1)
    weights = fixed.dirichlet(np.ones(6))
    return Law(weights, fixed.normal(size=(6, dim)) * 3, fixed.uniform(0.05, 1, size=(6, dim)))


def heavy(dim: int) -> Law:
    """Scales .5 to 12 around 0: few rows lie far out."""
    scales = np.geomspace(0.5, 12, 6)
    weights = scales**-1.5 / (scales**-1.5).sum()
    return Law(weights, np.zeros((6, dim)), (scales[:, None] * np.linspace(0.05, 1, dim)) ** 2)


def coarse(dim: int) -> Law:
    """Columns of zeros and ones."""
    return Law(np.ones(1), np.zeros((1, dim)), np.ones((1, dim)), whole=True)


def with_line(law: Law, share: float) -> Law:
    """``law`` with a part of the rows near a line, far from the others: rows of few dimensions among rows of many."""
    dim = law.means.shape[1]
    thin = np.full((1, dim), 1e-4)
    thin[0, 0] = 1.0
    weights = np.concatenate([(1 - share) * law.weights, [share]])
    return Law(weights, np.concatenate([law.means, np.full((1, dim), 5.0)]), np.concatenate([law.variances, thin]))


def blurred(law: Law, factor: float) -> Law:
    """``law`` with other variances."""
    return Law(law.weights, law.means, law.variances * factor)


def few_modes(law: Law, n: int) -> Law:
    """The first n components of ``law``."""
    return Law(law.weights[:n] / law.weights[:n].sum(), law.means[:n], law.variances[:n])
