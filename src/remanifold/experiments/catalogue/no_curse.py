"""No curse of dimensionality: the collapse of D-dimensional data does not know the ambient dimension N."""

import math
from typing import TYPE_CHECKING

import numpy as np

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold._core.types import Floats
from remanifold.experiments.catalogue.drawn_times import draw_rows, manifold_task, time_verdicts
from remanifold.experiments.experiment import FIRST_SEED, Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import draw_points, label_ticks, legend_below, panels
from remanifold.experiments.rows import column, groups, select, values_of
from remanifold.experiments.verdict import Verdict, against
from remanifold.plots.palette import BLUE, GREY, PURPLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LATENT, _POINTS = 8, 3000
_DIMS = {"quick": (8, 16, 32, 64), "full": (8, 16, 32, 64, 128, 256)}
_DRAWS = {"quick": 4, "full": 16}
_LABEL = {
    "manifold": f"linear manifold, D = {_LATENT}",
    "tanh": f"tanh manifold, D = {_LATENT}",
    "unstructured": "unstructured, D = N",
}
_COLOUR = {"manifold": BLUE, "tanh": PURPLE, "unstructured": GREY}


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Linear and tanh manifolds and unstructured data of the same number of points, over N."""
    listed = []
    for dim in _DIMS[scale]:
        for data, latent, activation in (
            ("manifold", _LATENT, "linear"),
            ("tanh", _LATENT, "tanh"),
            ("unstructured", dim, "linear"),
        ):
            kind = {"ensemble": "gaussian" if activation == "tanh" else "isometric", "activation": activation}
            if data != "unstructured" or dim > _LATENT:
                seed = FIRST_SEED[scale] + 100 * dim
                listed.append(manifold_task(dim, latent, _POINTS, seed=seed, draws=_DRAWS[scale], **kind, data=data))
    return tuple(listed)


def compute(task: Task) -> list[Row]:
    """Drawn times, and the unit in which the data fill their directions: the variance along one of them, N/D."""
    unit = task["ambient_dim"] / task["latent_dim"]
    return [row | {"unit": unit} for row in draw_rows(task)]


def verdicts(rows: Rows) -> list[Verdict]:
    """t_c at every N, and how it grows with N."""
    verdicts = []
    for data, mine in groups(rows, "data"):
        for dim, here in groups(mine, "ambient_dim"):
            verdicts += time_verdicts(here, f"{_LABEL[data]}, N = {dim}", ("t_collapse",))
    return verdicts + [_exponent(mine, data) for data, mine in groups(rows, "data")]


def _exponent(rows: Rows, data: str) -> Verdict:
    """d log(t_c D/N)/d log N, from N = 16 on."""
    rows = [row for row in rows if row["ambient_dim"] > _LATENT]
    x, unit = np.log(column(rows, "ambient_dim")), column(rows, "unit")
    fits = {kind: _slope(x, np.log(column(rows, f"t_collapse{kind}") / unit)) for kind in ("", "_predicted", "_limit")}
    return against(
        f"growth d log(t_c D/N) / d log N, {_LABEL[data]}",
        fits[""],
        theory=fits["_limit"].value,
        finite_size=fits["_predicted"],
        comment="least squares from N = 16 up; 0: no curse",
    )


def _slope(x: Floats, y: Floats) -> Estimate:
    """Of least squares over the draws, with the error from the residuals."""
    fit = np.polyfit(x, y, 1)
    residual = y - np.polyval(fit, x)
    error = math.sqrt(float(residual @ residual) / (len(x) - 2) / float(((x - x.mean()) ** 2).sum()))
    return Estimate(float(fit[0]), error, len(x))


def figure(rows: Rows) -> "Figure":
    """t_c in units of the variance along the data's directions, over N."""
    drawing, axes = panels(1, width=5.4, height=3.4)
    place = axes[0]
    for data, here in groups(rows, "data"):
        dims = sorted(values_of(here, "ambient_dim"))
        draw_points(place, dims, _logs(here, dims, ""), log=True, color=_COLOUR[data], label=_LABEL[data])
        for kind, line, label in (("_predicted", "-", "finite-size prediction"), ("_limit", ":", "limit")):
            expected = [math.exp(log.value) for log in _logs(here, dims, kind)]
            place.plot(dims, expected, line, color=_COLOUR[data], label=label)
    place.set(
        xscale="log", yscale="log", xlabel="ambient dimension N", ylabel="$t_c$ / variance along a direction (N/D)"
    )
    dims = sorted(values_of(rows, "ambient_dim"))
    label_ticks(place, dims, [str(dim) for dim in dims])
    place.set_title(f"P = {_POINTS} points")
    legend_below(drawing, place, 3)
    return drawing


def _logs(rows: Rows, dims: list[int], kind: str) -> list[Estimate]:
    """log of t_c in units of N/D at every N, means over draws."""
    sizes = [select(rows, ambient_dim=dim) for dim in dims]
    return [mean_estimate(np.log(column(here, f"t_collapse{kind}") / column(here, "unit"))) for here in sizes]


EXPERIMENT = Experiment(
    name="no-curse",
    claim=(
        "At fixed latent dimension D and number of points P the collapse, in units of the data's variance along its "
        "directions, does not change with the ambient dimension N, while that of unstructured data grows with N."
    ),
    source="arXiv 2502.09578; docs/explanation/theory.md (5.2), (5.3)",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    units={"t_collapse": "noise variance per coordinate; data of unit variance per coordinate", "unit": "N/D"},
    revision=2,
)
