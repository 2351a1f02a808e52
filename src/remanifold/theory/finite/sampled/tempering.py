"""Tempered sequential Monte Carlo of the latents seen from many x at once: the law of their energies.

Particles z go from the prior N(0, I) to exp(-theta e(z)) prior along a ladder of inverse temperatures that each x
chooses for itself, until energies are reached that a point out of P has with a probability of e^-4 at most.
Source: docs/explanation/finite-size-nonlinear.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import logsumexp

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.sampled.energy_law import EnergyLaw, pooled
from remanifold.theory.finite.sampled.maps import GenerativeMaps
from remanifold.theory.finite.sampled.moves import (
    FIRST_SCALE,
    KEPT,
    Effort,
    Particles,
    Seen,
    frame_of,
    move,
    prior_latents,
    resample,
    shares,
)

_MARGIN = 4.0  # the last level's mean energy has prior mass e^-4/(P - 1)
_MOST_LEVELS, _BISECTIONS = 400, 40
_FLAT = 1e-9  # of the energies: those that differ by less are one, no ladder is needed


@dataclass
class _Ladder:
    """What one x has gone through: energies, distances to its own point, inverse temperatures, log normalisations."""

    energies: list[Floats] = field(default_factory=list)
    own: list[Floats] = field(default_factory=list)
    temperatures: list[float] = field(default_factory=list)
    log_z: list[float] = field(default_factory=list)


def energy_laws(
    maps: GenerativeMaps,
    which: Integers,
    clean: Floats,
    noises: Floats | None,
    level: float,
    log_others: float,
    effort: Effort,
    streams: Sequence[np.random.Generator],
    deepest: float = 0.0,
) -> list[EnergyLaw]:
    """The law of the energies seen from each x = xi + sqrt(level) w.

    Args:
        maps: The generative maps.
        which: Number of the map of each x, (n,).
        clean: xi, (n, N).
        noises: w, (n, N); None: x = xi.
        level: t of the noise; 0 without.
        log_others: log(P - 1): how deep the low tail must be known.
        effort: Particles and moves.
        streams: A random generator for each x, so that the result does not depend on which are swept together.
        deepest: An inverse temperature that every ladder reaches, however few of the points do.

    Raises:
        NotConverged: if the ladder does not end.
    """
    queries = clean if noises is None else clean + np.sqrt(level) * noises
    seen, own = Seen(maps, which, queries.astype(np.float32)), Seen(maps, which, clean.astype(np.float32))
    count = effort.particles
    latents = prior_latents(streams, count, maps.latent_dim)
    active = np.arange(len(clean))
    state = Particles(latents, seen.energies(latents), np.full(len(clean), FIRST_SCALE))
    ladders = [_Ladder() for _ in clean]
    theta, log_z = np.zeros(len(clean)), np.zeros(len(clean))
    for _ in range(_MOST_LEVELS):
        near = state.energies if noises is None else own.of(active).energies(state.latents)
        for place, i in enumerate(active):
            ladder = ladders[i]
            ladder.energies.append(state.energies[place])
            ladder.own.append(near[place])
            ladder.temperatures.append(float(theta[i]))
            ladder.log_z.append(float(log_z[i]))
        depth = log_others + log_z[active] + theta[active] * state.energies.mean(1)
        varied = np.ptp(state.energies, axis=1) > _FLAT * state.energies.max(1)
        going = ((depth > -_MARGIN) | (theta[active] < deepest)) & varied
        if not going.any():
            break
        active = active[going]
        state = Particles(state.latents[going], state.energies[going], state.scale[going])
        rise = next_step(state.energies)
        logs = -rise[:, None] * state.energies
        log_z[active] += logsumexp(logs, axis=1) - np.log(count)
        theta[active] += rise
        mine = [streams[i] for i in active]
        weights = shares(logs)
        frame = frame_of(state.latents, weights)
        resample(state, weights, mine)
        move(seen.of(active), theta[active], frame, state, effort, mine)
    else:
        raise NotConverged("the energies seen from a point have no end; give fewer points or another map.")
    halves = np.zeros(len(clean)) if noises is None else 0.5 * np.square(noises).sum(1)
    return [_law(ladder, float(half), level) for ladder, half in zip(ladders, halves)]


def _law(ladder: _Ladder, noise: float, level: float) -> EnergyLaw:
    energies = np.stack(ladder.energies)
    logs = pooled(energies, np.array(ladder.temperatures), np.array(ladder.log_z))
    return EnergyLaw(energies.ravel(), np.concatenate(ladder.own), logs, noise, level)


def next_step(energies: Floats) -> Floats:
    """How far each inverse temperature may rise so that the effective share of the particles stays `KEPT`: (x,)."""
    above = energies - energies.min(1, keepdims=True)
    low, high = np.zeros(len(energies)), 50.0 / above.std(1)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        weights = np.exp(-middle[:, None] * above)
        enough = np.square(weights.sum(1)) > KEPT * energies.shape[1] * np.square(weights).sum(1)
        low, high = np.where(enough, middle, low), np.where(enough, high, middle)
    return 0.5 * (low + high)
