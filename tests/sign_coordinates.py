"""A landscape in closed form that is no manifold's: independent coordinates +-1."""

import math

import numpy as np

from remanifold.theory import Landscape


class SignCoordinates(Landscape):
    """Independent coordinates +-1: the binary-input Gaussian channel, by 64 Gauss-Hermite nodes."""

    information_ceiling = math.log(2)

    def seen(self, delta: float) -> tuple[np.ndarray, np.ndarray]:
        """Nodes of y x around x = 1 and their weights."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(64)
        return 1 + math.sqrt(delta) * nodes, weights / weights.sum()

    def zeta(self, lam: float, delta: float) -> float:
        y, weights = self.seen(delta)
        return float(weights @ (np.logaddexp(0, -2 * lam * y) - math.log(2))) - lam * delta / 2

    def zeta_slope(self, lam: float, delta: float) -> float:
        y, weights = self.seen(delta)
        return -delta / 2 - float(weights @ (2 * y / (1 + np.exp(2 * lam * y))))

    def entropy_deficit(self, lam: float, delta: float) -> float:
        return lam * (self.zeta_slope(lam, delta) + delta / 2) - (self.zeta(lam, delta) + lam * delta / 2)
