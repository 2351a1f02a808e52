"""A bracket of log Z of one noisy point x = G(z1) + sqrt(t) w: from below, and from above.

The ladder that starts from the prior gives log Z(1/t) = log E exp(-e/t) too low on average, the more so the less is
spent: what it does not find, it does not count. z1 itself is an exact sample of the posterior of its own x, so that
particles which start there and go back to the prior give 1/Z without bias, hence log Z too high. Where both agree,
neither errs.
Source: R. Grosse, Z. Ghahramani, R. Adams, arXiv 1511.02543 (bidirectional Monte Carlo); finite-size-nonlinear.md.
"""

from dataclasses import dataclass, replace

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats
from remanifold.theory.finite.sampled.maps import Singles
from remanifold.theory.finite.sampled.moves import (
    FIRST_SCALE,
    Effort,
    Frame,
    Particles,
    Seen,
    frame_of,
    move,
    prior_latents,
    resample,
    shares,
)
from remanifold.theory.finite.sampled.tempering import next_step

_MOST_LEVELS = 400


@dataclass(frozen=True)
class Bracket:
    """log E exp(-|x - G(z)|^2/(2t)) over the prior, of one x.

    Attributes:
        lower: From the ladder that starts from the prior: too low on average.
        upper: From the one that starts from the posterior: too high on average.
        levels: Temperatures of either.
    """

    lower: float
    upper: float
    levels: int

    @property
    def gap(self) -> float:
        """Nats between them: on average at least what either is off by."""
        return self.upper - self.lower


@dataclass(frozen=True)
class _Rung:
    """An inverse temperature of the ladder upwards, and the moves there: fixed when the ladder is gone down."""

    theta: float
    frame: Frame
    scale: Floats


def bracket(seen: Seen, planted: Singles, t: float, effort: Effort, random: np.random.Generator) -> Bracket:
    """The bracket of one point.

    Args:
        seen: One x = G(z1) + sqrt(t) w.
        planted: z1, (D,), which must be what x was made of: a draw from the prior.
        t: Variance of the noise.
        effort: Particles and moves, of either ladder.
        random: Of both ladders.

    Raises:
        NotConverged: if the ladder does not reach 1/t.
    """
    rungs, lower = _up(seen, 1 / t, effort, random)
    return Bracket(lower, _down(seen, planted, rungs, effort, random), len(rungs))


def _up(seen: Seen, top: float, effort: Effort, random: np.random.Generator) -> tuple[list[_Rung], float]:
    """The rungs from above 0 to ``top``, and log Z there."""
    latents = prior_latents([random], effort.particles, seen.maps.latent_dim)
    state = Particles(latents, seen.energies(latents), np.full(1, FIRST_SCALE))
    rungs: list[_Rung] = []
    theta, log_z = 0.0, 0.0
    while theta < top:
        if len(rungs) == _MOST_LEVELS:
            raise NotConverged("the ladder to the noise of a point has no end; give another map.")
        rise = min(float(next_step(state.energies)[0]), top - theta)
        theta = top if theta + rise >= top * (1 - 1e-9) else theta + rise
        logs = -rise * state.energies
        log_z += _log_mean(logs)
        weights = shares(logs)
        frame = frame_of(state.latents, weights)
        resample(state, weights, [random])
        move(seen, np.array([theta]), frame, state, effort, [random])
        rungs.append(_Rung(theta, frame, state.scale.copy()))
    return rungs, log_z


def _down(seen: Seen, planted: Singles, rungs: list[_Rung], effort: Effort, random: np.random.Generator) -> float:
    """log Z of the last rung, from particles that start at the planted latent there.

    The moves of every rung are fixed beforehand, so that each leaves its law as it is, and 1/Z has no bias.
    """
    latents = np.repeat(planted[None, None].astype(np.float32), effort.particles, axis=1)
    state = Particles(latents, seen.energies(latents), np.full(1, FIRST_SCALE))
    all_moves = replace(effort, jumps=np.inf)
    log_z = 0.0
    for k in reversed(range(len(rungs))):
        rung = rungs[k]
        state.scale = rung.scale
        move(seen, np.array([rung.theta]), rung.frame, state, all_moves, [random], follow=False)
        logs = (rung.theta - (rungs[k - 1].theta if k else 0.0)) * state.energies
        log_z -= _log_mean(logs)
        resample(state, shares(logs), [random])
    return log_z


def _log_mean(logs: Floats) -> float:
    return float(np.logaddexp.reduce(logs, axis=None)) - float(np.log(logs.size))
