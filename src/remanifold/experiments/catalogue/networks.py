"""Trained networks beside the theory: when do they follow the empirical score, when that of the law?"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold.experiments.catalogue.drawn_times import limits, sizes_and_seed
from remanifold.experiments.catalogue.network_looks import TURNS, look, stage_of
from remanifold.experiments.experiment import FIRST_SEED, Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import draw_means, legend_below, panels
from remanifold.experiments.rows import column, pooled, select, values_of, weighted_line
from remanifold.experiments.verdict import Verdict, against, must_vanish
from remanifold.networks import ResidualMLP, train
from remanifold.plots.palette import AMBER, BLUE, GREEN
from remanifold.scores import Denoiser

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DIM, _LATENT = 16, 4
_ENSEMBLE = {"linear": "isometric", "tanh": "gaussian"}
_DRAWS = {"quick": {30: 2}, "full": {30: 5, 100: 3, 300: 3}}
_STEPS = {"quick": (250, 500, 1000), "full": (250, 500, 1000, 2000, 4000, 8000, 16000, 32000)}
_ONSET = 0.2  # memory index whose training time is told
_AT_COLLAPSE = {"kind": "turn", "turn": 1.0}
_COLOUR = {30: AMBER, 100: GREEN, 300: BLUE}
_EXPONENT = 1.0  # arXiv 2505.17638: the time of memorization grows as the number of points


def tasks(scale: Scale) -> tuple[Task, ...]:
    """One task a draw: a data set, and a network trained on it."""
    return tuple(
        {
            "ambient_dim": _DIM,
            "latent_dim": _LATENT,
            "n_points": points,
            "ensemble": ensemble,
            "activation": name,
            "seed": FIRST_SEED[scale] + 1000 * points + draw,
            "width": 128,
            "depth": 2,
            "batch": 128,
            "learning_rate": 2e-3,
            "steps": list(_STEPS[scale]),
        }
        for name, ensemble in _ENSEMBLE.items()
        for points, draws in _DRAWS[scale].items()
        for draw in range(draws)
    )


def compute(task: Task) -> list[Row]:
    """Looks at the network after so many steps, and at both scores in its place."""
    stage = stage_of(task)
    shared = sizes_and_seed(task) | {"activation": task["activation"], "t_collapse": stage.t_collapse}
    shared |= {"t_onset": stage.t_onset, "t_collapse_limit": limits(task)["t_collapse"]}
    rows = look(stage, "empirical", 0, stage.training.score) + look(stage, "population", 0, stage.population)
    points = stage.rows.training.chunk(0, task["n_points"])
    network = ResidualMLP.for_rows(points, width=task["width"], depth=task["depth"], seed=task["seed"])

    def watch(step: int, averaged: Denoiser) -> None:
        if step in task["steps"]:
            rows.extend(look(stage, "network", step, averaged))

    train(
        network,
        points,
        steps=max(task["steps"]),
        batch=task["batch"],
        learning_rate=task["learning_rate"],
        decay=0,
        seed=task["seed"],
        watch=watch,
    )
    return [shared | row for row in rows]


def verdicts(rows: Rows) -> list[Verdict]:
    """Both scores where they must be; then the networks between them."""
    verdicts = []
    for name in values_of(rows, "activation"):
        for points in values_of(rows, "n_points"):
            mine, where = select(rows, activation=name, n_points=points), f"{name}, P = {points}"
            if mine:
                verdicts += [*_of_scores(mine, where), *_of_networks(mine, where)]
        verdicts += _of_training_time(select(rows, activation=name, kind="memory", denoiser="network"), name)
    return verdicts


def _of_scores(rows: Rows, where: str) -> list[Verdict]:
    law, exact = select(rows, denoiser="population"), select(rows, denoiser="empirical")
    index = pooled(select(law, kind="memory"), "index")
    verdicts = [must_vanish(f"memory index of the score of the law, {where}", index, "exact")]
    if turned := select(law, **_AT_COLLAPSE):  # of linear manifolds
        what = f"score of the law: training less held-out rows returned from t_c, {where}"
        verdicts.append(must_vanish(what, pooled(turned, "back_less_fresh"), "held-out rows have one rival more"))
    what = f"empirical score: training rows returned from t_c less E w_own, {where}"
    excess = pooled(select(exact, **_AT_COLLAPSE), "back_less_weight")
    return [*verdicts, must_vanish(what, excess, "exact but for the sampler's step")]


def _of_networks(rows: Rows, where: str) -> list[Verdict]:
    last = max(values_of(rows, "step"))
    mine = select(rows, denoiser="network", step=last)
    ends = "0: the law, 1: the empirical score; no prediction"

    def mean(what: str, **wanted: Any) -> Estimate:
        return mean_estimate(column(select(mine, **wanted), what))

    after = f"after {last} steps, {where}"
    verdicts = [against(f"memory index {after}", mean("index", kind="memory"), comment=ends)]
    for turn in (TURNS[0], 1.0, TURNS[-1]):
        share = mean("share_fresh", kind="level", turn=turn)
        verdicts.append(against(f"empirical share at held-out rows, {turn:g} t_c, {after}", share, comment=ends))
    weight = pooled(select(mine, **_AT_COLLAPSE), "training_weight").value
    memorizer = "limit: the empirical score of these points"
    back, fresh = (mean(name, **_AT_COLLAPSE) for name in ("training_back", "fresh_back"))
    exact = float(column(select(rows, kind="memory", denoiser="empirical"), "copied").mean())
    copied = mean("copied", kind="memory")
    return [
        *verdicts,
        against(f"training rows returned from t_c {after}", back, theory=weight, comment=memorizer),
        against(f"held-out rows returned from t_c {after}", fresh, comment="shares"),
        against(f"samples with d1/d2 < 1/3 {after}", copied, theory=exact, comment=memorizer),
        _basin(mine, after),
    ]


def _basin(rows: Rows, after: str) -> Verdict:
    """Basin at t_c by noise and return, over that of the empirical score."""
    known = [row for row in select(rows, kind="memory") if row["basin"] and row["basin_exact"]]
    what = f"basin at t_c over that of the empirical score {after}"
    if len(known) < 2:
        none = "fewer than two of the networks have one: half of the starts return from no distance looked at"
        return Verdict(what, comment=none)
    ratio = column(known, "basin") / column(known, "basin_exact")
    return against(what, mean_estimate(ratio), theory=1.0, comment="limit: the empirical score")


def memory_onset(rows: Rows) -> NDArray[np.float64]:
    """log(steps) where the memory index of each draw passes 0.2, straight in log(steps); nan if not between looks."""
    onsets = []
    for seed in values_of(rows, "seed"):
        mine = sorted(select(rows, seed=seed), key=lambda row: row["step"])
        log_steps, index = np.log(column(mine, "step")), column(mine, "index")
        over = np.flatnonzero(index >= _ONSET)
        if len(over) == 0 or over[0] == 0:
            onsets.append(math.nan)
            continue
        k = over[0]
        part = (_ONSET - index[k - 1]) / (index[k] - index[k - 1])
        onsets.append(log_steps[k - 1] + part * (log_steps[k] - log_steps[k - 1]))
    return np.array(onsets)


def _of_training_time(rows: Rows, name: str) -> list[Verdict]:
    verdicts, logs = [], {}
    for points in values_of(rows, "n_points"):
        times = memory_onset(select(rows, n_points=points))
        what = f"steps to a memory index of {_ONSET:g}, {name}, P = {points}"
        if not np.isfinite(times).all():
            late = f"{np.isnan(times).sum()} of {len(times)} networks do not pass it between two looks"
            verdicts.append(Verdict(what, comment=late))
            continue
        log = logs[points] = mean_estimate(times)
        steps = math.exp(log.value)
        verdicts.append(against(what, Estimate(steps, steps * log.stderr, log.n), comment="batches of 128"))
    if len(logs) >= 2:
        line = weighted_line(np.log(list(logs)), [v.value for v in logs.values()], [v.stderr for v in logs.values()])
        comment = f"limit: arXiv 2505.17638; chi2 {line.chi2:.1f}, {line.dof} dof"
        verdicts.append(against(f"exponent of these steps in P, {name}", line.slope, theory=_EXPONENT, comment=comment))
    return verdicts


def figure(rows: Rows) -> "Figure":
    """Memory over training, place between the scores over noise, and copies over training; a row an activation."""
    names = values_of(rows, "activation")
    drawing, axes = panels(4, len(names), width=3.0)
    for k, name in enumerate(names):
        _row_of(axes[4 * k : 4 * k + 4], select(rows, activation=name), name)
    legend_below(drawing, axes[0], 4)
    return drawing


def _row_of(axes: "list[Axes]", rows: Rows, name: str) -> None:
    networks, last = select(rows, denoiser="network"), max(values_of(rows, "step"))
    for points in values_of(rows, "n_points"):
        look = {"fmt": "o-", "color": _COLOUR[points], "label": f"P = {points}"}
        mine = select(networks, n_points=points)
        memory, turns, levels = select(mine, kind="memory"), select(mine, **_AT_COLLAPSE), select(mine, kind="level")
        for place, shown, what in zip(axes, (memory, turns, memory), ("index", "fresh_back", "copied")):
            draw_means(place, shown, "step", what, **look)
        draw_means(axes[3], select(levels, step=last), "turn", "share_fresh", **look)
        exact = column(select(rows, n_points=points, denoiser="empirical", kind="memory"), "copied").mean()
        axes[2].axhline(float(exact), ls=":", color=_COLOUR[points], lw=1)
        onset = column(select(memory, step=last), "t_onset") / column(select(memory, step=last), "t_collapse")
        axes[3].axvline(float(np.nanmean(onset)), ls=":", color=_COLOUR[points], lw=1)
    for place, title in zip(
        axes, ("memory index", "held-out rows returned from $t_c$", "samples with $d_1/d_2$ < 1/3")
    ):
        place.set(title=f"{name}: {title}", xlabel="training steps", xscale="log", ylim=(-0.05, 1.02))
    axes[3].set(
        title=f"{name}: empirical share, {last} steps", xlabel="$t/t_c$ (dots: $t_o$)", xscale="log", ylim=(-0.05, 1.05)
    )
    axes[3].minorticks_off()
    axes[3].set_xticks(TURNS, [f"{turn:g}" for turn in TURNS])


EXPERIMENT = Experiment(
    name="networks",
    claim=(
        "A network trained on few points goes from the score of the law to the empirical score as training goes on, "
        "the later the more points there are; it follows the empirical score at and above the collapse first, and "
        "stays behind it deep below."
    ),
    source="arXiv 2502.09578 (times); arXiv 2505.17638 (training time grows as P); docs/howto/networks.md",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    units={
        "step": "optimizer steps; 0 for the two scores",
        "turn": "t/t_c of the draw, measured",
        "index": "memory index: 0 none, 1 the empirical score",
        "level_index": "the same at one level",
        "share_fresh": "(m-p).(e-p)/|e-p|^2 at noised held-out rows",
        "share_training": "at noised training rows",
        "aside_fresh": "rest of m-p over |e-p|",
        "apart_fresh": "|e-p| per coordinate over sigma",
        "reference_error": "error of p over |e-p|",
        "training_back": "share of U-turns",
        "copied": "share of samples with d1/d2 < 1/3",
        "captured_4": "share after 4 rounds at t_c, d1/d2 < 1/3",
        "basin": "delta where half of the starts return from t_c",
        "basin_exact": "of E w_own",
        "basin_static": "delta_b(t_c) of these points",
    },
)
