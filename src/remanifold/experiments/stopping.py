"""The best moment to stop reverse diffusion: where fresh points are fitted best, and what other qualities say."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from remanifold import EmpiricalScore
from remanifold._core.estimate import mean_estimate
from remanifold.experiments.drawn_times import drawn_manifold, sizes_and_seed, task_a_draw
from remanifold.experiments.experiment import Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import SIZE_COLOUR, legend_below, panels
from remanifold.experiments.rows import column, select, values_of
from remanifold.experiments.verdict import Verdict, against, against_draws
from remanifold.measures import energy_distance, manifold_distance
from remanifold.sampling import log_grid, simulate
from remanifold.theory.finite_size import finite_size_times

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RATIO, _LOAD = 0.3, 0.2
_DRAWS = {"quick": {20: 4, 30: 2}, "full": {20: 16, 30: 12, 40: 6}}
_STEPS = np.arange(-6, 11) / 4
"""log(t/t_g) of the stops; t_g is the finite-size prediction."""
_SAMPLES = 400
_STEPS_PER_E = 24
_PERMUTATIONS = 19  # not used: draws tell the error
_HIGH = 100.0  # noise variance at the start; data of unit variance per coordinate
_KINDS = {"cross_entropy": "cross entropy of fresh points", "energy": "energy distance, stopped as is",
          "energy_mean": "energy distance, posterior mean at the stop"}  # fmt: skip


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Isometric manifolds, one task a draw."""
    return task_a_draw(_DRAWS[scale], scale, latent_ratio=_RATIO, load=_LOAD)


def compute(task: Task) -> list[Row]:
    """One run of the reverse SDE, looked at where it could stop."""
    dim, latent, n_points, seed = (task[name] for name in ("ambient_dim", "latent_dim", "n_points", "seed"))
    own = [dim / latent] * latent
    best = finite_size_times(own, n_points + 1, dim).t_generalization.value  # a fresh point sees all P of them
    stops = best * np.exp(_STEPS)
    manifold = drawn_manifold(task, 0)
    score = EmpiricalScore(manifold.points())
    levels = _levels(stops)
    run = simulate(score, levels, n_samples=_SAMPLES, record=list(stops), seed=seed)
    fresh, others = manifold.fresh(2 * _SAMPLES)[:_SAMPLES], manifold.fresh(2 * _SAMPLES)[_SAMPLES:]
    shared = sizes_and_seed(task)
    shared |= {"t_g_predicted": best, "t_c_predicted": finite_size_times(own, n_points, dim).t_collapse.value}
    rows = []
    for step, t in zip(_STEPS.tolist(), stops.tolist()):
        x = run.states[int(np.abs(np.log(run.times / t)).argmin())]
        qualities = {
            "cross_entropy": -float(score.log_density(others, t).mean()) / dim,
            "energy": energy_distance(x, fresh, permutations=_PERMUTATIONS).value,
            "energy_mean": energy_distance(score.denoise(x, t), fresh, permutations=_PERMUTATIONS).value,
            "off_manifold": float((manifold_distance(x, manifold) ** 2).mean()) / (t * (1 - latent / dim)),
        }
        rows.append(shared | {"log_step": step, "t": t} | qualities)
    return rows


def _levels(stops: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the start to the last stop, with every stop among them."""
    high = log_grid(_HIGH, float(stops[-1]), math.ceil(_STEPS_PER_E * math.log(_HIGH / stops[-1])))
    between = [log_grid(float(b), float(a), math.ceil(_STEPS_PER_E * math.log(b / a)))[1:]
               for a, b in zip(stops[-2::-1], stops[:0:-1])]  # fmt: skip
    return np.concatenate([high, *between])


def best_steps(rows: Rows, name: str) -> NDArray[np.float64]:
    """log(t/t_g) of the least value of each draw, on a cubic spline through the levels."""
    found = []
    for seed in values_of(rows, "seed"):
        curve = CubicSpline(_STEPS, column(select(rows, seed=seed), name))
        turns = np.concatenate([curve.derivative().roots(extrapolate=False), _STEPS[[0, -1]]])
        found.append(float(turns[curve(turns).argmin()]))
    return np.array(found)


def verdicts(rows: Rows) -> list[Verdict]:
    """Where each quality is best, and the distance to the manifold that stopping must leave."""
    found = []
    for dim in values_of(rows, "ambient_dim"):
        mine = select(rows, ambient_dim=dim)
        best, collapse, draws = mine[0]["t_g_predicted"], mine[0]["t_c_predicted"], len(values_of(mine, "seed"))
        for name, words in _KINDS.items():
            stops = best * np.exp(best_steps(mine, name))
            exact = name == "cross_entropy"
            comment = f"{draws} draws; t_c {collapse:.3g}" + ("" if exact else "; another measure, no prediction")
            predicted = np.full(len(stops), best) if exact else None
            found.append(against_draws(f"best stop by {words}, N = {dim}", stops, predicted=predicted, comment=comment))
        off = mean_estimate(column(select(mine, log_step=0.0), "off_manifold"))
        words = f"squared distance to the manifold over t (1 - D/N), stopped at t_g, N = {dim}"
        found.append(against(words, off, theory=1.0, finite_size=1.0, comment="exact for the exact process"))
    return found


def figure(rows: Rows) -> "Figure":
    """The three qualities over the stop."""
    drawing, axes = panels(3)
    for dim in values_of(rows, "ambient_dim"):
        mine = select(rows, ambient_dim=dim)
        for place, name in zip(axes, _KINDS):
            means = [mean_estimate(column(select(mine, log_step=float(s)), name)) for s in _STEPS]
            place.errorbar(np.exp(_STEPS), [m.value for m in means], [2 * m.stderr for m in means],
                           color=SIZE_COLOUR[dim], label=f"N = {dim}")  # fmt: skip
            place.axvline(mine[0]["t_c_predicted"] / mine[0]["t_g_predicted"], color=SIZE_COLOUR[dim], lw=0.8, ls=":",
                          label=f"$t_c$, N = {dim}")  # fmt: skip
    for place, words in zip(axes, _KINDS.values()):
        place.set(xscale="log", xlabel="stop $t/t_g$", title=words)
        place.title.set_fontsize(8.5)
        place.set_xticks([0.25, 0.5, 1, 2, 5, 10], ["¼", "½", "1", "2", "5", "10"])
        place.set_xticks([], minor=True)
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
    source="arXiv 2502.09578; docs/theory.md (5.9)",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    revision=2,
    units={"cross_entropy": "nats a dimension", "t": "noise variance per coordinate; data of unit variance"},
)
