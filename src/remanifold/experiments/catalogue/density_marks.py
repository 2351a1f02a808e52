"""The marks of kernel density estimation in large dimension: full-rank Gaussian data, seen from fresh points."""

import math
from typing import TYPE_CHECKING

import numpy as np

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold.experiments.catalogue.drawn_times import draw_rows, drawn_manifold, task_a_size, time_verdicts
from remanifold.experiments.experiment import FIRST_SEED, Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import COLOURS, draw_means, legend_below, panels
from remanifold.experiments.rows import column, groups, select
from remanifold.experiments.verdict import Verdict, against
from remanifold.scores import EmpiricalScore
from remanifold.theory import LinearLandscape, t_condensation
from remanifold.theory.finite.curves.gaussian_points import gaussian_points
from remanifold.theory.finite.own_sums import fresh_participation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DRAWS = {"quick": {12: 16, 16: 8}, "full": {12: 64, 16: 48, 20: 24, 24: 6}}
_LOAD, _STEPS = 0.5, (0.25, 0.5, 1.0, 2.0)
_VIEWS = 2048  # points x of the predictions


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Full-rank unit Gaussians at load 1/2, one task a size."""
    sizes = task_a_size(_DRAWS[scale], scale, latent_ratio=1.0, load=_LOAD, ensemble="isometric")
    return tuple(dict(task) | {"seed": FIRST_SEED[scale] + 100 * task["ambient_dim"]} for task in sizes)


def compute(task: Task) -> list[Row]:
    """The three times of every draw, and the participation of fresh points at some multiples of t_G."""
    condensed = t_condensation(LinearLandscape.isometric(1.0), math.log(task["n_points"]) / task["ambient_dim"])
    rows = [row | {"kind": "times"} for row in draw_rows(task)]
    levels = {step: step * float(condensed or math.nan) for step in _STEPS}
    predicted = predictions(task, levels)
    for draw in range(task["draws"]):
        data = drawn_manifold(task, draw)
        score, fresh = EmpiricalScore(data.points()), data.fresh(task["queries"])
        for step, t in levels.items():
            value = float(np.mean(score.participation(fresh, t)))
            shared = {"kind": "participation", "ambient_dim": data.ambient_dim, "seed": data.seed}
            rows.append(shared | {"step": step, "t": t, "participation": value} | predicted[step])
    return rows


def predictions(task: Task, levels: dict[float, float]) -> dict[float, Row]:
    """Columns participation_predicted and participation_predicted_stderr of this size, for each step's level."""
    points = gaussian_points(np.ones(task["ambient_dim"]), _VIEWS, min(levels.values()), 0)
    rows: dict[float, Row] = {}
    for step, t in levels.items():
        seen = points.energies(t, 0.0)
        mean = points.mean(fresh_participation(seen, math.log(task["n_points"])), seen, 0.0)
        rows[step] = {"participation_predicted": mean.value, "participation_predicted_stderr": mean.stderr}
    return rows


def verdicts(rows: Rows) -> list[Verdict]:
    """The times beside their predictions, the participation beside its limit."""
    verdicts, comment = [], "limit 1 - t/t_G below t_G, 0 above"
    for dim, here in groups(select(rows, kind="times"), "ambient_dim"):
        verdicts += time_verdicts(here, f"full-rank Gaussian, N = {dim}")
    for dim, mine in groups(select(rows, kind="participation"), "ambient_dim"):
        for step in _STEPS:
            here = select(mine, step=step)
            value = mean_estimate(column(here, "participation"))
            size = Estimate(here[0]["participation_predicted"], here[0]["participation_predicted_stderr"], _VIEWS)
            what = f"E sum w^2 of a fresh point at {step:g} t_G, N = {dim}"
            verdicts.append(against(what, value, theory=max(0.0, 1 - step), finite_size=size, comment=comment))
    return verdicts


def figure(rows: Rows) -> "Figure":
    """Participation of a fresh point over t/t_G."""
    drawing, axes = panels(1, width=5.0, height=3.4)
    for colour, (dim, here) in zip(COLOURS, groups(select(rows, kind="participation"), "ambient_dim")):
        draw_means(axes[0], here, "step", "participation", fmt="o-", lw=1, color=colour, label=f"N = {dim}")
    axes[0].plot([0, 1, 2], [1, 0, 0], ":", color="black", label="limit")
    axes[0].set(xlabel="$t/t_G$", ylabel="$E\\,\\Sigma w^2$ seen from a fresh point", ylim=(0, 1))
    legend_below(drawing, axes[0], 5)
    return drawing


EXPERIMENT = Experiment(
    name="density-marks",
    claim=(
        "Full-rank Gaussian data at load 1/2 have their onset, collapse and best bandwidth where theory puts them, and "
        "below t_G a few points carry the density at a fresh point."
    ),
    source="arXiv 2408.05807; docs/explanation/theory.md (5.9), (5.11), (7.3), (7.8)",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    units={"t_onset": "noise variance per coordinate; unit variance data", "step": "t/t_G"},
    revision=2,
)
