"""Question: what does the exact empirical score cost beside torch's scaled_dot_product_attention, one thread?

Attention gives the posterior mean only, in float32, with an additive mask -|xi|^2/2t on centred data. EmpiricalScore
gives mean, log density, energy and participation with certified float64 logits. Both are first checked against
explicit differences in float64; then they are timed in turn, A B A B, at four noise levels on a tanh manifold.
Medians and spreads go to benchmarks/results/empirical_score.json.
"""

import argparse
import json
import math
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

import remanifold
from remanifold.manifolds import HiddenManifold
from remanifold.scores import EmpiricalScore

RESULT = Path(__file__).parent / "results" / "empirical_score.json"
TIMES = (0.03, 0.3, 3.0, 30.0)
PROMISED = 1e-5  # relative error of the posterior mean returned in float32


def attention(data: torch.Tensor, x: torch.Tensor, t: float) -> torch.Tensor:
    """Posterior mean by attention: softmax(x.xi/t - |xi|^2/2t) xi."""
    mask = (-(data**2).sum(1) / (2 * t)).expand(len(x), -1)
    return torch.nn.functional.scaled_dot_product_attention(
        x[None, None], data[None, None], data[None, None], attn_mask=mask, scale=1 / t
    )[0, 0]


def explicit(data: torch.Tensor, x: torch.Tensor, t: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Posterior mean and log density of each query from explicit float64 differences."""
    xi, means, densities = data.double(), [], []
    for row in x.double():
        logits = -((row - xi) ** 2).sum(1) / (2 * t)
        means.append(torch.softmax(logits, 0) @ xi)
        densities.append(torch.logsumexp(logits, 0) - math.log(len(xi)) - xi.shape[1] / 2 * math.log(2 * math.pi * t))
    return torch.stack(means), torch.stack(densities)


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(data: torch.Tensor, engine: EmpiricalScore, t: float, batch: int, rounds: int) -> dict[str, object]:
    """Errors of both, then their times in turn."""
    generator = torch.Generator().manual_seed(1)
    x = data[:batch] + math.sqrt(t) * torch.randn(batch, data.shape[1], generator=generator)
    mean, density = explicit(data, x[:8], t)
    size = mean.abs().max()
    error = float((engine.denoise(x[:8], t).double() - mean).abs().max() / size)
    density_error = float((engine.log_density(x[:8].double(), t) - density).abs().max())
    if error > PROMISED or density_error > 1e-5:
        raise SystemExit(f"t={t}: error {error:.2g} of the mean, {density_error:.2g} nat: nothing worth timing")
    peer_error = float((attention(data, x[:8], t).double() - mean).abs().max() / size)
    ours, peer = [], []
    for _ in range(rounds):
        peer.append(timed(lambda: attention(data, x, t)))
        ours.append(timed(lambda: engine.sums(x, t)))
    return {
        "t": t,
        "plan": engine.plan(x, t),
        "attention_seconds": {"median": statistics.median(peer), "min": min(peer), "max": max(peer)},
        "ours_seconds": {"median": statistics.median(ours), "min": min(ours), "max": max(ours)},
        "attention_over_ours": statistics.median(p / o for p, o in zip(peer, ours)),
        "attention_error_of_mean": peer_error,
        "our_error_of_mean": error,
        "our_error_of_log_density_nats": density_error,
    }


def main() -> None:
    """Build the data, compare at every noise level, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-points", type=int, default=60000)
    parser.add_argument("--ambient-dim", type=int, default=784)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    sizes = {"ambient_dim": args.ambient_dim, "latent_ratio": 0.1, "n_points": args.n_points}
    data = torch.tensor(HiddenManifold(activation="tanh", **sizes).points(), dtype=torch.float32)
    data -= data.mean(0)
    start = time.perf_counter()
    engine = EmpiricalScore(data, memory="2GB")
    build = time.perf_counter() - start
    rows = [compare(data, engine, t, args.batch, args.rounds) for t in TIMES]
    for row in rows:
        print(f"t={row['t']:<5} attention/ours {row['attention_over_ours']:.2f}   {row['plan']}")
    record = {
        "question": "seconds of one batch: EmpiricalScore.sums beside scaled_dot_product_attention",
        "data": {**sizes, "model": "hidden manifold", "activation": "tanh", "batch": args.batch},
        "dtype": "float32 in, float64 sums; attention float32",
        "rounds": args.rounds,
        "threads": 1,
        "device": "cpu",
        "machine": platform.machine(),
        "load_average": os.getloadavg()[0],
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "remanifold": remanifold.__version__,
        },
        "build_seconds": build,
        "levels": rows,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
