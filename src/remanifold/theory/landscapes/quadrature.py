"""Nodes and weights that average smooth functions over a continuous spectrum, exact to about 1e-13.

Both spectra are integrated with the trapezoid rule after a logistic substitution. The integrands of the theory,
log(1 + l/t) and rational functions of l/t, are then analytic in a strip of half-width pi/2 or more around the real
axis however small t is, so a step h errs by exp(-pi^2/h): 7e-18 at h = 1/4.
"""

import math

import numpy as np
from scipy.special import expit

from remanifold._core.checks import number
from remanifold._core.errors import require
from remanifold._core.types import Floats

_STEP = 0.25
_CUT = 38.0  # exp(-38) = 3e-17: what lies beyond carries less than round-off
_SMALLEST_LOG = -700.0  # exp(-700) is still a normal double
STEEPEST_LIMIT_EXPONENT = 0.95  # beyond it the trace would hang on nodes below the smallest double

Rule = tuple[Floats, Floats]


def marchenko_pastur(ratio: float) -> Rule:
    """Eigenvalues of F^T F / N for F of shape (N, D) with iid N(0, 1) entries, D/N = ``ratio``: nodes and weights.

    With x = (1 - sqrt(c))^2 + 4 sqrt(c) sin^2(phi/2), c the ratio, the density becomes (2/pi) sin^2(phi)/x dphi on
    (0, pi). The logistic variable phi = pi expit(y) then resolves the lower edge, which reaches 0 at ratio 1.

    Raises:
        InvalidInput: if the ratio is not in (0, 1].
    """
    number("the latent ratio", ratio, above=0, most=1, do="pass D/N")
    y = np.arange(-_CUT, _CUT + _STEP, _STEP)
    half_angle = 0.5 * np.pi * expit(y)
    lower_edge = ((1 - ratio) / (1 + math.sqrt(ratio))) ** 2
    nodes = lower_edge + 4 * math.sqrt(ratio) * np.sin(half_angle) ** 2
    sine = np.where(y < 0, np.sin(2 * half_angle), np.sin(np.pi * expit(-y)))  # sin(phi), exact at both ends
    weights = 2 * _STEP * sine**2 / nodes * expit(y) * expit(-y)
    return nodes, weights / weights.sum()


def power_law_limit(exponent: float) -> Rule:
    """The law of (1 - a) U^-a, U uniform in (0, 1): a power-law spectrum of infinitely many eigenvalues and mean 1.

    Raises:
        InvalidInput: if the exponent a is not in [0, 0.95].
    """
    need = f"where only ratios are given, the exponent of a power law must be from 0 to {STEEPEST_LIMIT_EXPONENT}"
    do = "beyond, the infinite-size limit fails, so describe the data by `n_points`, `ambient_dim` and `latent_dim`"
    require(0 <= exponent <= STEEPEST_LIMIT_EXPONENT, need, exponent, do)
    y = np.arange(max(-_CUT / (1 - exponent), _SMALLEST_LOG), _CUT + _STEP, _STEP)
    weights = _STEP * expit(y) * expit(-y)
    return (1 - exponent) * np.exp(-exponent * -np.logaddexp(0, -y)), weights / weights.sum()
