"""Question: what share of training does `MemorizationMonitor` cost at its defaults?

A network for the 400 rows of a shipped one is trained at batch 64. Looks, and the blocks of 200 steps between two
looks, are timed in turn, so that a busy machine slows both. Before anything is timed, a look must give the index of
`network_memory` for the same rows and noise. Medians and quartiles go to benchmarks/results/monitor_cost.json.
"""

import argparse
import json
import os
import platform
import statistics
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from remanifold.measures import MemorizationMonitor, network_memory
from remanifold.networks.ground_truth import load_ground_truth
from remanifold.networks.residual_mlp import ResidualMLP
from remanifold.networks.training import train

LIMIT = 0.02  # of training
EVERY, BATCH = 200, 64
RESULT = Path(__file__).parent / "results" / "monitor_cost.json"


def _check_a_look(network, training, held_out) -> None:
    monitor = MemorizationMonitor(training, held_out, rows=1000, seed=1)
    seen = monitor.update(network, 0)["memory/index"]
    found = network_memory(network, training, held_out, monitor.t, t_collapse=monitor.t_collapse, draws=1, seed=1)
    if abs(seen - found.total.value) > 1e-4:
        raise SystemExit(f"a look gives an index of {seen}, network_memory {found.total.value}: nothing worth timing")


def _summary(seconds: list[float]) -> dict[str, float]:
    low, median, high = statistics.quantiles(seconds, n=4)
    return {"median": median, "quartile_low": low, "quartile_high": high}


def main() -> None:
    """Time the rounds, print the share, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11, help="rounds of one look and 200 steps, at least 5")
    rounds = parser.parse_args().rounds
    if rounds < 5:
        parser.error(f"a median needs at least 5 rounds, but got {rounds}")
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", RuntimeWarning)  # that the network remembers its rows is known
    network, training, held_out, _ = load_ground_truth("digits-400-seed0")
    _check_a_look(network, training, held_out)
    monitor = MemorizationMonitor(training, held_out, every=EVERY)
    start = ResidualMLP.for_rows(np.asarray(training), seed=1)
    train(start, training, steps=20, batch=BATCH)  # warm up
    monitor.update(network, 0)
    looks, blocks = [], []
    for k in range(1, rounds + 1):
        begin = time.perf_counter()
        train(start, training, steps=EVERY, batch=BATCH, seed=k)
        middle = time.perf_counter()
        monitor.update(network, k * EVERY)
        looks.append(time.perf_counter() - middle)
        blocks.append(middle - begin)
    share = statistics.median(look / block for look, block in zip(looks, blocks, strict=True))
    print(
        f"a look {statistics.median(looks):.4f} s, 200 steps {statistics.median(blocks):.2f} s: {share:.2%} of training"
    )
    result = {
        "question": "share of training that the monitor costs at its defaults",
        "share": share,
        "limit": LIMIT,
        "look_seconds": _summary(looks),
        "seconds_of_200_steps": _summary(blocks),
        "evaluations_of_a_look": monitor.evaluations,
        "batch": BATCH,
        "rounds": rounds,
        "device": f"{platform.machine()}, one thread",
        "load_average": os.getloadavg()[0],  # above the number of processors: other work slowed every round
        "versions": {name: version(name) for name in ("torch", "numpy", "remanifold")},
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if share > LIMIT:
        raise SystemExit(f"the monitor costs {share:.2%} of training, more than {LIMIT:.0%}")


if __name__ == "__main__":
    main()
