"""When trajectories are captured: the whole law, around t_c and sharper with N; exact checks of the sampler."""

import math
from typing import TYPE_CHECKING

import numpy as np

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold.experiments.catalogue.drawn_times import (
    drawn_manifold,
    isometric_times,
    limits,
    sizes_and_seed,
    task_a_draw,
)
from remanifold.experiments.experiment import Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import SIZE_COLOUR, draw_points, label_ticks, legend_below, panels
from remanifold.experiments.rows import column, groups, pooled, select, values_of
from remanifold.experiments.verdict import Verdict, against, against_draws, must_vanish
from remanifold.measures import Reversal, Series, TrainingPoints, capture_times, clones, u_turns
from remanifold.plots.palette import BLUE, VERMILION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DRAWS = {"quick": {20: 3, 30: 2}, "full": {20: 32, 30: 24, 40: 12, 50: 3}}
_TRAJECTORIES = 200
_EXACT = "exact but for the step of the sampler, which adds about .01 (clones) and .005 (U-turns): sampling.md"
_MUST_VANISH = {"clones": "clones together - E sum w^2", "u-turns": "U-turns returned - E w_own"}
_CAPTURES = {"last_change": "last change of the nearest point", "half_weight": "weight 1/2 for good"}
_SHARES = tuple(np.arange(1, 40) / 40)
_TURNS = (0.5, 1.0, 2.0)  # t/t_c
_SPREAD = 1.349  # interquartile range of a normal law over its standard deviation


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Isometric manifolds, one task a draw."""
    rest = {"turns": list(_TURNS), "trajectories": _TRAJECTORIES}
    return task_a_draw(_DRAWS[scale], scale, **rest)


def compute(task: Task) -> list[Row]:
    """Quantiles of both capture times, and by how much clones, U-turns and kept neighbours miss what they must be."""
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


def _excess(series: Series, level: int) -> Row:
    return {"excess": float(series.value[level]), "excess_stderr": float(series.stderr[level])}


def width(rows: Rows, name: str) -> Estimate:
    """Interquartile range of log(capture time) as a standard deviation: mean over draws."""
    ends = [np.log(column(select(rows, kind="quantile", share=share), name)) for share in (0.25, 0.75)]
    return mean_estimate((ends[0] - ends[1]) / _SPREAD)


def verdicts(rows: Rows) -> list[Verdict]:
    """Medians against t_c, widths over N, and the exact checks."""
    verdicts = []
    for dim, mine in groups(rows, "ambient_dim"):
        middle, draws = select(mine, kind="quantile", share=0.5), len(values_of(mine, "seed"))
        limit, size = middle[0]["t_collapse_limit"], middle[0]["t_collapse_predicted"]
        for name, words in _CAPTURES.items():
            what, times = f"median capture, {words}, N = {dim}", column(middle, name)
            comment = f"{draws} draws; t_c with finite size {size:.4g}: not the same quantity, so no z"
            verdicts.append(against_draws(what, times, theory=limit, comment=comment))
            what, comment = f"width of log capture, {words}, N = {dim}", "interquartile range as a standard deviation"
            verdicts.append(against(what, width(mine, name), theory=0.0, comment=f"{comment}; no prediction"))
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
    for name, mark, colour in (("last_change", "o", BLUE), ("half_weight", "s", VERMILION)):
        draw_points(axes[2], dims, [width(select(rows, ambient_dim=dim), name) for dim in dims], fmt=mark, color=colour)
    for place, title in zip(axes, ("nearest point changes last", "largest weight passes 1/2")):
        place.axvline(1, color="black", lw=0.8, ls=":")
        place.set(xscale="log", xlabel="t / $t_c$ (finite size)", title=title, ylim=(0, 1))
        label_ticks(place, [0.2, 0.5, 1, 2, 5])
    axes[0].set_ylabel("share captured above t")
    axes[2].set(title="width of log t (o: left, squares: middle)", xlabel="N", ylim=(0, None))
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
    revision=2,
    units={
        "last_change": "noise variance per coordinate; data of unit variance per coordinate",
        "half_weight": "as last_change",
    },
)
