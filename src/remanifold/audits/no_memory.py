"""The verdict of a report as an assertion, for the tests of a pipeline."""

from remanifold._core.errors import refusal
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.compared import ComparisonRecord
from remanifold.audits.records.samples import CopiesRecord


def assert_no_memory(report: AuditRecord | CopiesRecord | ComparisonRecord, *, strict: bool = False) -> None:
    """Raise where ``report`` says that training rows are remembered or given back; say nothing otherwise.

    Args:
        report: Of `audit` with a model or samples, or of `audit_copies`. Of a comparison the last model counts.
        strict: Also raise where it cannot be told.

    Raises:
        AssertionError: with the sentence of the verdict.
        InvalidInput: for what is no report, or one without a verdict.

    Example:
        >>> import numpy as np, remanifold as rm
        >>> from remanifold.audits import assert_no_memory
        >>> rows = np.random.default_rng(0).normal(size=(300, 4))
        >>> assert_no_memory(rm.audit_copies(rows[:100], rows[200:], rows[100:200], threads=1))
        >>> assert_no_memory(rm.audit_copies(rows[:100], rows[:50], rows[100:200], threads=1))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        AssertionError: It remembers training rows: 50 samples equal a training row ...
    """
    if not isinstance(report, AuditRecord | CopiesRecord | ComparisonRecord):
        need = "an assertion of no memory needs the report of audit, audit_copies or compare_models"
        raise refusal(need, type(report).__name__, "pass what one of these returned")
    state, sentence = _of_comparison(report) if isinstance(report, ComparisonRecord) else _of_verdict(report)
    if state == "remembers" or (strict and state == "cannot tell"):
        raise AssertionError(sentence)


def _of_verdict(report: AuditRecord | CopiesRecord) -> tuple[str, str]:
    verdict = report.verdict
    if verdict is None:
        do = "pass model= or samples= to audit"
        raise refusal("an assertion of no memory needs a report with a verdict", "a report on data alone", do)
    return verdict.state, verdict.headline


def _of_comparison(report: ComparisonRecord) -> tuple[str, str]:
    """Of the last model; without memory shown it cannot be told, since a comparison gives no all-clear."""
    last = report.models[-1]
    if last.remembers:
        return (
            "remembers",
            f"{last.name} remembers training {noun(report)}s (p = {last.adjusted:.3g}, adjusted for all models).",
        )
    why = report.doubts[0] if report.doubts else "a comparison gives no all-clear; audit the model"
    return "cannot tell", f"It cannot be told whether {last.name} remembers: {why}."
