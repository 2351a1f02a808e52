"""The figures of a report's page: each with the words that explain it and those that replace it."""

import math
from collections.abc import Iterator, Mapping, Sequence

from remanifold import plots
from remanifold.audits.answers.unit import in_unit, unit
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.network import NetworkRecord
from remanifold.audits.records.profile import Curve
from remanifold.audits.records.rows import ExposedRow
from remanifold.audits.records.samples import CopiesRecord
from remanifold.noise import MeasuredLevel
from remanifold.plots.page.illustration import Illustration, curve_table
from remanifold.plots.page.table import Table, table_of

_FIRST_RANKS = 100


def marks_of(report: AuditRecord) -> plots.Marks:
    """The phases' borders in sigma with their 95 % intervals; a time that does not exist is left out."""
    times = (("generalization", report.t_generalization), ("collapse", report.t_collapse), ("onset", report.t_onset))
    return {name: _mark(time) for name, time in times if time is not None and time.value > 0}


def _mark(time: MeasuredLevel) -> tuple[float, float, float]:
    low, high = (math.sqrt(end) if end > 0 else math.nan for end in time.interval)
    return time.sigma, low, high


def profile_illustrations(report: AuditRecord) -> tuple[Illustration, ...]:
    """The noise profile in four figures over sigma."""
    row = noun(report)
    marks, log_points = marks_of(report), math.log(report.data.n_groups)
    n = f"Bands are 95 % intervals over n = {report.profile.n_queries} query {row}s."
    profile = report.profile
    own, shared = _band(profile.own_surprisal), _band(profile.participation)
    in_units = tuple(value / log_points for value in own[0]), tuple(error / log_points for error in own[1])
    gap, trap, nll, local = map(_band, (profile.gap, profile.trap, profile.nll, profile.local_dimension))
    order = Illustration(
        "order",
        f"Who owns a noised {row}?",
        f"Own surprisal near 1: a noised {row} could have come from any {row}. Near 0: it belongs to the {row} it came "
        f"from, and the data have collapsed. Participation runs from 1/P, shared by all, to 1, one {row} has all. {n}",
        "Curves of own surprisal over log P and of participation against the noise level; they change places at the "
        "collapse.",
        plots.order_figure(profile.t, own, shared, log_points, marks),
        _over_noise(profile.t, {"own surprisal / log P": in_units, "participation": shared}),
    )
    crossings = Illustration(
        "crossings",
        "Where collapse and traps begin",
        f"Above 0 the own {row} outweighs all others together, on average over {row}s. The first curve is taken at "
        f"noised {row}s and crosses 0 at the collapse; the second at the {row}s themselves and crosses 0 where traps "
        f"begin. {n}",
        "Two falling curves against the noise level; their zeros are the collapse and the onset of traps.",
        plots.crossing_figure(profile.t, gap, trap, log_points, marks),
        _over_noise(profile.t, {"at noised points": gap, "at the points themselves": trap}),
    )
    likelihood = Illustration(
        "likelihood",
        "Where sampling should stop",
        "Leave-one-out negative log-likelihood of a Gaussian KDE whose bandwidth is the noise (lower is better). The "
        f"minimum is the best stop. {n}",
        "The leave-one-out negative log-likelihood against the noise level, with its minimum at the best stop.",
        plots.likelihood_figure(profile.t, nll, marks),
        _over_noise(profile.t, {"negative log-likelihood": nll}),
    )
    dimension = Illustration(
        "dimension",
        "How many directions remain",
        f"The number of directions in which the data vary by more than the noise. It sets how many more {row}s a lower "
        "collapse costs. Read it above the collapse: near it the value is biased high, and below it only the gaps "
        f"between {row}s are seen. {n}",
        "The local dimension of the data against the noise level.",
        plots.dimension_figure(profile.t, local, marks),
        _over_noise(profile.t, {"local dimension": local}),
    )
    return tuple(_named_unit(item, unit(report)) for item in (order, crossings, likelihood, dimension))


def exposure_illustration(report: AuditRecord) -> Illustration | None:
    """Per-sample collapse by rank; None where no row was ranked."""
    row = noun(report)
    if not report.exposure:
        return None
    ranked = dict(_told_apart(report.exposure))
    drawn = Illustration(
        "exposure",
        f"Every ranked {row}'s own collapse",
        f"Higher is more exposed under the empirical score. The band is the 95 % interval of each {row} from its noise "
        "draws; where bands overlap, the order is not settled.",
        f"The collapse level of {len(report.exposure)} {row}s in falling order.",
        plots.exposure_figure(
            list(ranked),
            [item.t for item in ranked.values()],
            [item.t.interval for item in ranked.values()],
            report.t_collapse.value if report.t_collapse else None,
            row,
        ),
        _by_rank(ranked, row),
    )
    return _named_unit(drawn, unit(report))


def distance_illustration(copies: CopiesRecord) -> Illustration | None:
    """Distances of samples and hold-out rows to their nearest training rows; None where there is nothing to see."""
    row = noun(copies)
    curves = copies.curves
    if curves is None or not curves.distances or curves.distances[-1] <= 0:
        return None
    beside = f" and of hold-out {row}s" if curves.holdout else ""
    caption = f"Share of {row}s whose nearest training {row} lies at this distance or nearer."
    if curves.holdout:
        caption += " Copies lift the curve of the samples at its left end; without copying the two agree up to chance."
    words, many = unit(copies), len(curves.distances)
    nothing = (math.nan,) * many
    bands = {"samples": (curves.samples, nothing)} | ({f"hold-out {row}s": (curves.holdout, nothing)} if beside else {})
    return Illustration(
        "distances",
        f"How near is the nearest training {row}?",
        caption,
        f"Cumulative share of samples{beside} against the distance to the nearest training {row}.",
        plots.distance_figure(curves.distances, curves.samples, curves.holdout, words, row),
        curve_table(f"Shares of {row}s at this distance or nearer", "distance", curves.distances, bands),
    )


def model_illustrations(report: AuditRecord) -> tuple[Illustration, ...]:
    """Memory index and denoising losses over the noise; nothing without a network or a hold-out."""
    row = noun(report)
    model = report.model
    if model is None or not model.levels:
        return ()
    n = f"Bands are 95 % intervals over n = {model.n_training} training and {model.n_holdout} hold-out {row}s."
    memory, losses = _memory(model, marks_of(report), n, row), _losses(model, marks_of(report), n, row)
    return tuple(_named_unit(item, unit(report)) for item in (memory, losses) if item is not None)


def _named_unit(item: Illustration, words: str) -> Illustration:
    """``item``, the titles of its axes in the unit ``words``."""
    for axes in item.figure.axes:
        axes.set(xlabel=in_unit(axes.get_xlabel(), words), ylabel=in_unit(axes.get_ylabel(), words))
    return item


def _memory(model: NetworkRecord, marks: plots.Marks, n: str, row: str) -> Illustration | None:
    known = [(level.t, level.index.value, level.index.stderr) for level in model.levels if level.index is not None]
    if not known:
        return None
    t, index, errors = zip(*known, strict=True)
    return Illustration(
        "memory",
        "How much does it remember, noise by noise?",
        f"0: the network does not know training {row}s from hold-out {row}s. 1: it knows them as well as the exact "
        f"empirical score. Levels at which that score itself hardly knows them are left out. {n}",
        "The memory index of the network against the noise level.",
        plots.memory_figure(t, (index, errors), marks),
        _over_noise(t, {"memory index": (index, errors)}),
    )


def _losses(model: NetworkRecord, marks: plots.Marks, n: str, row: str) -> Illustration:
    losses = {}
    for who, kind in (("network", ""), ("exact score", "exact_")):
        for side in ("training", "holdout"):
            pairs = [(getattr(level, f"{kind}{side}_loss"), level.t) for level in model.levels]
            band = [loss.value / t for loss, t in pairs], [loss.stderr / t for loss, t in pairs]
            losses[f"{who}, {side.replace('out', '-out')} {row}s"] = band
    return Illustration(
        "losses",
        f"Loss on training and hold-out {row}s",
        f"Mean squared error of the denoised {row} over the noise variance: lower is better. Memory is the gap "
        f"between the two curves of the network; dotted, what perfect memory does. {n}",
        f"Denoising losses of the network and of the exact score, on training and hold-out {row}s, against noise.",
        plots.loss_figure([level.t for level in model.levels], losses, marks),
        _over_noise([level.t for level in model.levels], losses),
    )


def _over_noise(t: plots.Values, bands: Mapping[str, plots.Band]) -> Table:
    return curve_table("Values at every noise level, ± one standard error", "σ", [math.sqrt(one) for one in t], bands)


def _told_apart(ranked: Sequence[ExposedRow]) -> Iterator[tuple[int, ExposedRow]]:
    """(rank, row) of the first rows, and of so many of the others that points can be told apart in a figure."""
    step = max(1, -(-(len(ranked) - _FIRST_RANKS) // _FIRST_RANKS))
    for rank, item in enumerate(ranked, 1):
        if rank <= _FIRST_RANKS or (rank - _FIRST_RANKS) % step == 0 or rank == len(ranked):
            yield rank, item


def _by_rank(ranked: Mapping[int, ExposedRow], row: str) -> Table:
    def cells(numbered: tuple[int, ExposedRow]) -> tuple[str, ...]:
        rank, item = numbered
        low, high = (math.sqrt(max(end, 0.0)) for end in item.t.interval)
        return str(rank), str(item.row), f"{item.t.sigma:.4g}", f"{low:.4g} to {high:.4g}"

    columns = ("rank", row, "σ", "95 % interval")
    return table_of(f"Collapse of every ranked {row}", columns, list(ranked.items()), cells, len(ranked))


def _band(curve: Curve) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return curve.value, curve.stderr
