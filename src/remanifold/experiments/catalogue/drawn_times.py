"""The three times of drawn hidden manifolds, each beside the finite-size prediction for its own factor F."""

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold.data import open_points
from remanifold.experiments.catalogue.drawn_predictions import TIMES, linear_prediction, sampled_predictions
from remanifold.experiments.experiment import FIRST_SEED, Row, Rows, Scale, Task
from remanifold.experiments.rows import column
from remanifold.experiments.verdict import Verdict, against_draws
from remanifold.manifolds import HiddenManifold
from remanifold.measures import NoiseProfile, exact_copies, noise_profile
from remanifold.plots.palette import AMBER, GREEN, VERMILION
from remanifold.theory import landscape_for, t_collapse, t_generalization, t_onset
from remanifold.theory.finite.gaussian import finite_size_times
from remanifold.theory.finite.size_times import FiniteSizeTimes

SYMBOL = {"t_onset": "t_o", "t_collapse": "t_c", "t_generalization": "t_g"}
COLOUR = {"t_onset": AMBER, "t_collapse": VERMILION, "t_generalization": GREEN}
RATIO, LOAD = 0.3, 0.2  # D/N and log(P)/N, unless an experiment says otherwise
_OTHER_SEEDS = 500_000  # between those of full and of quick runs
_STEPS = np.exp(np.arange(-6, 7) / 8)  # a drawn time lies within e^(3/4) of its prediction
_UNSURE = np.exp(np.arange(-6, 13) / 8)  # and up to e^(3/2) above the limit


def manifold_task(ambient_dim: int, latent_dim: int, n_points: int, *, seed: int, draws: int, **rest: Any) -> Task:
    """A task for `draw_rows`; ``rest`` overrides ensemble (gaussian), activation (linear) and queries (150)."""
    sizes = {"ambient_dim": ambient_dim, "latent_dim": latent_dim, "n_points": n_points}
    return sizes | {"ensemble": "gaussian", "activation": "linear", "queries": 150, "seed": seed, "draws": draws} | rest


def task_a_size(
    draws: Mapping[int, int], scale: Scale, *, latent_ratio: float = RATIO, load: float = LOAD, **rest: Any
) -> tuple[Task, ...]:
    """`manifold_task` of each ambient dimension with its number of ``draws``."""
    sizes = {dim: (round(latent_ratio * dim), round(math.exp(load * dim))) for dim in draws}
    seed = FIRST_SEED[scale]
    return tuple(manifold_task(dim, *sizes[dim], seed=seed + 1000 * dim, draws=draws[dim], **rest) for dim in draws)


def task_a_draw(
    draws: Mapping[int, int], scale: Scale, *, latent_ratio: float = RATIO, load: float = LOAD, **rest: Any
) -> tuple[Task, ...]:
    """Isometric linear manifolds, one task a draw: ``draws`` of each ambient dimension; ``rest`` goes into each."""
    return tuple(
        {
            "ambient_dim": dim,
            "latent_dim": round(latent_ratio * dim),
            "n_points": round(math.exp(load * dim)),
            "ensemble": "isometric",
            "activation": "linear",
            "seed": FIRST_SEED[scale] + 1000 * dim + draw,
        }
        | rest
        for dim, number in draws.items()
        for draw in range(number)
    )


def exact_draws(draws: Mapping[int, int], scale: Scale, **rest: Any) -> tuple[Task, ...]:
    """`task_a_draw` of other data sets, "kind" predicted: for what exact reverse diffusion gives, without a sampler."""
    every = task_a_draw(draws, scale, kind="predicted", **rest)
    return tuple(dict(task) | {"seed": task["seed"] + _OTHER_SEEDS} for task in every)


def sizes_and_seed(task: Task) -> Row:
    """What every row of a task of one draw says of its data."""
    return {name: task[name] for name in ("ambient_dim", "latent_dim", "n_points", "seed")}


def isometric_times(task: Task, n_points: int | None = None) -> FiniteSizeTimes:
    """The times predicted for the size of a task with isometric F, and for ``n_points`` instead of its own."""
    return _isometric_times(task["ambient_dim"], task["latent_dim"], n_points or task["n_points"])


@cache
def _isometric_times(ambient_dim: int, latent_dim: int, n_points: int) -> FiniteSizeTimes:
    return finite_size_times([ambient_dim / latent_dim] * latent_dim, n_points, ambient_dim)


def drawn_manifold(task: Task, draw: int) -> HiddenManifold:
    """Draw number ``draw`` of a task: its seed is seed + draw."""
    return HiddenManifold(
        ambient_dim=task["ambient_dim"],
        latent_dim=task["latent_dim"],
        n_points=task["n_points"],
        ensemble=task["ensemble"],
        activation=task["activation"],
        seed=task["seed"] + draw,
    )


def limits(task: Task) -> dict[str, float | None]:
    """The three times in the limit of large dimension at this load and latent ratio."""
    landscape = landscape_for(task["latent_dim"] / task["ambient_dim"], task["activation"], task["ensemble"])
    load = math.log(task["n_points"]) / task["ambient_dim"]
    return dict(zip(TIMES, (t_onset(landscape, load), t_collapse(landscape, load), t_generalization(landscape, load))))


def draw_rows(task: Task) -> list[Row]:
    """One row a draw: parameters, limits, measured times, and the predictions for the draw's own F."""
    theory, linear = limits(task), task["activation"] == "linear"
    shared = {key: value for key, value in task.items() if key not in ("draws", "seed")}
    shared |= {f"{name}_limit": value for name, value in theory.items()}
    sampled = [] if linear else sampled_predictions(task)
    rows = []
    for draw in range(task["draws"]):
        manifold, start = drawn_manifold(task, draw), shared | {"seed": task["seed"] + draw}
        if linear:
            predicted = linear_prediction(manifold)
            levels = levels_around(list(predicted.values()))
        else:
            predicted = sampled[draw]
            levels = levels_around([time for time in theory.values() if time is not None], _UNSURE)
        rows.append(start | _measured(manifold, task["queries"], levels) | predicted)
    return rows


def _measured(manifold: HiddenManifold, queries: int, levels: NDArray[np.float64]) -> Row:
    points = open_points(manifold.points())
    distinct = np.flatnonzero(exact_copies(points) == np.arange(points.n_points))  # discrete g: some points coincide
    asked = {"rows": distinct, "max_queries": queries, "levels": levels, "seed": manifold.seed, "threads": 1}
    return profile_row(noise_profile(points, **asked)) | {"distinct": len(distinct)}


def levels_around(times: list[float], steps: NDArray[np.float64] = _STEPS) -> NDArray[np.float64]:
    """Noise levels at ``steps`` times each of ``times``."""
    return np.unique(np.concatenate([steps * time for time in times]))


def profile_row(profile: NoiseProfile, names: tuple[str, ...] = TIMES) -> Row:
    """The times of a profile; None for one that does not exist."""
    times = {name: getattr(profile, name) for name in names}
    return {name: None if time is None else time.value for name, time in times.items()}


def time_verdicts(rows: Rows, what: str, names: tuple[str, ...] = TIMES, comment: str = "") -> list[Verdict]:
    """Verdicts on the times of draws of one kind, paired with the predictions for these draws."""
    return [
        against_draws(
            f"{SYMBOL[name]}, {what}",
            column(rows, name),
            theory=rows[0][f"{name}_limit"],
            predicted=column(rows, f"{name}_predicted"),
            shared_error=abs(rows[0].get(f"{name}_predicted_shift") or 0.0),
            comment=f"{len(rows)} draws{comment}",
        )
        for name in names
    ]
