"""The answer that is a number of rows: how many more push the collapse below a given noise."""

from remanifold.audits.answers.answer import Answer, missing
from remanifold.audits.answers.numbers import number, share, whole
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.models import SamplesNeeded
from remanifold.measures import TESTED_FACTOR
from remanifold.noise import MeasuredLevel

_GAP = 0.1  # of the two estimates of the dimension, relative: above it neither is to be trusted alone


def samples_needed(report: AuditRecord) -> Answer:
    """How many more samples push the collapse below a given sigma?"""
    question = "How many more samples push the collapse below a given noise?"
    time = report.t_collapse
    if time is None:
        return missing("samples", question, "There is no estimate", report.t_collapse_reason)
    above = [goal for goal in report.samples_needed if goal.t >= time.value]
    below = [goal for goal in report.samples_needed if goal.t < time.value]
    if below:
        return _more(question, max(below, key=lambda one: one.t), time, report.data.n_groups)
    if above:
        return _enough(question, min(above, key=lambda one: one.t), time)
    return missing("samples", question, "There is no estimate", "no target was computed")


def _more(question: str, goal: SamplesNeeded, time: MeasuredLevel, n_groups: int) -> Answer:
    low, high = goal.factor_interval
    factor = f"About {number(goal.factor)}" if goal.tested else f"More than {whole(TESTED_FACTOR)}"
    times = f"× {number(goal.factor)}" if goal.tested else f"over × {whole(TESTED_FACTOR)}"
    rows = f"{whole(goal.n_points)} instead of {whole(n_groups)}" if goal.tested else "how many, no test backs"
    return Answer(
        question,
        f"{factor} times as many distinct rows push it from σ = {number(time.sigma, 4)} to σ = {number(goal.t.sigma)} "
        f"data units: {rows}. {_spread(goal)}",
        f"Factor {number(goal.factor)}, interval {number(low)} to {number(high)}: from the smaller to the larger of "
        f"two estimates of the local dimension, widened by the errors of the profile. {_gap(goal)}{_basis(goal)} It "
        "supposes new rows from the same source. Other targets are in the table of samples needed.",
        "If that many rows cannot be had, stop sampling earlier, or audit augmented data (crops, flips, latents): "
        "what the network sees is what counts.",
        key="samples",
        headline=f"{times} for σ = {number(goal.t.sigma)}",
    )


def _enough(question: str, goal: SamplesNeeded, time: MeasuredLevel) -> Answer:
    low, high = (min(end, 1.0) for end in goal.factor_interval)
    return Answer(
        question,
        f"It is already below: the collapse lies at σ = {number(time.sigma, 4)}, the target at "
        f"σ = {number(goal.t.sigma)} data units. A share of {share(min(goal.factor, 1.0))} of the rows, "
        f"{whole(goal.n_points)}, would do.",
        f"Interval of the share {share(low)} to {share(high)}: from the two estimates of the local dimension, widened "
        f"by the errors of the profile. {_gap(goal)}{_basis(goal)}",
        "Nothing for this target; single exposed rows still collapse above it.",
        key="samples",
        headline=f"already below σ = {number(goal.t.sigma)}",
    )


def _spread(goal: SamplesNeeded) -> str:
    low, high = goal.factor_interval
    if not goal.tested:
        return f"Such answers were held against the truth for factors up to {whole(TESTED_FACTOR)} only."
    return f"It may be {number(low)} to {number(high)} times."


def _gap(goal: SamplesNeeded) -> str:
    if goal.dimension_gap is None or goal.dimension_gap <= _GAP:
        return ""
    return (
        f"The two estimates differ by {share(goal.dimension_gap)} at the collapse, more than the {share(_GAP)} up to "
        "which one of them could be trusted alone. "
    )


def _basis(goal: SamplesNeeded) -> str:
    if goal.extrapolated:
        return "Extrapolated: the local dimension at the collapse is carried on to lower noise."
    return "Integrated from the measured local dimension."
