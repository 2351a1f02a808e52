"""Question: what does a step of reverse diffusion under the exact empirical score cost beside a plain implementation?

Whole trajectories of 60 levels, evenly in log t, from 1000 E|xi|^2 to below the collapse: exponential steps, one
thread. Plain torch on centred float32 data: a softmax of torch.cdist distances, or of inner products with precomputed
norms (the same sums as attention), with torch's own random numbers. `simulate` with EmpiricalScore, in float64
(default) and float32: its random numbers belong to each sample. All posterior means are first compared with explicit
float64 differences on states along a trajectory; then all are timed in turn, A B A B.

A public library's sampler: Euler steps of the probability-flow ODE by diffusers' EulerDiscreteScheduler over the same
levels from the same start, its float32 denoiser the same score, or the plain one; their ends are compared with
`simulate(method="ode-euler")`, to single precision. Results: benchmarks/results/samplers.json.
"""

import argparse
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from empirical_score import explicit, fashion, manifold, miss
from harness import interleaved, write_record

from remanifold.sampling import log_grid, simulate
from remanifold.scores import EmpiricalScore

Mean = Callable[[torch.Tensor, float], torch.Tensor]

LEVELS, STOP = 60, 0.1
CHECKED = 8  # states a level
RECORDED = (1000.0, 30.0, 10.0, 3.0, 1.0, STOP)
ALLOWED = {"simulate, float64": 1e-8, "simulate, float32": 2e-6}  # beside 1 plus the size of the means
SETS: dict[str, Callable[[], torch.Tensor]] = {
    "Fashion-MNIST": fashion,
    "tanh 784": lambda: manifold("tanh", 784, 20000),
}


def products(data: torch.Tensor) -> Mean:
    """Posterior mean by a softmax of x.xi/t - |xi|^2/2t."""
    half = (data**2).sum(1) / 2
    return lambda x, t: torch.softmax(torch.addmm(half, x, data.T, beta=-1 / t, alpha=1 / t), 1) @ data


def distances(data: torch.Tensor) -> Mean:
    """Posterior mean by a softmax of distances."""
    return lambda x, t: torch.softmax(torch.cdist(x, data).square_().div_(-2 * t), 1) @ data


def plain(mean: Mean, levels: np.ndarray, n_samples: int, dim: int) -> torch.Tensor:
    """The same scheme without anything else."""
    generator = torch.Generator().manual_seed(0)
    x = math.sqrt(levels[0]) * torch.randn(n_samples, dim, generator=generator)
    for t, s in zip(levels[:-1].tolist(), levels[1:].tolist()):
        m = mean(x, t)
        noise = torch.randn(x.shape, generator=generator)
        x = m + s / t * (x - m) + math.sqrt(s * (t - s) / t) * noise
    return x


def library(mean: Mean, levels: np.ndarray, start: torch.Tensor) -> torch.Tensor:
    """Euler steps of diffusers, which takes the noise that a network would predict."""
    from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler

    scheduler = EulerDiscreteScheduler(prediction_type="epsilon")
    scheduler.set_timesteps(sigmas=np.sqrt(levels).tolist())
    scheduler.set_begin_index(0)  # levels beyond its trained range share a time step
    x = start.clone()
    for step, sigma in zip(scheduler.timesteps, scheduler.sigmas[:-1].tolist()):
        scheduler.scale_model_input(x, step)
        x = scheduler.step((x - mean(x, sigma**2)) / sigma, step, x).prev_sample
    return x


def beside_library(data: torch.Tensor, score: EmpiricalScore, levels: np.ndarray, n_samples: int, rounds: int) -> Any:
    """Seconds of Euler trajectories of the ODE, and how far their ends lie from ours in float64."""
    start = math.sqrt(levels[0]) * torch.randn(n_samples, data.shape[1], generator=torch.Generator().manual_seed(0))
    plain_mean = products(data)

    def single(x: np.ndarray, t: float) -> np.ndarray:
        return score.denoise(x.astype(np.float32), t)

    def ours(denoiser: Any) -> Any:
        return simulate(denoiser, levels, start=start.double().numpy(), method="ode-euler").samples

    ways: dict[str, Callable[[], Any]] = {
        "simulate, float32": lambda: ours(single),
        "diffusers with our score": lambda: library(score.denoise, levels, start),
        "diffusers with plain products": lambda: library(plain_mean, levels, start),
    }
    exact, size = ours(score), math.sqrt(float((data**2).sum(1).mean()))
    gaps = {name: np.linalg.norm(np.asarray(way()) - exact, axis=1) / size for name, way in ways.items()}
    seconds = interleaved(ways, rounds)
    return {
        "median_distance_of_ends_over_norm": {name: float(np.median(gap)) for name, gap in gaps.items()},
        "share_of_ends_farther_than_a_thousandth": {name: float((gap > 1e-3).mean()) for name, gap in gaps.items()},
        "trajectory_seconds": seconds,
        "median_seconds_per_step": {name: one["median"] / (len(levels) - 1) for name, one in seconds.items()},
    }


def errors(data: torch.Tensor, ways: dict[str, Mean], states: torch.Tensor, times: np.ndarray) -> dict[str, Any]:
    """Largest error of each implementation at each recorded noise."""
    found: dict[str, dict[str, float]] = {name: {} for name in ways}
    for x, t in zip(states, times.tolist()):
        exact, _ = explicit(data, x[:CHECKED], t)
        for name, mean in ways.items():
            found[name][f"{t:.3g}"] = miss(mean(x[:CHECKED], t), exact)
    for name, allowed in ALLOWED.items():
        if max(found[name].values()) > allowed:
            raise SystemExit(f"{name}: errors {found[name]}: nothing worth timing")
    return found


def step_seconds(run: Callable[[Callable[[str, int, int], None]], object]) -> list[float]:
    """Seconds of each step of one run of `simulate`, the first left out."""
    stamps: list[float] = []
    run(lambda stage, done, total: stamps.append(time.perf_counter()))
    return np.diff(stamps).tolist()


def compare(data: torch.Tensor, n_samples: int, rounds: int) -> dict[str, Any]:
    """Errors, then times."""
    data = data - data.mean(0)
    begin = time.perf_counter()
    score = EmpiricalScore(data)
    built = time.perf_counter() - begin
    levels = log_grid(1000 * float((data**2).sum(1).mean()), STOP, LEVELS - 1)

    def single(x: np.ndarray, t: float) -> np.ndarray:
        return score.denoise(x.astype(np.float32), t)

    def ours(denoiser: Any, **rest: Any) -> Any:
        return simulate(denoiser, levels, n_samples=n_samples, shape=(data.shape[1],), **rest)

    run = ours(score, record=RECORDED)
    means: dict[str, Mean] = {
        "simulate, float64": lambda x, t: score.denoise(x.double(), t),
        "simulate, float32": score.denoise,
        "plain products": products(data),
        "plain cdist": distances(data),
    }
    missed = errors(data, means, torch.tensor(run.states, dtype=torch.float32), run.times)
    largest = score.weights(run.samples, STOP)[0][:, 0]
    seconds = interleaved(
        {
            "simulate, float64": lambda: ours(score),
            "simulate, float32": lambda: ours(single),
            "plain products": lambda: plain(means["plain products"], levels, n_samples, data.shape[1]),
            "plain cdist": lambda: plain(means["plain cdist"], levels, n_samples, data.shape[1]),
        },
        rounds,
    )
    steps = step_seconds(lambda progress: ours(single, progress=progress))
    return {
        "sizes": {"points": len(data), "dimensions": data.shape[1], "samples": n_samples, "steps": LEVELS - 1},
        "levels": [float(levels[0]), STOP],
        "mean_largest_weight_at_the_end": float(np.mean(np.asarray(largest))),
        "seconds_to_build_the_score": built,
        "errors": missed,
        "trajectory_seconds": seconds,
        "median_seconds_per_step": {name: one["median"] / (LEVELS - 1) for name, one in seconds.items()},
        "simulate_float32_seconds_by_step": steps,
        "euler_steps_beside_diffusers": beside_library(data, score, levels, n_samples, rounds),
    }


def main() -> None:
    """All sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=SETS)
    parser.add_argument("--note", default="", help="of the machine, for the record")
    options = parser.parse_args()
    torch.set_num_threads(1)
    write_record(
        "samplers",
        "whole trajectories of reverse diffusion under the exact empirical score beside plain torch",
        ("remanifold", "torch", "numpy", "diffusers"),
        threads=1,
        device="cpu",
        note=options.note,
        sets={name: compare(SETS[name](), options.samples, options.rounds) for name in options.sets},
    )


if __name__ == "__main__":
    main()
