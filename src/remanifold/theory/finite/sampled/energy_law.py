"""The law of one energy |x - G(z)|^2/2 over z ~ N(0, I), seen from one x, as weighted samples of it."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from remanifold._core.types import Floats


@dataclass(frozen=True)
class EnergyLaw:
    """Weighted samples of the energies that the point x sees, deep into the low tail that few of P points reach.

    Attributes:
        energies: e = |x - G(z)|^2/2 of each sample, (n,), squared units of the data.
        own: a = |xi - G(z)|^2/2 of each sample from the clean point xi that x was made of, (n,); equal to
            ``energies`` where x is clean.
        log_weights: Logarithm of the probability of each sample under the prior, (n,); they sum to 1.
        noise: w of x = xi + sqrt(t) w, as |w|^2/2; 0 where x is clean.
        level: t of that noise; 0 where x is clean.
    """

    energies: Floats
    own: Floats
    log_weights: Floats
    noise: float = 0.0
    level: float = 0.0

    def exponents(self, t: float, delta: float | None = None) -> Floats:
        """(|xi + sqrt(delta) w - G(z)|^2 - delta |w|^2)/(2t) of each sample, (n,): 0 at the own point; delta is t.

        For x made at another noise ``level``, w.(xi - G) follows from both distances: no new sweep is needed, while
        the samples still reach the low energies of ``delta``.
        """
        if self.level == 0:
            return self.energies / t
        projected = (self.energies - self.own - self.level * self.noise) / np.sqrt(self.level)
        return self.own / t + projected * np.sqrt(t if delta is None else delta) / t

    def without_copies(self) -> tuple["EnergyLaw", float]:
        """The law given that no other point equals xi, and the probability of one that does."""
        kept = self.own > 0
        if kept.all():
            return self, 0.0
        if not kept.any():
            return self, 1.0
        total = float(np.asarray(logsumexp(self.log_weights[kept])))
        weights = self.log_weights[kept] - total
        law = EnergyLaw(self.energies[kept], self.own[kept], weights, self.noise, self.level)
        return law, float(-np.expm1(min(total, 0.0)))


def pooled(energies: Floats, temperatures: Floats, log_z: Floats) -> Floats:
    """Log prior probability of each sample, from samples at several inverse temperatures at once: (levels, particles).

    Every sample counts as if drawn from the mixture of all levels (multistate reweighting), after one pass that makes
    the normalisations agree with one another.

    Args:
        energies: (levels, particles); level k is distributed as prior times exp(-temperatures[k] e).
        temperatures: theta, (levels,), the first 0.
        log_z: log E exp(-theta e) of each level as found on the way, (levels,).
    """
    shares = np.multiply.outer(-temperatures, energies.ravel())
    shares -= log_z[:, None]
    largest = shares.max(0)
    shares -= largest
    np.exp(shares, out=shares)  # the only exponentials: both passes are sums of these with other factors
    moved = np.log(shares @ (1 / shares.sum(0)))  # of log_z, up to a constant
    moved -= moved[0]
    logs = -largest - np.log(np.exp(moved.min() - moved) @ shares)
    return np.asarray(logs - logsumexp(logs), dtype=np.float64)
