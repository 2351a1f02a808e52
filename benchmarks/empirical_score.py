"""Question: what does the exact empirical score cost beside common implementations, set by set and noise by noise?

Peers get centred float32 data and give the posterior mean only: torch's scaled_dot_product_attention with an additive
mask -|xi|^2/2t, a softmax of torch.cdist distances, and up to 100 dimensions KeOps (compiled, CPU); one flat top-64
search of faiss is timed too. EmpiricalScore gives mean, log density, energy and participation (`sums`), or the mean
only (`denoise`), of all queries and of 64. It is first compared with explicit differences in float64; then all are
timed in turn, A B A B, by the clock and by the processor time of all threads.
Results: benchmarks/results/empirical_score.json.
"""

import argparse
import gzip
import json
import math
import os
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import faiss
import numpy as np
import torch
from harness import FASHION, RESULTS, interleaved, write_record

from remanifold.manifolds import HiddenManifold
from remanifold.scores import EmpiricalScore

ALLOWED = 2e-6  # of float32 results, relative to 1 plus their size
CHECKED = 8  # queries
FEW = 64  # queries
KEOPS_WIDEST = 100  # dimensions


def fashion() -> torch.Tensor:
    raw = gzip.decompress(FASHION.read_bytes())
    return torch.tensor(np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 784).astype(np.float32) / 255)


def patches(side: int, n_points: int) -> torch.Tensor:
    """Square cut-outs of the two photographs that scikit-learn carries, 0..1."""
    from sklearn.datasets import load_sample_images

    rng, out = np.random.default_rng(0), []
    for picture in load_sample_images().images:
        height, width = picture.shape[0] - side, picture.shape[1] - side
        corners = zip(rng.integers(0, height, n_points // 2), rng.integers(0, width, n_points // 2))
        out += [picture[a : a + side, b : b + side].reshape(-1) for a, b in corners]
    return torch.tensor(np.array(out, np.float32) / 255)


def manifold(activation: str, ambient_dim: int, n_points: int) -> torch.Tensor:
    latent = max(1, ambient_dim // 10)
    model = HiddenManifold(activation=activation, ambient_dim=ambient_dim, latent_dim=latent, n_points=n_points)
    return torch.tensor(model.points(), dtype=torch.float32)


def gaussian(ambient_dim: int, n_points: int) -> torch.Tensor:
    return torch.randn(n_points, ambient_dim, generator=torch.Generator().manual_seed(0))


SETS: dict[str, tuple[Callable[[], torch.Tensor], int, tuple[float, ...]]] = {
    "Fashion-MNIST": (fashion, 512, (0.03, 0.1, 0.3, 1.0, 3.0, 30.0)),
    "patches 16x16x3": (lambda: patches(16, 60000), 512, (0.001, 0.01, 0.1, 1.0, 10.0)),
    "patches 32x32x3": (lambda: patches(32, 30000), 256, (0.01, 0.1, 1.0, 10.0)),
    "tanh 784": (lambda: manifold("tanh", 784, 60000), 512, (0.1, 1.0, 3.0, 10.0, 100.0)),
    "linear 784": (lambda: manifold("linear", 784, 60000), 512, (1.0, 10.0, 30.0, 100.0)),
    "linear 3072": (lambda: manifold("linear", 3072, 30000), 256, (1.0, 10.0, 30.0)),
    "gaussian 2": (lambda: gaussian(2, 60000), 512, (1e-4, 0.01, 1.0)),
    "gaussian 8": (lambda: gaussian(8, 60000), 512, (0.01, 0.3, 3.0)),
    "gaussian 20": (lambda: gaussian(20, 60000), 512, (0.1, 1.0, 10.0)),
    "gaussian 128": (lambda: gaussian(128, 60000), 512, (0.3, 3.0, 10.0, 30.0)),
    "gaussian 784": (lambda: gaussian(784, 60000), 512, (100.0,)),
    "gaussian 3072": (lambda: gaussian(3072, 30000), 256, (300.0,)),
}


def attention(data: torch.Tensor, x: torch.Tensor, t: float) -> torch.Tensor:
    """Posterior mean by attention: softmax(x.xi/t - |xi|^2/2t) xi."""
    mask = (-(data**2).sum(1) / (2 * t)).expand(len(x), -1)
    return torch.nn.functional.scaled_dot_product_attention(
        x[None, None], data[None, None], data[None, None], attn_mask=mask, scale=1 / t
    )[0, 0]


def distances(data: torch.Tensor, x: torch.Tensor, t: float) -> torch.Tensor:
    """Posterior mean by a softmax of distances."""
    return torch.softmax(torch.cdist(x, data).square_().div_(-2 * t), 1) @ data


def keops(data: torch.Tensor, x: torch.Tensor, t: float) -> torch.Tensor:
    """Posterior mean by one compiled pass of KeOps."""
    from pykeops.torch import LazyTensor

    queries, points = LazyTensor(x[:, None]), LazyTensor(data[None])
    return (((queries - points) ** 2).sum(-1) / (-2 * t)).sumsoftmaxweight(points, dim=1, backend="CPU")


def explicit(data: torch.Tensor, x: torch.Tensor, t: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Posterior mean and log density of each query from explicit float64 differences."""
    means, densities = [], []
    for row in x.double():
        logits = torch.cat([((row - part.double()) ** 2).sum(1) for part in data.split(8192)]) / (-2 * t)
        w = torch.softmax(logits, 0)
        means.append(sum(weights @ part.double() for weights, part in zip(w.split(8192), data.split(8192))))
        normaliser = math.log(len(data)) + data.shape[1] / 2 * math.log(2 * math.pi * t)
        densities.append(torch.logsumexp(logits, 0) - normaliser)
    return torch.stack(means), torch.stack(densities)


def miss(found: torch.Tensor, exact: torch.Tensor) -> float:
    return float((found.double() - exact).abs().max() / (1 + exact.abs().max()))


def over(seconds: dict[str, dict[str, float]], peer: str, ours: str) -> dict[str, float]:
    """Ratios of medians: of the clock, and of processor time, which other work on the machine disturbs less."""
    clock, processor = (seconds[peer][kind] / seconds[ours][kind] for kind in ("median", "processor"))
    return {"clock": clock, "processor": processor}


def compare(data: torch.Tensor, engine: EmpiricalScore, t: float, batch: int, rounds: int) -> dict[str, Any]:
    """Errors of all, then their times in turn."""
    generator = torch.Generator().manual_seed(1)
    x = data[:batch] + math.sqrt(t) * torch.randn(batch, data.shape[1], generator=generator)
    mean, density = explicit(data, x[:CHECKED], t)
    error, density_error = miss(engine.denoise(x[:CHECKED], t), mean), miss(engine.log_density(x[:CHECKED], t), density)
    fine = engine.log_density(x[:CHECKED].double(), t)
    if max(error, density_error) > ALLOWED:
        raise SystemExit(f"t={t}: errors {error:.2g} and {density_error:.2g}: nothing worth timing")
    ways = {
        "ours": lambda: engine.sums(x, t),
        "ours, mean only": lambda: engine.denoise(x, t),
        "ours, mean only, few": lambda: engine.denoise(x[:FEW], t),
        "attention, few": lambda: attention(data, x[:FEW], t),
        "attention": lambda: attention(data, x, t),
        "softmax of cdist": lambda: distances(data, x, t),
    }
    if data.shape[1] <= KEOPS_WIDEST and find_spec("pykeops"):
        ways["KeOps"] = lambda: keops(data, x, t)
    seconds = interleaved(ways, rounds)
    plan = engine.plan(t, x)
    return {
        "t": t,
        "plan": str(plan),
        "seconds": seconds,
        "attention_over_ours": seconds["attention"]["median"] / seconds["ours"]["median"],
        "attention_over_our_mean": over(seconds, "attention", "ours, mean only"),
        "attention_over_our_mean_of_64": over(seconds, "attention, few", "ours, mean only, few"),
        "cdist_over_ours": seconds["softmax of cdist"]["median"] / seconds["ours"]["median"],
        "keops_over_ours": seconds["KeOps"]["median"] / seconds["ours"]["median"] if "KeOps" in seconds else None,
        "our_error_of_mean": error,
        "attention_error_of_mean": miss(attention(data, x[:CHECKED], t), mean),
        "our_relative_error_of_log_density_float32": density_error,
        "our_relative_error_of_log_density_float64": float(((fine - density) / (1 + density.abs())).abs().max()),
    }


def measure(name: str, rounds: int) -> dict[str, Any]:
    """One set: build, one faiss search, every noise level."""
    make, batch, times = SETS[name]
    data = make()
    data -= data.mean(0)
    start = time.perf_counter()
    engine = EmpiricalScore(data, memory="3GB")
    engine.build()
    build = time.perf_counter() - start
    index = faiss.IndexFlatL2(data.shape[1])
    index.add(data.numpy())
    queries = (data[:batch] + 0.1).numpy()
    search = []
    for _ in range(rounds):
        start = time.perf_counter()
        index.search(queries, 64)
        search.append(time.perf_counter() - start)
    levels = [compare(data, engine, t, batch, rounds) for t in times]
    for level in levels:
        print(
            f"{name:16s} t={level['t']:<6g} attention/ours {level['attention_over_ours']:.2f}, "
            f"mean only {level['attention_over_our_mean']['processor']:.2f}, "
            f"of 64 {level['attention_over_our_mean_of_64']['processor']:.2f}  {level['plan']}",
            flush=True,
        )
    sizes = {"points": len(data), "dimensions": data.shape[1], "queries": batch}
    costs = {"build_seconds": build, "faiss_top_64_seconds": statistics.median(search)}
    return {"data": name, **sizes, **costs, "levels": levels}


def main() -> None:
    """Every set, at every number of threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sets", nargs="*", default=list(SETS), help="names of the sets to measure")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    faiss.omp_set_num_threads(options.threads)
    sets = [name for name in options.sets if name != "Fashion-MNIST" or FASHION.exists()]
    record = "empirical_score" if options.threads == 1 else f"empirical_score_{options.threads}_threads"
    path = RESULTS / f"{record}.json"
    kept = {row["data"]: row for row in json.loads(path.read_text())["sets"]} if path.exists() else {}
    found = {name: measure(name, options.rounds) | {"load_average": os.getloadavg()[0]} for name in sets}
    rows = [(kept | found)[name] for name in SETS if name in kept | found]  # sets not asked for stay as they were
    write_record(
        record,
        "seconds of one batch: EmpiricalScore.sums beside attention, a softmax of cdist and faiss",
        ("remanifold", "torch", "numpy", "faiss-cpu"),
        dtype="float32 in; float64 sums",
        device="cpu",
        threads=options.threads,
        rounds=options.rounds,
        sets=rows,
    )


if __name__ == "__main__":
    main()
