"""Train the models with known training sets that remanifold ships, and write their cards.

`python examples/train_ground_truth.py FOLDER [NAME...]` trains every model, or those named, that has no weights in
FOLDER yet, one after another on one thread (two to three minutes each); after an interruption it resumes. A model is
saved as FOLDER/NAME.safetensors in float16, measured as saved, and described by FOLDER/NAME.json: rows, fingerprints,
SHA-256, parameters, measurements.
"""

import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold import simulate
from remanifold._core.files import write_whole
from remanifold._core.progress import Progress
from remanifold.data import open_points, survey
from remanifold.networks.ground_truth_rows import PLANS, RowPlan, digits_at
from remanifold.networks.network_file import load_network, save_network
from remanifold.networks.residual_mlp import ResidualMLP
from remanifold.networks.row_losses import loss_ratio, row_losses
from remanifold.networks.training import train
from remanifold.sampling import log_grid

WIDTH, DEPTH, STEPS = 144, 4, 16_000
SIGMAS = (0.2, 0.4, 1.0, 3.0)
N_SAMPLES, N_LEVELS, T_START, T_STOP = 512, 100, 1000.0, 4e-4
DRAWS = 8  # of noise for each row
Measured = dict[str, Any]


def weights_of(plan: RowPlan, folder: Path) -> Path:
    """The path of the weights of ``plan``, trained if they are missing."""
    path = folder / f"{plan.name}.safetensors"
    if path.exists():
        return path
    rows = digits_at(plan.training)
    start = ResidualMLP.for_rows(rows, width=WIDTH, depth=DEPTH, seed=plan.seed)
    running = folder / f"{plan.name}.running"
    trained = train(start, rows, steps=STEPS, seed=plan.seed, checkpoint=running, progress=_say(plan.name))
    return save_network(trained.network, path, dtype="float16")


def measured(network: ResidualMLP, plan: RowPlan) -> Measured:
    """Losses of training rows (each once) and hold-out rows at four noise levels; copies among samples."""
    distinct, held_out = digits_at(tuple(dict.fromkeys(plan.training))), digits_at(plan.held_out)
    levels = {str(sigma): _losses(network, distinct, held_out, sigma, plan) for sigma in SIGMAS}
    levels_down = log_grid(T_START, T_STOP, N_LEVELS)
    samples = simulate(network, levels_down, n_samples=N_SAMPLES, final="posterior mean", seed=plan.seed).samples
    return {"draws": DRAWS, "noise_seed": plan.seed, "losses": levels, "samples": copies(samples, distinct, plan)}


def _losses(network: ResidualMLP, distinct: NDArray, held_out: NDArray, sigma: float, plan: RowPlan) -> Measured:
    """Mean losses per coordinate; the repeated rows, which come first among the distinct ones, also apart."""
    inside, outside = (row_losses(network, x, sigma=sigma, draws=DRAWS, seed=plan.seed) for x in (distinct, held_out))
    ratio = loss_ratio(inside, outside)
    numbers = {
        "training": float(inside.mean()),
        "held_out": float(outside.mean()),
        "ratio": ratio.value,
        "stderr": ratio.stderr,
    }
    n = len(plan.duplicated)
    return numbers | ({"repeated": float(inside[:n].mean()), "not_repeated": float(inside[n:].mean())} if n else {})


def copies(samples: NDArray, distinct: NDArray, plan: RowPlan) -> Measured:
    """How many samples are nearer than a third of the way to the second nearest distinct training row."""
    gaps = np.linalg.norm(samples.reshape(-1, 1, 64) - distinct.reshape(1, -1, 64), axis=2)
    order = np.argsort(gaps, axis=1)[:, :2]
    nearest, second = np.take_along_axis(gaps, order, axis=1).T
    copied = nearest < second / 3
    return {
        "n": len(samples),
        "copies": int(copied.sum()),
        "share": float(copied.mean()),
        "copies_of_repeated": int((copied & (order[:, 0] < len(plan.duplicated))).sum()),
        "method": "exponential",
        "levels": N_LEVELS,
        "t_start": T_START,
        "t_stop": T_STOP,
        "final": "posterior mean",
        "seed": plan.seed,
    }


def write_card(plan: RowPlan, folder: Path) -> None:
    """Train, measure and describe one model."""
    path = weights_of(plan, folder)
    network = load_network(path)
    card = {
        "name": plan.name,
        "data": "scikit-learn digits, 8 x 8, grey levels 0..16 mapped to -1..1",
        "license": "MIT (weights); digits: UCI optical recognition of handwritten digits, CC BY 4.0",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "seed": plan.seed,
        "n_distinct": len(set(plan.training)),
        "network": {**asdict(network.config), "parameters": network.n_parameters, "kept_as": "float16"},
        "training": asdict(network.record) if network.record else None,
        "torch": torch.__version__,
        "training_fingerprint": survey(open_points(digits_at(plan.training))).fingerprint,
        "held_out_fingerprint": survey(open_points(digits_at(plan.held_out))).fingerprint,
        "measured": measured(network, plan),
        "duplicated_rows": list(plan.duplicated),
        "training_rows": list(plan.training),
        "held_out_rows": list(plan.held_out),
    }
    write_whole(folder / f"{plan.name}.json", json.dumps(card, allow_nan=False) + "\n")


def _say(name: str) -> Progress:
    def say(stage: str, done: int, total: int) -> None:
        if done % 1000 == 0:
            print(f"{name}: {stage} {done} of {total}", flush=True)

    return say


def main(folder: Path, names: list[str]) -> None:
    """Every model of these names, or every one at all, that has no card yet."""
    for plan in PLANS:
        if (not names or plan.name in names) and not (folder / f"{plan.name}.json").exists():
            write_card(plan, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
