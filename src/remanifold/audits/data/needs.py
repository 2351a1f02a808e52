"""How many samples a report asks for."""

import math

from remanifold.audits.records.models import SamplesNeeded
from remanifold.measures import TESTED_FACTOR, NoiseProfile, SampleNeed, samples_needed

_TARGETS = (0.8, 0.5, 0.25)  # of sigma_collapse, where the user names no noise level
_MOST = 700.0  # exp of more overflows


def sample_needs(profile: NoiseProfile, sigmas: tuple[float, ...]) -> tuple[SamplesNeeded, ...]:
    """Needs for the noise levels ``sigmas`` (data units), or for shares of the collapse's; none without a collapse."""
    collapse = profile.t_collapse
    if collapse is None:
        return ()
    wanted = sigmas or tuple(share * math.sqrt(collapse.value) for share in _TARGETS)
    return tuple(_record(samples_needed(profile, sigma**2), profile) for sigma in wanted)


def _record(need: SampleNeed, profile: NoiseProfile) -> SamplesNeeded:
    low, high = need.log_factor_interval
    return SamplesNeeded(
        t=need.t,
        sigma=math.sqrt(need.t),
        factor=math.exp(min(_MOST, need.log_factor.value)),
        n_points=need.n_points,
        factor_interval=(math.exp(min(_MOST, low)), math.exp(min(_MOST, high))),
        extrapolated=need.extrapolated,
        dimension_gap=need.dimension_gap,
        tested=abs(need.log_factor.value) <= math.log(TESTED_FACTOR),
    )
