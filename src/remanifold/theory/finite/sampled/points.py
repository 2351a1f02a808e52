"""Points x of a family of maps, with noise or without."""

from dataclasses import dataclass

import numpy as np

from remanifold._core.seeds import normals
from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.sampled.family import Family
from remanifold.theory.finite.sampled.maps import GenerativeMaps, Singles

FEW, _WIDER = 2, 2.0  # latent dimensions in which far points are drawn more often, from a law so much wider


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
