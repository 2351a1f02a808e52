"""Rounds of noising to t and back: training points capture what one round lets pass."""

from typing import TYPE_CHECKING, Any

from remanifold.experiments.catalogue.drawn_times import (
    drawn_manifold,
    exact_draws,
    isometric_times,
    sizes_and_seed,
    task_a_draw,
)
from remanifold.experiments.experiment import Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import SIZE_COLOUR, draw_means, legend_below, panels
from remanifold.experiments.rows import column, pooled, select, values_of
from remanifold.experiments.verdict import Verdict, against_exact_draws, must_vanish
from remanifold.measures import Reversal, TrainingPoints, cycles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DRAWS = {"quick": {20: 3, 30: 2}, "full": {20: 10, 30: 6, 40: 3}}
_EXACT_DRAWS = {"quick": {20: 6, 30: 4}, "full": {20: 40, 30: 30, 40: 15}}
_TURNS = (0.07, 0.1, 0.2, 1.0)  # t/t_c, finite size
_ROUNDS = 6
_TOLD = (1, _ROUNDS)  # rounds that verdicts tell
_TRAJECTORIES = 150
_STOP = 0.05  # t/t_c where a round ends, the state as it is
_CAPTURED = "as near to a training point as 99.9 % of its copies with the noise of the stop"
_EXACT: dict[str, Any] = {"method": "exact", "steps_per_e": 1}
"""Every step is exact, however long."""


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Isometric manifolds, one task a draw; then the draws of the exact predictions."""
    rest = {"turns": list(_TURNS), "rounds": _ROUNDS, "trajectories": _TRAJECTORIES, "stop": _STOP}
    return task_a_draw(_DRAWS[scale], scale, **rest) + exact_draws(_EXACT_DRAWS[scale], scale, **rest)


def compute(task: Task) -> list[Row]:
    """Rounds that begin at held-out points, and rounds that begin at training points; noise in units of t_c."""
    collapse, manifold = isometric_times(task).t_collapse.value, drawn_manifold(task, 0)
    exact = task.get("kind") == "predicted"
    training = TrainingPoints(manifold.points())
    reversal = Reversal(seed=task["seed"], **(_EXACT if exact else {}))
    levels = [turn * collapse for turn in task["turns"]]
    fresh = cycles(
        training,
        levels,
        rounds=task["rounds"],
        start=manifold.fresh(task["trajectories"]),
        stop_at=task["stop"] * collapse,
        reversal=reversal,
    )
    if exact:
        kept = [(k, r) for k in range(len(levels)) for r in _TOLD]
        shares = [float(fresh.captured[k].value[r - 1]) for k, r in kept]
        shared = sizes_and_seed(task) | {"kind": "predicted"}
        return [shared | {"turn": task["turns"][k], "round": r, "captured": s} for (k, r), s in zip(kept, shares)]
    own = cycles(training, levels, rounds=1, n_trajectories=task["trajectories"], reversal=reversal)
    rows: list[Row] = []
    for k, turn in enumerate(task["turns"]):
        for r in range(task["rounds"]):
            shares = {"captured": float(fresh.captured[k].value[r]), "stayed": float(fresh.stayed[k].value[r])}
            rows.append({"kind": "fresh", "turn": turn, "round": r + 1} | shares)
        excess = {"excess": float(own.excess[k].value[0]), "excess_stderr": float(own.excess[k].stderr[0])}
        rows.append({"kind": "own", "turn": turn, "round": 1} | excess)
    return [sizes_and_seed(task) | row for row in rows]


def verdicts(rows: Rows) -> list[Verdict]:
    """What one round and many capture, and the exact check of the first."""
    verdicts = []
    for dim in values_of(rows, "ambient_dim"):
        for turn in _TURNS:
            mine = select(rows, ambient_dim=dim, turn=turn)
            for r in _TOLD:
                shares = (column(select(mine, kind=kind, round=r), "captured") for kind in ("fresh", "predicted"))
                what = f"held-out points captured after {r} round{'s' * (r > 1)} at {turn:g} t_c, N = {dim}"
                verdicts.append(against_exact_draws(what, *shares, trials=_TRAJECTORIES, comment=_CAPTURED))
            what = f"training points that stayed - E w_own, one round at {turn:g} t_c, N = {dim}"
            excess = pooled(select(mine, kind="own"), "excess")
            verdicts.append(must_vanish(what, excess, "exact but for the sampler's step"))
    return verdicts


def figure(rows: Rows) -> "Figure":
    """Share captured over rounds, a panel a turning noise."""
    drawing, axes = panels(len(_TURNS), width=2.6)
    for place, turn in zip(axes, _TURNS):
        for dim in values_of(rows, "ambient_dim"):
            mine = select(rows, kind="fresh", turn=turn, ambient_dim=dim)
            draw_means(place, mine, "round", "captured", fmt="o-", color=SIZE_COLOUR[dim], label=f"N = {dim}")
            exact = select(rows, kind="predicted", turn=turn, ambient_dim=dim)
            shares = [column(select(exact, round=r), "captured").mean() for r in _TOLD]
            place.plot(_TOLD, shares, "x", color="black", ms=5, zorder=4)
        place.set(title=f"turn at {turn:g} $t_c$", xlabel="rounds", ylim=(0, None))
    axes[0].set_ylabel("held-out points captured")
    legend_below(drawing, axes[0], 3)
    return drawing


EXPERIMENT = Experiment(
    name="cycling",
    claim=(
        "Held-out points that are noised to a low t and denoised again and again are captured by training points more "
        "with every round, where one round captures next to none; from the collapse on one round captures nearly all."
    ),
    source="arXiv 2502.09578; docs/explanation/theory.md, section 6",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    revision=3,
    units={
        "captured": "share of trajectories",
        "stayed": "share of trajectories",
        "turn": "t/t_c, finite size",
        "excess": "share stayed less E w_own",
    },
)
