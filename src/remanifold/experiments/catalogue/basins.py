"""The basin of a training point at all noise levels, in three ways; typical trajectories beside it."""

import math
from typing import TYPE_CHECKING

import numpy as np

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold.experiments.catalogue.drawn_times import LOAD, RATIO, drawn_manifold, sizes_and_seed, task_a_draw
from remanifold.experiments.experiment import Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import SIZE_COLOUR, draw_means, legend_below, panels
from remanifold.experiments.rows import column, groups, same_line, select, values_of, weighted_line
from remanifold.experiments.verdict import Verdict, against, must_vanish
from remanifold.measures import Basins, Reversal, TrainingPoints, basins, mean_shift
from remanifold.measures.estimates.crossings import mean_crossing
from remanifold.measures.trajectories.basins import log_odds
from remanifold.plots.palette import GREY
from remanifold.sampling import noised
from remanifold.theory import (
    HiddenFamily,
    LinearLandscape,
    basin,
    finite_size_basins,
    finite_size_curves,
    finite_size_flow,
    t_collapse,
    t_onset,
)
from remanifold.theory.finite.curves.basins import Edge

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DRAWS = {"quick": {20: 2, 30: 2}, "full": {20: 24, 30: 16, 40: 12}}
_STATIC = {"quick": {20: 40, 30: 20}, "full": {20: 400, 30: 200, 40: 80, 50: 16}}  # draws, energies only
_STEPS = (0.3, 0.6, 1.0, 1.4, 1.8, 2.1)  # t/t_c of the limit; t_o is at 2.3
_DELTAS = np.exp(np.linspace(math.log(0.05), math.log(3.0), 10))  # in units of t_c
_WAYS = {"static": "energies cross", "flow": "gradient flow at frozen t", "reverse": "reverse diffusion from t"}
_COMMENT = {
    "static": "",
    "flow": "; finite size: flows among drawn points",
    "reverse": "; finite size: where E w_own = 1/2",
}
_TRAJECTORIES = 80
_VIEWS, _RETURN_VIEWS = 2048, 4096  # points x of the predictions
_PREDICTED: dict[str, tuple[Edge, str]] = {
    "static": ("energy", "delta_predicted"),
    "reverse": ("return", "return_predicted"),
}
"""Edge and column. Each reverse diffusion ends at a training point with that point's posterior weight."""
_COLUMNS = {way: column for way, (_, column) in _PREDICTED.items()} | {"flow": "flow_predicted"}
_FLOWS = {"quick": 16, "full": 64}  # data sets in which gradient flow is predicted
_CURVES = {"open": "clean_majority", "typical": "majority"}
"""Shares of points that are predicted, and the curve."""
_FORM = "finite size: the same line through the predictions; its form is not derived"
_NEARLY_ALL = 0.99  # draws whose basin lies within the deltas tried
_SHARES = {
    "open": ("o", "signal above noise at xi"),
    "well": ("^:", "gradient flow from xi stays"),
    "typical": ("s", "typical path in its trap"),
}


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Isometric manifolds: one task a draw with all ways, and one a size with many draws of the static way."""
    rest = {"steps": list(_STEPS), "deltas": _DELTAS.tolist(), "trajectories": _TRAJECTORIES}
    every = task_a_draw(_DRAWS[scale], scale, kind="ways", **rest)
    sizes = task_a_draw(dict.fromkeys(_STATIC[scale], 1), scale, kind="static", **rest)
    more = {"flow_sets": _FLOWS[scale]}
    return every + tuple(dict(task) | {"draws": _STATIC[scale][task["ambient_dim"]]} | more for task in sizes)


def compute(task: Task) -> list[Row]:
    """delta_b at every t, and what typical trajectories do there."""
    if task["kind"] == "static":
        known = predictions(task)
        return [row | known[row["step"]] for draw in range(task["draws"]) for row in _static(task, draw)]
    training = TrainingPoints(drawn_manifold(task, 0).points())
    rows = []
    for step in task["steps"]:
        shared = _shared(task, step)
        deltas = np.array(task["deltas"]) * shared["t_collapse_limit"]
        reversal = Reversal(seed=task["seed"])
        ways = basins(training, shared["t"], deltas, n_trajectories=task["trajectories"], reversal=reversal)
        rows.append(shared | _measured(ways, training, task))
    return rows


def _shared(task: Task, step: float) -> Row:
    landscape = LinearLandscape.isometric(task["latent_dim"] / task["ambient_dim"])
    load = math.log(task["n_points"]) / task["ambient_dim"]
    collapse, onset = t_collapse(landscape, load), t_onset(landscape, load)
    if collapse is None or onset is None:
        raise ValueError("the sizes of this experiment have a collapse and an onset")
    t = step * collapse
    return sizes_and_seed(task) | {
        "kind": task["kind"],
        "step": step,
        "t": t,
        "t_collapse_limit": collapse,
        "t_onset_limit": onset,
        "delta_limit": basin(landscape, load, t),
    }


def _static(task: Task, draw: int) -> list[Row]:
    """Where own energy crosses that of all others, of one draw."""
    training, seed = TrainingPoints(drawn_manifold(task, draw).points()), task["seed"] + draw
    rows = training.choose(task["trajectories"], seed)
    noise = noised(np.zeros((len(rows), *training.shape)), 1.0, seed=seed, stream="basins")
    computed = []
    for step in task["steps"]:
        shared = _shared(task, step) | {"seed": seed}
        deltas = np.array(task["deltas"]) * shared["t_collapse_limit"]
        crossing = mean_crossing(np.log(deltas), log_odds(training, rows, noise, shared["t"], deltas))
        computed.append(shared | {"delta_static": None if crossing is None else crossing.value})
    return computed


def predictions(task: Task) -> dict[float, Row]:
    """Columns PREDICTED and PREDICTED_stderr for each step, of both basins and of the shares of points in their traps.

    Basins are geometric means over data sets, of which each takes the mean over so many rows; shares are means.
    """
    family = HiddenFamily(task["ambient_dim"], task["latent_dim"], "linear", "isometric")
    levels = [_shared(task, step)["t"] for step in task["steps"]]
    rows = min(task["trajectories"], task["n_points"])
    known: dict[float, Row] = {step: {} for step in task["steps"]}
    for way, (edge, name) in _PREDICTED.items():
        views = _VIEWS if way == "static" else _RETURN_VIEWS
        basins = finite_size_basins(family, task["n_points"], levels, edge=edge, rows=rows, n_views=views)
        for row, delta in zip(known.values(), basins.delta):
            row |= {name: delta and delta.value, f"{name}_stderr": delta and delta.stderr}
    shares, flows = _predicted_shares(task), _predicted_flows(task)
    return {step: row | share | flow for (step, row), share, flow in zip(known.items(), shares, flows)}


def _predicted_flows(task: Task) -> list[Row]:
    """Where gradient flow from xi + sqrt(delta) w, and from xi itself, stays, for each step."""
    family = HiddenFamily(task["ambient_dim"], task["latent_dim"], "linear", "isometric")
    rows: list[Row] = []
    for step in task["steps"]:
        shared = _shared(task, step)
        deltas = [0.0, *(np.array(task["deltas"]) * shared["t_collapse_limit"]).tolist()]
        sizes = {"rows": task["trajectories"], "n_sets": task["flow_sets"]}
        found = finite_size_flow(family, task["n_points"], shared["t"], deltas, **sizes)
        well, basin = found.share[0], found.basin
        row: Row = {"well_predicted": well.value, "well_predicted_stderr": well.stderr}
        row |= {"flow_predicted": basin and basin.value, "flow_predicted_stderr": basin and basin.stderr}
        rows.append(row)
    return rows


def _predicted_shares(task: Task) -> list[Row]:
    """Of points in their traps, for each step."""
    family = HiddenFamily(task["ambient_dim"], task["latent_dim"], "linear", "isometric")
    levels = [_shared(task, step)["t"] for step in task["steps"]]
    curves = finite_size_curves(family, task["n_points"], levels, n_views=_RETURN_VIEWS)
    rows: list[Row] = []
    for k in range(len(levels)):
        shares = {f"{name}_predicted": getattr(curves, curve)[k] for name, curve in _CURVES.items()}
        errors = {f"{name}_stderr": share.stderr for name, share in shares.items()}
        rows.append({name: share.value for name, share in shares.items()} | errors)
    return rows


def _measured(ways: Basins, training: TrainingPoints, task: Task) -> Row:
    rows = training.choose(task["trajectories"], task["seed"])
    clean = training.rows(rows)
    typical = clean + math.sqrt(ways.t) * np.random.default_rng(task["seed"]).normal(size=clean.shape)
    at = {"open": clean, "well": mean_shift(training.score, clean, ways.t), "typical": typical}
    weights = {name: training.own_weight(x, ways.t, rows) for name, x in at.items()}
    radii = {"flow": ways.flow_basin, "reverse": ways.reverse_basin}
    row: Row = {f"delta_{name}": None if radius is None else radius.value for name, radius in radii.items()}
    row |= {name: float(np.mean(weight > 0.5)) for name, weight in weights.items()}
    middle = len(ways.delta) // 2
    return row | {"typical_weight": float(weights["typical"].mean()), "excess": float(ways.excess.value[middle])}


def _kind(way: str) -> str:
    """Of the rows that hold this way."""
    return "static" if way == "static" else "ways"


def mean_of(rows: Rows, name: str) -> Estimate | None:
    """Mean over draws; None where more than one draw in a hundred has no value."""
    values = column(rows, name)
    finite = values[np.isfinite(values)]
    return mean_estimate(finite) if len(finite) > 1 and len(finite) >= _NEARLY_ALL * len(values) else None


def verdicts(rows: Rows) -> list[Verdict]:
    """Every basin, the trend of the static one, what becomes of traps at 1.8 t_c, and the sampler's exact check."""
    verdicts = []
    for dim, mine in groups(rows, "ambient_dim"):
        for step in values_of(mine, "step"):
            where = f"t = {step:g} t_c, N = {dim}"
            for name, words in _WAYS.items():
                here = select(mine, step=step, kind=_kind(name))
                value = mean_of(here, f"delta_{name}")
                if value is not None:
                    known = {"theory": here[0]["delta_limit"], "finite_size": _of_step(rows, name, dim, step)}
                    comment = f"{len(here)} draws" + _COMMENT[name]
                    verdicts.append(against(f"delta_b, {words}, {where}", value, **known, comment=comment))
        verdicts += _traps(mine, dim)
    return verdicts + _trend(select(rows, kind="static"))


def _of_step(rows: Rows, way: str, dim: int, step: float) -> Estimate | None:
    """The prediction: geometric mean over data sets, times arithmetic over geometric mean of those measured."""
    name = _COLUMNS[way]
    sizes = {"ambient_dim": dim, "step": step}
    measured = column(select(rows, kind=_kind(way), **sizes), f"delta_{way}")
    known, measured = select(rows, kind="static", **sizes), measured[np.isfinite(measured)]
    value = known[0].get(name) if known else None
    if value is None or not len(measured):
        return None
    lift = float(measured.mean() / np.exp(np.log(measured).mean()))
    return Estimate(value * lift, known[0][f"{name}_stderr"] * lift, _VIEWS)


def _share_of_step(rows: Rows, name: str, step: float) -> Estimate | None:
    """The predicted share of one size; None where it has none."""
    known = select(rows, kind="static", step=step)
    value = known[0].get(f"{name}_predicted") if known else None
    return None if value is None else Estimate(value, known[0][f"{name}_predicted_stderr"], _RETURN_VIEWS)


def _traps(of_size: Rows, dim: int) -> list[Verdict]:
    rows = select(of_size, kind="ways")
    if not rows:
        return []
    seeds = values_of(rows, "seed")
    excess = mean_estimate(np.array([column(select(rows, seed=seed), "excess").mean() for seed in seeds]))
    comment = "it returns with probability w_own, exactly but for the sampler's step"
    verdicts = [must_vanish(f"share returned - E w_own, N = {dim}", excess, comment)]
    for name, theory in (("open", 1.0), ("well", 1.0), ("typical", 0.0)):
        what = f"share of points, {_SHARES[name][1]}, at 1.8 t_c, N = {dim}"
        share = mean_estimate(column(select(rows, step=1.8), name))
        comment = "own weight above 1/2 there; t_c < t < t_o" + (_COMMENT["flow"] if name == "well" else "")
        known = _share_of_step(of_size, name, 1.8)
        verdicts.append(against(what, share, theory=theory, finite_size=known, comment=comment))
    return verdicts


def _trend(rows: Rows) -> list[Verdict]:
    """log(delta_b/limit) of the static way carried on to N = infinity, as a line in 1/N and as one in 1/N^2."""
    verdicts, dims = [], values_of(rows, "ambient_dim")
    if len(dims) < 3:
        return verdicts
    for step in values_of(rows, "step"):
        means = [mean_of(select(rows, ambient_dim=dim, step=step), "delta_static") for dim in dims]
        radii = [radius for radius in means if radius is not None]
        if len(radii) < len(dims):
            continue
        limit = select(rows, step=step)[0]["delta_limit"]
        logs, errors = [math.log(r.value / limit) for r in radii], [r.stderr / r.value for r in radii]
        known = [_of_step(rows, "static", dim, step) for dim in dims]
        sizes_logs = [Estimate(math.log(one.value / limit), one.stderr / one.value, one.n) for one in known if one]
        for power, form in ((1, "1/N"), (2, "1/N^2")):
            x = [1 / dim**power for dim in dims]
            line = weighted_line(x, logs, errors)
            size = same_line(x, errors, sizes_logs)[0] if len(sizes_logs) == len(dims) else None
            what = f"log delta_b/limit, energies cross, t = {step:g} t_c, extrapolated as a line in {form}"
            sizes = ", ".join(map(str, dims))
            comment = f"N = {sizes}; chi2 {line.chi2:.1f} for {line.dof}; {_FORM}"
            verdicts.append(against(what, line.intercept, theory=0.0, finite_size=size, comment=comment))
    return verdicts


def figure(rows: Rows) -> "Figure":
    """Radii in three ways, and open traps beside trajectories that miss them."""
    drawing, axes = panels(4, width=3.0)
    for dim, mine in groups(rows, "ambient_dim"):
        scale = math.sqrt(dim * mine[0]["t_collapse_limit"])
        steps = values_of(mine, "step")
        for place, name in zip(axes, _WAYS):
            means = {s: mean_of(select(mine, step=s, kind=_kind(name)), f"delta_{name}") for s in steps}
            squares = {step: mean for step, mean in means.items() if mean}
            radius = np.array([math.sqrt(dim * square.value) for square in squares.values()]) / scale
            error = [r * square.stderr / square.value for r, square in zip(radius, squares.values())]
            place.errorbar(
                list(squares), radius, error, fmt="o", mfc="white", color=SIZE_COLOUR[dim], label=f"N = {dim}"
            )
        _draw_shares(axes[3], mine, SIZE_COLOUR[dim])
    for place, way in zip(axes, _WAYS):
        _draw_predictions(place, rows, way)
    _draw_limit(axes, rows[0])
    axes[0].set_ylabel("basin radius / $\\sqrt{N t_c}$")
    legend_below(drawing, axes[0], 6)
    return drawing


def _draw_shares(place: "Axes", rows: Rows, colour: str) -> None:
    """Of one size: as measured, and lines through the predictions."""
    for name, (mark, _) in _SHARES.items():
        draw_means(place, select(rows, kind="ways"), "step", name, fmt=mark, color=colour)
        known = {step: _share_of_step(rows, name, step) for step in values_of(rows, "step")}
        lines = [(step, share.value) for step, share in known.items() if share is not None]
        if lines:
            place.plot(*zip(*lines), "-", lw=0.8, color=colour)


def _draw_predictions(place: "Axes", rows: Rows, way: str) -> None:
    for dim, mine in groups(select(rows, kind=_kind(way)), "ambient_dim"):
        known = {step: _of_step(rows, way, dim, step) for step in values_of(mine, "step")}
        lines = [
            (step, math.sqrt(one.value / mine[0]["t_collapse_limit"])) for step, one in known.items() if one is not None
        ]
        if lines:
            place.plot(*zip(*lines), "-", lw=0.8, color=SIZE_COLOUR[dim])


def _draw_limit(axes: "list[Axes]", row: Row) -> None:
    collapse, onset = row["t_collapse_limit"], row["t_onset_limit"]
    grid, landscape = np.linspace(0.2, onset / collapse, 80), LinearLandscape.isometric(RATIO)
    limit = [math.sqrt(basin(landscape, LOAD, g * collapse) / collapse) for g in grid]
    for place, words in zip(axes, _WAYS.values()):
        place.plot(grid, limit, ":", color="black", label="limit")
        place.set(title=words, ylim=(0, None))
    axes[3].set(title="o open at xi, triangles: flow stays,\nsquares: typical path in its trap", ylim=(-0.02, 1.02))
    axes[3].title.set_fontsize(8)
    for place in axes:
        place.axvline(1, color=GREY, lw=0.8)
        place.axvline(onset / collapse, color=GREY, lw=0.8, ls="-.")
        place.set(xlabel="$t/t_c$ (lines: $t_c$, $t_o$)")


EXPERIMENT = Experiment(
    name="basins",
    claim=(
        "Between t_c and t_o, at training points the own weight is above all others', in a basin of radius "
        "sqrt(N delta_b(t)) that shrinks to nothing at t_o, while typical trajectories pass by, ever more of them as N "
        "grows; at and below t_c basins reach as far as trajectories do."
    ),
    source="arXiv 2502.09578; docs/explanation/theory.md (5.6), sections 5 and 6",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    revision=6,
    units={
        "open": "share of training points",
        "well": "share of training points",
        "typical": "share of trajectories",
        "t": "noise variance per coordinate; data of unit variance per coordinate",
        "delta_limit": "as t",
    },
)
