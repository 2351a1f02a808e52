"""What the tests of trajectories share: small point sets, and samplers with a planted mistake."""

import math

import numpy as np

from remanifold.measures import Reversal, TrainingPoints
from remanifold.sampling.steps import exponential

TRAINING = TrainingPoints(np.random.default_rng(0).normal(size=(40, 4)))
FINE = Reversal(steps_per_e=24, batch=2000)


def loud(means, x, t, s, draw):
    """Reverse SDE with twice the variance of noise."""
    return exponential(means, x, t, s, lambda: math.sqrt(2) * draw())


LOUD = Reversal(steps_per_e=24, batch=2000, method=loud)


def largest_z(series):
    """Largest |value| / stderr where there is an error."""
    known = series.stderr > 0
    return float(np.abs(series.value[known] / series.stderr[known]).max())
