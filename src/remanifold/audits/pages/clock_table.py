"""The three noise levels in every clock, as a table."""

from collections.abc import Iterator
from typing import Any

from remanifold.audits.answers.numbers import measured, number, sigma
from remanifold.audits.pages.tables import TIME_NAMES, Cell, Table
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.rows import LevelRows
from remanifold.noise import MeasuredLevel

_CLOCKS = {
    "sigma_in_data_std": "σ over the data's standard deviation",
    "vp_time": "variance-preserving time s, t = exp(2s) − 1",
    "flow_time": "rectified-flow time u, t = (u/(1−u))²",
}


def clock_table(report: AuditRecord) -> Table:
    """The times of ``report``, one a column; a time that does not exist has no column."""
    found: dict[str, dict[str, str]] = {}
    for name, words in TIME_NAMES:
        level: MeasuredLevel | None = getattr(report, name)
        if level is not None:
            rows: LevelRows | None = getattr(report, f"{name.removeprefix('t_')}_rows")
            found[words] = dict(_lines(level, rows, report.data.std))
    names = list(dict.fromkeys(name for lines in found.values() for name in lines))
    lines = tuple((Cell(name), *(Cell(found[words].get(name, number(None))) for words in found)) for name in names)
    return Table("The same noise levels in every clock, and what rows do there", ("clock", *found), lines)


def _lines(time: MeasuredLevel, rows: LevelRows | None, std: float) -> Iterator[tuple[str, str]]:
    yield "noise level σ = √t, data units", sigma(time)
    yield "noise variance t, squared data units", measured(time)
    yield "95 % interval of t", " to ".join(number(end, 4) for end in time.interval)
    yield "query rows n", str(time.n)
    if rows is not None:
        yield "chance to return to the own row, E[w_own]", measured(rows.own_weight)
    if rows is not None and rows.first_row_t is not None:
        yield "first single row: σ, data units", f"{number(rows.first_row_t.sigma)} (row {rows.first_row})"
    for name, value in {**time.clocks(), "sigma_in_data_std": time.sigma / std}.items():
        if name == "ddpm" and isinstance(value, dict):
            for schedule, step in value.items():
                yield f"DDPM step, {schedule} schedule", _step(step)
        elif name not in ("t", "sigma"):
            yield _CLOCKS.get(name, name.replace("_", " ")), _text(value)


def _step(step: Any) -> str:
    """A snapped step with the t it stands for; a level beyond the grid has none."""
    if not isinstance(step, dict):
        return _text(step)
    if step.get("step") is None:
        return "out of its range"
    return f"{step['step']} (t = {number(step.get('t'), 4)})"


def _text(value: Any) -> str:
    return number(value, 4) if isinstance(value, int | float) or value is None else str(value)
