"""What the tests of networks share: a small linear manifold, its exact scores, and counted denoisers."""

import numpy as np

from remanifold import EmpiricalScore, GaussianScore, HiddenManifold

MANIFOLD = HiddenManifold(ambient_dim=12, latent_dim=5, n_points=80, seed=3)
TRAIN, HOLDOUT = MANIFOLD.points(), MANIFOLD.fresh(60)
EXACT, POPULATION = EmpiricalScore(TRAIN), GaussianScore.of(MANIFOLD)


def partly(share):
    """A network that is ``share`` of the way from the population score to the exact score of the training rows."""
    return lambda x, t: POPULATION(x, t) + share * (EXACT(x, t) - POPULATION(x, t))


class Counted:
    """m(x, t) = x / (1 + t), coordinate by coordinate; counts rows, and stops like Ctrl-C after so many calls."""

    def __init__(self, most=10**9):
        self.calls, self.rows, self.most = 0, 0, most

    def __call__(self, x, t):
        self.calls += 1
        if self.calls > self.most:
            raise KeyboardInterrupt
        self.rows += len(x)
        return np.asarray(x) / (1 + t)
