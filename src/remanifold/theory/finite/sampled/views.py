"""Points x of a family of maps, what each sees of the others, and controls whose means are known."""

from dataclasses import dataclass

import numpy as np

from remanifold._core.seeds import normals
from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.sampled.energy_law import EnergyLaw
from remanifold.theory.finite.sampled.family import Family
from remanifold.theory.finite.sampled.maps import GenerativeMaps
from remanifold.theory.finite.sampled.tempering import Effort, energy_laws
from remanifold.theory.finite.sampled.weight_sums import weight_sum

_MOMENT_POINTS = 4000  # of each map: their mean, covariance and the means of the controls
_BLOCK_NUMBERS = 2**20  # of particles' coordinates at once: what stays in the cache
FEW, _WIDER = 2, 2.0  # latent dimensions in which far points are drawn more often, from a law so much wider


@dataclass(frozen=True)
class Views:
    """What points x see.

    Attributes:
        laws: Of each x, given that no other point is a copy of it.
        map_of: Number of the map of each x, (n,).
        controls: Functions of x with mean 0 over each map, (n, controls).
        chances: Weight of each x, (n,): the probability that none of the other points is a copy of it, times the
            weight of its latent where far ones are drawn more often.
        log_others: log(P - 1).
        fresh: Laws of each x with copies: what a fresh point sees.
        weights: Weight of each x as a fresh point, (n,).
    """

    laws: tuple[EnergyLaw, ...]
    map_of: Integers
    controls: Floats
    chances: Floats
    log_others: float
    fresh: tuple[EnergyLaw, ...]
    weights: Floats

    def mean_logs(self, levels: Floats) -> Floats:
        """E log of the sum of the others' weights relative to the own one, at each level t: (n, levels)."""
        rows = [
            [weight_sum(law.exponents(t), law.log_weights, self.log_others).mean_log for t in levels]
            for law in self.laws
        ]
        return np.array(rows)


def look(
    family: Family,
    numbers: Integers,
    a_map: int,
    level: float,
    log_others: float,
    effort: Effort,
    seed: int,
    deepest: float | None = None,
) -> Views:
    """The views of the points with these ``numbers``, ``a_map`` of them on each map; noisy at ``level``, 0 for clean.

    A point depends on its number, its noise besides on nothing but the number, and its sweep on its effort. Given an
    inverse temperature ``deepest``, every ladder reaches it, and noise along the manifold is a control besides.
    """
    map_of = numbers // a_map if family.n_maps is None else np.zeros(len(numbers), dtype=np.int64)
    wanted, place = np.unique(map_of, return_inverse=True)
    maps = family.maps(wanted)
    latents, weights = _latents(family.latent_dim, numbers, seed)
    clean = maps(latents.astype(np.float32), place)[:, 0].astype(np.float64)
    noises = None
    if level > 0:
        rows = [normals(seed, "finite size/noise", int(k), int(k) + 1, family.ambient_dim)[0] for k in numbers]
        noises = np.array(rows)
    laws = _swept(maps, place, clean, noises, level, log_others, effort, numbers, seed, deepest or 0.0)
    kept = [_no_copies(law, log_others) for law in laws]
    controls = _controls(family, maps, len(wanted), place, clean, noises, level, seed, along=deepest is not None)
    chances = weights * np.array([chance for _, chance in kept])
    return Views(tuple(law for law, _ in kept), map_of, controls, chances, log_others, tuple(laws), weights)


def _latents(dim: int, numbers: Integers, seed: int) -> tuple[Floats, Floats]:
    """Latents (n, 1, D) of points x, and the weight of each.

    In one or two dimensions far points, which have few others near them, carry the means: every other one is drawn from
    a law twice as wide, and all are weighted as draws of both.
    """
    z = np.stack([normals(seed, "finite size/latent", int(k), int(k) + 1, dim) for k in numbers])
    if dim > FEW:
        return z, np.ones(len(numbers))
    z[numbers % 2 == 1] *= _WIDER
    square = np.square(z).sum((1, 2))
    wide = np.exp(0.5 * square * (1 - 1 / _WIDER**2)) / _WIDER**dim  # density of the wide law over that of the latents
    return z, 2 / (1 + wide)


def _swept(
    maps: GenerativeMaps,
    place: Integers,
    clean: Floats,
    noises: Floats | None,
    level: float,
    log_others: float,
    effort: Effort,
    numbers: Integers,
    seed: int,
    deepest: float,
) -> list[EnergyLaw]:
    """In blocks that fit the cache; each x has a stream of its own."""
    laws: list[EnergyLaw] = []
    size = max(1, _BLOCK_NUMBERS // (effort.particles * maps.ambient_dim))
    kind = 1 if level > 0 else 0
    for first in range(0, len(numbers), size):
        part = slice(first, first + size)
        seeds = ([seed, kind, int(k), effort.particles, effort.moves] for k in numbers[part])
        streams = [np.random.Generator(np.random.SFC64(words)) for words in seeds]
        noise = None if noises is None else noises[part]
        laws += energy_laws(maps, place[part], clean[part], noise, level, log_others, effort, streams, deepest)
    return laws


def _no_copies(law: EnergyLaw, log_others: float) -> tuple[EnergyLaw, float]:
    without, copies = law.without_copies()
    return without, float(np.exp(np.exp(log_others) * np.log1p(-min(copies, 1 - 1e-16))))


def _controls(
    family: Family,
    maps: GenerativeMaps,
    n_maps: int,
    place: Integers,
    clean: Floats,
    noises: Floats | None,
    level: float,
    seed: int,
    along: bool,
) -> Floats:
    """Squared Mahalanobis distance of x, |xi|^2, and |w|^2 where there is noise, less their means: (n, controls).

    With ``along`` besides w.C (C + level)^-1.w, for the covariance C of the points: noise along the manifold.
    """
    columns = np.empty((len(clean), 2 if noises is None else 3 + along))
    for k in range(n_maps):
        mine = place == k
        latents = normals(seed, "finite size/moments", 0, _MOMENT_POINTS, family.latent_dim).astype(np.float32)
        fresh = maps(latents[None], np.array([k]))[0].astype(np.float64)
        middle, spread = fresh.mean(0), np.cov(fresh.T).reshape(fresh.shape[1], -1)
        floor = level if level > 0 else 0.1 * float(np.trace(spread)) / len(spread)
        inverse = np.linalg.inv(spread + floor * np.eye(len(spread)))
        seen = clean[mine] if noises is None else clean[mine] + np.sqrt(level) * noises[mine]
        away, others = seen - middle, fresh - middle
        mean = float(np.sum(inverse * spread.T)) if level == 0 else float(len(spread))
        columns[mine, 0] = np.einsum("in,nm,im->i", away, inverse, away) - mean
        columns[mine, 1] = np.square(clean[mine] - middle).sum(1) - float(np.square(others).sum(1).mean())
        if noises is not None:
            columns[mine, 2] = np.square(noises[mine]).sum(1) - noises.shape[1]
            if along:
                shares = spread @ inverse
                projected = np.einsum("in,nm,im->i", noises[mine], shares, noises[mine])
                columns[mine, 3] = projected - float(np.trace(shares))
    return columns
