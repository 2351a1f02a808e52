"""Functions of a point x whose means over each map are known: what they explain is no error of a mean over few x."""

import numpy as np

from remanifold._core.seeds import normals
from remanifold._core.types import Floats
from remanifold.theory.finite.sampled.family import Family
from remanifold.theory.finite.sampled.maps import GenerativeMaps
from remanifold.theory.finite.sampled.points import Drawn

_MOMENT_POINTS = 4000  # of each map for the mean and covariance, and as many others for the means of the controls


def controls_of(family: Family, points: Drawn, seed: int) -> Floats:
    """Functions of x less their means over its map: (n, controls).

    Of clean points: the squared Mahalanobis distance x.C^-1 x for the covariance C of the points, its square, |xi|^2.
    Of noisy ones: x.(C + level)^-1 x; h = x.C (C + level)^-2 x and its square; |xi|^2, |w|^2 and w.C (C + level)^-1 w.
    h is the part of the entropy of the points that make up the sum (finite-size-limit.md (9)) which varies with x: the
    sum bends with it where they freeze. Noise along the manifold alone moves the exponents relative to the own one.
    """
    clean, noises, level = points.clean, points.noises, points.level
    columns = np.empty((len(clean), 3 if noises is None else 6))
    for k in range(int(points.place.max()) + 1):
        mine = points.place == k
        number = int(points.map_of[mine][0])
        fitted, others = (_moment_points(family, points.maps, k, 2 * number + half, seed) for half in (0, 1))
        middle, spread = fitted.mean(0), np.cov(fitted.T).reshape(fitted.shape[1], -1)
        others = others - middle
        seconds = others.T @ others / len(others)
        floor = level if level > 0 else 0.1 * float(np.trace(spread)) / len(spread)
        inverse = np.asarray(np.linalg.inv(spread + floor * np.eye(len(spread))), dtype=np.float64)
        seen = clean[mine] if noises is None else clean[mine] + np.sqrt(level) * noises[mine]
        away, noisy = seen - middle, seconds + level * np.eye(len(spread))
        columns[mine, 0] = _form(away, inverse) - np.sum(inverse * noisy)
        columns[mine, 1] = np.square(clean[mine] - middle).sum(1) - float(np.trace(seconds))
        if noises is None:
            columns[mine, 2] = _squared(columns[mine, 0], others, inverse, level)
            continue
        shares = spread @ inverse
        along = inverse @ shares
        columns[mine, 2] = np.square(noises[mine]).sum(1) - noises.shape[1]
        columns[mine, 3] = _form(away, along) - np.sum(along * noisy)
        columns[mine, 4] = _squared(columns[mine, 3], others, along, level)
        columns[mine, 5] = _form(noises[mine], shares) - float(np.trace(shares))
    return columns


def _form(rows: Floats, matrix: Floats) -> Floats:
    """x.A x of each row."""
    return np.asarray(((rows @ matrix) * rows).sum(1))


def _squared(form: Floats, others: Floats, matrix: Floats, level: float) -> Floats:
    """The square of x.A x less its mean, less its own mean, which is over the noise of fresh points u exact.

    x.A x has mean u.A u + t tr A over the noise, and variance 4t |A u|^2 + 2 t^2 tr A^2.
    """
    turned = others @ matrix
    clean = (turned * others).sum(1)
    noise = 4 * level * np.square(turned).sum(1).mean() + 2 * level**2 * float(np.square(matrix).sum())
    return np.asarray(np.square(form) - np.square(clean - clean.mean()).mean() - noise)


def _moment_points(family: Family, maps: GenerativeMaps, place: int, number: int, seed: int) -> Floats:
    """Fresh points of one map, (n, N), from latents of mean 0 and covariance 1 exactly, others for each number.

    An error of the controls' means is one of all x of a map, which no scatter tells. The points whose covariance makes
    a control lie nearer by it than others do: in 200 dimensions their mean had moved relu's times by 2 to 3 %. So the
    means are over other points.
    """
    first = number * _MOMENT_POINTS
    latents = normals(seed, "finite size/moments", first, first + _MOMENT_POINTS, family.latent_dim)
    latents -= latents.mean(0)
    root = np.linalg.cholesky(np.cov(latents.T, bias=True).reshape(family.latent_dim, -1))
    latents = np.linalg.solve(root, latents.T).T
    return maps(latents.astype(np.float32)[None], np.array([place]))[0].astype(np.float64)
