"""The best moment to stop reverse diffusion: where fresh points are fitted best, and what other qualities say."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from remanifold._core.estimate import mean_estimate
from remanifold.experiments.catalogue.drawn_times import (
    drawn_manifold,
    exact_draws,
    isometric_times,
    sizes_and_seed,
    task_a_draw,
)
from remanifold.experiments.experiment import Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import SIZE_COLOUR, draw_points, label_ticks, legend_below, panels
from remanifold.experiments.rows import column, groups, select, values_of
from remanifold.experiments.verdict import Verdict, against, against_draws, against_exact_draws
from remanifold.measures import StopQuality, stop_quality
from remanifold.scores import EmpiricalScore

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DRAWS = {"quick": {20: 4, 30: 2}, "full": {20: 16, 30: 12, 40: 6}}
_EXACT_DRAWS = {"quick": {20: 6, 30: 4}, "full": {20: 30, 30: 24, 40: 15}}
_STEPS = np.arange(-6, 11) / 4
"""log(t/t_g) of the stops; t_g is the finite-size prediction."""
_SAMPLES = 400
_PERMUTATIONS = 99  # of the null of each draw and stop
_HIGH = 100.0  # noise variance at the start; data of unit variance per coordinate
_KINDS = {
    "cross_entropy": "cross entropy of fresh points",
    "energy": "energy distance, stopped as is",
    "energy_mean": "energy distance, posterior mean at the stop",
}


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Isometric manifolds, one task a draw; then the draws of the exact predictions."""
    rest = {"log_steps": _STEPS.tolist(), "samples": _SAMPLES, "permutations": _PERMUTATIONS, "high": _HIGH}
    return task_a_draw(_DRAWS[scale], scale, **rest) + exact_draws(_EXACT_DRAWS[scale], scale, **rest)


def compute(task: Task) -> list[Row]:
    """One run of the reverse SDE, looked at where it could stop; for a prediction, of exact steps from stop to stop."""
    dim, latent, n_points = task["ambient_dim"], task["latent_dim"], task["n_points"]
    best = isometric_times(task, n_points + 1).t_generalization.value  # a fresh point sees all P of them
    stops = best * np.exp(task["log_steps"])
    manifold, samples = drawn_manifold(task, 0), task["samples"]
    score = EmpiricalScore(manifold.points())
    fresh, others = manifold.fresh(2 * samples)[:samples], manifold.fresh(2 * samples)[samples:]
    exact: dict[str, Any] = {"method": "exact", "steps_per_e": 1} if task.get("kind") == "predicted" else {}
    quality = stop_quality(
        score,
        stops,
        fresh,
        start_at=task["high"],
        manifold=manifold,
        n_samples=samples,
        permutations=task["permutations"],
        seed=task["seed"],
        **exact,
    )
    if exact:
        return [sizes_and_seed(task) | {"kind": "predicted"} | _summary(quality)]
    if quality.off_manifold is None:
        raise ValueError("a linear manifold has a distance")
    shared = sizes_and_seed(task) | {"kind": "measured"}
    shared |= {"t_g_predicted": best, "t_c_predicted": isometric_times(task).t_collapse.value}
    rows = []
    for k, (step, t) in enumerate(zip(task["log_steps"], quality.t.tolist())):
        qualities = {
            "cross_entropy": -float(score.log_density(others, t).mean()) / dim,
            "energy": quality.as_is[k].value,
            "energy_z": quality.as_is[k].z,
            "energy_mean": quality.posterior_mean[k].value,
            "energy_mean_z": quality.posterior_mean[k].z,
            "off_manifold": float(quality.off_manifold.value[k]) / (t * (1 - latent / dim)),
        }
        rows.append(shared | {"log_step": step, "t": t} | qualities)
    return rows


def _summary(quality: StopQuality) -> Row:
    """What verdicts tell of both energy distances: the best stop, log(t/t_g), and the least z."""
    row: Row = {}
    for name, distances in (("energy", quality.as_is), ("energy_mean", quality.posterior_mean)):
        row[f"{name}_best"] = best_step([one.value for one in distances])
        row[f"{name}_least_z"] = min(one.z for one in distances)
    return row


def best_step(values: ArrayLike) -> float:
    """log(t/t_g) of the least of ``values``, one a stop, on a cubic spline through them."""
    curve = CubicSpline(_STEPS, values)
    turns = np.concatenate([curve.derivative().roots(extrapolate=False), _STEPS[[0, -1]]])
    return float(turns[curve(turns).argmin()])


def best_steps(rows: Rows, name: str) -> NDArray[np.float64]:
    """`best_step` of each draw."""
    return np.array([best_step(column(select(rows, seed=seed), name)) for seed in values_of(rows, "seed")])


def verdicts(rows: Rows) -> list[Verdict]:
    """Where each quality is best, and the distance to the manifold that stopping must leave."""
    verdicts = []
    for dim, both in groups(rows, "ambient_dim"):
        mine, exact = select(both, kind="measured"), select(both, kind="predicted")
        best, collapse, draws = mine[0]["t_g_predicted"], mine[0]["t_c_predicted"], len(values_of(mine, "seed"))
        for name, words in _KINDS.items():
            what, stops = f"best stop by {words}, N = {dim}", best * np.exp(best_steps(mine, name))
            comment = f"{draws} draws; t_c {collapse:.3g}"
            edge = int((stops <= best * math.exp(_STEPS[0]) * 1.001).sum())
            if edge:
                comment += f"; in {edge} of them the least stop tried, {stops.min():.3g}: an upper bound"
            if name == "cross_entropy":
                verdicts.append(against_draws(what, stops, predicted=np.full(len(stops), best), comment=comment))
            else:
                others = best * np.exp(column(exact, f"{name}_best"))
                verdicts.append(against_exact_draws(what, stops, others, logs=True, comment=comment))
        for name, words in (("energy", "as is"), ("energy_mean", "posterior mean")):
            z = np.array([column(select(mine, seed=seed), f"{name}_z").min() for seed in values_of(mine, "seed")])
            what = f"least energy distance over stops, {words}, in widths of its null, N = {dim}"
            comment = f"{_SAMPLES} samples and fresh points; the least of {len(_STEPS)} stops"
            verdicts.append(against_exact_draws(what, z, column(exact, f"{name}_least_z"), comment=comment))
        off = mean_estimate(column(select(mine, log_step=0.0), "off_manifold"))
        words = f"squared distance to the manifold over t (1 - D/N), stopped at t_g, N = {dim}"
        verdicts.append(against(words, off, theory=1.0, finite_size=1.0, comment="exact for the exact process"))
    return verdicts


def figure(rows: Rows) -> "Figure":
    """The three qualities over the stop."""
    drawing, axes = panels(3)
    for dim, mine in groups(select(rows, kind="measured"), "ambient_dim"):
        for place, name in zip(axes, _KINDS):
            means = [mean_estimate(column(select(mine, log_step=float(s)), name)) for s in _STEPS]
            draw_points(place, np.exp(_STEPS), means, fmt="", color=SIZE_COLOUR[dim], label=f"N = {dim}")
            collapse = mine[0]["t_c_predicted"] / mine[0]["t_g_predicted"]
            place.axvline(collapse, color=SIZE_COLOUR[dim], lw=0.8, ls=":", label=f"$t_c$, N = {dim}")
    for place, words in zip(axes, _KINDS.values()):
        place.set(xscale="log", xlabel="stop $t/t_g$", title=words)
        place.title.set_fontsize(8.5)
        label_ticks(place, [0.25, 0.5, 1, 2, 5, 10], ["¼", "½", "1", "2", "5", "10"])
        place.axvline(1, color="black", lw=0.8)
    axes[0].set_ylabel("nats / N")
    axes[1].set_ylabel("unbiased; 0: equal laws")
    legend_below(drawing, axes[0], 6)
    return drawing


EXPERIMENT = Experiment(
    name="stopping",
    claim=(
        "The law of samples stopped at t_g, inside the memorization phase, fits fresh points best; another measure of "
        "quality has its best stop elsewhere."
    ),
    source="arXiv 2502.09578; docs/explanation/theory.md (5.9)",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    revision=4,
    units={
        "energy": "data units, unbiased; 0 for equal laws",
        "energy_z": "widths of its permutation null",
        "cross_entropy": "nats a dimension",
        "energy_best": "log(t/t_g) of the best stop",
        "energy_least_z": "least energy_z over stops",
        "t": "noise variance per coordinate; data of unit variance",
    },
)
