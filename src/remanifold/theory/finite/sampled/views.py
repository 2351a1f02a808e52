"""Points x of a family of maps, what each sees of the others, and controls whose means are known."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold._core.seeds import normals
from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.sampled.energy_law import EnergyLaw
from remanifold.theory.finite.sampled.family import Family, is_named
from remanifold.theory.finite.sampled.maps import GenerativeMaps, OneMap, Singles
from remanifold.theory.finite.sampled.moves import Effort
from remanifold.theory.finite.sampled.recalled import recalled
from remanifold.theory.finite.sampled.tempering import energy_laws
from remanifold.theory.finite.sampled.weight_sums import weight_sum

_MOMENT_POINTS = 4000  # of each map: their mean, covariance and the means of the controls
_DEPTH = 4.0  # nats: sweeps serve all P up to the next multiple of it
_BLOCK_NUMBERS = 2**18  # of particles' coordinates at once: what stays in the cache
_FEWEST_ALONE = 0.5  # share of the points without a copy below which times of those alone say little
_NEARLY_ALL = 0.999  # of the points without a copy: controls of fewer would bias (4 % of t where a fifth has one)
FEW, _WIDER = 2, 2.0  # latent dimensions in which far points are drawn more often, from a law so much wider


@dataclass(frozen=True)
class Views:
    """What points x see.

    Attributes:
        laws: Of each x, given that no other point is a copy of it.
        map_of: Number of the map of each x, (n,).
        controls: Functions of x with mean 0 over each map, (n, controls); 0 where many points have copies.
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


@dataclass(frozen=True)
class Drawn:
    """Points x = G(z) + sqrt(level) w.

    Attributes:
        maps: The maps they lie on.
        map_of: Number of the map of each x, (n,).
        place: Its place in ``maps``, (n,).
        latents: z, (n, D), float32.
        weights: Of each x, (n,).
        clean: G(z), (n, N).
        noises: w, (n, N); None without noise.
        level: t of the noise; 0 without.
    """

    maps: GenerativeMaps
    map_of: Integers
    place: Integers
    latents: Singles
    weights: Floats
    clean: Floats
    noises: Floats | None
    level: float

    @property
    def seen(self) -> Floats:
        """x, (n, N)."""
        return self.clean if self.noises is None else self.clean + np.sqrt(self.level) * self.noises


@dataclass(frozen=True)
class Swept:
    """Points and the laws of what they see, before P enters.

    Attributes:
        points: The points x.
        laws: Of each.
        controls: Of `Views`.
    """

    points: Drawn
    laws: tuple[EnergyLaw, ...]
    controls: Floats


def look(
    family: Family,
    numbers: Integers,
    a_map: int,
    level: float,
    log_others: float,
    effort: Effort,
    seed: int,
    deepest: float | None = None,
    threads: int = 1,
) -> Views:
    """The views of the points with these ``numbers``, ``a_map`` of them on each map; noisy at ``level``, 0 for clean.

    A point depends on its number, its noise besides on nothing but the number, and its sweep on its effort and on
    log(P - 1), rounded up to steps of a few nats: what is swept for one P serves others. Every ladder reaches the
    inverse temperature ``deepest``, if one is given.

    Raises:
        NotConverged: if most points have an exact copy, or a ladder does not end.
    """
    depth = _DEPTH * math.ceil(log_others / _DEPTH)

    def sweep() -> Swept:
        return _sweep(family, numbers, a_map, level, depth, effort, seed, deepest, threads)

    key = (family, tuple(numbers.tolist()), a_map, level, depth, effort, seed, deepest)
    swept = recalled(key, sweep) if is_named(family) else sweep()
    kept = [_no_copies(law, log_others) for law in swept.laws]
    chances = swept.points.weights * np.array([chance for _, chance in kept])
    laws, points = tuple(law for law, _ in kept), swept.points
    alone = float(chances.sum() / points.weights.sum())
    if not alone > _FEWEST_ALONE:
        raise NotConverged("most points have an exact copy among so many, as in discrete data; ask for fewer points.")
    # points without a copy lie farther out: over them, the means of the controls are not 0 any more
    controls = swept.controls if alone > _NEARLY_ALL else np.zeros_like(swept.controls)
    return Views(laws, points.map_of, controls, chances, log_others, swept.laws, points.weights)


def _sweep(
    family: Family,
    numbers: Integers,
    a_map: int,
    level: float,
    depth: float,
    effort: Effort,
    seed: int,
    deepest: float | None,
    threads: int,
) -> Swept:
    points = drawn(family, numbers, a_map, level, seed)
    laws = _laws(points, depth, effort, numbers, seed, deepest or 0.0, threads)
    controls = _controls(family, points, seed)
    return Swept(points, laws, controls)


def drawn(family: Family, numbers: Integers, a_map: int, level: float, seed: int) -> Drawn:
    """The points with these ``numbers``, ``a_map`` of them on each map; noisy at ``level``, 0 for clean."""
    map_of = numbers // a_map if family.n_maps is None else np.zeros(len(numbers), dtype=np.int64)
    wanted, place = np.unique(map_of, return_inverse=True)
    maps = family.maps(wanted)
    latents, weights = _latents(family.latent_dim, numbers, seed)
    clean = maps(latents.astype(np.float32), place)[:, 0].astype(np.float64)
    noises = None
    if level > 0:
        rows = [normals(seed, "finite size/noise", int(k), int(k) + 1, family.ambient_dim)[0] for k in numbers]
        noises = np.array(rows)
    return Drawn(maps, map_of, place, latents[:, 0].astype(np.float32), weights, clean, noises, level)


def _latents(dim: int, numbers: Integers, seed: int) -> tuple[Floats, Floats]:
    """Latents (n, 1, D) of points x, and the weight of each.

    In one or two dimensions far points, which have few others near them, carry the means: every other one is drawn from
    a law twice as wide, and all are weighted as draws of both.
    """
    z = np.stack([normals(seed, "finite size/latent", int(k), int(k) + 1, dim) for k in numbers])
    if dim > FEW:
        return z, np.ones(len(numbers))
    z[(numbers + numbers // 8) % 2 == 1] *= _WIDER  # of every eighth, which are swept twice, half are far ones too
    square = np.square(z).sum((1, 2))
    wide = np.exp(0.5 * square * (1 - 1 / _WIDER**2)) / _WIDER**dim  # density of the wide law over that of the latents
    return z, 2 / (1 + wide)


def _laws(
    points: Drawn, depth: float, effort: Effort, numbers: Integers, seed: int, deepest: float, threads: int
) -> tuple[EnergyLaw, ...]:
    """In blocks that fit the cache, on several threads; each x has a stream of its own."""
    size = max(1, _BLOCK_NUMBERS // (effort.particles * points.maps.ambient_dim))
    kind = 1 if points.level > 0 else 0

    def block(first: int) -> list[EnergyLaw]:
        part = slice(first, first + size)
        seeds = ([seed, kind, int(k), effort.particles, effort.moves] for k in numbers[part])
        streams = [np.random.Generator(np.random.SFC64(words)) for words in seeds]
        noise = None if points.noises is None else points.noises[part]
        place = points.place[part]
        return energy_laws(points.maps, place, points.clean[part], noise, points.level, depth, effort, streams, deepest)

    firsts = range(0, len(numbers), size)
    if threads == 1 or isinstance(points.maps, OneMap):  # what a user's map shares between calls is not known
        blocks = [block(first) for first in firsts]
    else:
        with ThreadPoolExecutor(threads) as pool:
            blocks = list(pool.map(block, firsts))
    return tuple(law for laws in blocks for law in laws)


def _no_copies(law: EnergyLaw, log_others: float) -> tuple[EnergyLaw, float]:
    without, copies = law.without_copies()
    if copies == 0:
        return without, 1.0
    return without, math.exp(-math.exp(min(log_others + math.log(-math.log1p(-min(copies, 1 - 1e-16))), 700.0)))


def _controls(family: Family, points: Drawn, seed: int) -> Floats:
    """Squared Mahalanobis distance of x, its square and |xi|^2, less their means: (n, controls).

    Where there is noise, |w|^2 and w.C (C + level)^-1.w besides, for the covariance C of the points: noise along the
    manifold. It alone moves the exponents relative to the own one, most where noise is small beside the data.
    """
    clean, noises, level = points.clean, points.noises, points.level
    columns = np.empty((len(clean), 3 if noises is None else 5))
    for k in range(int(points.place.max()) + 1):
        mine = points.place == k
        fresh = _moment_points(family, points.maps, k, int(points.map_of[mine][0]), seed)
        middle, spread = fresh.mean(0), np.cov(fresh.T).reshape(fresh.shape[1], -1)
        floor = level if level > 0 else 0.1 * float(np.trace(spread)) / len(spread)
        inverse = np.linalg.inv(spread + floor * np.eye(len(spread)))
        seen = clean[mine] if noises is None else clean[mine] + np.sqrt(level) * noises[mine]
        away, others = seen - middle, fresh - middle
        mean = float(np.sum(inverse * spread.T)) if level == 0 else float(len(spread))
        columns[mine, 0] = np.einsum("in,nm,im->i", away, inverse, away) - mean
        # over the noise of each fresh point u: mean of u.A u + t tr A, variance 4t |A u|^2 + 2 t^2 tr A^2
        turned, noise = others @ inverse, level * float(np.trace(inverse)) - mean
        square = np.square((turned * others).sum(1) + noise).mean() + 4 * level * np.square(turned).sum(1).mean()
        columns[mine, 1] = np.square(columns[mine, 0]) - square - 2 * level**2 * float(np.square(inverse).sum())
        columns[mine, 2] = np.square(clean[mine] - middle).sum(1) - float(np.square(others).sum(1).mean())
        if noises is not None:
            columns[mine, 3] = np.square(noises[mine]).sum(1) - noises.shape[1]
            shares = spread @ inverse
            projected = np.einsum("in,nm,im->i", noises[mine], shares, noises[mine])
            columns[mine, 4] = projected - float(np.trace(shares))
    return columns


def _moment_points(family: Family, maps: GenerativeMaps, place: int, number: int, seed: int) -> Floats:
    """Fresh points of one map, (n, N), from latents of mean 0 and covariance 1 exactly, others for each map.

    An error of the controls' means is one of all x of a map, which no scatter tells.
    """
    first = number * _MOMENT_POINTS
    latents = normals(seed, "finite size/moments", first, first + _MOMENT_POINTS, family.latent_dim)
    latents -= latents.mean(0)
    root = np.linalg.cholesky(np.cov(latents.T).reshape(family.latent_dim, -1))
    latents = np.linalg.solve(root, latents.T).T
    return maps(latents.astype(np.float32)[None], np.array([place]))[0].astype(np.float64)
