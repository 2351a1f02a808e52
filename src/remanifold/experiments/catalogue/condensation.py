"""Collapse is condensation: below t_c one training point holds all the weight, above it exponentially many share it."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold.data import open_points
from remanifold.experiments.catalogue.drawn_times import drawn_manifold, isometric_times, task_a_size
from remanifold.experiments.experiment import Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import COLOURS, draw_points, label_ticks, legend_below, panels
from remanifold.experiments.rows import column, groups, same_line, select, values_of, weighted_line
from remanifold.experiments.verdict import Verdict, against
from remanifold.measures import NoiseProfile, noise_profile
from remanifold.measures.estimates.series import mean_of
from remanifold.plots.palette import BLUE
from remanifold.theory import HiddenFamily, LinearLandscape, finite_size_curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DRAWS = {"quick": {20: 16, 30: 12, 40: 4}, "full": {20: 96, 30: 64, 40: 48, 50: 24, 60: 8}}
_STEPS = np.arange(-14, 15) / 8
"""log(t/t_c) of the levels; t_c is the finite-size prediction, the same for every draw of isometric F."""
_FAR, _VIEWS = (1.0,), 2048  # levels that are judged besides, points x of the predictions
_PREDICTED = ("own_weight", "own_weight_slope", "participation", "entropy")
_SLOPE = 0.25  # the slope at t_c is fitted over log(t/t_c) from minus this to this


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Isometric manifolds, one task a size."""
    return task_a_size(_DRAWS[scale], scale, ensemble="isometric", queries=200)


def compute(task: Task) -> list[Row]:
    """Own weight, participation and entropy at every level of every draw: means over the queries."""
    dim, latent, n_points = task["ambient_dim"], task["latent_dim"], task["n_points"]
    eigenvalue, collapse = dim / latent, isometric_times(task).t_collapse.value
    theory = LinearLandscape.isometric(latent / dim)
    predicted = predictions(task, collapse)
    rows = []
    for draw in range(task["draws"]):
        seed = task["seed"] + draw
        points = open_points(drawn_manifold(task, draw).points())
        profile = noise_profile(
            points, max_queries=task["queries"], levels=collapse * np.exp(_STEPS), seed=seed, threads=1
        )
        entropy = posterior_entropy(profile)
        for k, step in enumerate(_STEPS):
            t = float(profile.t[k])
            information = math.log(n_points) - dim * (math.log(n_points) / dim + 0.5 + theory.zeta(1 / t, t))
            rows.append(
                {
                    "ambient_dim": dim,
                    "latent_dim": latent,
                    "n_points": n_points,
                    "seed": seed,
                    "log_step": float(step),
                    "t": t,
                    "own_weight": profile.own_weight.value[k],
                    "participation": profile.participation.value[k],
                    "entropy": float(entropy[k]),
                    "entropy_limit": max(0.0, math.log(n_points) - information),
                    "dimension": latent * eigenvalue / (eigenvalue + t),
                }
                | predicted[k]
            )
    return rows


def predictions(task: Task, collapse: float) -> list[Row]:
    """Columns NAME_predicted and NAME_predicted_stderr for this size: of each level that is judged, None at others."""
    judged = [k for k, step in enumerate(_STEPS) if abs(step) <= _SLOPE or abs(step) in _FAR]
    family = HiddenFamily(task["ambient_dim"], task["latent_dim"], "linear", "isometric")
    curves = finite_size_curves(family, task["n_points"], collapse * np.exp(_STEPS[judged]), n_views=_VIEWS)
    rows: list[Row] = []
    for k in range(len(_STEPS)):
        row: Row = {}
        for name in _PREDICTED:
            found = getattr(curves, name)[judged.index(k)] if k in judged else None
            row |= {f"{name}_predicted": found and found.value, f"{name}_predicted_stderr": found and found.stderr}
        rows.append(row)
    return rows


def posterior_entropy(profile: NoiseProfile) -> NDArray[np.float64]:
    """-sum_mu w_mu log w_mu with the own point, mean over queries and noise: (levels,), nats.

    The own point has exponent 0 and the others -(A/t + B/sqrt(t)), so that the entropy is log Z plus the mean of these.
    """
    sums = [[one.log_sum, one.half_squared, one.projection] for one in profile.sums]
    levels = [np.searchsorted(one.t, profile.t) for one in profile.sums]
    log_sum, half, projection = (
        np.stack([fields[k][rows, 1:] for fields, rows in zip(sums, levels)]) for k in range(3)
    )
    t = profile.t[:, None]
    total = np.logaddexp(0.0, log_sum)
    others = np.exp(log_sum - total)
    entropies = total + others * (half / t + projection / np.sqrt(t))
    return entropies.mean(axis=(0, 2)) if profile.weights is None else mean_of(entropies.mean(axis=2), profile.weights)


def slopes(rows: Rows, name: str) -> Estimate:
    """d name/d log t at t_c: a straight line through the levels nearby, for every draw; mean over draws."""
    near = [row for row in rows if abs(row["log_step"]) <= _SLOPE]
    seeds = values_of(near, "seed")
    x = column(select(near, seed=seeds[0]), "log_step")
    y = column(near, name).reshape(len(seeds), len(x))
    return mean_estimate(y @ (x - x.mean()) / float(((x - x.mean()) ** 2).sum()))


def _prediction(rows: Rows, name: str, unit: float = 1.0) -> Estimate | None:
    """Of the first of ``rows`` of one size at one level, in ``unit``s; None where a table has none."""
    value = rows[0].get(f"{name}_predicted")
    return None if value is None else Estimate(value / unit, rows[0][f"{name}_predicted_stderr"] / unit, _VIEWS)


def _predicted_slope(rows: Rows) -> Estimate | None:
    """The same line through the predicted own weights; its error that of the predicted derivative."""
    first = select(rows, seed=rows[0]["seed"])
    derivative = _prediction(select(first, log_step=0.0), "own_weight_slope")
    near = [row for row in first if abs(row["log_step"]) <= _SLOPE]
    if derivative is None:
        return None
    x, y = column(near, "log_step"), column(near, "own_weight_predicted")
    return Estimate(float(y @ (x - x.mean()) / ((x - x.mean()) ** 2).sum()), derivative.stderr, _VIEWS)


def verdicts(rows: Rows) -> list[Verdict]:
    """The slope of the own weight at t_c, its growth with N, participation and entropy on both sides."""
    verdicts, fits, sizes = [], {}, []
    leading = "theory: -sqrt(d_eff/(8 pi)), leading order at large N"
    for dim, here in groups(rows, "ambient_dim"):
        slope = fits[dim] = slopes(here, "own_weight")
        what, steepest = f"slope of E w_own in log t at t_c, N = {dim}", -_steepest(here)
        size = _predicted_slope(here)
        sizes += [] if size is None else [Estimate(math.log(-size.value), size.stderr / -size.value, size.n)]
        verdicts.append(against(what, slope, theory=steepest, finite_size=size, comment=leading))
        for step, word, limit in ((-1.0, "t = t_c/e", 1.0), (1.0, "t = e t_c", 0.0)):
            at = select(here, log_step=step)
            known = {"theory": limit, "finite_size": _prediction(at, "participation")}
            value = mean_estimate(column(at, "participation"))
            verdicts.append(against(f"E sum w^2 at {word}, N = {dim}", value, **known))
        far = select(here, log_step=1.0)
        value, limit = mean_estimate(column(far, "entropy") / dim), far[0]["entropy_limit"] / dim
        known = {"theory": limit, "finite_size": _prediction(far, "entropy", dim)}
        verdicts.append(against(f"entropy/N at t = e t_c, N = {dim}", value, **known, comment="nats"))
    logs, errors = zip(*((math.log(-fit.value), fit.stderr / -fit.value) for fit in fits.values()))
    x, comment = np.log(list(fits)), "the same line through the slopes as measured, and as predicted for these sizes"
    line = weighted_line(x, logs, errors)
    known = same_line(x, errors, sizes)[1] if len(sizes) == len(fits) else None
    what, words = "exponent of the slope at t_c in N", f"chi2 {line.chi2:.1f} for {line.dof}; {comment}"
    return [*verdicts, against(what, line.slope, theory=0.5, finite_size=known, comment=words)]


def _steepest(rows: Rows) -> float:
    """sqrt(d_eff/(8 pi)) at t_c."""
    return math.sqrt(select(rows, log_step=0.0)[0]["dimension"] / (8 * math.pi))


def figure(rows: Rows) -> "Figure":
    """Participation and entropy against t/t_c, and the slope at t_c over N."""
    drawing, axes = panels(3)
    sizes, x = groups(rows, "ambient_dim"), np.exp(_STEPS)
    dims = [dim for dim, _ in sizes]
    for colour, (dim, here) in zip(COLOURS, sizes):
        for place, name, unit in ((axes[0], "participation", 1.0), (axes[1], "entropy", math.log(here[0]["n_points"]))):
            means = [mean_estimate(column(select(here, log_step=float(s)), name) / unit) for s in _STEPS]
            draw_points(place, x, means, fmt="", color=colour, label=f"N = {dim}")
    limit = select(rows, ambient_dim=dims[-1], seed=rows[-1]["seed"])
    axes[0].step([x[0], 1, 1, x[-1]], [1, 1, 0, 0], ":", color="black", label="limit")
    axes[1].plot(x, column(limit, "entropy_limit") / math.log(limit[0]["n_points"]), ":", color="black")
    for place, title in zip(axes, ("participation $E\\,\\Sigma w^2$", "entropy / log P")):
        place.set(xscale="log", xlabel="$t/t_c$", title=title)
        label_ticks(place, [0.2, 0.5, 1, 2, 5])
    fits = [slopes(here, "own_weight") for _, here in sizes]
    draw_points(axes[2], dims, [Estimate(-fit.value, fit.stderr, fit.n) for fit in fits], color=BLUE)
    axes[2].plot(dims, [_steepest(here) for _, here in sizes], ":", color="black")
    predicted = [_predicted_slope(here) for _, here in sizes]
    if all(one is not None for one in predicted):
        axes[2].plot(dims, [-one.value for one in predicted if one], color="black", label="finite size")
        axes[2].legend(frameon=False)
    axes[2].set(title="$-d\\,E w_{own}/d\\log t$ at $t_c$", xlabel="N", ylim=(0, None))
    legend_below(drawing, axes[0], 6)
    return drawing


EXPERIMENT = Experiment(
    name="condensation",
    claim=(
        "The collapse is a condensation of the weights: participation goes from 0 to 1 and the entropy to 0 as t falls "
        "through t_c, the more abruptly the larger N is, with a slope that grows like the square root of N."
    ),
    source="arXiv 2502.09578, 2402.18491; docs/explanation/theory.md (4.2), (5.3), (7.3)",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    units={"entropy": "nats", "t": "noise variance per coordinate; data of unit variance per coordinate"},
)
