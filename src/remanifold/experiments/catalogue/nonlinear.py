"""Nonlinear manifolds: measured times against the finite-size theory of each draw, and the replica theory, over N."""

import math
from typing import TYPE_CHECKING

import numpy as np

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold.experiments.catalogue.drawn_times import COLOUR, SYMBOL, TIMES, draw_rows, task_a_size, time_verdicts
from remanifold.experiments.experiment import Experiment, Rows, Scale, Task
from remanifold.experiments.figures import draw_points, legend_below, panels
from remanifold.experiments.rows import column, groups, same_line, select, values_of, weighted_line
from remanifold.experiments.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINEAR = "linear"
"""Predicted in closed form; all others by sampling."""
_ACTIVATIONS = (_LINEAR, "tanh", "erf", "relu", "sign")
_DRAWS = {"quick": {20: 16, 30: 10, 40: 6}, "full": {20: 64, 30: 64, 40: 48, 50: 24, 60: 6}}
_FROM = 30  # the extrapolation leaves out smaller N, where the next order in 1/N is seen
_STRAIGHT = TIMES[:2]
"""Corrections like 1/N; those of t_g fall like log(N)/N, which no straight line in 1/N follows."""


def tasks(scale: Scale) -> tuple[Task, ...]:
    """One task an activation and N; linear ones as a control."""
    sizes = task_a_size(_DRAWS[scale], scale, queries=100)
    return tuple(dict(task) | {"activation": activation} for task in sizes for activation in _ACTIVATIONS)


def verdicts(rows: Rows) -> list[Verdict]:
    """Every N beside its prediction, then the extrapolation, which is compared with the limit in words."""
    verdicts = []
    for activation, mine in groups(rows, "activation"):
        for name in TIMES:
            for dim, here in groups(mine, "ambient_dim"):
                verdicts += time_verdicts(here, f"{activation}, N = {dim}", (name,))
            if name in _STRAIGHT:
                verdicts.append(_extrapolated(mine, activation, name))
    return verdicts


def ratio(rows: Rows, name: str, kind: str = "") -> Estimate:
    """log(measured / limit), mean over draws; of the predictions for ``kind`` "_predicted"."""
    return mean_estimate(np.log(column(rows, f"{name}{kind}") / column(rows, f"{name}_limit")))


def _gap(rows: Rows, name: str) -> Estimate:
    """log(measured / predicted), mean over draws, with the shift that their predictions share in its error."""
    gap = mean_estimate(np.log(column(rows, name) / column(rows, f"{name}_predicted")))
    return Estimate(gap.value, math.hypot(gap.stderr, rows[0].get(f"{name}_predicted_shift") or 0.0), gap.n)


def _extrapolated(rows: Rows, activation: str, name: str) -> Verdict:
    """A straight line of log(measured / limit) in 1/N, and the same line through the predictions for these sizes."""
    quantity = f"{SYMBOL[name]}, {activation}, extrapolated to 1/N = 0"
    limit = float(np.mean(column(select(rows, ambient_dim=max(values_of(rows, "ambient_dim"))), f"{name}_limit")))
    sizes = [select(rows, ambient_dim=dim) for dim in sorted(values_of(rows, "ambient_dim")) if dim >= _FROM]
    if len(sizes) < 2:
        return Verdict(quantity, limit, comment="too few sizes for an extrapolation")
    x, ratios = [1 / here[0]["ambient_dim"] for here in sizes], [ratio(here, name) for here in sizes]
    errors = [one.stderr for one in ratios]
    line = weighted_line(x, [one.value for one in ratios], errors)
    gap, _ = same_line(x, errors, [_gap(here, name) for here in sizes])
    value = limit * math.exp(line.intercept.value)
    comment = (
        f"EXTRAPOLATION, a straight line of log(measured/limit) in 1/N from N = {_FROM}: slope {line.slope.value:.3g} "
        f"+- {line.slope.stderr:.2g}, chi2 {line.chi2:.1f} for {line.dof}; {line.intercept.z(0.0):+.1f} errors from "
        "the limit; finite size: the same line through the predictions; the order 1/N^2 is not in the error"
    )
    predicted = value * math.exp(-gap.value)
    return Verdict(quantity, limit, predicted, value, value * line.intercept.stderr, gap.z(0.0), comment)


def figure(rows: Rows) -> "Figure":
    """log(measured / limit) over 1/N with the finite-size prediction, a panel an activation."""
    names = [name for name in values_of(rows, "activation") if name != _LINEAR]
    drawing, axes = panels(2, 2, width=3.6, height=2.7)
    for place, activation in zip(axes, names):
        _draw(place, select(rows, activation=activation))
        place.set_title(activation)
    for place in axes[2:]:
        place.set_xlabel("1/N")
    for place in (axes[0], axes[2]):
        place.set_ylabel("log(time / limit)")
    legend_below(drawing, axes[0], 3)
    return drawing


def _draw(place: "Axes", rows: Rows) -> None:
    dims = sorted(values_of(rows, "ambient_dim"))
    place.axhline(0, color="black", lw=0.8)
    for name in TIMES:
        sizes = [select(rows, ambient_dim=dim) for dim in dims]
        measured, predicted = ([ratio(here, name, kind) for here in sizes] for kind in ("", "_predicted"))
        x, colour, symbol = [1 / dim for dim in dims], COLOUR[name], f"${SYMBOL[name]}$"
        draw_points(place, x, measured, color=colour, label=f"{symbol}, measured (2 errors)")
        values, errors = (np.array([getattr(one, part) for one in predicted]) for part in ("value", "stderr"))
        place.plot(x, values, color=colour, lw=1.2, label=f"{symbol}, finite-size prediction")
        place.fill_between(x, values - errors, values + errors, color=colour, alpha=0.2, lw=0)
    place.set_xlim(left=0)


EXPERIMENT = Experiment(
    name="nonlinear",
    claim=(
        "On nonlinear manifolds (tanh, erf, relu, sign) the measured times are those of the finite-size theory at "
        "every N, without enumerating points, and go to those of the replica theory as N grows."
    ),
    source="docs/explanation/theory.md (4.9) to (4.14); docs/explanation/finite-size-nonlinear.md",
    tasks=tasks,
    compute=draw_rows,
    verdicts=verdicts,
    figure=figure,
    units={
        "t_onset": "noise variance per coordinate, in the unit of g",
        "t_onset_predicted_shift": "change of log t when the sampling spends twice as much, of all draws",
    },
    revision=2,
)
