"""Question: what do 64 noise levels cost beside one nearest-neighbour search, and beside a separate pass per level?

512 queries x 60000 points x 784 dimensions, two noise draws of both signs and the points themselves (five branches), on
the levels that a profile chooses (64 to 70), on 64 levels named by the caller, and with the choice of the levels.
Beside (a) one faiss flat search of the 64 nearest of the same arrays, and (b) a baseline: for each level and branch the
distances again, a softmax, its sums. (b) is run on 2 of the levels and multiplied, since every level costs it the same.
"""

import argparse
import math
import time

import faiss
import numpy as np
import torch
from harness import interleaved, write_record

from remanifold import HiddenManifold, open_points
from remanifold.measures import NoiseProfile, noise_profile
from remanifold.measures.neighbours.panel import noise_of
from remanifold.measures.profile import sweep

P, N, Q, NAMED, NAIVE_LEVELS = 60000, 784, 512, 64, 2


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
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    faiss.omp_set_num_threads(options.threads)
    manifold = HiddenManifold(ambient_dim=N, latent_dim=78, n_points=P, activation="tanh", seed=1)
    data = manifold.points().astype(np.float32)
    points = open_points(data)
    levels = noise_profile(points, max_queries=Q, threads=options.threads).t
    named = np.geomspace(levels[0], levels[-1], NAMED)
    tensor = torch.from_numpy(data)

    def ours() -> NoiseProfile:
        return noise_profile(points, max_queries=Q, levels=levels, threads=options.threads)

    profile = ours()
    checked = [len(levels) // 3, 2 * len(levels) // 3]
    difference = np.abs(naive(tensor, profile, levels[checked]) - profile.gap.value[checked])
    if difference.max() > 0.02:  # nats; the error is that of the baseline's float32
        raise SystemExit(f"the two ways differ by {difference} nats; there is nothing worth timing")
    index = faiss.IndexFlatL2(N)
    index.add(data)
    queries = data[profile.queries]

    def without_numba() -> NoiseProfile:
        kept, sweep.can_compile = sweep.can_compile, lambda *_: False
        try:
            return ours()
        finally:
            sweep.can_compile = kept

    apart = float(np.abs(without_numba().gap.value - profile.gap.value).max())
    if apart > 1e-3:  # nats, of sums in single precision
        raise SystemExit(f"with and without numba the gap differs by {apart} nats; there is nothing worth timing")
    seconds = interleaved(
        {
            "noise profile, its own levels": ours,
            "the same without numba": without_numba,
            "choice of the levels included": lambda: noise_profile(points, max_queries=Q, threads=options.threads),
            "64 levels named": lambda: noise_profile(points, max_queries=Q, levels=named, threads=options.threads),
            "faiss flat top-64, once": lambda: index.search(queries, 64),
            f"plain recomputation, {NAIVE_LEVELS} levels": lambda: naive(tensor, profile, levels[checked]),
        },
        options.rounds,
        time.process_time,
    )
    medians = {name: entry["median"] for name, entry in seconds.items()}
    search, plain = medians["faiss flat top-64, once"], medians[f"plain recomputation, {NAIVE_LEVELS} levels"]
    own = medians["noise profile, its own levels"]
    write_record(
        "noise_profile",
        "cost of a noise profile",
        ("remanifold", "torch", "numpy", "faiss-cpu"),
        sizes={
            "points": P,
            "dimensions": N,
            "queries": Q,
            "levels": len(levels),
            "branches": 5,
            "data": "tanh manifold",
        },
        dtype="float32 data, float64 products, float32 weights",
        device="cpu",
        threads=options.threads,
        clock="processor seconds",
        seconds=seconds,
        ratio_to_faiss_top_64=own / search,
        ratio_to_faiss_with_choice=medians["choice of the levels included"] / search,
        ratio_to_faiss_named=medians["64 levels named"] / search,
        speedup_over_plain=plain * len(levels) / NAIVE_LEVELS / own,
        largest_difference_nats=float(difference.max()),
        largest_difference_without_numba_nats=apart,
    )


if __name__ == "__main__":
    main()
