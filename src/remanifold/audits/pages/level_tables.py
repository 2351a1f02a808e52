"""The tables of a report that are about noise levels: in every clock, beside theory, and of a trained network."""

import math
from collections.abc import Iterator
from typing import Any

from remanifold.audits.answers.numbers import measured, number, ratio_to, sigma, whole, with_error
from remanifold.audits.answers.row_names import named
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.models import ManifoldCandidate, SamplesNeeded
from remanifold.audits.records.network import NetworkLevel, RowGap, TurnLevel
from remanifold.audits.records.rows import CarryingRows, LevelRows
from remanifold.noise import MeasuredLevel
from remanifold.plots.page.table import EMPTY, Cell, Table, table_of

_TIMES = (("t_onset", "onset of traps"), ("t_collapse", "collapse"), ("t_generalization", "best stop"))
_WITHOUT = "σ without the {row}s that carry the mean"
_CLOCKS = {
    "sigma_in_data_std": "σ over the data's standard deviation",
    "vp_time": "variance-preserving time s, t = exp(2s) − 1",
    "flow_time": "rectified-flow time u, t = (u/(1−u))²",
}


def times_table(report: AuditRecord) -> Table:
    """The three noise levels with errors, one a row; a dash where one does not exist."""
    row = noun(report)

    def cells(named: tuple[str, str]) -> Iterator[str]:
        time: MeasuredLevel | None = getattr(report, named[0])
        if time is None:
            yield from (named[1], number(None), number(None), number(None))
        else:
            low, high = (number(math.sqrt(max(end, 0.0)), 4) for end in time.interval)
            in_std = number(time.sigma / report.data.std)
            yield from (named[1], sigma(time), f"{low} to {high}", in_std)
        if report.carried is not None:
            yield _sigma_without(report.carried, named[0])

    columns = ("noise level", "σ (data units)", "95 % interval of σ", "σ over the data's standard deviation")
    extra = () if report.carried is None else (_WITHOUT.format(row=row),)
    return table_of("Noise levels", (*columns, *extra), _TIMES, cells)


def clock_table(report: AuditRecord) -> Table:
    """The times of ``report`` in every clock, one a column; a time that does not exist has no column."""
    row = noun(report)
    times = [(name, words, getattr(report, name)) for name, words in _TIMES]
    lines = {words: dict(_clock_lines(report, name, time)) for name, words, time in times if time is not None}
    names = list(dict.fromkeys(name for column in lines.values() for name in column))
    return table_of(
        f"The same noise levels in every clock, and what {row}s do there",
        ("clock", *lines),
        names,
        lambda name: (name, *(column.get(name, number(None)) for column in lines.values())),
    )


def _clock_lines(report: AuditRecord, name: str, time: MeasuredLevel) -> Iterator[tuple[str, str]]:
    row = noun(report)
    rows: LevelRows | None = getattr(report, f"{name[2:]}_rows")
    yield "noise level σ = √t, data units", sigma(time)
    yield "noise variance t, squared data units", measured(time)
    yield "95 % interval of t", " to ".join(number(end, 4) for end in time.interval)
    yield f"query {row}s n", str(time.n)
    if report.carried is not None:
        yield _WITHOUT.format(row=row), _sigma_without(report.carried, name)
    if rows is not None:
        yield f"chance to return to the own {row}, E[w_own]", measured(rows.own_weight)
        if rows.first_row is not None and rows.first_row_t is not None:
            yield (
                f"first single {row}: σ, data units",
                f"{number(rows.first_row_t.sigma)} ({row} {named(report, rows.first_row)})",
            )
    for clock, value in {**time.clocks(), "sigma_in_data_std": time.sigma / report.data.std}.items():
        if clock == "ddpm" and isinstance(value, dict):
            for schedule, step in value.items():
                yield f"DDPM step, {schedule} schedule", _step(step)
        elif clock not in ("t", "sigma"):
            yield _CLOCKS.get(clock, clock.replace("_", " ")), _text(value)


def _sigma_without(carried: CarryingRows, name: str) -> str:
    """sigma of the level ``name`` without the rows that carry its mean."""
    without: MeasuredLevel | None = getattr(carried, name)
    return number(None) if without is None else sigma(without)


def _step(step: Any) -> str:
    """A snapped step with the t it stands for; a level beyond the grid has none."""
    if not isinstance(step, dict):
        return _text(step)
    if step.get("step") is None:
        return "out of its range"
    return f"{step['step']} (t = {number(step.get('t'), 4)})"


def _text(value: Any) -> str:
    return number(value, 4) if isinstance(value, int | float) or value is None else str(value)


def samples_table(report: AuditRecord) -> Table:
    """Distinct rows needed for each target noise."""

    row = noun(report)

    def cells(goal: SamplesNeeded) -> Iterator[str]:
        yield from (number(goal.t.sigma), number(goal.factor), " to ".join(number(end) for end in goal.factor_interval))
        yield whole(goal.n_points)
        yield ("extrapolated" if goal.extrapolated else "measured") + ("" if goal.tested else ", beyond any test")

    columns = (
        "target σ (data units)", "times as many", "interval of the factor", f"distinct {row}s needed", "local "
        "dimension",
    )  # fmt: skip
    return table_of(f"Distinct {row}s that push the collapse down to a target", columns, report.samples_needed, cells)


def gaussian_table(report: AuditRecord) -> Table:
    """The measured times beside those of a Gaussian with the same covariance: of this size, and asymptotic."""
    reference = report.gaussian_reference
    if reference is None:
        return EMPTY
    finite = reference.finite_size

    def cells(named: tuple[str, str]) -> Iterator[str]:
        name, words = named
        time: MeasuredLevel | None = getattr(report, name)
        sized: MeasuredLevel | None = getattr(finite, name) if finite else None
        yield from (words, *(number(None) if level is None else measured(level) for level in (time, sized)))
        yield number(None) if time is None or sized is None else with_error(*ratio_to(time, sized))
        yield number(getattr(reference, name), 4)

    columns = (
        "noise variance (squared data units)", "measured", "Gaussian of this size", "ratio (null value 1)",
        "Gaussian, asymptotic",
    )  # fmt: skip
    caption = "This set beside a Gaussian with its covariance and its number of points"
    return table_of(caption, columns, _TIMES, cells)


def manifold_table(report: AuditRecord) -> Table:
    """Every candidate manifold with its best latent ratio."""

    def cells(item: ManifoldCandidate) -> Iterator[str]:
        yield from (item.activation, number(item.latent_ratio), number(item.misfit))
        yield from (measured(item.behind), "not excluded" if item.alike else "excluded")

    columns = ("activation", "latent ratio D/N", "misfit (nats)", "behind the best (nats)", "by the data")
    candidates = report.manifold_fit.candidates if report.manifold_fit else ()
    return table_of("Candidates, best first", columns, candidates, cells)


def levels_table(report: AuditRecord) -> Table:
    """Losses and memory index of a trained network at every level."""
    row = noun(report)
    model = report.model
    if model is None:
        return EMPTY
    distances = {
        "distance to the empirical score": model.distance,
        "distance to the population score": model.population_distance,
        "distance of these two scores": model.scores_apart,
    }
    known = {name: values for name, values in distances.items() if values}

    def cells(numbered: tuple[int, NetworkLevel]) -> Iterator[str]:
        k, level = numbered
        losses = (level.training_loss, level.holdout_loss, level.exact_training_loss, level.exact_holdout_loss)
        yield from (number(level.t.sigma), *map(measured, losses))
        yield "not resolved" if level.index is None else measured(level.index)
        yield "yes" if level.used else "no"
        yield from (measured(values[k]) for values in known.values())

    columns = (
        "σ (data units)", "training loss", "hold-out loss", "training, exact score", "hold-out, exact score",
        "memory index", "counts",
    )  # fmt: skip
    caption = "Denoising losses, squared data units a coordinate" + (
        f"; root mean square distances of denoisers at hold-out {row}s, a coordinate, in units of σ" if known else ""
    )
    return table_of(caption, (*columns, *known), list(enumerate(model.levels)), cells)


def remembered_table(report: AuditRecord) -> Table:
    """Rows that the network remembers, largest gap first."""

    row = noun(report)

    def cells(item: RowGap) -> Iterator[str | Cell]:
        yield Cell(str(item.row), (f"train:{item.row}",))
        yield from (number(item.gap), number(item.p_value), "yes" if item.duplicated else "no")

    columns = (row, "loss gap (nats)", f"p against hold-out {row}s", "is a duplicate")
    rows = report.model.remembered if report.model else ()
    return table_of(f"{row.capitalize()}s this network remembers, largest loss gap first", columns, rows, cells)


def turns_table(report: AuditRecord) -> Table:
    """Noise and return, by level."""

    row = noun(report)

    def cells(turn: TurnLevel) -> tuple[str, ...]:
        shares = (turn.training, turn.holdout, turn.exact_training, turn.exact_holdout)
        return number(turn.t.sigma), *map(measured, shares)

    columns = (
        "σ (data units)", f"training {row}s return", f"hold-out {row}s return", f"expected for a training {row} (exact "
        "score)",
        f"expected for a hold-out {row} (exact score)",
    )  # fmt: skip
    turns = report.model.turns if report.model else ()
    return table_of(f"Noise and return: share of {row}s that come back to themselves", columns, turns, cells)
