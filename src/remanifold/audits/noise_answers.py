"""The answers that are noise levels: collapse, traps, best stop, samples needed, structure beyond a Gaussian."""

import math

from remanifold.audits.answer import Answer
from remanifold.audits.numbers import level, number, sigma, with_error
from remanifold.audits.report import AuditReport, SamplesNeeded

_NOT_GIVEN = "the profile does not say why"
_NEAR_ONE = (0.8, 1.25)  # within 25 % the finite size of a set can make the whole difference to a Gaussian


def collapse(report: AuditReport) -> Answer:
    """At which noise does this set collapse (t_c)?"""
    question = "At which noise does this data set collapse?"
    time = report.t_collapse
    if time is None:
        return _missing("collapse", question, "No collapse was found", report.t_collapse_reason)
    shown = sigma(time.value, time.stderr)
    return Answer(
        question,
        f"At σ = {shown} data units. Below it a typical noised sample belongs to one training row, and the exact "
        "empirical score leads back to that row.",
        f"{level(time, report.data)}. Lower is better: less of the noise schedule memorizes. The error is over query "
        "rows, given this data set; another draw of the data varies more.",
        "Below this noise most rows are given back, above it fewer and fewer: it is a mean over rows. "
        "To lower it, add distinct rows (see the "
        "samples needed), remove duplicates, or stop sampling above it.",
        key="collapse",
        headline=f"σ = {shown}",
    )


def onset(report: AuditReport) -> Answer:
    """From where on do traps exist (t_o)?"""
    question = "From where on do traps exist?"
    time = report.t_onset
    if time is None:
        return _missing("onset", question, "No onset of traps was found", report.t_onset_reason)
    shown = sigma(time.value, time.stderr)
    return Answer(
        question,
        f"From σ = {shown} data units downwards. Between here and the collapse, paths that start close to a "
        "training row are pulled into it, while typical sampling paths still miss these traps.",
        f"{level(time, report.data)}. Lower is better.",
        "A few samples without copies prove nothing in this range: test a trained model also by noising training "
        "rows to this level and denoising them again, many times.",
        key="onset",
        headline=f"σ = {shown}",
    )


def generalization(report: AuditReport) -> Answer:
    """Where should sampling stop (t_g)?"""
    question = "Where should sampling stop?"
    time = report.t_generalization
    if time is None:
        return _missing("generalization", question, "No best stop was found", report.t_generalization_reason)
    shown = sigma(time.value, time.stderr)
    return Answer(
        question,
        f"At σ = {shown} data units: the data blurred by this noise describe a row that was left out best (least "
        f"leave-one-out cross entropy). {_against_collapse(report)}",
        f"{level(time, report.data)}. This is a best value, neither direction is better; it concerns the empirical "
        "score, and it depends on the number of coordinates (constant padding lowers it).",
        "Under the empirical score, denoising further only moves samples towards rows of the data. Where samples "
        "should not be traceable to one row, stop well above the collapse: it is a mean over rows.",
        key="generalization",
        headline=f"σ = {shown}",
    )


def _against_collapse(report: AuditReport) -> str:
    best, collapsed = report.t_generalization, report.t_collapse
    if best is None or collapsed is None:
        return ""
    if best.value < collapsed.value:
        return "It lies below the collapse: what the empirical score returns there is a training row plus this noise."
    return "It lies above the collapse, so that samples stopped there are not yet tied to one row."


def samples_needed(report: AuditReport) -> Answer:
    """How many more samples push the collapse below a given sigma?"""
    question = "How many more samples push the collapse below a given noise?"
    goals = [goal for goal in report.samples_needed if goal.factor > 1 and math.isfinite(goal.factor)]
    if not goals or report.t_collapse is None:
        reason = report.t_collapse_reason if report.t_collapse is None else "no target below the collapse was computed"
        return _missing("samples", question, "There is no estimate", reason)
    goal = min(goals, key=lambda one: one.factor)
    low, high = goal.factor_interval
    return Answer(
        question,
        f"About {number(goal.factor)} times as many distinct rows push it from σ = {sigma(report.t_collapse.value)} "
        f"to σ = {number(goal.sigma)} data units: {number(goal.n_points)} instead of "
        f"{report.data.n_groups}.",
        f"95 % interval of the factor {number(low)} to {number(high)}, from the errors of the profile alone. "
        f"{_basis(goal)} It supposes new rows from the same source. Lower targets are in the table of samples "
        "needed.",
        "If that many rows cannot be had, stop sampling earlier, or audit augmented data (crops, flips, latents): "
        "what the network sees is what counts.",
        key="samples",
        headline=f"× {number(goal.factor)} for σ = {number(goal.sigma)}",
    )


def _basis(goal: SamplesNeeded) -> str:
    if goal.extrapolated:
        return (
            "Extrapolated, so read it as at least: the local dimension at the collapse is carried on to lower noise; "
            "data that gain dimension there need more."
        )
    return "Integrated from the measured local dimension."


def gaussian(report: AuditReport) -> Answer:
    """How much structure is there beyond a Gaussian with the same covariance?"""
    question = "How much structure is there beyond a Gaussian with the same covariance?"
    reference = report.gaussian_reference
    if reference is None:
        return _missing("gaussian", question, "There is no Gaussian to compare with", report.gaussian_reference_reason)
    ratio = number(reference.collapse_ratio)
    error = _ratio_error(report, reference.t_collapse)
    spectrum = "the data's own spectrum" if reference.exact else "the spectrum of a random part of the rows"
    return Answer(
        question,
        f"The set collapses at {ratio} times the noise variance at which a Gaussian with the same covariance and as "
        f"many points would (σ = {number(math.sqrt(reference.t_collapse))} data units). "
        f"{_verdict(reference.collapse_ratio)}",
        f"Ratio {error}; null value 1; the lower, the more structure. Linear theory with {spectrum}: rank "
        f"{reference.rank}, effective dimension {number(reference.effective_dimension)}. The theory is for large "
        "dimension: in few dimensions its collapse is too low, by tens of per cent, so a ratio somewhat above 1 has "
        "no meaning.",
        "Trust forecasts from the covariance alone (such as those of remanifold phases --spectrum) only where the "
        "ratio is near 1.",
        key="gaussian",
        headline=f"t ratio {ratio}",
    )


def _ratio_error(report: AuditReport, t_gaussian: float) -> str:
    time = report.t_collapse
    return "not measured" if time is None else with_error(time.value / t_gaussian, time.stderr / t_gaussian)


def _verdict(ratio: float) -> str:
    if ratio < _NEAR_ONE[0]:
        return "Below 1: the data hold structure that their covariance does not show."
    if ratio <= _NEAR_ONE[1]:
        return "Close to 1: the covariance explains most of what matters here."
    return "Above 1: finite size dominates, the comparison says little for this set."


def _missing(key: str, question: str, what: str, reason: str | None) -> Answer:
    text = (reason or _NOT_GIVEN).rstrip(".")
    return Answer(
        question,
        f"{what}: {text}.",
        "No number is reported in place of one that does not exist.",
        "Read the reason; more rows, more query rows or distinct (not constant) data may settle it.",
        key=key,
        headline="does not exist",
    )
