"""The basin of a training point at all noise levels, in three ways; typical trajectories beside it."""

import math
from typing import TYPE_CHECKING

import numpy as np

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold.experiments.drawn_times import drawn_manifold, sizes_and_seed, task_a_draw
from remanifold.experiments.experiment import Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import SIZE_COLOUR, legend_below, panels
from remanifold.experiments.rows import column, select, values_of
from remanifold.experiments.trend import weighted_line
from remanifold.experiments.verdict import Verdict, against
from remanifold.measures import Basins, Reversal, TrainingPoints, basins
from remanifold.theory import LinearLandscape, basin, t_collapse, t_onset

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RATIO, _LOAD = 0.3, 0.2
_DRAWS = {"quick": {20: 2, 30: 2}, "full": {20: 12, 30: 8, 40: 3}}
_STEPS = (0.3, 0.6, 1.0, 1.4, 1.8, 2.1)  # t/t_c of the limit; t_o is at 2.3
_DELTAS = np.exp(np.linspace(math.log(0.05), math.log(3.0), 10))  # in units of t_c
_WAYS = {"static": "energies cross", "flow": "gradient flow at frozen t", "reverse": "reverse diffusion from t"}
_TRAJECTORIES = 80


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Isometric manifolds, one task a draw."""
    return task_a_draw(_DRAWS[scale], scale, latent_ratio=_RATIO, load=_LOAD)


def compute(task: Task) -> list[Row]:
    """delta_b in three ways at every t, and what typical trajectories do there."""
    landscape = LinearLandscape.isometric(task["latent_dim"] / task["ambient_dim"])
    load = math.log(task["n_points"]) / task["ambient_dim"]
    collapse, onset = t_collapse(landscape, load), t_onset(landscape, load)
    if collapse is None or onset is None:
        raise ValueError("the sizes of this experiment have a collapse and an onset")
    training = TrainingPoints(drawn_manifold(task, 0).points())
    rows = []
    for step in _STEPS:
        t = step * collapse
        found = basins(
            training, t, _DELTAS * collapse, n_trajectories=_TRAJECTORIES, reversal=Reversal(seed=task["seed"])
        )
        shared = sizes_and_seed(task)
        shared |= {"step": step, "t": t, "t_collapse_limit": collapse, "t_onset_limit": onset}
        rows.append(shared | {"delta_limit": basin(landscape, load, t)} | _measured(found, training, task["seed"]))
    return rows


def _measured(found: Basins, training: TrainingPoints, seed: int) -> Row:
    ways = {"static": found.static_basin, "flow": found.flow_basin, "reverse": found.reverse_basin}
    rows = training.choose(_TRAJECTORIES, seed)
    clean = training.rows(rows)
    typical = clean + math.sqrt(found.t) * np.random.default_rng(seed).normal(size=clean.shape)
    middle = len(found.delta) // 2
    return {f"delta_{name}": None if one is None else one.value for name, one in ways.items()} | {
        "open": float(np.mean(training.own_weight(clean, found.t, rows) > 0.5)),
        "typical_weight": float(training.own_weight(typical, found.t, rows).mean()),
        "excess": float(found.excess.value[middle]),
    }


def mean_of(rows: Rows, name: str) -> Estimate | None:
    """Mean over draws; None where a draw has no value."""
    values = column(rows, name)
    return mean_estimate(values) if np.isfinite(values).all() and len(values) > 1 else None


def verdicts(rows: Rows) -> list[Verdict]:
    """Every basin, its trend, the share of open traps, and the sampler's exact check."""
    found = []
    for dim in values_of(rows, "ambient_dim"):
        mine = select(rows, ambient_dim=dim)
        for step in values_of(mine, "step"):
            here, where = select(mine, step=step), f"t = {step:g} t_c, N = {dim}"
            for name, words in _WAYS.items():
                value = mean_of(here, f"delta_{name}")
                if value is not None:
                    found.append(against(f"delta_b, {words}, {where}", value, theory=here[0]["delta_limit"],
                                         comment="no prediction for the size"))  # fmt: skip
        seeds = values_of(mine, "seed")
        excess = mean_estimate(np.array([column(select(mine, seed=seed), "excess").mean() for seed in seeds]))
        comment = "it returns with probability w_own, exactly but for the sampler's step"
        found.append(against(f"share returned - E w_own, N = {dim}", excess, theory=0.0, finite_size=0.0,
                             comment=comment))  # fmt: skip
        between = select(mine, step=1.8)
        found.append(against(f"points with an open trap at 1.8 t_c, N = {dim}",
                             mean_estimate(column(between, "open")), theory=1.0,
                             comment="most weight at xi is its own; t_c < t < t_o"))  # fmt: skip
        found.append(against(f"typical trajectories in their trap at 1.8 t_c, N = {dim}",
                             mean_estimate(column(between, "typical_weight")), theory=0.0,
                             comment="E w_own; t_c < t < t_o"))  # fmt: skip
    return found + _trend(rows)


def _trend(rows: Rows) -> list[Verdict]:
    """log(delta_b/limit) of the static way, carried on to 1/N = 0."""
    found, dims = [], values_of(rows, "ambient_dim")
    if len(dims) < 3:
        return found
    for step in values_of(rows, "step"):
        means = [mean_of(select(rows, ambient_dim=dim, step=step), "delta_static") for dim in dims]
        if any(one is None for one in means):
            continue
        kept = [one for one in means if one is not None]
        limit = [select(rows, ambient_dim=dim, step=step)[0]["delta_limit"] for dim in dims]
        line = weighted_line(
            [1 / dim for dim in dims], [math.log(one.value / b) for one, b in zip(kept, limit)],
            [one.stderr / one.value for one in kept],
        )  # fmt: skip
        value, error = math.exp(line.intercept.value) * limit[-1], line.intercept.stderr
        comment = f"EXTRAPOLATION, a straight line of the logarithm in 1/N; chi2 {line.chi2:.1f} for {line.dof}"
        what, carried_on = f"delta_b, energies cross, t = {step:g} t_c", Estimate(value, value * error, len(dims))
        found.append(against(f"{what}, extrapolated to 1/N = 0", carried_on, theory=limit[-1], comment=comment))
    return found


def figure(rows: Rows) -> "Figure":
    """Radii in three ways, and open traps beside trajectories that miss them."""
    drawing, axes = panels(4, width=3.0)
    dims = values_of(rows, "ambient_dim")
    for dim in dims:
        mine = select(rows, ambient_dim=dim)
        steps = values_of(mine, "step")
        for place, name in zip(axes, _WAYS):
            points = [(s, one) for s in steps if (one := mean_of(select(mine, step=s), f"delta_{name}")) is not None]
            radius = [math.sqrt(dim * one.value) for _, one in points]
            error = [r * one.stderr / one.value for r, (_, one) in zip(radius, points)]
            scale = math.sqrt(dim * mine[0]["t_collapse_limit"])
            place.errorbar([s for s, _ in points], np.array(radius) / scale, np.array(error) / scale, fmt="o",
                           mfc="white", color=SIZE_COLOUR[dim], label=f"N = {dim}")  # fmt: skip
        for name, mark in (("open", "o-"), ("typical_weight", "s--")):
            means = [mean_estimate(column(select(mine, step=s), name)) for s in steps]
            axes[3].errorbar(steps, [m.value for m in means], [2 * m.stderr for m in means], fmt=mark, mfc="white",
                             color=SIZE_COLOUR[dim])  # fmt: skip
    last = select(rows, ambient_dim=dims[-1], seed=rows[-1]["seed"])
    collapse, onset = last[0]["t_collapse_limit"], last[0]["t_onset_limit"]
    grid, landscape = np.linspace(0.2, onset / collapse, 80), LinearLandscape.isometric(_RATIO)
    limit = [math.sqrt(basin(landscape, _LOAD, g * collapse) / collapse) for g in grid]
    for place, words in zip(axes, _WAYS.values()):
        place.plot(grid, limit, ":", color="black", label="limit")
        place.set(title=words, ylim=(0, None))
    axes[3].set(title="open traps (o), E $w_{own}$ on typical paths (squares)", ylim=(-0.02, 1.02))
    axes[3].title.set_fontsize(8)
    for place in axes:
        place.axvline(1, color="#7d8794", lw=0.8)
        place.axvline(onset / collapse, color="#7d8794", lw=0.8, ls="-.")
        place.set(xlabel="$t/t_c$ (lines: $t_c$, $t_o$)")
    axes[0].set_ylabel("basin radius / $\\sqrt{N t_c}$")
    legend_below(drawing, axes[0], 6)
    return drawing


EXPERIMENT = Experiment(
    name="basins",
    claim=(
        "Between t_c and t_o training points have basins of radius sqrt(N delta_b(t)), which shrink to nothing at t_o, "
        "while typical trajectories pass by them, ever more of them as N grows; at and below t_c basins reach as far "
        "as trajectories do."
    ),
    source="arXiv 2502.09578; docs/theory.md (5.6), sections 5 and 6",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    units={"t": "noise variance per coordinate; data of unit variance per coordinate", "delta_limit": "as t"},
)
