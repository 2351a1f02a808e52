"""The empirical law against the population: its divergence, and a best noise inside the memorization phase."""

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold._core.seeds import normals
from remanifold._core.types import Floats
from remanifold.experiments.catalogue.drawn_times import drawn_manifold, isometric_times, task_a_size
from remanifold.experiments.experiment import Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import COLOURS, draw_means, label_ticks, legend_below, panels
from remanifold.experiments.rows import column, groups, select, values_of
from remanifold.experiments.verdict import Verdict, against, against_draws
from remanifold.measures import divergence
from remanifold.scores import EmpiricalScore, GaussianScore
from remanifold.theory import LinearLandscape, cross_entropy, kl, t_collapse, t_generalization
from remanifold.theory.finite.log_sum import Energies, mean_log_sum
from remanifold.theory.finite.means import mean_with_controls

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DRAWS = {"quick": {20: 16, 30: 8, 40: 4}, "full": {20: 48, 30: 48, 40: 32, 50: 12}}
_STEPS = np.arange(-18, 7) / 6
"""log(t/t_c) of the levels; t_c is the finite-size prediction."""
_JUDGED = (-2.0, -1.0, -0.5, 0.0)


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Isometric manifolds, one task a size."""
    return task_a_size(_DRAWS[scale], scale, ensemble="isometric", queries=256)


def compute(task: Task) -> list[Row]:
    """Cross entropy of fresh clean points, and KL(p_t || p_t^emp) from fresh noisy ones, nats, at every level."""
    dim, latent, n_points = task["ambient_dim"], task["latent_dim"], task["n_points"]
    times = isometric_times(task, n_points + 1)  # a fresh point sees all P: one more than a training point does
    landscape, load = LinearLandscape.isometric(latent / dim), math.log(n_points) / dim
    shared = {
        "ambient_dim": dim,
        "latent_dim": latent,
        "n_points": n_points,
        "t_collapse_predicted": isometric_times(task).t_collapse.value,
        "t_generalization_predicted": times.t_generalization.value,
        "t_collapse_limit": t_collapse(landscape, load),
        "t_generalization_limit": t_generalization(landscape, load),
    }
    levels = (shared["t_collapse_predicted"] * np.exp(_STEPS)).tolist()
    theory = [
        _predicted(latent, t, n_points, dim)
        | {"cross_entropy_limit": cross_entropy(landscape, load, t), "kl_limit": kl(landscape, load, t)}
        for t in levels
    ]
    rows = []
    for draw in range(task["draws"]):
        for step, t, known, measured in zip(_STEPS.tolist(), levels, theory, _measured(task, draw, levels)):
            rows.append(shared | {"seed": task["seed"] + draw, "log_step": step, "t": t} | known | measured)
    return rows


def _measured(task: Task, draw: int, levels: list[float]) -> list[Row]:
    """Means over fresh points, a dimension."""
    manifold = drawn_manifold(task, draw)
    empirical, dim = EmpiricalScore(manifold.points()), manifold.ambient_dim
    estimate = divergence(
        empirical,
        manifold.fresh(task["queries"]),
        levels,
        population=GaussianScore.of(manifold),
        seed=manifold.seed,
        stream="kl curve",
    )
    if estimate.kl is None:
        raise ValueError("a divergence from a population has one")
    both = zip(estimate.cross_entropy.value.tolist(), estimate.kl.value.tolist())
    return [{"cross_entropy": entropy / dim, "kl": gap / dim} for entropy, gap in both]


def _predicted(latent: int, t: float, n_points: int, dim: int) -> Row:
    """The same two numbers for this very size, per dimension, exact but for the mean over 512 points x."""
    eigenvalue = dim / latent  # of every direction
    z = normals(0, "kl curve, points x", 0, 512, latent)
    squares = (z * z).sum(axis=1, keepdims=True)
    gains, log_points = np.array([eigenvalue / t]), math.log(n_points)
    predicted = {}
    for name, noisy in (("cross_entropy", False), ("kl", True)):
        energies = Energies(gains, squares, noisy, np.array([float(latent)]))
        mean = mean_with_controls(mean_log_sum(energies, log_points)[0], energies)
        if noisy:
            value = log_points - latent / 2 * math.log1p(eigenvalue / t) - latent / 2 - mean.value
        else:
            value = dim / 2 * math.log(2 * math.pi * t) + log_points - mean.value
        predicted |= {f"{name}_predicted": value / dim, f"{name}_predicted_stderr": mean.stderr / dim}
    return predicted


def best_steps(rows: Rows, name: str) -> np.ndarray:
    """log(t/t_c) of the least cross entropy of every draw, by a parabola through the least three levels."""
    seeds = values_of(rows, "seed")
    y = column(rows, name).reshape(len(seeds), len(_STEPS))
    k = y.argmin(axis=1).clip(1, len(_STEPS) - 2)
    low, mid, high = (y[np.arange(len(seeds)), k + shift] for shift in (-1, 0, 1))
    return _STEPS[k] + (_STEPS[1] - _STEPS[0]) / 2 * (low - high) / (low - 2 * mid + high)


def verdicts(rows: Rows) -> list[Verdict]:
    """KL and cross entropy at some levels; the best noise, and that it lies below t_c."""
    verdicts = []
    for dim, here in groups(rows, "ambient_dim"):
        for step in _JUDGED:
            for name, word in (("kl", "KL(p_t || p_t^emp)/N"), ("cross_entropy", "cross entropy/N")):
                at = select(here, log_step=step)
                expected = Estimate(at[0][f"{name}_predicted"], at[0][f"{name}_predicted_stderr"], 512)
                known = {"finite_size": expected, "theory": at[0][f"{name}_limit"]}
                what, comment = f"{word}, N = {dim}, log(t/t_c) = {step:g}", f"nats; {len(at)} draws"
                verdicts.append(against(what, mean_estimate(column(at, name)), **known, comment=comment))
        first = select(here, log_step=0.0)
        collapse = column(first, "t_collapse_predicted")
        best = collapse * np.exp(best_steps(here, "cross_entropy"))
        predicted, limit = column(first, "t_generalization_predicted"), first[0]["t_generalization_limit"]
        what, comment = f"t_g from fresh points, N = {dim}", f"{len(best)} draws"
        verdicts.append(against_draws(what, best, predicted=predicted, theory=limit, comment=comment))
        verdicts.append(_order(dim, best, predicted, collapse))
    return verdicts


def _order(dim: int, best: Floats, predicted: Floats, collapse: Floats) -> Verdict:
    """Share of draws that stop best below t_c: t_g of draws is lognormal around its prediction, as wide as measured."""
    n, width = len(best), float(np.log(best / predicted).std(ddof=1))
    far = float(np.log(collapse / predicted).mean()) / width  # with an error of sqrt(1 + far^2/2)/sqrt(n), of the width
    error = float(norm.pdf(far)) * math.sqrt((1 + far**2 / 2) / n)
    expected = Estimate(float(norm.cdf(far)), error, n)
    share = float((best < collapse).mean())
    measured = Estimate(share, max(math.sqrt(share * (1 - share) / n), 1 / (n + 2)), n)
    what = f"share of draws with t_g < t_c, N = {dim}"
    comment = (
        f"{n} draws; t_c: finite-size prediction; t_g: log normal around its own, of the measured width {width:.2g}"
    )
    return against(what, measured, theory=1.0, finite_size=expected, comment=comment)


def figure(rows: Rows) -> "Figure":
    """Divergence and cross entropy against t/t_c."""
    drawing, axes = panels(2, width=4.2, height=3.4)
    dims = values_of(rows, "ambient_dim")
    for colour, (dim, here) in zip(
        COLOURS, groups([row | {"x": math.exp(row["log_step"])} for row in rows], "ambient_dim")
    ):
        first = select(here, seed=here[0]["seed"])
        for place, name in zip(axes, ("kl", "cross_entropy")):
            draw_means(place, here, "x", name, ms=3, color=colour, label=f"measured, N = {dim}")
            label = "finite-size prediction" if dim == dims[0] else None
            place.plot(column(first, "x"), column(first, f"{name}_predicted"), color=colour, lw=1, label=label)
        best = select(here, log_step=0.0)[0]
        place = best["t_generalization_predicted"] / best["t_collapse_predicted"]
        axes[1].axvline(place, color=colour, lw=0.8, ls="--", label="$t_g$ predicted" if dim == dims[0] else None)
    axes[0].set(
        xscale="log", yscale="log", xlabel="$t/t_c$", title="KL$(p_t\\,||\\,p_t^{emp})/N$, nats", ylim=(1e-4, 10)
    )
    axes[1].set(xscale="log", xlabel="$t/t_c$", title="cross entropy of fresh points / N, nats")
    for place in axes:
        place.axvline(1, color="black", lw=0.8, label="$t_c$")
        label_ticks(place, [0.05, 0.1, 0.2, 0.5, 1, 2])
    legend_below(drawing, axes[1], 4)
    return drawing


EXPERIMENT = Experiment(
    name="kl-curve",
    claim=(
        "The empirical law leaves the population below t_c, where their divergence grows, yet the noise that fits "
        "fresh points best lies inside this memorization phase: t_g < t_c."
    ),
    source="arXiv 2502.09578; docs/explanation/theory.md (5.8) to (5.10), (5.14)",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    units={"kl": "nats per dimension", "cross_entropy": "nats per dimension", "t": "noise variance per coordinate"},
)
