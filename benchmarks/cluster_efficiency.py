"""Question: how much faster are one and two Dask workers than one process on the same rows?

Fashion-MNIST (Debian's dataset-fashion-mnist) as uint8 on disk, a worker a process of one thread; a noise profile of
500 query rows on 48 given levels, and 256 denoised points at a noise where every point counts. Workers have opened the
rows before the clock starts. Efficiency: seconds of one process of one thread over workers times seconds. Results of
all agree to round-off, which is checked first.
"""

import argparse
import gzip
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from harness import FASHION, write_record
from threadpoolctl import threadpool_limits

from remanifold import EmpiricalScore, noise_profile
from remanifold.cluster import ClusterScore, cluster_profile, connect

QUERIES, LEVELS, NOISE = 256, 48, 3e4


def seconds(task: Callable[[], object]) -> float:
    """By the clock."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def main() -> None:
    """One process and the workers in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", nargs="*", type=int, default=[1, 2])
    options = parser.parse_args()
    if not FASHION.exists():
        parser.exit(2, "needs Debian's package dataset-fashion-mnist\n")
    torch.set_num_threads(1)
    raw = np.frombuffer(gzip.decompress(FASHION.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)
    rng, levels = np.random.default_rng(0), np.geomspace(10, 1e6, LEVELS)
    x = raw[rng.choice(len(raw), QUERIES, replace=False)] + np.sqrt(NOISE) * rng.standard_normal((QUERIES, 28, 28))
    found: dict[str, dict[str, list[float]]] = {"profile": {}, "denoise": {}}
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        path = Path(folder) / "train.npy"
        np.save(path, raw)
        alone = EmpiricalScore(path)
        mean = alone.denoise(x, NOISE)
        exact = noise_profile(path, levels=levels, max_queries=500, threads=1)
        for _ in range(options.rounds):
            local = partial(noise_profile, path, levels=levels, max_queries=500, threads=1)
            found["profile"].setdefault("one process", []).append(seconds(local))
            found["denoise"].setdefault("one process", []).append(seconds(partial(alone.denoise, x, NOISE)))
            for workers in options.workers:
                name = f"{workers} worker{'s' * (workers > 1)}"
                with connect("local", workers=workers) as cluster:
                    score = ClusterScore(path, cluster)
                    remote = partial(cluster_profile, path, cluster, levels=levels, max_queries=500)
                    np.testing.assert_allclose(remote().gap.value, exact.gap.value, rtol=1e-3, atol=1e-4)
                    found["profile"].setdefault(name, []).append(seconds(remote))
                    np.testing.assert_allclose(score.denoise(x, NOISE), mean, rtol=1e-5, atol=1e-3)
                    found["denoise"].setdefault(name, []).append(seconds(partial(score.denoise, x, NOISE)))
    medians = {what: {name: statistics.median(all_) for name, all_ in each.items()} for what, each in found.items()}
    write_record(
        "cluster_efficiency",
        "efficiency of one and two Dask workers beside one process",
        ("remanifold", "torch", "numpy", "distributed"),
        data="Fashion-MNIST, 60000 x 784, uint8 on disk",
        rounds=options.rounds,
        seconds={what: {name: round(s, 3) for name, s in each.items()} for what, each in medians.items()},
        efficiency={
            what: {
                name: round(each["one process"] / (int(name[0]) * s), 2)
                for name, s in each.items()
                if name != "one process"
            }
            for what, each in medians.items()
        },
    )


if __name__ == "__main__":
    main()
