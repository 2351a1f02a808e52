"""The noise profile by explicit differences over all pairs in float64: slow, short, sharing only the noise."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from remanifold.measures.neighbours.panel import noise_of


@dataclass(frozen=True)
class BruteProfile:
    """Per query and level, (queries, levels), means over the noise branches; ``trap`` has no noise."""

    gap: np.ndarray
    trap: np.ndarray
    nll: np.ndarray
    own_surprisal: np.ndarray
    own_weight: np.ndarray
    participation: np.ndarray
    information: np.ndarray


def brute_profile(data, t, queries, n_draws, seed, rows=None):
    """Noisy points are built and compared with every point; nothing is expanded into products."""
    rows = np.arange(len(data)) if rows is None else rows
    x = np.asarray(data, dtype=np.float64).reshape(len(data), -1)
    noise = noise_of(seed, np.asarray(queries), n_draws, x.shape[1])
    names = BruteProfile.__dataclass_fields__
    table = {name: np.empty((len(queries), len(t))) for name in names}
    for i, row in enumerate(queries):
        others = x[[r for r in rows if r != row]]
        for k, level in enumerate(t):
            found = _point(x[row], others, level, noise[i])
            for name in names:
                table[name][i, k] = found[name]
    return BruteProfile(**table)


def _point(own, others, t, noise):
    clean = logsumexp(-((own - others) ** 2).sum(1) / (2 * t))
    normalization = own.size / 2 * np.log(2 * np.pi * t)
    branches = []
    for w in [sign * draw for draw in noise for sign in (1, -1)]:
        shift = np.sqrt(t) * w
        relative = -(((own + shift - others) ** 2 - shift**2).sum(1)) / (2 * t)  # against the query's own point
        weights = np.exp(np.append(0.0, relative) - logsumexp(np.append(0.0, relative)))
        branches.append(
            {
                "gap": -logsumexp(relative),
                "own_surprisal": logsumexp(np.append(0.0, relative)),
                "own_weight": weights[0],
                "participation": (weights**2).sum(),
            }
        )
    mean = {name: np.mean([b[name] for b in branches]) for name in branches[0]}
    nll = normalization + np.log(len(others)) - clean
    return mean | {"trap": -clean, "nll": nll, "information": np.log(len(others)) + mean["gap"]}
