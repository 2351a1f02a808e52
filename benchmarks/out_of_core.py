"""Question: do the score and the noise profile of a file several times the memory budget stay within the budget?

A float32 .npy file (6 GB unless told otherwise) of points on a linear manifold with noise, budget 1 GB. First both are
compared with float64 sums: the score of a few queries over the whole file, the profile on a subset of the rows.
Then the peak of the anonymous memory above what the imports take, and the seconds of each step. Pages of the mapped
file are not counted; where memory is plenty the file stays in the page cache between passes, which shortens the times.
"""

import argparse
import math
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from harness import write_record
from harness.anonymous_memory import anonymous_bytes, peak_above

from remanifold import EmpiricalScore, noise_profile, open_points
from remanifold.data import Points
from remanifold.measures.neighbours.panel import noise_of

LATENT, NOISE, PIECE, SUBSET = 64, 0.1, 2000, 3000


def generate(path: Path, n_points: int, dim: int) -> None:
    """Write the file a piece at a time."""
    rng = np.random.default_rng(0)
    factor = rng.standard_normal((LATENT, dim), np.float32) / np.float32(math.sqrt(LATENT))
    rows = np.lib.format.open_memmap(path, "w+", np.float32, (n_points, dim))
    for start in range(0, n_points, PIECE):
        k = min(PIECE, n_points - start)
        rows[start : start + k] = rng.standard_normal((k, LATENT), np.float32) @ factor
        rows[start : start + k] += np.float32(NOISE) * rng.standard_normal((k, dim), np.float32)
    rows.flush()


def plain_mean(points: Points, x: np.ndarray, t: float) -> np.ndarray:
    """Posterior means of a few queries, by explicit differences in float64."""
    best = np.full(len(x), -np.inf)
    total, mean = np.zeros(len(x)), np.zeros(x.shape)
    for start in range(0, points.n_points, PIECE):
        rows = points.chunk(start, min(start + PIECE, points.n_points))
        for q, one in enumerate(x.astype(np.float64)):
            logits = -((rows - one) ** 2).sum(1) / (2 * t)
            top = max(best[q], logits.max())
            weights, kept = np.exp(logits - top), math.exp(best[q] - top)
            total[q], mean[q] = kept * total[q] + weights.sum(), kept * mean[q] + weights @ rows
            best[q] = top
    return mean / total[:, None]


def plain_gap(points: Points, rows: np.ndarray, queries: np.ndarray, t: float, seed: int) -> float:
    """Mean of -log S over the queries and their noise (docs/explanation/theory.md, section 6), all pairs in float64."""
    data = points.take(rows)
    noise = noise_of(seed, queries, 2, points.ambient_dim)
    found = []
    for q, draws in zip(queries, noise):
        gaps = points.take([q]) - data[rows != q]
        half = (gaps**2).sum(1) / 2
        for w in draws:
            for sign in (1, -1):
                logits = -(half / t + sign * (gaps @ w) / math.sqrt(t))
                found.append(-logits.max() - math.log(np.exp(logits - logits.max()).sum()))
    return float(np.mean(found))


def check(path: Path, score: EmpiricalScore, x: np.ndarray, levels: list[float], budget: str) -> dict[str, float]:
    """Largest errors of both; ends the run where they are too large to be worth timing."""
    points = open_points(path)
    errors = {}
    for t in levels:
        exact = plain_mean(points, x[:2], t)
        errors[f"score, t = {t:g}"] = float(np.abs(score.denoise(x[:2], t) - exact).max() / (1 + np.abs(exact).max()))
    rows = np.arange(0, points.n_points, max(1, points.n_points // SUBSET))
    profile = noise_profile(points, rows=rows, max_queries=6, levels=np.array([10.0, 100.0]), memory=budget)
    for k, t in enumerate(profile.t):
        exact = plain_gap(points, rows, profile.queries, float(t), profile.seed)
        errors[f"gap, t = {t:g}"] = abs(profile.gap.value[k] - exact) / (1 + abs(exact))
    if max(errors.values()) > 2e-6:
        raise SystemExit(f"the numbers are wrong, there is nothing worth timing: {errors}")
    return errors


def main() -> None:
    """Generate, check, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=6.0)
    parser.add_argument("--dim", type=int, default=3072)
    parser.add_argument("--budget", default="1GB")
    parser.add_argument("--queries", type=int, default=64)
    parser.add_argument("--profile-queries", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", default=None, help="Where the file is made; needs the room. Default: the system's.")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        free = shutil.disk_usage(folder).free
        if free < 1.5e9 * options.gigabytes:
            raise SystemExit(
                f"{folder} has {free / 1e9:.1f} GB free, too little: name another --folder or fewer --gigabytes"
            )
        os.environ["REMANIFOLD_CACHE"] = folder
        measure(Path(folder) / "x.npy", options)


def measure(path: Path, options: argparse.Namespace) -> None:
    """All measurements."""
    n_points = int(options.gigabytes * 1e9) // (4 * options.dim)
    generate(path, n_points, options.dim)
    small = np.random.default_rng(1).normal(size=(50, 300))  # what the libraries load when first used is no data
    EmpiricalScore(small).denoise(small[:4].astype(np.float32), 1.0)
    noise_profile(open_points(small), max_queries=4, threads=options.threads)
    start, seconds, peaks, facts = anonymous_bytes(), {}, {}, {}
    levels = [1.0, 100.0, 300.0]
    rng = np.random.default_rng(2)
    x = open_points(path).take(np.arange(0, n_points, n_points // options.queries)[: options.queries], np.float32)

    def timed(name: str, work: Any) -> Any:
        before = time.perf_counter()
        with peak_above(start) as peak:
            result = work()
        seconds[name], peaks[name] = time.perf_counter() - before, peak[0] / 1e6
        print(f"{name}: {seconds[name]:.1f} s, {peaks[name]:.0f} MB", flush=True)
        return result

    score = timed("score: open and read once", lambda: EmpiricalScore(path, memory=options.budget))
    facts["errors"] = timed("check", lambda: check(path, score, x, levels, options.budget))
    for t in levels:
        noisy = x + np.float32(math.sqrt(t)) * rng.standard_normal(x.shape, np.float32)
        timed(f"score: {options.queries} queries, t = {t:g}", lambda noisy=noisy, t=t: score.denoise(noisy, t))
    facts["plan"] = {f"t = {t:g}": str(score.plan(t)) for t in levels}
    profile = timed(
        f"profile: {options.profile_queries} queries",
        lambda: noise_profile(
            open_points(path),
            max_queries=options.profile_queries,
            memory=options.budget,
            threads=options.threads,
            progress=lambda stage, done, total: print(f"  {stage} {done}/{total}") if done == total else None,
        ),
    )
    del peaks["check"], seconds["check"]  # the plain sums keep to no budget
    write_record(
        "out_of_core",
        "peak anonymous memory and seconds of data several times the budget",
        ("remanifold", "torch", "numpy"),
        sizes={"file_bytes": path.stat().st_size, "points": n_points, "dimensions": options.dim},
        budget=options.budget,
        peak_megabytes=peaks,
        seconds=seconds,
        profile_levels=len(profile.t),
        t_collapse=None if profile.t_collapse is None else profile.t_collapse.value,
        dtype="float32 file, float64 products of the profile",
        device="cpu",
        threads=options.threads,
        **facts,
    )


if __name__ == "__main__":
    main()
