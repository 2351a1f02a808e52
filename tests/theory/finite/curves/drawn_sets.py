"""Posterior weights, cross entropy, divergence and basins of data sets that are drawn: by explicit sums, no theory."""

import math

import numpy as np
from scipy.special import logsumexp


def measured(points, log_density, n_points, t, sets, random, fresh=60):
    """Means over data sets and their errors, each {name: (value, stderr)}; ``points(n)`` draws data."""
    names = ("own_weight", "participation", "entropy", "cross_entropy", "kl", "majority", "clean_majority")
    drawn = {name: [] for name in names}
    for _ in range(sets):
        data = points(n_points)
        dim = data.shape[1]
        seen = data + math.sqrt(t) * random.standard_normal(data.shape)
        logs = _log_weights(seen, data, t)
        posterior = np.exp(logs - logsumexp(logs, axis=1, keepdims=True))
        drawn["own_weight"].append(posterior.diagonal().mean())
        drawn["majority"].append((posterior.diagonal() > 0.5).mean())
        at_rest = _log_weights(data, data, t)
        drawn["clean_majority"].append((at_rest.diagonal() - logsumexp(at_rest, axis=1) > -math.log(2)).mean())
        drawn["participation"].append((posterior**2).sum(1).mean())
        drawn["entropy"].append(-(posterior * np.log(np.maximum(posterior, 1e-300))).sum(1).mean())
        clean = points(fresh)
        noisy = clean + math.sqrt(t) * random.standard_normal(clean.shape)
        scale = dim / 2 * math.log(2 * math.pi * t) + math.log(n_points)
        drawn["cross_entropy"].append((scale - logsumexp(_log_weights(clean, data, t), axis=1)).mean() / dim)
        empirical = logsumexp(_log_weights(noisy, data, t), axis=1) - scale
        drawn["kl"].append((log_density(noisy, t) - empirical).mean() / dim)
    found = {name: (np.mean(each), np.std(each, ddof=1) / math.sqrt(sets)) for name, each in drawn.items()}
    for name in ("majority", "clean_majority"):  # where hardly a point differs, one in all is the error
        found[name] = found[name][0], max(found[name][1], 1 / (sets * n_points))
    return found


def basins_of_sets(points, n_points, t, deltas, sets, random):
    """log delta where E log(sum of others/own) crosses zero in each of ``sets`` data sets."""
    found = []
    for _ in range(sets):
        data = points(n_points)
        noise = random.standard_normal(data.shape)
        gaps = []
        for delta in deltas:
            logs = _log_weights(data + math.sqrt(delta) * noise, data, t)
            own = logs.diagonal().copy()
            np.fill_diagonal(logs, -np.inf)
            gaps.append((logsumexp(logs, axis=1) - own).mean())
        found.append(float(np.interp(0.0, gaps, np.log(deltas))))
    return np.mean(found), np.std(found, ddof=1) / math.sqrt(sets)


def return_basins_of_sets(points, n_points, t, deltas, sets, random):
    """log delta where the mean posterior weight of the own point falls below 1/2 in each of ``sets`` data sets."""
    found = []
    for _ in range(sets):
        data = points(n_points)
        noise = random.standard_normal(data.shape)
        shares = []
        for delta in deltas:
            logs = _log_weights(data + math.sqrt(delta) * noise, data, t)
            shares.append(np.exp(logs.diagonal() - logsumexp(logs, axis=1)).mean())
        found.append(float(np.interp(0.5, shares[::-1], np.log(deltas)[::-1])))
    return np.mean(found), np.std(found, ddof=1) / math.sqrt(sets)


def row_times(points, row, n_points, levels, sets, random):
    """log t at which one row, put into ``sets`` data sets, takes its own noisy copies, and the error."""
    found = []
    for _ in range(sets):
        others = points(n_points - 1)
        noise = random.standard_normal((40, len(row)))
        gaps = [
            -(logsumexp(_log_weights(row + math.sqrt(t) * noise, others, t), axis=1) + 0.5 * (noise**2).sum(1)).mean()
            for t in levels
        ]
        found.append(gaps)
    mean = np.mean(found, axis=0)
    slope = np.gradient(mean, np.log(levels))
    k = int(np.argmin(np.abs(mean)))
    root = float(np.interp(0.0, mean[::-1], np.log(levels)[::-1]))
    return root, np.std([gaps[k] for gaps in found], ddof=1) / math.sqrt(sets) / abs(slope[k])


def _log_weights(x, data, t):
    squared = (x**2).sum(1)[:, None] + (data**2).sum(1)[None] - 2 * x @ data.T
    return -squared / (2 * t)
