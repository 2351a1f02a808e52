"""How many more samples push the collapse down to a given noise."""

import math
from dataclasses import dataclass
from typing import SupportsFloat

import numpy as np

from remanifold._core.errors import InvalidInput, require
from remanifold._core.estimate import Estimate
from remanifold._core.types import Floats
from remanifold.measures.profile.noise_profile import NoiseProfile
from remanifold.noise import NoiseLevel, noise_variance

TESTED_FACTOR = 30.0
"""The largest factor up to which `samples_needed` was held against the truth."""
_NORMAL_95 = 1.96
_MOST = 700.0  # exp of more overflows
_ROUND_OFF = 1e-9


@dataclass(frozen=True)
class SampleNeed:
    """Distinct points at which the collapse sits at noise ``t``.

    Attributes:
        t: Target noise variance.
        log_factor: log(P'/P), with its error over query points, from the measured dimension and t_collapse.
        log_factor_interval: From the smaller to the larger of the two estimates of the dimension, and 1.96 standard
            errors further on either side.
        n_points: P', rounded up to a whole number.
        extrapolated: True below t_collapse: the dimensions at t_collapse are carried on to lower noise.
        dimension_gap: Difference of the two estimates of the dimension at t_collapse, over their mean.
    """

    t: NoiseLevel
    log_factor: Estimate
    log_factor_interval: tuple[float, float]
    n_points: float
    extrapolated: bool
    dimension_gap: float


def samples_needed(
    profile: NoiseProfile, t: SupportsFloat | None = None, *, sigma: SupportsFloat | None = None
) -> SampleNeed:
    """log P' = log P + (1/2) int_t^{t_c} d_eff(tau) d log tau (docs/explanation/theory.md, section 6).

    d_eff is the `balanced_dimension`. Above t_collapse it is integrated as measured. Below it the leave-one-out
    dimension sees only the gaps between the points, so its value at t_collapse is carried on, and the result is flagged
    as extrapolated. That errs to both sides: data gain dimension as noise falls, while near the collapse few points
    feign too many. So do the two estimates that are balanced: `local_dimension` is biased high, `posterior_dimension`
    low, and the interval reaches from one to the other (what it held is in docs/howto/audit.md).

    Raises:
        InvalidInput: for a target that is not a positive number, or a profile without a collapse.
    """
    target = noise_variance(t, sigma)
    require(target > 0, "the target noise variance must be a positive number", target, "pass t = sigma**2 > 0")
    collapse = profile.t_collapse
    if collapse is None:
        raise InvalidInput(
            "the samples needed can be told only from a profile with a collapse, but got one without; "
            "measure more levels."
        )
    log_c, balanced = math.log(collapse.value), profile.balanced_dimension
    log_factor = _integral(profile, balanced.value, log_c, target)
    both = (profile.local_dimension, profile.posterior_dimension)
    ends = [_integral(profile, series.value, log_c, target) for series in both]
    at_c = profile.at(balanced, collapse.value)
    error = math.hypot(_integral(profile, balanced.stderr, log_c, target), at_c * collapse.log_stderr / 2)
    return SampleNeed(
        t=target,
        log_factor=Estimate(log_factor, error, balanced.n),
        log_factor_interval=(min(ends) - _NORMAL_95 * error, max(ends) + _NORMAL_95 * error),
        n_points=_whole(profile.n_points * math.exp(min(log_factor, _MOST))),
        extrapolated=target < collapse.value,
        dimension_gap=abs(profile.at(both[0], collapse.value) - profile.at(both[1], collapse.value)) / at_c,
    )


def _integral(profile: NoiseProfile, values: Floats, log_c: float, t: float) -> float:
    """(1/2) int_t^{t_c} of ``values`` d log tau; below t_c their value there is carried on."""
    log_t, log_target = np.log(profile.t), math.log(t)
    if log_target <= log_c:
        return float(np.interp(log_c, log_t, values)) * (log_c - log_target) / 2
    inside = log_t[(log_t > log_c) & (log_t < log_target)]
    grid = np.concatenate([[log_c], inside, [log_target]])
    return -float(np.trapezoid(np.interp(grid, log_t, values), grid)) / 2


def _whole(quantity: float) -> float:
    """``quantity`` rounded up: part of a row is no row."""
    return float(math.ceil(quantity * (1 - _ROUND_OFF)))
