"""Question: what do 64 noise levels cost beside one nearest-neighbour search, and beside a separate pass per level?

512 queries x 60000 points x 784 dimensions x 64 levels, two noise draws of both signs and the points themselves (five
branches). Beside (a) one faiss flat search of the 64 nearest of the same arrays, and (b) a baseline: for each level
and branch the distances again, a softmax, its sums. (b) is run on 2 of the 64 levels and multiplied, since every level
costs it the same.
"""

import argparse
import math

import faiss
import numpy as np
import torch
from harness import interleaved, write_record

from remanifold import HiddenManifold, open_points
from remanifold.measures import NoiseProfile, noise_profile
from remanifold.measures.neighbours.panel import noise_of
from remanifold.measures.profile import sweep

P, N, Q, LEVELS, NAIVE_LEVELS = 60000, 784, 512, 64, 2


def naive(data: torch.Tensor, profile: NoiseProfile, levels: np.ndarray) -> np.ndarray:
    """Mean gap (the levels,) of the baseline, float32, in blocks of queries."""
    queries = torch.from_numpy(profile.queries)
    noise = torch.from_numpy(noise_of(profile.seed, profile.queries, profile.n_draws, N)).float()
    half = (data * data).sum(1) / 2
    gaps = []
    for t in levels:
        total = torch.zeros(len(queries))
        for d in range(profile.n_draws):
            for sign in (1.0, -1.0):
                for block in torch.arange(len(queries)).split(64):
                    x = data[queries[block]] + sign * math.sqrt(t) * noise[block, d]
                    logits = (x @ data.T - half - (x * x).sum(1, keepdim=True) / 2) / t
                    logits[torch.arange(len(block)), queries[block]] = -torch.inf
                    weights = torch.softmax(logits, dim=1)
                    (weights * weights).sum(1)
                    total[block] -= torch.logsumexp(logits, dim=1) + (noise[block, d] ** 2).sum(1) / 2
        gaps.append(float(total.mean()) / (2 * profile.n_draws))
    return np.array(gaps)


def main() -> None:
    """Check, time, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    faiss.omp_set_num_threads(options.threads)
    manifold = HiddenManifold(ambient_dim=N, latent_dim=78, n_points=P, activation="tanh", seed=1)
    data = manifold.points().astype(np.float32)
    points = open_points(data)
    chosen = noise_profile(points, max_queries=64, threads=options.threads)
    levels = np.geomspace(chosen.t[0], chosen.t[-1], LEVELS)
    tensor = torch.from_numpy(data)

    def ours() -> NoiseProfile:
        return noise_profile(points, max_queries=Q, levels=levels, threads=options.threads)

    profile = ours()
    checked = [LEVELS // 3, 2 * LEVELS // 3]
    difference = np.abs(naive(tensor, profile, levels[checked]) - profile.gap.value[checked])
    if difference.max() > 0.02:  # nats; the error is that of the baseline's float32
        raise SystemExit(f"the two ways differ by {difference} nats; there is nothing worth timing")
    index = faiss.IndexFlatL2(N)
    index.add(data)
    queries = data[profile.queries]

    def without_numba() -> NoiseProfile:
        sweep._WORTH_COMPILING, kept = math.inf, sweep._WORTH_COMPILING
        try:
            return ours()
        finally:
            sweep._WORTH_COMPILING = kept

    plain = without_numba()
    apart = float(np.abs(plain.gap.value - profile.gap.value).max())
    if apart > 1e-3:  # nats, of sums in single precision
        raise SystemExit(f"with and without numba the gap differs by {apart} nats; there is nothing worth timing")
    seconds = interleaved(
        {
            "noise profile, 64 levels": ours,
            "the same without numba": without_numba,
            "faiss flat top-64, once": lambda: index.search(queries, 64),
            f"plain recomputation, {NAIVE_LEVELS} levels": lambda: naive(tensor, profile, levels[checked]),
        },
        options.rounds,
    )
    medians = [entry["median"] for entry in seconds.values()]
    medians = [medians[0], *medians[2:]]
    write_record(
        "noise_profile",
        "cost of a 64-level noise profile",
        ("remanifold", "torch", "numpy", "faiss-cpu"),
        sizes={"points": P, "dimensions": N, "queries": Q, "levels": LEVELS, "branches": 5, "data": "tanh manifold"},
        dtype="float32 data, float64 products, float32 weights",
        device="cpu",
        threads=options.threads,
        seconds=seconds,
        ratio_to_faiss_top_64=medians[0] / medians[1],
        speedup_over_plain=medians[2] * LEVELS / NAIVE_LEVELS / medians[0],
        largest_difference_nats=float(difference.max()),
        largest_difference_without_numba_nats=apart,
    )


if __name__ == "__main__":
    main()
