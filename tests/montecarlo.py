"""How the suite judges numbers that carry an error: in standard errors, with the chance of a false alarm stated."""

import math

import numpy as np
from scipy import stats

SIGMAS = 5.0  # two-sided chance of a false alarm: 6e-7


def agrees(value, stderr, reference, allowance=0.0, sigmas=SIGMAS):
    """Whether ``value`` +- ``stderr`` is within ``sigmas`` errors of ``reference``, plus a systematic ``allowance``."""
    return abs(value - reference) <= sigmas * stderr + allowance


def mean_and_error(draws):
    """Mean of independent draws (along axis 0) and its standard error."""
    draws = np.asarray(draws, dtype=np.float64)
    return draws.mean(axis=0), draws.std(axis=0, ddof=1) / math.sqrt(len(draws))


def sd_bounds(n, chance=1e-4):
    """Bounds of (sample sd / true sd) of ``n`` independent normal numbers, left with probability ``chance``."""
    low, high = stats.chi2.ppf([chance / 2, 1 - chance / 2], n - 1)
    return math.sqrt(low / (n - 1)), math.sqrt(high / (n - 1))
