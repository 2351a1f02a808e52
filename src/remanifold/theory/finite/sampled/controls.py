"""Functions of a point x whose means over each map are known: what they explain is no error of a mean over few x."""

import numpy as np

from remanifold._core.seeds import normals
from remanifold._core.types import Floats
from remanifold.theory.finite.sampled.family import Family
from remanifold.theory.finite.sampled.maps import GenerativeMaps
from remanifold.theory.finite.sampled.points import Drawn

_MOMENT_POINTS = 4000  # of each map: their mean, covariance and the means of the controls


def controls_of(family: Family, points: Drawn, seed: int) -> Floats:
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
