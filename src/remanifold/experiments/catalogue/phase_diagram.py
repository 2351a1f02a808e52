"""Phase diagram: the three times over the load, for several latent ratios."""

import math
from typing import TYPE_CHECKING

import numpy as np

from remanifold.experiments.catalogue.drawn_times import (
    COLOUR,
    SYMBOL,
    TIMES,
    draw_rows,
    limits,
    task_a_size,
    time_verdicts,
)
from remanifold.experiments.experiment import Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import label_ticks, legend_below, panels
from remanifold.experiments.rows import column, groups, select, values_of
from remanifold.experiments.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_RATIOS = (0.1, 0.3, 0.6)
_SIZES = {
    "quick": ((30, 0.2, 8), (40, 0.15, 8), (40, 0.2, 4)),
    "full": (
        (30, 0.2, 32),
        (30, 0.3, 16),
        (40, 0.1, 32),
        (40, 0.15, 32),
        (40, 0.2, 24),
        (40, 0.25, 12),
        (60, 0.15, 16),
        (60, 0.2, 8),
    ),
}
"""(N, load, draws); P = exp(load N)."""
_LOADS = np.geomspace(0.08, 0.4, 25)


def tasks(scale: Scale) -> tuple[Task, ...]:
    """One task a latent ratio for the curves, one for each point."""
    curves = tuple({"kind": "curve", "latent_ratio": ratio, "seed": 0} for ratio in _RATIOS)
    points = (
        dict(task) | {"kind": "draw", "latent_ratio": ratio, "load": load}
        for ratio in _RATIOS
        for dim, load, draws in _SIZES[scale]
        for task in task_a_size({dim: draws}, scale, latent_ratio=ratio, load=load)
    )
    return (*curves, *points)


def compute(task: Task) -> list[Row]:
    """The limits over the load, or the drawn times of one point."""
    return draw_rows(task) if task["kind"] == "draw" else _curve(task["latent_ratio"])


def _curve(ratio: float) -> list[Row]:
    rows = []
    for load in _LOADS:
        size = {"latent_dim": ratio, "ambient_dim": 1, "n_points": math.exp(load)}
        times = limits(size | {"activation": "linear", "ensemble": "gaussian"})
        named = {f"{name}_limit": value for name, value in times.items()}
        rows.append({"kind": "curve", "latent_ratio": ratio, "load": float(load)} | named)
    return rows


def verdicts(rows: Rows) -> list[Verdict]:
    """Every point, and the order of the times."""
    verdicts = []
    for ratio, points in groups(select(rows, kind="draw"), "latent_ratio"):
        for dim, mine in groups(points, "ambient_dim"):
            for load, here in groups(mine, "load"):
                verdicts += time_verdicts(here, f"D/N = {ratio}, N = {dim}, load {load}")
    return verdicts


def figure(rows: Rows) -> "Figure":
    """A panel a latent ratio: curves by theory, points with their finite-size predictions."""
    ratios = values_of(rows, "latent_ratio")
    drawing, axes = panels(len(ratios))
    dims = sorted(values_of(select(rows, kind="draw"), "ambient_dim"))
    for place, ratio in zip(axes, ratios):
        for name in TIMES:
            _draw(place, select(rows, latent_ratio=ratio), name, dims)
        place.set(title=f"D/N = {ratio}", xscale="log", yscale="log", xlabel="load log(P)/N")
        label_ticks(place, [0.1, 0.15, 0.2, 0.3, 0.4])
    axes[0].set_ylabel("noise variance t")
    legend_below(drawing, axes[0], 5)
    return drawing


def _draw(place: "Axes", rows: Rows, name: str, dims: list[int]) -> None:
    curve = select(rows, kind="curve")
    symbol = f"${SYMBOL[name]}$"
    place.plot(column(curve, "load"), column(curve, f"{name}_limit"), color=COLOUR[name], label=f"{symbol}, limit")
    for marker, dim in zip("osD^v", dims):
        for load, here in groups(select(rows, kind="draw", ambient_dim=dim), "load"):
            logs = np.log(column(here, name))
            error = 2 * logs.std(ddof=1) / math.sqrt(len(logs))
            value = math.exp(logs.mean())
            bars = [[value * -math.expm1(-error)], [value * math.expm1(error)]]
            label = f"measured, N = {dim}" if name == TIMES[1] else None
            place.errorbar([load], [value], bars, fmt=marker, color=COLOUR[name], mfc="white", label=label)
            expected = math.exp(np.log(column(here, f"{name}_predicted")).mean())
            hint = "finite-size prediction" if name == TIMES[1] else None
            place.plot([load], [expected], "_", color="black", ms=9, mew=1.2, label=hint, zorder=3)


EXPERIMENT = Experiment(
    name="phase-diagram",
    claim=(
        "Onset of traps, collapse and best generalization come in the order t_g < t_c < t_o and fall with the load as "
        "the theory says; what is measured at finite N lies on the finite-size prediction."
    ),
    source="arXiv 2502.09578; docs/explanation/theory.md (5.2), (5.5), (5.9); docs/explanation/finite-size.md",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    units={"t_onset": "noise variance per coordinate; data of unit variance per coordinate", "load": "log(P)/N, nats"},
)
