"""What labels do: a class collapses as its own number of points says, and so do far apart classes without labels."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remanifold._core.estimate import mean_estimate
from remanifold.data import open_points
from remanifold.experiments.catalogue.drawn_times import (
    COLOUR,
    LOAD,
    SYMBOL,
    drawn_manifold,
    isometric_times,
    levels_around,
    profile_row,
    task_a_size,
    time_verdicts,
)
from remanifold.experiments.experiment import Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import draw_points, legend_below, panels
from remanifold.experiments.rows import column, select, values_of
from remanifold.experiments.verdict import Verdict
from remanifold.measures import noise_profile
from remanifold.theory import LinearLandscape, t_collapse, t_onset

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CLASSES = 4
_DRAWS = {"quick": {30: 6, 40: 3}, "full": {30: 16, 40: 12, 50: 4}}
_APART = 30.0  # distance of class centres per root coordinate: farther than any noise in question
_TIMES = ("t_onset", "t_collapse")
_KINDS = {
    "one class": "one of 4 classes alone",
    "far apart": "4 classes far apart, no labels",
    "on top": "4 classes of one law, no labels",
}


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Isometric manifolds, one task a size."""
    points = {dim: _CLASSES * round(math.exp(LOAD * dim) / _CLASSES) for dim in _DRAWS[scale]}
    sizes = task_a_size(_DRAWS[scale], scale, ensemble="isometric")
    return tuple(dict(task) | {"n_points": points[task["ambient_dim"]]} for task in sizes)


def compute(task: Task) -> list[Row]:
    """The times of one class, and of all classes without their labels, far apart and on top of each other."""
    dim, latent, n_points = task["ambient_dim"], task["latent_dim"], task["n_points"]
    landscape, rows = LinearLandscape.isometric(latent / dim), []
    for draw in range(task["draws"]):
        seed, points = task["seed"] + draw, drawn_manifold(task, draw).points()
        label = np.arange(n_points) % _CLASSES
        centres = np.random.default_rng(seed).normal(size=(_CLASSES, dim))
        sets = {"one class": points[label == 0], "far apart": points + _APART * centres[label], "on top": points}
        for kind, data in sets.items():
            effective = n_points if kind == "on top" else n_points // _CLASSES
            shared = {"ambient_dim": dim, "latent_dim": latent, "n_points": n_points, "seed": seed, "kind": kind}
            load = math.log(effective) / dim
            limit = {"t_onset_limit": t_onset(landscape, load), "t_collapse_limit": t_collapse(landscape, load)}
            rows.append(shared | limit | _times(data, effective, task, seed))
    return rows


def _times(data: NDArray[np.float64], effective: int, task: Task, seed: int) -> Row:
    expected = isometric_times(task, effective)
    predicted = {f"{name}_predicted": getattr(expected, name).value for name in _TIMES}
    points, levels = open_points(data), levels_around(list(predicted.values()))
    profile = noise_profile(points, max_queries=task["queries"], levels=levels, seed=seed, threads=1)
    return profile_row(profile, _TIMES) | predicted


def verdicts(rows: Rows) -> list[Verdict]:
    """Both times of all three sets at every size."""
    verdicts = []
    for dim in values_of(rows, "ambient_dim"):
        for kind, words in _KINDS.items():
            here = select(rows, ambient_dim=dim, kind=kind)
            points = here[0]["n_points"] // (1 if kind == "on top" else _CLASSES)
            verdicts += time_verdicts(here, f"{words}, N = {dim}", _TIMES, f"; of {points} points")
    return verdicts


def figure(rows: Rows) -> "Figure":
    """Times over N of the three sets, with their predictions."""
    drawing, axes = panels(3, width=3.0)
    dims = values_of(rows, "ambient_dim")
    for place, (kind, words) in zip(axes, _KINDS.items()):
        for name in _TIMES:
            mine = [select(rows, ambient_dim=dim, kind=kind) for dim in dims]
            logs = [mean_estimate(np.log(column(here, name))) for here in mine]
            draw_points(place, dims, logs, log=True, color=COLOUR[name], label=f"${SYMBOL[name]}$ measured")
            expected = [math.exp(np.log(column(here, f"{name}_predicted")).mean()) for here in mine]
            place.plot(dims, expected, color=COLOUR[name], label=f"${SYMBOL[name]}$ predicted")
        place.set(title=words, xlabel="N", yscale="log", ylim=(1, 5))
        place.set_xticks(dims)
        place.set_yticks([1, 1.5, 2, 3, 4], ["1", "1.5", "2", "3", "4"])
        place.set_yticks([], minor=True)
    axes[0].set_ylabel("noise variance t")
    legend_below(drawing, axes[0], 4)
    return drawing


EXPERIMENT = Experiment(
    name="classes",
    claim=(
        "The empirical score of one class collapses at the noise that its own number of points sets; classes that "
        "lie far apart need no label for that, while labels on one and the same law raise the noise of the collapse."
    ),
    source="docs/explanation/theory.md, section 6 (classes)",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    units={
        "t_onset": "noise variance per coordinate; data of unit variance per coordinate",
        "t_collapse": "as t_onset",
    },
)
