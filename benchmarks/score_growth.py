"""Question: how does the time of the exact score grow with points, dimensions, queries, and a profile's with levels?

Tanh manifolds with D = N/10, float32, one thread. Two noise levels: far below collapse, where an index excludes nearly
all points, and far above, where all matter. Exponents are slopes of log time against log size by least squares, with
their standard errors. Correctness first: one result of each size against float64 differences.
Results: benchmarks/results/score_growth.json.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from harness import write_record

from remanifold import open_points
from remanifold.manifolds import HiddenManifold
from remanifold.measures import noise_profile
from remanifold.scores import EmpiricalScore

LOW, HIGH = 0.1, 100.0
POINTS, DIMENSIONS, QUERIES, LEVELS = (10**4, 10**5, 10**6), (64, 256, 1024, 3072), (1, 8, 64, 512), (16, 32, 64, 128)


def data_of(n_points: int, ambient_dim: int) -> np.ndarray:
    latent = max(2, ambient_dim // 10)
    model = HiddenManifold(activation="tanh", ambient_dim=ambient_dim, latent_dim=latent, n_points=n_points)
    starts = range(0, n_points, 50_000)
    return np.concatenate([model.points(k, min(k + 50_000, n_points)).astype(np.float32) for k in starts])


def check(engine: EmpiricalScore, data: torch.Tensor, x: torch.Tensor, t: float) -> None:
    """One query against float64 differences, or stop."""
    energies = torch.cat([((x[:1].double() - part.double()) ** 2).sum(1) for part in data.split(20_000)]) / 2
    exact = torch.logsumexp(-energies / t, 0)
    found = engine.sums(x[:1], t).log_sum[0]
    if abs(float(found - exact)) > 2e-6 * (1 + abs(float(exact))):
        raise SystemExit(f"log sum {float(found)} instead of {float(exact)}: nothing worth timing")


def seconds(task: Callable[[], object], rounds: int) -> float:
    task()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        task()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def score_seconds(n_points: int, ambient_dim: int, queries: tuple[int, ...], rounds: int) -> dict[str, list[float]]:
    """Seconds for each number of queries, by noise level."""
    data = torch.from_numpy(data_of(n_points, ambient_dim))
    engine = EmpiricalScore(data, memory="3GB")
    noise = torch.randn(max(queries), ambient_dim, generator=torch.Generator().manual_seed(0))
    found: dict[str, list[float]] = {}
    for name, t in (("below collapse", LOW), ("above collapse", HIGH)):
        x = data[: max(queries)] + math.sqrt(t) * noise
        check(engine, data, x, t)
        found[name] = [seconds(partial(engine.sums, x[:b], t), rounds) for b in queries]
    return found


def exponent(sizes: tuple[int, ...], taken: list[float]) -> dict[str, object]:
    x, y = np.log(sizes), np.log(taken)
    slope, intercept = np.polyfit(x, y, 1)
    rest = y - slope * x - intercept
    error = math.sqrt(float(rest @ rest) / max(len(x) - 2, 1) / float(((x - x.mean()) ** 2).sum()))
    print(f"  {sizes}: {[round(s, 4) for s in taken]} exponent {slope:.2f}({error:.2f})", flush=True)
    return {"sizes": sizes, "seconds": taken, "exponent": float(slope), "stderr": error}


def main() -> None:
    """Measure each growth and write the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    growth: dict[str, object] = {}
    by_points = [score_seconds(p, 64, (64,), rounds) for p in POINTS]
    by_dimension = [score_seconds(20_000, n, (64,), rounds) for n in DIMENSIONS]
    by_queries = score_seconds(60_000, 256, QUERIES, rounds)
    for name in ("below collapse", "above collapse"):
        print(name)
        growth[f"points, N = 64, 64 queries, {name}"] = exponent(POINTS, [each[name][0] for each in by_points])
        growth[f"dimensions, P = 20000, 64 queries, {name}"] = exponent(DIMENSIONS, [s[name][0] for s in by_dimension])
        growth[f"queries, P = 60000, N = 256, {name}"] = exponent(QUERIES, by_queries[name])
    points = open_points(data_of(20_000, 64))

    def profile(levels: int) -> Callable[[], object]:
        return lambda: noise_profile(points, max_queries=128, levels=np.geomspace(0.01, 100, levels), threads=1)

    growth["levels, P = 20000, N = 64, 128 queries"] = exponent(LEVELS, [seconds(profile(n), rounds) for n in LEVELS])
    question = "exponents of the time of the exact score and of a noise profile"
    write_record("score_growth", question, ("remanifold", "torch", "numpy"), threads=1, rounds=rounds, growth=growth)


if __name__ == "__main__":
    main()
