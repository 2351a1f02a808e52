"""Question: does the sampled finite-size theory predict what brute force measures, for maps of all kinds?

The result `nonlinear` compares five activations at one latent ratio and load. Here: more activations, latent ratios and
loads, isometric F with nonlinear g, a decoder and a torus. Hidden manifolds: each draw beside the prediction for its
own F. Every case has random numbers of its own, for draws, points that look, noise and sampling. A decoder or torus is
one map, with many data sets. All three times are measured from the exact sums over all points, seen from points without
a copy, as they are predicted; where discrete data have copies, once more with copies merged. Finished cases are kept,
and an interrupted run resumes.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from harness import RESULTS
from scipy.special import ndtr

from remanifold._core.compute import Compute
from remanifold._core.estimate import Estimate, mean_estimate
from remanifold._core.seeds import generator
from remanifold._core.version import __version__
from remanifold.data import open_points
from remanifold.experiments.catalogue.drawn_predictions import TIMES, sampled_predictions
from remanifold.experiments.catalogue.drawn_times import drawn_manifold, levels_around, manifold_task, profile_row
from remanifold.measures import exact_copies, noise_profile
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.profile.local_runner import LocalRunner
from remanifold.measures.profile.measuring import profile_of
from remanifold.theory.finite.sampled.family import OneManifold
from remanifold.theory.finite.sampled.times import sampled_times

SEED, QUERIES, APART = 7_000_000, 150, 100_000  # seeds of two cases lie so far apart
POINTS, POINTS_DISCRETE = 256, 512  # that look; where copies give them unlike weights, 16 on each map
HIDDEN: dict[str, tuple[int, int, float, int, str, str]] = {
    f"{g}, {ensemble}, N = {n}, D = {d}, load {load}": (n, d, load, draws, g, ensemble)
    for g, ensemble, n, d, load, draws in (
        *(
            (g, "gaussian", n, d, 0.2, draws)
            for g in ("sine", "leaky-relu")
            for n, d, draws in ((20, 6, 48), (30, 9, 32), (40, 12, 24))
        ),
        *((g, "gaussian", n, n // 2, 0.2, 32) for g in ("tanh", "relu", "sign") for n in (20, 30)),
        *((g, "gaussian", n, d, 0.3, 32) for g in ("tanh", "relu", "sign") for n, d in ((20, 6), (30, 9))),
        *((g, "isometric", 30, 9, 0.2, 32) for g in ("tanh", "relu")),
    )
}
"""Name -> N, D, load, draws, g, ensemble."""
Map = Callable[[np.ndarray], np.ndarray]


def decoder() -> Map:
    """A tanh network of 8 latents, 96 hidden units and 40 outputs."""
    random = generator(SEED, "decoder")
    first, second = random.standard_normal((8, 96)) / math.sqrt(8), random.standard_normal((96, 40)) / math.sqrt(96)
    return lambda z: np.tanh(np.tanh(z @ first) @ second)


def torus() -> Map:
    """5 circles of radii 0.6 to 1.6, turned into 16 dimensions; uniform angles from z through the normal law."""
    turned, _ = np.linalg.qr(generator(SEED, "torus").standard_normal((16, 10)))
    radii = np.linspace(0.6, 1.6, 5)

    def points(z: np.ndarray) -> np.ndarray:
        angles = 2 * np.pi * ndtr(np.asarray(z, dtype=np.float64))
        return np.concatenate([radii * np.cos(angles), radii * np.sin(angles)], axis=1) @ turned.T

    return points


def torch_decoder(latent_dim: int, dim: int) -> Map:
    """A random torch network such as decodes images: two hidden layers of 96 SiLU units, outputs through a sigmoid."""
    import torch

    random = torch.Generator().manual_seed(SEED)
    widths = (latent_dim, 96, 96, dim)
    layers: list[torch.nn.Module] = []
    for before, after in pairwise(widths):
        layer = torch.nn.Linear(before, after)
        with torch.no_grad():
            layer.weight.copy_(torch.randn(after, before, generator=random) * math.sqrt(2.5 / before))
            layer.bias.copy_(0.1 * torch.randn(after, generator=random))
        layers += [layer, torch.nn.SiLU()]
    network = torch.nn.Sequential(*layers[:-1], torch.nn.Sigmoid())

    def points(z: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return network(torch.from_numpy(np.ascontiguousarray(z, dtype=np.float32))).double().numpy()

    return points


GIVEN: dict[str, tuple[Map, int, int, int]] = {
    "decoder, N = 40, D = 8": (decoder(), 8, 40, 1500),
    "torus, N = 16, D = 5": (torus(), 5, 16, 800),
}
"""Name -> the map, D, N, P."""
NETWORKS: dict[str, tuple[Map, int, int, int]] = {
    "torch decoder, N = 36, D = 10": (torch_decoder(10, 36), 10, 36, 2000),
    "torch decoder, N = 40, D = 12": (torch_decoder(12, 40), 12, 40, 3000),
}
"""The same, with seeds after those of all others."""
SETS, LOOKS = 32, 384


def measured(points: np.ndarray, levels: np.ndarray, seed: int) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The three times of one data set seen from points without a copy, and with copies merged where there are any."""
    data, everyone = open_points(points), np.arange(len(points))
    group = exact_copies(data)
    alone = everyone[np.bincount(group, minlength=len(points))[group] == 1]
    runner = LocalRunner(data, everyone, n_draws=2, seed=seed, compute=Compute(threads=1))
    found = profile_row(profile_of(runner, choose_queries(alone, QUERIES, seed), levels))
    if len(alone) == len(points):
        return found, None
    distinct = np.flatnonzero(group == everyone)
    merged = noise_profile(data, rows=distinct, max_queries=QUERIES, levels=levels, seed=seed, threads=1)
    return found, profile_row(merged)


def hidden_case(
    dim: int, latent_dim: int, load: float, draws: int, activation: str, ensemble: str, *, seed: int
) -> dict[str, Any]:
    """Each draw beside the prediction for its F."""
    n_points, kind = round(math.exp(load * dim)), {"activation": activation, "ensemble": ensemble}
    task = manifold_task(dim, latent_dim, n_points, seed=seed, draws=draws, **kind)
    start = time.process_time()
    predicted = sampled_predictions(task, looks=POINTS_DISCRETE if activation == "sign" else POINTS, seed=seed)
    record: dict[str, Any] = {"draws": draws, "points": n_points, "seconds": round(time.process_time() - start, 1)}
    logs = {name: np.log([row[f"{name}_predicted"] for row in predicted]) for name in TIMES}
    levels = levels_around([math.exp(mine.mean()) for mine in logs.values()])
    rows = [measured(drawn_manifold(task, draw).points(), levels, seed + draw) for draw in range(draws)]
    if any(merged for _, merged in rows):
        record["merged"] = {}
    for name in TIMES:
        found = np.log([row[name] for row, _ in rows])
        gap, shift = mean_estimate(found - logs[name]), predicted[0][f"{name}_predicted_shift"]
        record[name] = beside(gap, shift, found.mean(), logs[name].mean())
        if "merged" in record:
            together = mean_estimate(np.log([(merged or row)[name] for row, merged in rows]) - logs[name])
            record["merged"][name] = round(together.value, 4)
    return record


def given_case(function: Map, latent_dim: int, dim: int, n_points: int, *, seed: int) -> dict[str, Any]:
    """Many data sets of one map beside its prediction."""
    start = time.process_time()
    found = sampled_times(OneManifold(function, latent_dim, dim), n_points, 1e-3, seed, most=LOOKS)
    record: dict[str, Any] = {"draws": SETS, "points": n_points, "seconds": round(time.process_time() - start, 1)}
    times = dict(zip(TIMES, (found.onset, found.collapse, found.generalization)))
    levels = levels_around([math.exp(mine.log_t) for mine in times.values()])
    rows = []
    for k in range(SETS):
        latents = generator(seed, f"data set {k}").standard_normal((n_points, latent_dim))
        rows.append(measured(function(latents), levels, seed + k)[0])
    for name, mine in times.items():
        logs = mean_estimate(np.log([row[name] for row in rows]))
        own = math.sqrt(max(mine.stderr**2 - mine.effort_shift**2, 0.0))
        gap = Estimate(logs.value - mine.log_t, math.hypot(logs.stderr, own), SETS)
        record[name] = beside(gap, mine.effort_shift, logs.value, mine.log_t)
    return record


def beside(gap: Estimate, shift: float, found: float, predicted: float) -> dict[str, float]:
    """Means of log t, and z of their difference; the shift with effort is an error of the prediction."""
    error = math.hypot(gap.stderr, shift)
    logs = {"log_ratio": round(gap.value, 4), "error": round(error, 4), "z": round(gap.value / error, 2)}
    return logs | {"measured": math.exp(found), "predicted": math.exp(predicted), "effort_shift": round(shift, 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--result", type=Path, default=RESULTS / "finite_size_any.json")
    parser.add_argument("--cases", nargs="*", default=[""], help="parts of names, in the order in which they are run")
    options = parser.parse_args()
    result: Path = options.result
    known = json.loads(result.read_text()) if result.exists() else {"version": __version__, "cases": {}}
    wanted: dict[str, tuple[Callable[..., dict[str, Any]], tuple[Any, ...]]] = {}
    wanted |= {name: (given_case, case) for name, case in GIVEN.items()}
    wanted |= {name: (hidden_case, case) for name, case in HIDDEN.items()}
    wanted |= {name: (given_case, case) for name, case in NETWORKS.items()}
    seeds = {name: SEED + APART * k for k, name in enumerate(wanted)}
    for name in dict.fromkeys(name for part in options.cases for name in wanted if part in name):
        find, case = wanted[name]
        if name not in known["cases"]:
            known["cases"][name] = find(*case, seed=seeds[name])
            result.write_text(json.dumps(known, indent=1) + "\n")
        mine = known["cases"][name]
        print(
            name, *(f"{mine[k]['log_ratio']:+.4f} ± {mine[k]['error']:.4f}" for k in TIMES), mine["seconds"], flush=True
        )


if __name__ == "__main__":
    main()
