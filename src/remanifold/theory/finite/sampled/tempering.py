"""Tempered sequential Monte Carlo of the latents seen from many x at once: the law of their energies.

Particles z go from the prior N(0, I) to exp(-theta e(z)) prior along a ladder of inverse temperatures that each x
chooses for itself, until energies are reached that a point out of P has with a probability of e^-4 at most. The moves
are of the preconditioned Crank-Nicolson kind in whitened coordinates, with a random scale: a fixed one leaves particles
of kinked maps (sign) where they are, whatever its acceptance. Source: docs/finite-size.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import logsumexp

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.sampled.energy_law import EnergyLaw, pooled
from remanifold.theory.finite.sampled.maps import GenerativeMaps, Singles

_MARGIN = 4.0  # the last level's mean energy has prior mass e^-4/(P - 1)
_KEPT = 0.7  # effective share of the particles from one level to the next
_AIM, _GAIN = 0.3, 0.7  # acceptance aimed at, and how fast the scale follows it
_FIRST_SCALE, _LEAST_SCALE, _SPREAD = 0.7, 0.02, 2.0  # s = scale exp(-_SPREAD u), u uniform
_MOST_LEVELS, _BISECTIONS = 400, 40
_FLAT = 1e-9  # of the energies: those that differ by less are one, no ladder is needed


@dataclass(frozen=True)
class Effort:
    """What a sweep spends on each x.

    Attributes:
        particles: At each level.
        moves: Of each particle at each level, at most.
        jumps: Squared steps taken, in units of the particles' spread, after which they need not move on.
    """

    particles: int
    moves: int
    jumps: float = 1.0

    def times(self, factor: float) -> "Effort":
        """``factor`` as many particles, and moves of each."""
        return Effort(round(self.particles * factor), round(self.moves * factor), self.jumps * factor)


@dataclass
class _Particles:
    """The particles of the x that still go on: latents (x, particles, D), energies (x, particles)."""

    latents: Singles
    energies: Floats
    scale: Floats


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

    Raises:
        NotConverged: if the ladder does not end.
    """
    queries = clean if noises is None else clean + np.sqrt(level) * noises
    seen, own = queries.astype(np.float32), clean.astype(np.float32)
    count, dim = effort.particles, maps.latent_dim
    latents = np.stack([random.standard_normal((count, dim), dtype=np.float32) for random in streams])
    active = np.arange(len(clean))
    state = _Particles(latents, _energies(maps, latents, which, seen), np.full(len(clean), _FIRST_SCALE))
    ladders = [_Ladder() for _ in clean]
    theta, log_z = np.zeros(len(clean)), np.zeros(len(clean))
    for _ in range(_MOST_LEVELS):
        near = state.energies if noises is None else _energies(maps, state.latents, which[active], own[active])
        for place, i in enumerate(active):
            ladder = ladders[i]
            ladder.energies.append(state.energies[place])
            ladder.own.append(near[place])
            ladder.temperatures.append(float(theta[i]))
            ladder.log_z.append(float(log_z[i]))
        depth = log_others + log_z[active] + theta[active] * state.energies.mean(1)
        going = (depth > -_MARGIN) & (np.ptp(state.energies, axis=1) > _FLAT * state.energies.max(1))
        if not going.any():
            break
        active = active[going]
        state = _Particles(state.latents[going], state.energies[going], state.scale[going])
        rise = _next_step(state.energies)
        logs = -rise[:, None] * state.energies
        log_z[active] += logsumexp(logs, axis=1) - np.log(count)
        theta[active] += rise
        mine = [streams[i] for i in active]
        _move(maps, which[active], seen[active], theta[active], logs, state, effort, mine)
    else:
        raise NotConverged("the energies seen from a point have no end; give fewer points or another map.")
    halves = np.zeros(len(clean)) if noises is None else 0.5 * np.square(noises).sum(1)
    return [_law(ladder, float(half), level) for ladder, half in zip(ladders, halves)]


def _law(ladder: _Ladder, noise: float, level: float) -> EnergyLaw:
    energies = np.stack(ladder.energies)
    logs = pooled(energies, np.array(ladder.temperatures), np.array(ladder.log_z))
    return EnergyLaw(energies.ravel(), np.concatenate(ladder.own), logs, noise, level)


def _energies(maps: GenerativeMaps, latents: Singles, which: Integers, seen: Singles) -> Floats:
    """|x - G(z)|^2/2: (x, particles)."""
    away = maps(latents, which)
    away -= seen[:, None]
    return 0.5 * np.einsum("ikn,ikn->ik", away, away).astype(np.float64)


def _next_step(energies: Floats) -> Floats:
    """How far each inverse temperature may rise so that the effective share of the particles stays `_KEPT`: (x,)."""
    above = energies - energies.min(1, keepdims=True)
    low, high = np.zeros(len(energies)), 50.0 / above.std(1)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        weights = np.exp(-middle[:, None] * above)
        enough = np.square(weights.sum(1)) > _KEPT * energies.shape[1] * np.square(weights).sum(1)
        low, high = np.where(enough, middle, low), np.where(enough, high, middle)
    return 0.5 * (low + high)


def _move(
    maps: GenerativeMaps,
    which: Integers,
    seen: Singles,
    theta: Floats,
    logs: Floats,
    state: _Particles,
    effort: Effort,
    streams: Sequence[np.random.Generator],
) -> None:
    """Resample the particles by exp(``logs``), whiten them, and move them at their new temperatures, in place."""
    n, count, dim = state.latents.shape
    weights = np.exp(logs - logs.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    middle, root = _whitening(state.latents, weights)
    steps = np.cumsum(weights, axis=1)
    for place, random in enumerate(streams):
        wanted = (np.arange(count) + random.random()) / count
        chosen = np.minimum(np.searchsorted(steps[place], wanted), count - 1)
        state.latents[place] = state.latents[place][chosen]
        state.energies[place] = state.energies[place][chosen]
    white = np.linalg.solve(root, (state.latents - middle).astype(np.float64).swapaxes(1, 2)).swapaxes(1, 2)
    white = np.ascontiguousarray(white, dtype=np.float32)
    across = np.ascontiguousarray(root.swapaxes(1, 2), dtype=np.float32)
    level = _log_target(state.latents, white, theta, state.energies)
    fresh, chance = np.empty((n, count, dim), np.float32), np.empty((2, n, count), np.float32)
    tried, latents = np.empty_like(fresh), np.empty_like(fresh)
    jumped = np.zeros(n)
    for _ in range(effort.moves):
        if jumped.min() > effort.jumps:
            break
        for place, random in enumerate(streams):
            random.standard_normal(out=fresh[place], dtype=np.float32)
            chance[:, place] = random.random((2, count), dtype=np.float32)
        scale = (state.scale.astype(np.float32)[:, None] * np.exp(-_SPREAD * chance[0]))[..., None]
        fresh *= scale
        np.multiply(white, np.sqrt(1 - scale * scale), out=tried)
        tried += fresh
        np.matmul(tried, across, out=latents)
        latents += middle
        energies = _energies(maps, latents, which, seen)
        new = _log_target(latents, tried, theta, energies)
        taken = np.log1p(-chance[1]) < new - level
        np.copyto(white, tried, where=taken[..., None])
        np.copyto(state.latents, latents, where=taken[..., None])
        np.copyto(state.energies, energies, where=taken)
        np.copyto(level, new, where=taken)
        jumped += (taken * np.square(scale[..., 0])).mean(1)
        state.scale[:] = np.clip(state.scale * np.exp(_GAIN * (taken.mean(1) - _AIM)), _LEAST_SCALE, 1.0)


def _log_target(latents: Singles, white: Singles, theta: Floats, energies: Floats) -> Floats:
    """Log of the tempered posterior against the Gaussian that the moves keep, up to a constant: (x, particles)."""
    prior = np.einsum("ikd,ikd->ik", latents, latents).astype(np.float64)
    kept = np.einsum("ikd,ikd->ik", white, white).astype(np.float64)
    return 0.5 * (kept - prior) - theta[:, None] * energies


def _whitening(latents: Singles, weights: Floats) -> tuple[Singles, Floats]:
    """Weighted mean (x, 1, D) and a root of the covariance (x, D, D), drawn towards its diagonal."""
    share = weights.astype(np.float32)
    dim = latents.shape[2]
    middle = np.matmul(share[:, None, :], latents)
    centred = latents - middle
    covariance = np.matmul((centred * share[..., None]).swapaxes(1, 2), centred).astype(np.float64)
    drawn = min(0.5, 0.5 * dim / (_KEPT * latents.shape[1]))
    diagonal = np.einsum("idd->id", covariance).copy()
    covariance *= 1 - drawn
    floor = 1e-10 + 1e-4 * diagonal.mean(1, keepdims=True)
    covariance[:, np.arange(dim), np.arange(dim)] += drawn * diagonal + floor
    return middle, np.linalg.cholesky(covariance)
