"""Nonlinear manifolds: measured times against the replica theory, over N."""

import math
from typing import TYPE_CHECKING

import numpy as np

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold.experiments.drawn_times import COLOUR, NONLINEAR, SYMBOL, TIMES, draw_rows, manifold_task
from remanifold.experiments.experiment import FIRST_SEED, Experiment, Rows, Scale, Task
from remanifold.experiments.figures import legend_below, panels
from remanifold.experiments.rows import column, select, values_of
from remanifold.experiments.trend import Line, weighted_line
from remanifold.experiments.verdict import Verdict, against_draws

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_RATIO, _LOAD = 0.3, 0.2
_ACTIVATIONS = ("tanh", "erf", "relu", "sign")
_DRAWS = {"quick": {20: 16, 30: 10, 40: 6}, "full": {20: 64, 30: 64, 40: 48, 50: 24, 60: 6}}
_FROM = 30  # the extrapolation leaves out smaller N, where the next order in 1/N is seen


def tasks(scale: Scale) -> tuple[Task, ...]:
    """One task an activation and N."""
    return tuple(
        manifold_task(
            dim,
            round(_RATIO * dim),
            round(math.exp(_LOAD * dim)),
            seed=FIRST_SEED[scale] + 1000 * dim,
            draws=draws,
            activation=activation,
            queries=100,
        )
        for dim, draws in _DRAWS[scale].items()
        for activation in _ACTIVATIONS
    )


def verdicts(rows: Rows) -> list[Verdict]:
    """Every N beside the limit, then the extrapolation, which is compared with the limit in words."""
    found = []
    for activation in values_of(rows, "activation"):
        mine = select(rows, activation=activation)
        for name in TIMES:
            for dim in values_of(mine, "ambient_dim"):
                here = select(mine, ambient_dim=dim)
                found.append(
                    against_draws(
                        f"{SYMBOL[name]}, {activation}, N = {dim}", column(here, name),
                        theory=here[0][f"{name}_limit"], comment=f"{len(here)} draws; {NONLINEAR}",
                    )
                )  # fmt: skip
            found.append(_extrapolated(mine, activation, name))
    return found


def ratio(rows: Rows, name: str) -> Estimate:
    """log(measured / limit), mean over draws."""
    return mean_estimate(np.log(column(rows, name) / column(rows, f"{name}_limit")))


def trend(rows: Rows, name: str, least: int = _FROM) -> Line | None:
    """log(measured / limit) as a straight line in 1/N, or None for fewer than 2 sizes."""
    dims = [dim for dim in sorted(values_of(rows, "ambient_dim")) if dim >= least]
    ratios = [ratio(select(rows, ambient_dim=dim), name) for dim in dims]
    if len(dims) < 2:
        return None
    return weighted_line([1 / dim for dim in dims], [r.value for r in ratios], [r.stderr for r in ratios])


def _extrapolated(rows: Rows, activation: str, name: str) -> Verdict:
    line = trend(rows, name)
    quantity = f"{SYMBOL[name]}, {activation}, extrapolated to 1/N = 0"
    limit = float(np.mean(column(select(rows, ambient_dim=max(values_of(rows, "ambient_dim"))), f"{name}_limit")))
    if line is None:
        return Verdict(quantity, limit, None, None, None, None, "too few sizes for an extrapolation")
    value = limit * math.exp(line.intercept.value)
    comment = (
        f"EXTRAPOLATION, a straight line of log(measured/limit) in 1/N from N = {_FROM}: slope {line.slope:.3g}, "
        f"chi2 {line.chi2:.1f} for {line.dof}; {line.intercept.z(0.0):+.1f} errors from the limit; the order 1/N^2 is "
        "not in the error"
    )
    return Verdict(quantity, limit, None, value, value * line.intercept.stderr, None, comment)


def figure(rows: Rows) -> "Figure":
    """log(measured / limit) over 1/N, a panel an activation."""
    names = values_of(rows, "activation")
    drawing, axes = panels(2, 2, width=3.6, height=2.7)
    for place, activation in zip(axes, names):
        _draw(place, select(rows, activation=activation))
        place.set_title(activation)
    for place in axes[2:]:
        place.set_xlabel("1/N")
    for place in (axes[0], axes[2]):
        place.set_ylabel("log(measured / limit)")
    legend_below(drawing, axes[0], 3)
    return drawing


def _draw(place: "Axes", rows: Rows) -> None:
    dims = sorted(values_of(rows, "ambient_dim"))
    place.axhline(0, color="black", lw=0.8)
    for name in TIMES:
        found = [ratio(select(rows, ambient_dim=dim), name) for dim in dims]
        symbol = f"${SYMBOL[name]}$"
        place.errorbar(
            [1 / dim for dim in dims], [one.value for one in found], [2 * one.stderr for one in found], fmt="o",
            mfc="white", color=COLOUR[name], label=f"{symbol}, measured (2 errors)",
        )  # fmt: skip
        line = trend(rows, name)
        if line is not None:
            x = np.array([0, 1 / min(dim for dim in dims if dim >= _FROM)])
            place.plot(x, line.intercept.value + line.slope.value * x, "--", lw=1, color=COLOUR[name],
                       label=f"{symbol}, extrapolation")  # fmt: skip
    place.set_xlim(left=0)


EXPERIMENT = Experiment(
    name="nonlinear",
    claim=(
        "On nonlinear manifolds (tanh, erf, relu, sign) the measured times go to those of the replica theory as N "
        "grows; at finite N there is no prediction, only the trend."
    ),
    source="docs/theory.md (4.9) to (4.14); docs/finite-size.md, nonlinear manifolds",
    tasks=tasks,
    compute=draw_rows,
    verdicts=verdicts,
    figure=figure,
    units={"t_onset": "noise variance per coordinate, in the unit of g"},
)
