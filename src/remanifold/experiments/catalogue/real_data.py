"""Real data: the times against the number of points, whose slope is the local dimension."""

import gzip
import math
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid

from remanifold._core.errors import require
from remanifold._core.estimate import Estimate
from remanifold._core.seeds import generator
from remanifold.data import open_points
from remanifold.experiments.catalogue.drawn_times import COLOUR, SYMBOL, profile_row
from remanifold.experiments.experiment import FIRST_SEED, Experiment, Row, Rows, Scale, Task
from remanifold.experiments.figures import draw_points, label_ticks, panels
from remanifold.experiments.rows import Line, column, select, values_of, weighted_line
from remanifold.experiments.verdict import Verdict, against
from remanifold.measures import exact_copies, noise_profile
from remanifold.plots.palette import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FASHION = Path("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")  # Debian's dataset-fashion-mnist
_IDX_HEADER = 16  # bytes
_PARTS = {
    "quick": {"digits": (16, 8, 4), "fashion-mnist": (96, 32)},
    "full": {"digits": (16, 8, 4, 2, 1), "fashion-mnist": (96, 32, 12, 4, 1)},
}
"""Into how many disjoint parts the rows are divided; every part is a draw (at most 16 are used)."""
_MOST_DRAWS = 16
_FEWEST_DRAWS = 4  # fewer, and the error is that of one draw over its queries
_TIMES = ("t_onset", "t_collapse")


@cache
def rows_of(data: str) -> NDArray[np.float64] | None:
    """Pictures as rows: digits in 0..16, Fashion-MNIST in 0..1; None where the data are not installed."""
    if data == "digits":
        if find_spec("sklearn") is None:
            return None
        from sklearn.datasets import load_digits

        return np.asarray(load_digits(return_X_y=True)[0], dtype=np.float64)
    if not FASHION.exists():
        return None
    pixels = np.frombuffer(gzip.decompress(FASHION.read_bytes()), dtype=np.uint8, offset=_IDX_HEADER)
    return pixels.reshape(-1, 784) / 255.0


def tasks(scale: Scale) -> tuple[Task, ...]:
    """One task a data set and number of parts; the last also gives the local dimension."""
    return tuple(
        {"data": data, "parts": parts, "queries": 200, "last": parts == numbers[-1], "seed": FIRST_SEED[scale]}
        for data, numbers in _PARTS[scale].items()
        for parts in numbers
    )


def compute(task: Task) -> list[Row]:
    """The times of every part; of the last task the local dimension over the noise, and that from neighbours."""
    data, parts = task["data"], task["parts"]
    require(data in _PARTS["full"], "the data must be digits or fashion-mnist", data, "pass one of them")
    values = rows_of(data)
    if values is None:
        return [{"kind": "skipped", "data": data, "reason": f"{data} is not installed here"}]
    order = generator(task["seed"], "parts of real data").permutation(len(values))
    size, rows = len(values) // parts, []
    for draw in range(min(parts, _MOST_DRAWS)):
        points = open_points(values[order[draw * size : (draw + 1) * size]])
        kept = np.flatnonzero(exact_copies(points) == np.arange(size))
        profile = noise_profile(points, rows=kept, max_queries=task["queries"], seed=task["seed"] + draw, threads=1)
        errors = {f"{name}_log_stderr": getattr(profile, name).log_stderr for name in _TIMES}
        shared = {"data": data, "n_points": len(kept)}
        rows.append({"kind": "time"} | shared | {"seed": task["seed"] + draw} | profile_row(profile) | errors)
        if task["last"] and draw == 0:
            series = profile.balanced_dimension
            for t, value, error in zip(profile.t.tolist(), series.value.tolist(), series.stderr.tolist()):
                rows.append({"kind": "dimension"} | shared | {"t": t, "dimension": value, "dimension_stderr": error})
            neighbours = two_neighbours(values[order[:size]][kept], 1000)
            rows.append({"kind": "neighbours"} | shared | neighbours)
    return rows


def two_neighbours(points: NDArray[np.float64], n_queries: int) -> Row:
    """Dimension from the ratio of the distances to the second and the first neighbour, n/sum log(r2/r1).

    Maximum likelihood for the law that arXiv 1803.06992 derives; its error is the value over sqrt(n).
    """
    centred = points - points.mean(axis=0)
    squares = (centred**2).sum(axis=1)
    logs = []
    for first in range(0, min(n_queries, len(points)), 100):
        block = slice(first, min(first + 100, n_queries, len(points)))
        distances = squares[block, None] + squares - 2 * centred[block] @ centred.T
        nearest = np.sort(np.partition(distances, 3, axis=1)[:, :3], axis=1)[:, 1:]  # the first is the point itself
        logs.append(0.5 * np.log(nearest[:, 1] / nearest[:, 0]))
    ratios = np.concatenate(logs)
    value = len(ratios) / float(ratios.sum())
    return {"dimension": value, "dimension_stderr": value / math.sqrt(len(ratios))}


def means(rows: Rows, name: str) -> dict[int, Estimate]:
    """log t by number of points: over parts where these are enough, else with the error over queries."""
    by_size = {}
    for n in sorted(values_of(rows, "n_points")):
        here = [row for row in rows if row["kind"] == "time" and row["n_points"] == n]
        logs, own = np.log(column(here, name)), column(here, f"{name}_log_stderr")
        error = logs.std(ddof=1) if len(logs) >= _FEWEST_DRAWS else math.sqrt(float((own**2).mean()))
        by_size[n] = Estimate(float(logs.mean()), float(error) / math.sqrt(len(logs)), len(logs))
    return by_size


def slope(rows: Rows, name: str) -> Line:
    """log t as a straight line in log P; the dimension is -2/slope."""
    by_size = means(rows, name)
    logs = by_size.values()
    return weighted_line(np.log(list(by_size)), [log.value for log in logs], [log.stderr for log in logs])


def carried_on(rows: Rows) -> dict[int, Estimate]:
    """log t_c at every number of points, from the largest set by (6.7) with its own local dimension."""
    curve = [row for row in rows if row["kind"] == "dimension"]
    log_t, dimension = np.log(column(curve, "t")), column(curve, "dimension")
    by_size = means(rows, "t_collapse")
    most = max(by_size)
    fine = np.linspace(by_size[most].value, log_t[-1], 2000)
    lost = cumulative_trapezoid(np.interp(fine, log_t, dimension) / 2, fine, initial=0)
    reach = {n: float(np.interp(math.log(most / n), lost, fine)) for n in by_size if n != most}
    return {n: Estimate(value, by_size[most].stderr, 1) for n, value in reach.items()}


def verdicts(rows: Rows) -> list[Verdict]:
    """Slopes as dimensions, beside the local dimension and that of the nearest neighbours; t_c carried on by (6.7)."""
    verdicts = []
    for data in values_of(rows, "data"):
        mine = select(rows, data=data)
        if mine[0]["kind"] == "skipped":
            verdicts.append(Verdict(data, comment=f"skipped: {mine[0]['reason']}"))
            continue
        verdicts += _dimensions(mine, data) + _times(mine, data)
    return verdicts


def _dimensions(rows: Rows, data: str) -> list[Verdict]:
    sizes = means(rows, "t_collapse")
    most, least = max(sizes), min(sizes)
    between = 2 * math.log(most / least) / (carried_on(rows)[least].value - sizes[most].value)
    verdicts = []
    for name in _TIMES:
        line = slope(rows, name)
        value = -2 / line.slope.value
        measured = Estimate(value, abs(value * line.slope.stderr / line.slope.value), line.slope.n)
        comment = f"-2 d log P / d log {SYMBOL[name]}, P = {least} to {most}; chi2 {line.chi2:.1f} for {line.dof}"
        predicted = between if name == "t_collapse" else None
        if predicted is not None:
            comment += f"; compared with the mean local dimension of the largest set on the way, {between:.3g}"
        what = f"dimension from {SYMBOL[name]} over P, {data}"
        verdicts.append(against(what, measured, finite_size=predicted, comment=comment))
    near = next(row for row in rows if row["kind"] == "neighbours")
    value = Estimate(near["dimension"], near["dimension_stderr"], near["n_points"])
    comment = "an independent estimate, at the scale of nearest neighbours, which lies below t_c"
    return [*verdicts, against(f"dimension from two neighbours, {data}, P = {most}", value, comment=comment)]


def _times(rows: Rows, data: str) -> list[Verdict]:
    verdicts = []
    sizes = means(rows, "t_collapse")
    for n, predicted in carried_on(rows).items():
        log = sizes[n]
        gap = Estimate(log.value - predicted.value, math.hypot(log.stderr, predicted.stderr), log.n)
        what, value, error = f"t_c, {data}, P = {n}", math.exp(log.value), math.exp(log.value) * log.stderr
        comment = (
            f"{log.n} parts; predicted: the largest set carried on by (6.7), known to "
            f"{100 * predicted.stderr:.1f} %, which z counts; exact for large numbers of points only"
        )
        verdicts.append(Verdict(what, None, math.exp(predicted.value), value, error, gap.z(0.0), comment))
    return verdicts


def figure(rows: Rows) -> "Figure":
    """Times over P, and local dimension over the noise."""
    names = [data for data in values_of(rows, "data") if select(rows, data=data)[0]["kind"] != "skipped"]
    drawing, axes = panels(2, max(1, len(names)), width=4.2, height=3.0)
    for k, data in enumerate(names):
        mine = select(rows, data=data)
        left, right = axes[2 * k], axes[2 * k + 1]
        for name in _TIMES:
            logs, look = means(mine, name), {"color": COLOUR[name], "label": f"${SYMBOL[name]}$ measured"}
            draw_points(left, list(logs), logs.values(), log=True, **look)
        predicted, sizes = carried_on(mine), means(mine, "t_collapse")
        predicted[max(sizes)] = sizes[max(sizes)]
        curve = np.exp([log.value for log in predicted.values()])
        left.plot(list(predicted), curve, color="black", lw=1, label="$t_c$ carried on from the largest set")
        left.set(xscale="log", yscale="log", xlabel="number of points P", ylabel="noise variance t", title=data)
        label_ticks(left, list(sizes), [str(n) for n in sizes])
        for formatter in (left.yaxis.set_major_formatter, left.yaxis.set_minor_formatter):
            formatter("{x:g}")
        local, label = select(mine, kind="dimension"), "local dimension $d_{eff}(t)$"
        right.plot(column(local, "t"), column(local, "dimension"), color=BLUE, label=label)
        t_c = np.exp([log.value for log in sizes.values()])
        line = -2 / slope(mine, "t_collapse").slope.value
        right.plot([t_c.min(), t_c.max()], [line, line], color=VERMILION, lw=3, label="from the slope of $t_c$")
        near = select(mine, kind="neighbours")[0]["dimension"]
        right.axhline(near, color=GREY, ls=":", label="two neighbours")
        right.set(xscale="log", xlabel="noise variance t", ylabel="dimension", ylim=(0, 2.5 * max(line, near)))
        right.set_title(f"{data}, P = {local[0]['n_points']}")
    if names:
        left, right = axes[:2]
        handles = [*left.get_legend_handles_labels()[0], *right.get_legend_handles_labels()[0]]
        drawing.legend(handles=handles, loc="outside lower center", ncols=3)
    return drawing


EXPERIMENT = Experiment(
    name="real-data",
    claim=(
        "On real data the collapse falls with the number of points at the rate that the local dimension at that noise "
        "sets: d log P / d log t_c = -d_eff/2."
    ),
    source="docs/explanation/theory.md (6.6), (6.7)",
    tasks=tasks,
    compute=compute,
    verdicts=verdicts,
    figure=figure,
    units={"t_onset": "noise variance, squared units of the pixels (digits 0..16, Fashion-MNIST 0..1)"},
)
