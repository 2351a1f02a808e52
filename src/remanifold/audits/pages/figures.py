"""The figures of a report's page: each with the words that explain it and those that replace it."""

import math

from remanifold import plots
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.network import NetworkRecord
from remanifold.audits.records.profile import Curve
from remanifold.noise import MeasuredLevel
from remanifold.plots.page.render import Illustration


def marks_of(report: AuditRecord) -> plots.Marks:
    """The phases' borders in sigma with their 95 % intervals; a time that does not exist is left out."""
    times = (("generalization", report.t_generalization), ("collapse", report.t_collapse), ("onset", report.t_onset))
    return {name: _mark(time) for name, time in times if time is not None and time.value > 0}


def _mark(time: MeasuredLevel) -> tuple[float, float, float]:
    low, high = (math.sqrt(end) if end > 0 else math.nan for end in time.interval)
    return time.sigma, low, high


def profile_illustrations(report: AuditRecord) -> tuple[Illustration, ...]:
    """The noise profile in four figures over sigma."""
    marks, log_points = marks_of(report), math.log(report.data.n_groups)
    n = f"Bands are 95 % intervals over n = {report.profile.n_queries} query rows."
    profile = report.profile
    order = Illustration(
        "order",
        "Who owns a noised row?",
        "Own surprisal near 1: a noised row could have come from any row. Near 0: it belongs to the row it came from, "
        f"and the data have collapsed. Participation runs from 1/P, shared by all, to 1, one row has all. {n}",
        "Curves of own surprisal over log P and of participation against the noise level; they change places at the "
        "collapse.",
        plots.order_figure(profile.t, _band(profile.own_surprisal), _band(profile.participation), log_points, marks),
    )
    crossings = Illustration(
        "crossings",
        "Where collapse and traps begin",
        "Above 0 the own row outweighs all others together, on average over rows. The first curve is taken at noised "
        "rows and crosses 0 at the collapse; the second at the rows themselves and crosses 0 where traps begin. "
        f"{n}",
        "Two falling curves against the noise level; their zeros are the collapse and the onset of traps.",
        plots.crossing_figure(profile.t, _band(profile.gap), _band(profile.trap), log_points, marks),
    )
    likelihood = Illustration(
        "likelihood",
        "Where sampling should stop",
        "Leave-one-out negative log-likelihood of a Gaussian KDE whose bandwidth is the noise (lower is better). The "
        f"minimum is the best stop. {n}",
        "The leave-one-out negative log-likelihood against the noise level, with its minimum at the best stop.",
        plots.likelihood_figure(profile.t, _band(profile.nll), marks),
    )
    dimension = Illustration(
        "dimension",
        "How many directions remain",
        "The number of directions in which the data vary by more than the noise. It sets how many more rows a lower "
        "collapse costs. Read it above the collapse: near it the value is biased high, and below it only the gaps "
        f"between rows are seen. {n}",
        "The local dimension of the data against the noise level.",
        plots.dimension_figure(profile.t, _band(profile.local_dimension), marks),
    )
    return order, crossings, likelihood, dimension


def exposure_illustration(report: AuditRecord) -> Illustration | None:
    """Per-sample collapse by rank; None where no row was ranked."""
    ranked = report.exposure
    if not ranked:
        return None
    return Illustration(
        "exposure",
        "Every ranked row's own collapse",
        "Higher is more exposed under the empirical score. The band is the 95 % interval of each row from its noise "
        "draws; where bands overlap, the order is not settled.",
        f"The collapse level of {len(ranked)} rows in falling order.",
        plots.exposure_figure(
            [item.row for item in ranked],
            [item.t for item in ranked],
            [item.t.interval for item in ranked],
            report.t_collapse.value if report.t_collapse else None,
        ),
    )


def model_illustrations(report: AuditRecord) -> tuple[Illustration, ...]:
    """Memory index and denoising losses over the noise; nothing without a network or a hold-out."""
    model = report.model
    if model is None or not model.levels:
        return ()
    n = f"Bands are 95 % intervals over n = {model.n_training} training and {model.n_holdout} hold-out rows."
    memory, losses = _memory(model, marks_of(report), n), _losses(model, marks_of(report), n)
    return (losses,) if memory is None else (memory, losses)


def _memory(model: NetworkRecord, marks: plots.Marks, n: str) -> Illustration | None:
    known = [(level.t, level.index.value, level.index.stderr) for level in model.levels if level.index is not None]
    if not known:
        return None
    t, index, errors = zip(*known, strict=True)
    return Illustration(
        "memory",
        "How much does it remember, noise by noise?",
        "0: the network does not know training rows from hold-out rows. 1: it knows them as well as the exact "
        f"empirical score. Levels at which that score itself hardly knows them are left out. {n}",
        "The memory index of the network against the noise level.",
        plots.memory_figure(t, (index, errors), marks),
    )


def _losses(model: NetworkRecord, marks: plots.Marks, n: str) -> Illustration:
    losses = {}
    for who, kind in (("network", ""), ("exact score", "exact_")):
        for side in ("training", "holdout"):
            pairs = [(getattr(level, f"{kind}{side}_loss"), level.t) for level in model.levels]
            band = [loss.value / t for loss, t in pairs], [loss.stderr / t for loss, t in pairs]
            losses[f"{who}, {side.replace('out', '-out')} rows"] = band
    return Illustration(
        "losses",
        "Loss on training and hold-out rows",
        "Mean squared error of the denoised row over the noise variance: lower is better. Memory is the gap "
        f"between the two curves of the network; dotted, what perfect memory does. {n}",
        "Denoising losses of the network and of the exact score, on training and hold-out rows, against noise.",
        plots.loss_figure([level.t for level in model.levels], losses, marks),
    )


def _band(curve: Curve) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return curve.value, curve.stderr
