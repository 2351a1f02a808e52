"""The answers that are noise levels: collapse, traps, best stop."""

from remanifold.audits.answers.answer import Answer, missing
from remanifold.audits.answers.numbers import level, measured, noun, number, sigma
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.rows import LevelRows
from remanifold.noise import MeasuredLevel


def collapse(report: AuditRecord) -> Answer:
    """At which noise does this set collapse (t_c)?"""
    return _answer(
        report,
        "collapse",
        ("At which noise does this data set collapse?", "No collapse was found"),
        "At σ = {sigma} data units, on average over rows. "
        f"{_first_row(report.collapse_rows, 'collapses')} Below this level, denoising "
        f"a noised training {noun(report)} with the exact empirical score returns that same {noun(report)}.",
        "Lower is better: less of the noise schedule memorizes. The "
        "error is over query rows, given this data set; another draw of the data varies more.",
        "It is a mean over rows: above it fewer and fewer rows are given back, but the most exposed ones still are. To "
        "lower it, add distinct rows (see the rows needed), remove duplicates, or stop sampling above it.",
    )


def onset(report: AuditRecord) -> Answer:
    """Below which noise do training points act as traps (t_o)?"""
    return _answer(
        report,
        "onset",
        ("Below which noise do training points act as traps?", "No onset of traps was found"),
        f"Below σ = {{sigma}} data units the average training {noun(report)} attracts nearby samples. "
        f"{_first_row(report.onset_rows, 'attracts')} Between here and the collapse, a path that starts close to a "
        "training row ends there, while typical sampling paths still miss these traps.",
        "Above it the trap of a single row can still be open. Lower is better.",
        "A few samples without copies prove nothing in this range: test a trained model also by noising training "
        "rows to this level and denoising them again, many times.",
    )


def generalization(report: AuditRecord) -> Answer:
    """Where should sampling stop (t_g)?"""
    return _answer(
        report,
        "generalization",
        ("Where should sampling stop?", "No best stop was found"),
        "At σ = {sigma} data units the blurred training data give unseen data the highest likelihood (least "
        f"leave-one-out negative log-likelihood of a Gaussian KDE). {_against_collapse(report)}",
        "This is a best value: neither direction is better. "
        "It is about the empirical score, and it depends on the number of coordinates (constant padding lowers it).",
        "Under the empirical score, denoising further only moves samples towards rows of the data. Where samples "
        "should not be traceable to one row, stop well above the collapse: it is a mean over rows.",
    )


def _answer(report: AuditRecord, key: str, question: tuple[str, str], answer: str, detail: str, advice: str) -> Answer:
    """The answer about a level, with its {sigma}; ``question`` with the words for a level that does not exist."""
    time: MeasuredLevel | None = getattr(report, f"t_{key}")
    if time is None:
        return missing(key, *question, getattr(report, f"t_{key}_reason"))
    shown, about = sigma(time), f"{level(time, report.data)}. {_own_weight(getattr(report, f'{key}_rows'))}{detail}"
    return Answer(question[0], answer.format(sigma=shown), about, advice, key=key, headline=f"σ = {shown}")


def _first_row(rows: LevelRows | None, does: str) -> str:
    if rows is None or rows.first_row is None or rows.first_row_t is None:
        return f"Single rows differ: the first {does} at more noise."
    return f"The first row, {rows.first_row}, {does} already at σ = {number(rows.first_row_t.sigma)}."


def _own_weight(rows: LevelRows | None) -> str:
    if rows is None:
        return ""
    chance = measured(rows.own_weight)
    return f"Exact denoising from this level returns a row to itself with probability E[w_own] = {chance}, on average. "


def _against_collapse(report: AuditRecord) -> str:
    best, collapsed = report.t_generalization, report.t_collapse
    if best is None or collapsed is None:
        return ""
    if best.value < collapsed.value:
        return "It lies below the collapse: what the empirical score returns there is a training row plus this noise."
    return "It lies above the collapse, so that samples stopped there are not yet tied to one row."
