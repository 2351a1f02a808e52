"""When trajectories are captured: the whole law, around t_c and sharper with N; exact checks of the sampler."""

import math
from typing import TYPE_CHECKING

import numpy as np

from remanifold._core.estimate import mean_estimate
from remanifold._core.types import Floats
from remanifold.experiments.catalogue.drawn_times import (
    drawn_manifold,
    exact_draws,
    isometric_times,
    limits,
    sizes_and_seed,
    task_a_draw,
)
from remanifold.experiments.experiment import Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import SIZE_COLOUR, draw_points, label_ticks, legend_below, panels
from remanifold.experiments.rows import column, groups, pooled, select, values_of
from remanifold.experiments.verdict import Verdict, against_exact_draws, must_vanish
from remanifold.measures import Reversal, Series, TrainingPoints, capture_times, clones, u_turns
from remanifold.plots.palette import BLUE, VERMILION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DRAWS = {"quick": {20: 3, 30: 2}, "full": {20: 32, 30: 24, 40: 12, 50: 3}}
_EXACT_DRAWS = {"quick": {20: 4, 30: 3}, "full": {20: 40, 30: 30, 40: 24, 50: 16}}
_RANGE = (0.2, 5.0)  # t/t_c between which captures of the middle half lie, by far
_QUARTILES = (0.25, 0.5, 0.75)
_TRAJECTORIES = 200
_PAGE = "docs/howto/sampling.md"
_EXACT = f"exact but for the step of the sampler, which adds about .01 (clones) and .005 (U-turns): {_PAGE}"
_MUST_VANISH = {"clones": "clones together - E sum w^2", "u-turns": "U-turns returned - E w_own"}
_CAPTURES = {"last_change": "last change of the nearest point", "half_weight": "weight 1/2 for good"}
_LAG = {"last_change": "", "half_weight": f"; the sampler's step lowers it by about 2 %: {_PAGE}"}
_SHARES = tuple(np.arange(1, 40) / 40)
_TURNS = (0.5, 1.0, 2.0)  # t/t_c
_SPREAD = 1.349  # interquartile range of a normal law over its standard deviation


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Isometric manifolds, one task a draw; then the draws of the exact predictions."""
    rest = {"turns": list(_TURNS), "trajectories": _TRAJECTORIES}
    exact = exact_draws(_EXACT_DRAWS[scale], scale, trajectories=_TRAJECTORIES, range=list(_RANGE))
    return task_a_draw(_DRAWS[scale], scale, **rest) + exact


def compute(task: Task) -> list[Row]:
    """Quantiles of both capture times, and by how much clones, U-turns and kept neighbours miss what they must be."""
    if task.get("kind") == "predicted":
        return _exact(task)
    predicted = isometric_times(task).t_collapse.value
    training = TrainingPoints(drawn_manifold(task, 0).points())
    reversal = Reversal(seed=task["seed"])
    times = capture_times(training, n_trajectories=task["trajectories"], reversal=reversal)
    levels = [turn * predicted for turn in task["turns"]]
    pairs = clones(training, levels, n_pairs=task["trajectories"], reversal=reversal)
    turns = u_turns(training, levels, n_trajectories=task["trajectories"], reversal=reversal)
    shared = sizes_and_seed(task)
    shared |= {"t_collapse_limit": limits(task)["t_collapse"], "t_collapse_predicted": predicted}
    rows: list[Row] = []
    for share in _SHARES:  # the noise above which a share of the trajectories is captured, by both definitions
        above = {name: float(np.quantile(getattr(times, name), 1 - share)) for name in _CAPTURES}
        rows.append(shared | {"kind": "quantile", "share": float(share)} | above)
    for kind, excess in (("clones", pairs.excess), ("u-turns", turns.excess)):
        rows += [shared | {"kind": kind, "turn": turn} | _excess(excess, k) for k, turn in enumerate(task["turns"])]
    at_collapse = int(np.abs(np.log(times.levels / predicted)).argmin())
    return [*rows, shared | {"kind": "kept"} | _excess(times.excess, at_collapse)]


def _exact(task: Task) -> list[Row]:
    """Quartiles of both capture times where every step is exact, levels as dense as the sampler's."""
    low, high = (edge * isometric_times(task).t_collapse.value for edge in task["range"])
    training, reversal = TrainingPoints(drawn_manifold(task, 0).points()), Reversal(method="exact", seed=task["seed"])
    times = capture_times(training, n_trajectories=task["trajectories"], start_at=high, stop_at=low, reversal=reversal)
    quartiles = [{name: float(np.quantile(getattr(times, name), 1 - s)) for name in _CAPTURES} for s in _QUARTILES]
    return [
        sizes_and_seed(task) | {"kind": "predicted", "share": share} | above
        for share, above in zip(_QUARTILES, quartiles)
    ]


def _excess(series: Series, level: int) -> Row:
    return {"excess": float(series.value[level]), "excess_stderr": float(series.stderr[level])}


def widths(rows: Rows, name: str, kind: str = "quantile") -> Floats:
    """Interquartile range of log(capture time) as a standard deviation, of each draw."""
    ends = [np.log(column(select(rows, kind=kind, share=share), name)) for share in (0.25, 0.75)]
    return (ends[0] - ends[1]) / _SPREAD


def verdicts(rows: Rows) -> list[Verdict]:
    """Medians against t_c, widths over N, and the exact checks."""
    verdicts = []
    for dim, mine in groups(rows, "ambient_dim"):
        middle, exact = (select(mine, kind=kind, share=0.5) for kind in ("quantile", "predicted"))
        limit, size = middle[0]["t_collapse_limit"], middle[0]["t_collapse_predicted"]
        for name, words in _CAPTURES.items():
            what, times = f"median capture, {words}, N = {dim}", (column(rows, name) for rows in (middle, exact))
            comment = f"{len(middle)} draws; t_c of the energies with finite size {size:.4g}{_LAG[name]}"
            verdicts.append(against_exact_draws(what, *times, theory=limit, logs=True, comment=comment))
            what, comment = f"width of log capture, {words}, N = {dim}", "interquartile range as a standard deviation"
            spreads = (widths(mine, name, kind) for kind in ("quantile", "predicted"))
            verdicts.append(against_exact_draws(what, *spreads, theory=0.0, comment=comment))
        verdicts += _checks(mine, dim)
    for kind, words in _MUST_VANISH.items():  # where the sampler's step shows
        excess = pooled(select(rows, kind=kind), "excess")
        verdicts.append(must_vanish(f"{words}, all sizes and turns together", excess, "the sampler's step: " + _EXACT))
    return verdicts


def _checks(rows: Rows, dim: int) -> list[Verdict]:
    """What must be zero under the exact score and the exact SDE."""
    verdicts = []
    for kind, words in _MUST_VANISH.items():
        for turn in _TURNS:
            excess = pooled(select(rows, kind=kind, turn=turn), "excess")
            verdicts.append(must_vanish(f"{words}, t = {turn:g} t_c, N = {dim}", excess, _EXACT))
    what = f"nearest at t_c is the last - E largest weight, N = {dim}"
    return [*verdicts, must_vanish(what, pooled(select(rows, kind="kept"), "excess"), _EXACT)]


def figure(rows: Rows) -> "Figure":
    """The law of both capture times, and their width over N."""
    drawing, axes = panels(3)
    dims = values_of(rows, "ambient_dim")
    for dim, mine in groups(select(rows, kind="quantile"), "ambient_dim"):
        for place, name in zip(axes, _CAPTURES):
            t = np.array([math.exp(np.log(column(select(mine, share=share), name)).mean()) for share in _SHARES])
            place.plot(t / mine[0]["t_collapse_predicted"], _SHARES, color=SIZE_COLOUR[dim], label=f"N = {dim}")
            exact = [select(rows, kind="predicted", ambient_dim=dim, share=share) for share in _QUARTILES]
            t = np.array([math.exp(np.log(column(here, name)).mean()) for here in exact])
            place.plot(t / mine[0]["t_collapse_predicted"], _QUARTILES, "x", color=SIZE_COLOUR[dim], ms=5)
    for name, mark, colour in (("last_change", "o", BLUE), ("half_weight", "s", VERMILION)):
        here = [select(rows, ambient_dim=dim) for dim in dims]
        means = [mean_estimate(widths(mine, name)) for mine in here]
        draw_points(axes[2], dims, means, fmt=mark, color=colour)
        axes[2].plot(dims, [widths(mine, name, "predicted").mean() for mine in here], "x:", color=colour, ms=5, lw=0.8)
    for place, title in zip(axes, ("nearest point changes last", "largest weight passes 1/2")):
        place.axvline(1, color="black", lw=0.8, ls=":")
        place.set(xscale="log", xlabel="t / $t_c$ (finite size)", title=title, ylim=(0, 1))
        label_ticks(place, [0.2, 0.5, 1, 2, 5])
    axes[0].set_ylabel("share captured above t")
    axes[2].set(title="width of log t (o: left, squares: middle; x: exact)", xlabel="N", ylim=(0, None))
    axes[2].title.set_fontsize(8)
    legend_below(drawing, axes[0], 4)
    return drawing


EXPERIMENT = Experiment(
    name="capture",
    claim=(
        "Trajectories of reverse diffusion are captured by a training point around t_c, in a range of noise that "
        "narrows as N grows; clones and U-turns end together as often as the weights say, but for the sampler's step."
    ),
    source="arXiv 2502.09578, 2402.18491; docs/explanation/theory.md, section 6",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    revision=3,
    units={
        "last_change": "noise variance per coordinate; data of unit variance per coordinate",
        "half_weight": "as last_change",
    },
)
