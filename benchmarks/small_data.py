"""Question: what do few points cost, beside the loop that anyone would write?

Posterior means, a noise profile and samples of some hundred points in a few dimensions, against plain numpy in float64:
one product, a softmax, one product. Both on one thread, run in turn, medians of processor time; first it is checked
that both give the same numbers.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from harness import interleaved, write_record

import remanifold as rm

_T = 0.1
_SIZES = ((1600, 20, 2), (1600, 200, 2), (1600, 1797, 64), (8, 5000, 20))  # queries, points, coordinates
_LEVELS = np.geomspace(1e-3, 1e3, 64)


def plain_means(data: np.ndarray, x: np.ndarray, t: float) -> np.ndarray:
    """Posterior mean: one product, a softmax, one product."""
    logits = (x @ data.T - np.square(data).sum(1) / 2) / t
    logits -= logits.max(1, keepdims=True)
    weights = np.exp(logits)
    weights /= weights.sum(1, keepdims=True)
    return weights @ data


def plain_profile(data: np.ndarray, queries: np.ndarray) -> float:
    """Five sums (no noise, two draws of either sign) of each query at 64 levels."""
    squared = np.square(queries).sum(1)[:, None] + np.square(data).sum(1) - 2 * queries @ data.T
    total = 0.0
    for t in _LEVELS:
        for _ in range(5):
            logits = squared / (-2 * t)
            logits -= logits.max(1, keepdims=True)
            weights = np.exp(logits)
            weights /= weights.sum(1, keepdims=True)
            total += float(np.square(weights).sum() + (weights * squared).sum())
    return total


def means(queries: int, points: int, dim: int) -> dict[str, Callable[[], object]]:
    """The two ways, once they agree."""
    random = np.random.default_rng(0)
    data, x = random.standard_normal((points, dim)), random.standard_normal((queries, dim))
    score = rm.EmpiricalScore(data)
    if not np.allclose(score.denoise(x, _T), plain_means(data, x, _T), rtol=0, atol=2e-6):
        raise SystemExit("the two ways differ; there is nothing worth timing")
    return {"remanifold": lambda: score.denoise(x, _T), "numpy": lambda: plain_means(data, x, _T)}


def main() -> None:
    """Time all sizes and write the record."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    torch.set_num_threads(1)
    found = {}
    for size in _SIZES:
        seconds = interleaved(means(*size), 101, time.process_time)
        found["denoise " + " x ".join(map(str, size))] = seconds | {"ratio": _ratio(seconds)}
    rows = np.random.default_rng(0).standard_normal((300, 5))
    seconds = interleaved(
        {
            "remanifold": lambda: rm.noise_profile(rows, max_queries=50, threads=1),
            "numpy": lambda: plain_profile(rows, rows[:50]),
        },
        21,
        time.process_time,
    )
    found["noise profile of 300 x 5, 50 queries"] = seconds | {"ratio": _ratio(seconds)}
    score, levels = rm.EmpiricalScore(rows[:200, :2]), np.geomspace(100, 1e-3, 101)
    found["200 samples, 100 steps, 200 points in 2-D"] = interleaved(
        {"remanifold": lambda: rm.simulate(score, levels, n_samples=200)}, 11, time.process_time
    )
    rows = np.random.default_rng(0).standard_normal((400, 5))
    found["audit of 400 x 5, 50 queries"] = interleaved(
        {
            "audit": lambda: rm.audit(rows, max_queries=50, threads=1),
            "its profile": lambda: rm.noise_profile(rows, max_queries=50, threads=1),
        },
        11,
        time.process_time,
    )
    write_record(
        "small_data", __doc__ or "", ("remanifold", "numpy", "torch"), clock="processor seconds", seconds=found
    )


def _ratio(seconds: dict[str, dict[str, float]]) -> float:
    return round(seconds["remanifold"]["median"] / seconds["numpy"]["median"], 2)


if __name__ == "__main__":
    main()
