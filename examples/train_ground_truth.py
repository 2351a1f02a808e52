"""Train the models with known training sets that remanifold ships, and write their cards.

`python examples/train_ground_truth.py FOLDER [NAME...]` trains every model, or those named, that has no weights in
FOLDER yet, one after another on one thread (one to five minutes each); after an interruption it resumes. A model is
saved as FOLDER/NAME.safetensors in float16, measured as saved, and described by FOLDER/NAME.json: rows, fingerprints,
SHA-256, parameters, measurements. A model whose data are not on this machine is left out, and that is said.
"""

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold import InvalidInput, simulate
from remanifold._core.files import write_whole
from remanifold._core.progress import Progress
from remanifold.data import open_points, survey
from remanifold.measures.memory.audited_rows import audited_rows
from remanifold.measures.memory.denoising_loss import losses_on
from remanifold.measures.memory.memory_index import collapse_of, exact_losses, memory_index, memory_levels
from remanifold.measures.memory.row_classes import row_classes
from remanifold.networks import ResidualMLP, SmallUNet
from remanifold.networks.denoising_network import DenoisingNetwork
from remanifold.networks.known.plans import PLANS, RowPlan
from remanifold.networks.known.sklearn_data import N_DIGITS
from remanifold.networks.network_file import load_network, save_network
from remanifold.networks.row_losses import loss_ratio, row_losses
from remanifold.networks.training import train
from remanifold.sampling import log_grid

SIGMAS = (0.2, 0.4, 1.0, 3.0)
N_SAMPLES, N_LEVELS, T_START, T_STOP = 512, 100, 1000.0, 4e-4
DRAWS = 8  # of noise for each row
Measured = dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """How a model is made: a `SmallUNet` of some width, or, with a depth, a `ResidualMLP`."""

    width: int = 144
    depth: int = 4
    steps: int = 16_000
    batch: int = 128
    learning_rate: float = 3e-3
    decay: float = 0.5
    classes: int = 0


RECIPES = {
    "digits-1400-duplicates-only": Recipe(width=64, depth=3),
    "digits-1000-near-copies-only": Recipe(width=64, depth=3),
    "digits-100-augmented": Recipe(width=96),
    "digits-200-classes": Recipe(16, 0, 5000, 64, 2e-3, classes=10),
    "latents-200": Recipe(width=96, depth=3),
    "tumours-150": Recipe(width=96, depth=3),
    "patches-100": Recipe(20, 0, 4000, 64, 2e-3),
    "fashion-100": Recipe(24, 0, 4000, 32, 2e-3),
    "fashion-100-early": Recipe(24, 0, 700, 32, 2e-3, decay=0),
}  # the others: Recipe()


def recipe_of(plan: RowPlan) -> Recipe:
    return RECIPES.get(plan.name.rpartition("-seed")[0], Recipe())


def weights_of(plan: RowPlan, folder: Path) -> Path:
    """The path of the weights of ``plan``, trained if they are missing."""
    path = folder / f"{plan.name}.safetensors"
    if path.exists():
        return path
    recipe, seen = recipe_of(plan), plan.versions or plan.training
    rows = plan.source.rows_at(seen)
    if recipe.depth:
        start = ResidualMLP.for_rows(rows, width=recipe.width, depth=recipe.depth, seed=plan.seed)
    else:
        start = SmallUNet.for_rows(rows, width=recipe.width, classes=recipe.classes, seed=plan.seed)
    trained = train(
        start,
        rows,
        steps=recipe.steps,
        batch=recipe.batch,
        learning_rate=recipe.learning_rate,
        decay=recipe.decay,
        seed=plan.seed,
        labels=_classes(plan, seen) if recipe.classes else None,
        checkpoint=folder / f"{plan.name}.running",
        progress=_say(plan.name),
    )
    return save_network(trained.network, path, dtype="float16")


def _classes(plan: RowPlan, numbers: tuple[int, ...]) -> NDArray[np.int64]:
    classes = plan.source.classes_at(numbers)
    if classes is None:
        raise InvalidInput(f"a class-conditional model must be of data with classes, but got {plan.data}; take others.")
    return classes


def measured(network: DenoisingNetwork, plan: RowPlan) -> Measured:
    """Losses of training rows (each once) and hold-out rows; memory index; copies among samples."""
    distinct, held_out = plan.source.rows_at(plan.distinct), plan.source.rows_at(plan.held_out)
    levels = {str(sigma): _losses(network, distinct, held_out, sigma, plan) for sigma in SIGMAS}
    index = {"all": _index(network, plan, plan.distinct)}
    if plan.duplicated:
        index["repeated"] = _index(network, plan, plan.duplicated)
        index["not_repeated"] = _index(network, plan, tuple(row for row in plan.distinct if not _repeats(plan, row)))
    samples = _copies(_samples(network, plan), distinct, plan)
    return {"draws": DRAWS, "noise_seed": plan.seed, "losses": levels, "memory_index": index, "samples": samples}


def _repeats(plan: RowPlan, row: int) -> bool:
    """Whether a row is one of those repeated, or a near copy of one."""
    return row % N_DIGITS in plan.duplicated


def _asked(network: DenoisingNetwork, plan: RowPlan, numbers: tuple[int, ...], draws: int) -> Any:
    """The network as a denoiser (x, t) of these rows, each ``draws`` times, with their classes where it takes any."""
    if not network.n_classes:
        return network
    classes = np.repeat(_classes(plan, numbers), draws)
    return lambda x, t: network(x, t, classes)


def _losses(network: DenoisingNetwork, distinct: NDArray, held_out: NDArray, sigma: float, plan: RowPlan) -> Measured:
    """Mean losses per coordinate; the repeated rows also apart."""
    inside, outside = (
        row_losses(_asked(network, plan, numbers, DRAWS), x, sigma=sigma, draws=DRAWS, seed=plan.seed)
        for x, numbers in ((distinct, plan.distinct), (held_out, plan.held_out))
    )
    ratio = loss_ratio(inside, outside)
    numbers = {
        "training": float(inside.mean()),
        "held_out": float(outside.mean()),
        "ratio": ratio.value,
        "stderr": ratio.stderr,
    }
    again = np.array([_repeats(plan, row) for row in plan.distinct])
    apart = (
        {"repeated": float(inside[again].mean()), "not_repeated": float(inside[~again].mean())} if again.any() else {}
    )
    return numbers | apart


def _index(network: DenoisingNetwork, plan: RowPlan, numbers: tuple[int, ...]) -> Measured:
    """The memory index of these training rows; with classes each is held against those of its own."""
    source = plan.source
    rows = audited_rows(source.rows_at(numbers), source.rows_at(plan.held_out))
    collapse = collapse_of(rows, plan.seed)
    classes = None
    if network.n_classes:
        classes = row_classes(source.rows_at(numbers), _classes(plan, numbers), _classes(plan, plan.held_out))
    losses = losses_on(network, rows, memory_levels(collapse), draws=4, seed=plan.seed, classes=classes)
    found = memory_index(losses, exact_losses(rows, losses, classes=classes), collapse)
    return {
        "value": found.total.value,
        "stderr": found.total.stderr,
        "p_value": found.test.p_value,
        "t_collapse": collapse,
    }


def _samples(network: DenoisingNetwork, plan: RowPlan) -> NDArray:
    """Of a class-conditional network with the classes of the training rows in turn."""
    classes = _classes(plan, plan.training) if network.n_classes else None
    return simulate(
        network,
        log_grid(T_START, T_STOP, N_LEVELS),
        n_samples=N_SAMPLES,
        final="posterior mean",
        labels=None if classes is None else np.resize(classes, N_SAMPLES),
        seed=plan.seed,
    ).samples


def _copies(samples: NDArray, distinct: NDArray, plan: RowPlan) -> Measured:
    """How many samples are nearer than a third of the way to the second nearest distinct training row.

    ``copies_of_groups``: the same with a row and its near copies, or all its shifted versions, as one.
    """
    copied, nearest = _third(_gaps(samples, distinct))
    numbers = np.array(plan.distinct)
    counts = {
        "n": len(samples),
        "copies": int(copied.sum()),
        "share": float(copied.mean()),
        "copies_of_repeated": int((copied & np.isin(numbers[nearest] % N_DIGITS, plan.duplicated)).sum()),
    }
    seen = plan.versions or plan.distinct
    if plan.data in ("near-digits", "shifted-digits"):
        gaps, owner = _gaps(samples, plan.source.rows_at(seen)), np.array(seen) % N_DIGITS
        groups = np.unique(owner)
        copied, nearest = _third(np.stack([gaps[:, owner == group].min(axis=1) for group in groups], axis=1))
        of_repeated = int((copied & np.isin(groups[nearest], plan.duplicated)).sum())
        counts |= {"copies_of_groups": int(copied.sum()), "copies_of_repeated": of_repeated}
    return counts | {
        "method": "exponential",
        "levels": N_LEVELS,
        "t_start": T_START,
        "t_stop": T_STOP,
        "final": "posterior mean",
        "seed": plan.seed,
    }


def _gaps(samples: NDArray, rows: NDArray) -> NDArray:
    """Distances of samples to rows, (samples, rows)."""
    flat = rows.reshape(len(rows), -1)
    return np.stack([np.linalg.norm(flat - sample.reshape(-1), axis=1) for sample in samples])


def _third(gaps: NDArray) -> tuple[NDArray, NDArray]:
    """Whether the nearest column is nearer than a third of the second nearest, and which it is."""
    order = np.argsort(gaps, axis=1)[:, :2]
    nearest, second = np.take_along_axis(gaps, order, axis=1).T
    return nearest < second / 3, order[:, 0]


def write_card(plan: RowPlan, folder: Path) -> None:
    """Train, measure and describe one model."""
    path, source = weights_of(plan, folder), plan.source
    network = load_network(path)
    config = {"kind": type(network).__name__, **asdict(network.config)}
    card = {
        "name": plan.name,
        "rows_of": plan.data,
        "data": source.words,
        "license": f"MIT (weights); {source.licence}",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "seed": plan.seed,
        "n_distinct": len(plan.distinct),
        "network": {**config, "parameters": network.n_parameters, "kept_as": "float16"},
        "training": asdict(network.record) if network.record else None,
        "versions_of_each_row": len(plan.versions) // len(plan.training) or 1,
        "torch": torch.__version__,
        "training_fingerprint": survey(open_points(source.rows_at(plan.training))).fingerprint,
        "held_out_fingerprint": survey(open_points(source.rows_at(plan.held_out))).fingerprint,
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
        if (names and plan.name not in names) or (folder / f"{plan.name}.json").exists():
            continue
        try:
            plan.source.rows_at(plan.training[:1])
        except InvalidInput as error:
            print(f"{plan.name}: left out. {error}", file=sys.stderr)
            continue
        write_card(plan, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
