"""Numbers that others published: a mixture in high dimension, and Shannon's binary-input Gaussian channel."""

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold.data import open_points
from remanifold.experiments.catalogue.drawn_times import COLOUR, SYMBOL, levels_around, profile_row
from remanifold.experiments.experiment import FIRST_SEED, Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import draw_points, panels
from remanifold.experiments.rows import column, groups, select, values_of
from remanifold.experiments.verdict import Verdict, against, against_draws
from remanifold.manifolds import HiddenManifold, LatentMixture
from remanifold.measures import exact_copies, noise_profile
from remanifold.noise import NoiseLevel
from remanifold.plots.palette import BLUE, GREEN, PURPLE, VERMILION
from remanifold.theory import IndependentLandscape, t_collapse, t_onset
from remanifold.theory.finite.signs import sign_times

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PUBLISHED = {256: {2.904: 0.9326, 2.120: 0.7498, 1.336: 0.1597}, 1024: {2.120: 0.2572}}
"""N -> time s of the variance-preserving clock -> own surprisal over log P; two modes, P = 20000 (arXiv 2402.18491)."""
THEIR_ERROR = 0.005
_POINTS = 20_000
_MIXTURES = {"quick": {256: 2}, "full": {256: 8, 1024: 4}}
_CHANNELS = {"quick": {8: 2, 12: 2}, "full": {8: 8, 12: 8, 16: 8}}
_CHANNEL_POINTS = 200_000  # so many that the sums hardly fluctuate: then the information is exact at any N
_CHANNEL_LEVELS = (1.0, 2.0, 4.0)
_BINARY = {"quick": {12: 16, 16: 6}, "full": {12: 64, 16: 32, 20: 12}}
_BINARY_LOAD = 0.5
_STEPS = np.exp(np.arange(-6, 11) / 8)
_TIMES = ("t_onset", "t_collapse")


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Binary points and channels size by size, mixtures draw by draw."""
    seed = FIRST_SEED[scale]
    sizes = (("binary", _BINARY[scale]), ("channel", _CHANNELS[scale]))
    signs = tuple(
        {"kind": kind, "ambient_dim": dim, "draws": draws, "queries": 300, "seed": seed + 100 * dim}
        for kind, draws_of in sizes
        for dim, draws in draws_of.items()
    )
    mixtures = tuple(
        {"kind": "mixture", "ambient_dim": dim, "draws": 1, "queries": 400, "seed": seed + 11 + draw}
        for dim, draws in _MIXTURES[scale].items()
        for draw in range(draws)
    )
    return signs + mixtures


def compute(task: Task) -> list[Row]:
    """The rows of whatever the task is about, draw by draw."""
    function = {"mixture": _mixture, "channel": _channel, "binary": _binary}[task["kind"]]
    shared = {"kind": task["kind"], "ambient_dim": task["ambient_dim"]}
    seeds = range(task["seed"], task["seed"] + task["draws"])
    return [shared | {"seed": s} | row for s in seeds for row in function(task["ambient_dim"], task["queries"], s)]


def _mixture(dim: int, queries: int, seed: int) -> list[Row]:
    times = sorted(PUBLISHED[dim])
    mixture = LatentMixture.two_modes(dim, squared_norm=float(dim))
    data = HiddenManifold(factor=np.sqrt(dim) * np.eye(dim), n_points=_POINTS, mixture=mixture, seed=seed)
    levels = np.array([float(NoiseLevel.from_vp(s)) for s in [*times, times[-1] + 1]])
    profile = noise_profile(open_points(data.points()), max_queries=queries, levels=levels, seed=seed, threads=1)
    surprisal, log_points = profile.own_surprisal, math.log(_POINTS)
    return [
        {
            "vp_time": s,
            "t": float(levels[k]),
            "value": surprisal.value[k] / log_points,
            "within": surprisal.stderr[k] / log_points,
        }
        for k, s in enumerate(times)
    ]


def _signs(dim: int, n_points: int, seed: int) -> HiddenManifold:
    """Points of independent signs: every coordinate is the sign of a latent of its own."""
    return HiddenManifold(factor=np.sqrt(dim) * np.eye(dim), n_points=n_points, activation="sign", seed=seed)


def _channel(dim: int, queries: int, seed: int) -> list[Row]:
    theory, points = IndependentLandscape.of("sign"), open_points(_signs(dim, _CHANNEL_POINTS, seed).points())
    levels = np.array(_CHANNEL_LEVELS)
    profile = noise_profile(points, max_queries=queries, levels=levels, seed=seed, threads=1)
    information = profile.information
    return [
        {
            "t": t,
            "value": information.value[k] / dim,
            "within": information.stderr[k] / dim,
            "exact": -theory.zeta(1 / t, t) - 0.5,
        }
        for k, t in enumerate(_CHANNEL_LEVELS)
    ]


def _binary(dim: int, queries: int, seed: int) -> list[Row]:
    theory = IndependentLandscape.of("sign")
    limits = {"t_onset": t_onset(theory, _BINARY_LOAD), "t_collapse": t_collapse(theory, _BINARY_LOAD)}
    points = open_points(_signs(dim, round(math.exp(_BINARY_LOAD * dim)), seed).points())
    kept = np.flatnonzero(exact_copies(points) == np.arange(points.n_points))
    levels = levels_around([limit for limit in limits.values() if limit is not None], _STEPS)
    profile = noise_profile(points, rows=kept, max_queries=queries, levels=levels, seed=seed, threads=1)
    named = {f"{name}_limit": limit for name, limit in limits.items()}
    row = profile_row(profile, _TIMES) | named | {"n_points": points.n_points}
    return [row | predictions(dim, points.n_points)]


@cache
def predictions(dim: int, n_points: int) -> Row:
    """Columns NAME_predicted, and NAME_predicted_stderr of its logarithm, of both times of binary points."""
    times = sign_times(dim, n_points)
    found = {"t_onset": times.onset, "t_collapse": times.collapse}
    values = {f"{name}_predicted": time.value for name, time in found.items()}
    return values | {f"{name}_predicted_stderr": time.log_stderr for name, time in found.items()}


def verdicts(rows: Rows) -> list[Verdict]:
    """Published values, the channel's information, the times of binary points."""
    verdicts = []
    for dim, s in _pairs(select(rows, kind="mixture"), "vp_time"):
        here = select(rows, kind="mixture", ambient_dim=dim, vp_time=s)
        what, published = f"own surprisal / log P, two modes, N = {dim}, s = {s}", PUBLISHED[dim][s]
        comment = f"{len(here)} draws; compared with the published value, read to {THEIR_ERROR}"
        value = Estimate(published, THEIR_ERROR, 1)
        verdicts.append(against(what, _pooled(here), finite_size=value, comment=comment))
    for dim, t in _pairs(select(rows, kind="channel"), "t"):
        here = select(rows, kind="channel", ambient_dim=dim, t=t)
        what, exact = f"information/N of the sign channel at t = {t:g}, N = {dim}", here[0]["exact"]
        comment = f"nats; Shannon, any N; {len(here)} draws"
        verdicts.append(against(what, _pooled(here), theory=exact, finite_size=exact, comment=comment))
    for dim, here in groups(select(rows, kind="binary"), "ambient_dim"):
        comment = f"{len(here)} draws, copies merged"
        for name in _TIMES:
            what, limit = f"{SYMBOL[name]}, independent signs, load {_BINARY_LOAD}, N = {dim}", here[0][f"{name}_limit"]
            known = {"predicted": column(here, f"{name}_predicted")}
            shared = here[0][f"{name}_predicted_stderr"]
            measured = column(here, name)
            verdicts.append(against_draws(what, measured, theory=limit, **known, shared_error=shared, comment=comment))
    return verdicts


def _pairs(rows: Rows, name: str) -> list[tuple[int, float]]:
    return list(dict.fromkeys((row["ambient_dim"], row[name]) for row in rows))


def _pooled(rows: Rows) -> Estimate:
    """Mean over draws with the larger of the errors between and within draws."""
    between = mean_estimate(column(rows, "value"))
    within = float(np.sqrt((column(rows, "within") ** 2).mean() / len(rows)))
    return Estimate(between.value, max(within, between.stderr) if len(rows) > 1 else within, len(rows))


def figure(rows: Rows) -> "Figure":
    """Published values; information less Shannon's; times of binary points over N."""
    drawing, axes = panels(3)
    for colour, (dim, here) in zip((BLUE, VERMILION), groups(select(rows, kind="mixture"), "ambient_dim")):
        times = values_of(here, "vp_time")
        means = [_pooled(select(here, vp_time=s)) for s in times]
        axes[0].plot(times, [PUBLISHED[dim][s] for s in times], "x", ms=9, color=colour, label=f"published, N = {dim}")
        draw_points(axes[0], times, means, color=colour, label=f"measured, N = {dim}")
    axes[0].set(xlabel="time s (variance preserving)", title="own surprisal / log P, two modes", ylim=(0, 1))
    for k, (dim, channel) in enumerate(groups(select(rows, kind="channel"), "ambient_dim")):
        here = [select(channel, t=t) for t in _CHANNEL_LEVELS]
        means = [_pooled(draws) for draws in here]
        gaps = [Estimate(m.value - draws[0]["exact"], m.stderr, m.n) for m, draws in zip(means, here)]
        look: dict[str, Any] = {"fmt": "osD"[k], "color": (BLUE, GREEN, PURPLE)[k], "label": f"N = {dim}"}
        draw_points(axes[1], np.array(_CHANNEL_LEVELS) * 1.03**k, gaps, **look)
    axes[1].axhline(0, color="black", lw=0.8)
    axes[1].set(xlabel="noise variance t", title="sign channel: (measured − Shannon)/N, nats")
    binary = select(rows, kind="binary")
    sizes = groups(binary, "ambient_dim")
    for name in _TIMES:
        logs = [mean_estimate(np.log(column(here, name))) for _, here in sizes]
        look = {"color": COLOUR[name], "label": f"${SYMBOL[name]}$ measured"}
        draw_points(axes[2], [1 / dim for dim, _ in sizes], logs, log=True, **look)
        predicted = [here[0][f"{name}_predicted"] for _, here in sizes]
        axes[2].plot([1 / dim for dim, _ in sizes], predicted, color=COLOUR[name], lw=1.2)
        look["label"] = f"${SYMBOL[name]}$ limit"
        axes[2].plot([0], [binary[0][f"{name}_limit"]], "x", ms=9, clip_on=False, **look)
    axes[2].set(xlabel="1/N", title="independent signs, load 0.5: t", xlim=(0, None), ylim=(0, None))
    for place in axes:
        place.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    return drawing


EXPERIMENT = Experiment(
    name="published",
    claim=(
        "Measurements meet the collapse of a two-mode mixture as its authors published it, Shannon's information "
        "of the binary channel at any N, and the onset and collapse of independent signs at each size."
    ),
    source="arXiv 2402.18491 (mixture); docs/explanation/theory.md (4.16), (5.4)",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    units={"value": "own surprisal / log P, or information/N in nats", "t": "noise variance per coordinate"},
    revision=2,
)
