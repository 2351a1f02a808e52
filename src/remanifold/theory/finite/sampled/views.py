"""What points x of a family of maps see of the others, with controls whose means are known."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.sampled.controls import controls_of
from remanifold.theory.finite.sampled.energy_law import EnergyLaw
from remanifold.theory.finite.sampled.family import Family, is_named
from remanifold.theory.finite.sampled.maps import OneMap
from remanifold.theory.finite.sampled.moves import Effort
from remanifold.theory.finite.sampled.points import Drawn, drawn
from remanifold.theory.finite.sampled.recalled import recalled
from remanifold.theory.finite.sampled.tempering import energy_laws
from remanifold.theory.finite.sampled.weight_sums import weight_sum

_DEPTH = 4.0  # nats: sweeps serve all P up to the next multiple of it
_BLOCK_NUMBERS = 2**18  # of particles' coordinates at once: what stays in the cache
_FEWEST_ALONE = 0.5  # share of the points without a copy below which times of those alone say little
_JUDGED, _JUDGED_MAPS = 32, 8  # points and maps that tell that share: of few, all may have copies by chance
_NEARLY_ALL = 0.999  # of the points without a copy: controls of fewer would bias (4 % of t where a fifth has one)


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
    if not alone > _FEWEST_ALONE and _tell(family, points):
        raise NotConverged("most points have an exact copy among so many, as in discrete data; ask for fewer points.")
    # points without a copy lie farther out: over them, the means of the controls are not 0 any more
    controls = swept.controls if alone > _NEARLY_ALL else np.zeros_like(swept.controls)
    return Views(laws, points.map_of, controls, chances, log_others, swept.laws, points.weights)


def _tell(family: Family, points: Drawn) -> bool:
    """Whether these points tell how many have a copy: a single map of relu may have half its points at 0."""
    maps = len(np.unique(points.map_of))
    return len(points.map_of) >= _JUDGED and (family.n_maps is not None or maps >= _JUDGED_MAPS)


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
    controls = controls_of(family, points, seed)
    return Swept(points, laws, controls)


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
