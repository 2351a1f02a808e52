"""Particles that move at one inverse temperature: preconditioned Crank-Nicolson steps of random size.

The steps keep the Gaussian of the particles' own mean and covariance. Their size is random: a fixed one leaves
particles of kinked maps (sign) where they are, whatever its acceptance. Source: finite-size-nonlinear.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.sampled.maps import GenerativeMaps, Singles

KEPT = 0.7  # effective share of the particles from one level to the next
_AIM, _GAIN = 0.3, 0.7  # acceptance aimed at, and how fast the scale follows it
FIRST_SCALE, _LEAST_SCALE, _SPREAD = 0.7, 0.02, 2.0  # s = scale exp(-_SPREAD u), u uniform


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
    jumps: float = 2.0

    def times(self, factor: float) -> "Effort":
        """``factor`` as many particles, and moves of each."""
        return Effort(round(self.particles * factor), round(self.moves * factor), self.jumps * factor)


@dataclass
class Particles:
    """The particles of some x.

    Attributes:
        latents: z, (x, particles, D).
        energies: |x - G(z)|^2/2, (x, particles).
        scale: Of the steps, (x,).
    """

    latents: Singles
    energies: Floats
    scale: Floats


@dataclass(frozen=True)
class Frame:
    """Coordinates in which the particles of each x are about standard normal: z = middle + root y.

    Attributes:
        middle: (x, 1, D).
        root: (x, D, D), lower triangular.
    """

    middle: Singles
    root: Floats


@dataclass(frozen=True)
class Seen:
    """The points x that look at a family's maps.

    Attributes:
        maps: The generative maps.
        which: Number of the map of each x, (n,).
        points: x, (n, N).
    """

    maps: GenerativeMaps
    which: Integers
    points: Singles

    def of(self, chosen: Integers) -> "Seen":
        """Some of them."""
        return Seen(self.maps, self.which[chosen], self.points[chosen])

    def energies(self, latents: Singles) -> Floats:
        """|x - G(z)|^2/2: (x, particles) of latents (x, particles, D)."""
        away = self.maps(latents, self.which)
        away -= self.points[:, None]
        return 0.5 * np.einsum("ikn,ikn->ik", away, away).astype(np.float64)


def prior_latents(streams: Sequence[np.random.Generator], count: int, dim: int) -> Singles:
    """``count`` draws from the prior for each x: (x, count, D)."""
    return np.stack([random.standard_normal((count, dim), dtype=np.float32) for random in streams])


def shares(logs: Floats) -> Floats:
    """Weights exp(``logs``) that sum to 1 over the particles."""
    weights = np.exp(logs - logs.max(1, keepdims=True))
    return weights / weights.sum(1, keepdims=True)


def frame_of(latents: Singles, weights: Floats) -> Frame:
    """From the mean and the covariance, drawn towards its diagonal, by weights (x, particles) that sum to 1."""
    share = weights.astype(np.float32)
    dim = latents.shape[2]
    middle = np.matmul(share[:, None, :], latents)
    centred = latents - middle
    covariance = np.matmul((centred * share[..., None]).swapaxes(1, 2), centred).astype(np.float64)
    drawn = min(0.5, 0.5 * dim / (KEPT * latents.shape[1]))
    diagonal = np.einsum("idd->id", covariance).copy()
    covariance *= 1 - drawn
    floor = 1e-10 + 1e-4 * diagonal.mean(1, keepdims=True)
    covariance[:, np.arange(dim), np.arange(dim)] += drawn * diagonal + floor
    return Frame(middle, np.linalg.cholesky(covariance))


def resample(state: Particles, weights: Floats, streams: Sequence[np.random.Generator]) -> None:
    """Particles in proportion to ``weights`` (x, particles), which sum to 1, in place."""
    count = weights.shape[1]
    steps = np.cumsum(weights, axis=1)
    for place, random in enumerate(streams):
        wanted = (np.arange(count) + random.random()) / count
        chosen = np.minimum(np.searchsorted(steps[place], wanted), count - 1)
        state.latents[place] = state.latents[place][chosen]
        state.energies[place] = state.energies[place][chosen]


def move(
    seen: Seen,
    theta: Floats,
    frame: Frame,
    state: Particles,
    effort: Effort,
    streams: Sequence[np.random.Generator],
    *,
    follow: bool = True,
) -> None:
    """Move the particles at inverse temperatures ``theta`` (x,), in place.

    Args:
        seen: The points x.
        theta: Inverse temperature of each x.
        frame: Where the steps are taken.
        state: Particles, changed.
        effort: Moves; those of an x end early where it has jumped enough.
        streams: Of each x, which so does not depend on what else moves.
        follow: Whether the scale follows the acceptance.
    """
    n, count, dim = state.latents.shape
    middle = frame.middle
    white = np.linalg.solve(frame.root, (state.latents - middle).astype(np.float64).swapaxes(1, 2)).swapaxes(1, 2)
    white = np.ascontiguousarray(white, dtype=np.float32)
    across = np.ascontiguousarray(frame.root.swapaxes(1, 2), dtype=np.float32)
    level = _log_target(state.latents, white, theta, state.energies)
    (pool, turn), chance = _pool(streams, count, dim), np.ones((2, n, count), np.float32)
    tried, latents, step = np.empty_like(white), np.empty_like(white), np.empty_like(white)
    jumped, stride, turned = np.zeros(n), max(1, count // effort.moves), turn
    for k in range(effort.moves):
        going = jumped <= effort.jumps
        if not going.any():
            break
        for place in np.flatnonzero(going).tolist():
            chance[:, place] = streams[place].random((2, count), dtype=np.float32)
        scale = (state.scale.astype(np.float32)[:, None] * np.exp(-_SPREAD * chance[0]))[..., None]
        first = k * stride % count
        np.matmul(pool[:, first : first + count], turned, out=step)
        turned = turned @ turn
        step *= scale
        np.multiply(white, np.sqrt(1 - scale * scale), out=tried)
        tried += step
        np.matmul(tried, across, out=latents)
        latents += middle
        energies = seen.energies(latents)
        new = _log_target(latents, tried, theta, energies)
        taken = (np.log1p(-chance[1]) < new - level) & going[:, None]
        np.copyto(white, tried, where=taken[..., None])
        np.copyto(state.latents, latents, where=taken[..., None])
        np.copyto(state.energies, energies, where=taken)
        np.copyto(level, new, where=taken)
        jumped += (taken * np.square(scale[..., 0])).mean(1)
        if follow:
            followed = np.clip(state.scale * np.exp(_GAIN * (taken.mean(1) - _AIM)), _LEAST_SCALE, 1.0)
            state.scale[:] = np.where(going, followed, state.scale)


def _pool(streams: Sequence[np.random.Generator], count: int, dim: int) -> tuple[Singles, Singles]:
    """Normal numbers of all moves at one level, twice in a row (x, 2 count, D), and a rotation (x, D, D).

    Drawing numbers anew for every move is half of all work. Move k of particle i takes row i + k stride instead, so
    that no particle meets a row again, turned by the k-th power of the rotation, so that what the rows happen to have
    in common does not add up over the moves. Rows that are turned stay normal.
    """
    once = prior_latents(streams, count, dim)
    turn, _ = np.linalg.qr(prior_latents(streams, dim, dim))
    return np.concatenate([once, once], axis=1), turn


def _log_target(latents: Singles, white: Singles, theta: Floats, energies: Floats) -> Floats:
    """Log of the tempered posterior against the Gaussian that the moves keep, up to a constant: (x, particles)."""
    prior = np.einsum("ikd,ikd->ik", latents, latents).astype(np.float64)
    kept = np.einsum("ikd,ikd->ik", white, white).astype(np.float64)
    return 0.5 * (kept - prior) - theta[:, None] * energies
