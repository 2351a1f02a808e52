"""Question: what is the error of the empirical score of a few points, as a function of noise?

Top-k (k nearest points) and random subsets (one draw, shared by all queries) against the exact posterior mean, at 21
noise levels around the collapse of each set. Queries are points of the set with new noise. The exact sums are first
compared with explicit differences in float64. Results: benchmarks/results/truncation_error.json.
"""

import argparse
import math
from typing import Any

import numpy as np
import torch
from empirical_score import explicit, fashion, manifold, miss
from harness import FASHION, write_record

from remanifold._core.seeds import generator, normals_at
from remanifold.data import open_points
from remanifold.measures import noise_profile
from remanifold.scores import EmpiricalScore, TruncatedMean, random_subset_mean, top_k_mean

NEAREST, SHARES = (1, 16, 64, 256), (0.01, 0.1)
REACH, LEVELS = (1e-3, 1e2), 21  # of t in units of the collapse
SEED, TOLERANCE, PASSED = 0, 1e-10, 0.01


def quantiles(values: torch.Tensor) -> dict[str, float]:
    return {"median": float(values.median()), "ninety_percent": float(values.quantile(0.9))}


def facts(found: TruncatedMean) -> dict[str, Any]:
    """Error of the mean in units of sqrt(N t), neglected share and error of log density, over queries."""
    return {
        "used": found.n_used,
        "mean_error": quantiles(found.mean_error),
        "neglected": quantiles(found.neglected),
        "log_density_error": quantiles(found.log_density_error.abs()),
    }


def level(data: torch.Tensor, engine: EmpiricalScore, rows: np.ndarray, t: float, checked: int) -> dict[str, Any]:
    """All truncations at noise ``t``."""
    z = torch.tensor(normals_at(SEED, "noise", rows, data.shape[1]))
    x = data[torch.tensor(rows)].double() + math.sqrt(t) * z
    exact = engine.sums(x, t, max(NEAREST), displacements=True)
    mean, _ = explicit(data, x[:checked], t)
    error = miss(exact.mean[:checked] + x[:checked], mean)
    if error > 1e-8:
        raise SystemExit(f"t={t}: the exact mean is off by {error:.2g}: nothing worth comparing")
    cut = {f"top {k}": facts(top_k_mean(engine, x, t, k, exact=exact)) for k in NEAREST}
    for share in SHARES:
        m = round(share * engine.n_points)
        cut[f"random {share:.0%}"] = facts(random_subset_mean(engine, x, t, m, seed=SEED, exact=exact))
    return {"t": t, "error_of_exact_mean": error, "effective_points": float((1 / exact.participation).median())} | cut


def passes(levels: list[dict[str, Any]], name: str) -> list[float]:
    """Noise variances, by interpolation of logs, where the median error of the mean crosses 1 %."""
    t = np.log([row["t"] for row in levels])
    gap = np.log([max(row[name]["mean_error"]["median"], 1e-300) / PASSED for row in levels])
    where = np.flatnonzero(gap[:-1] * gap[1:] < 0)
    return [float(np.exp(t[i] - gap[i] * (t[i + 1] - t[i]) / (gap[i + 1] - gap[i]))) for i in where]


def measure(name: str, data: torch.Tensor, queries: int, checked: int) -> dict[str, Any]:
    """One set: its collapse, then every level."""
    profile = noise_profile(open_points(data.numpy()), max_queries=64, threads=1, seed=SEED)
    if profile.t_collapse is None:
        raise SystemExit(f"{name}: no collapse, so no levels around it")
    collapse = profile.t_collapse
    engine = EmpiricalScore(data, tolerance=TOLERANCE, memory="3GB")
    rows = generator(SEED, "queries").choice(len(data), queries, replace=False)
    levels = []
    for t in collapse.value * np.geomspace(*REACH, LEVELS):
        levels.append(level(data, engine, rows, float(t), checked))
        errors = {key: f"{row['mean_error']['median']:.2g}" for key, row in levels[-1].items() if isinstance(row, dict)}
        print(name, f"{t:.3g}", errors, flush=True)
    cuts = [key for key, row in levels[0].items() if isinstance(row, dict)]
    return {
        "data": name,
        "points": len(data),
        "dimensions": data.shape[1],
        "t_collapse": collapse.value,
        "t_collapse_stderr": collapse.stderr,
        "t_where_the_median_error_crosses_1_percent": {cut: passes(levels, cut) for cut in cuts},
        "levels": levels,
    }


def main() -> None:
    """Both sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=128)
    parser.add_argument("--checked", type=int, default=1, help="queries of each level held against explicit sums")
    options = parser.parse_args()
    torch.set_num_threads(1)
    sets = {"Fashion-MNIST": fashion} if FASHION.exists() else {}
    sets["tanh 784"] = lambda: manifold("tanh", 784, 60000)
    write_record(
        "truncation_error",
        "error of the posterior mean of a few points only, in units of sqrt(N t), against the exact one",
        ("remanifold", "torch", "numpy"),
        dtype="float64 sums of float32 points",
        device="cpu",
        threads=1,
        seed=SEED,
        tolerance=TOLERANCE,
        queries=options.queries,
        sets=[measure(name, make(), options.queries, options.checked) for name, make in sets.items()],
    )


if __name__ == "__main__":
    main()
