"""How many samples a report asks for."""

import math

from remanifold.audits.report import SamplesNeeded
from remanifold.measures import NoiseProfile, samples_needed

_TARGETS = (0.8, 0.5, 0.25)  # of sigma_collapse, where the user names no noise level


def sample_needs(profile: NoiseProfile, sigmas: tuple[float, ...]) -> tuple[SamplesNeeded, ...]:
    """Needs for the noise levels ``sigmas`` (data units), or for shares of the collapse's; none without a collapse."""
    collapse = profile.t_collapse
    if collapse is None:
        return ()
    wanted = sigmas or tuple(share * math.sqrt(collapse.value) for share in _TARGETS)
    needs = [samples_needed(profile, sigma**2) for sigma in wanted]
    return tuple(
        SamplesNeeded(
            need.t,
            math.sqrt(need.t),
            need.n_points / profile.n_points,
            need.n_points,
            (
                math.exp(need.log_factor - 1.96 * need.log_factor_stderr),
                math.exp(min(700.0, need.log_factor + 1.96 * need.log_factor_stderr)),
            ),
            need.extrapolated,
        )
        for need in needs
    )
