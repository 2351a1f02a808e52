"""The answer about structure beyond covariance: the set beside a Gaussian of its covariance and number of points."""

import math

from remanifold.audits.answers.answer import NOT_GIVEN, Answer, missing
from remanifold.audits.answers.numbers import number, ratio_to, with_error
from remanifold.audits.records.models import GaussianReference
from remanifold.audits.report import AuditReport, MeasuredTime

_NEAR_ONE = (0.8, 1.25)  # within 25 % the finite size of a set can make the whole difference to a Gaussian
# Of Gaussian data of 24 to 200 dimensions with 1.5 to 67 rows per dimension it came out 0.99 to 1.05, scatter 0.035.
_NEAR_ONE_SIZED = (0.9, 1.1)


def gaussian(report: AuditReport) -> Answer:
    """How much structure is there beyond a Gaussian with the same covariance?"""
    question = "How much structure is there beyond a Gaussian with the same covariance?"
    reference = report.gaussian_reference
    if reference is None:
        return missing("gaussian", question, "There is no Gaussian to compare with", report.gaussian_reference_reason)
    finite = reference.finite_size
    t_gaussian, error = (finite.t_collapse, finite.t_collapse_stderr) if finite else (reference.t_collapse, 0.0)
    ratio, ratio_error = _ratio(report.t_collapse, t_gaussian, error)
    spectrum = "the data's own spectrum" if reference.exact else "the spectrum of a random part of the rows"
    return Answer(
        question,
        f"The set collapses at {number(ratio)} times the noise variance at which a Gaussian with the same covariance "
        f"and as many points would (σ = {number(math.sqrt(t_gaussian))} data units). "
        f"{_verdict(ratio, ratio_error, finite is not None)}",
        f"Ratio {'not measured' if math.isnan(ratio) else with_error(ratio, ratio_error)}; null value 1; the lower, "
        f"the more structure. Linear theory with {spectrum}: rank {reference.rank}, effective dimension "
        f"{number(reference.effective_dimension)}. {_limits(reference)}",
        "Trust forecasts from the covariance alone (such as those of remanifold phases --spectrum) only where the "
        "ratio is near 1.",
        key="gaussian",
        headline=f"t ratio {number(ratio)}",
    )


def _ratio(time: MeasuredTime | None, t_gaussian: float, error: float) -> tuple[float, float]:
    return (math.nan, math.nan) if time is None else ratio_to(time, t_gaussian, error)


def _limits(reference: GaussianReference) -> str:
    """What the Gaussian's time leaves out."""
    if reference.finite_size is None:
        reason = (reference.finite_size_reason or NOT_GIVEN).rstrip(".")
        return (
            f"The theory is for large dimension, because there is none for this size ({reason}): in few dimensions its "
            "collapse is too low, by tens of per cent, so a ratio somewhat above 1 has no meaning."
        )
    return (
        "The Gaussian's time is exact for this number of rows and this spectrum, on average over data sets; theory for "
        f"large dimension would say σ = {number(math.sqrt(reference.t_collapse))}. The spectrum was estimated from the "
        "rows, which raises the ratio of Gaussian data by some 5 % where there are only a few rows per dimension."
    )


def _verdict(ratio: float, error: float, sized: bool) -> str:
    """In words; what lies within the band or within three errors of 1 is called close to it."""
    low, high = _NEAR_ONE_SIZED if sized else _NEAR_ONE
    if math.isnan(ratio):
        return "The set's own collapse was not measured."
    if ratio < min(low, 1 - 3 * error):
        return "Below 1: the data hold structure that their covariance does not show."
    if ratio <= max(high, 1 + 3 * error):
        return "Close to 1: the covariance explains most of what matters here."
    if sized:
        return (
            "Above 1: at large dimension no data exceed the Gaussian of their covariance, so a few outlying rows or a "
            "badly estimated spectrum stand behind it."
        )
    return "Above 1: finite size dominates, the comparison says little for this set."
