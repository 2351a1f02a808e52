"""The answers that lean on theory: structure beyond covariance, the nearest manifold, rows needed."""

import math

from remanifold.audits.answers.answer import NOT_GIVEN, Answer, missing
from remanifold.audits.answers.numbers import listed, measured, number, ratio_to, share, whole, with_error
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.models import GaussianReference, ManifoldFit, SamplesNeeded
from remanifold.measures import TESTED_FACTOR
from remanifold.noise import MeasuredLevel, NoiseLevel

_NEAR_ONE = (0.8, 1.25)  # within 25 % the finite size of a set can make the whole difference to a Gaussian
# Of Gaussian data of 24 to 200 dimensions with 1.5 to 67 rows per dimension it came out 0.99 to 1.05, scatter 0.035.
_NEAR_ONE_SIZED = (0.9, 1.1)
_FAIR_SHARE = 0.05  # of log P: a misfit above it is no description
_GAP = 0.1  # of the two estimates of the dimension, relative: above it neither is to be trusted alone


def gaussian(report: AuditRecord) -> Answer:
    """How much structure is there beyond a Gaussian with the same covariance?"""
    row = noun(report)
    question = "How much structure is there beyond a Gaussian with the same covariance?"
    reference = report.gaussian_reference
    if reference is None:
        return missing("gaussian", question, "There is no Gaussian to compare with", report.gaussian_reference_reason)
    finite = reference.finite_size
    expected = finite.t_collapse if finite else reference.t_collapse
    time = report.t_collapse
    ratio, error = (math.nan, math.nan) if time is None or expected is None else ratio_to(time, expected)
    spectrum = "the data's own spectrum" if reference.exact else f"the spectrum of a random part of the {row}s"
    return Answer(
        question,
        f"The set collapses at {number(ratio)} times the noise variance of a Gaussian with the same covariance and as "
        f"many points. That Gaussian collapses at σ = {_sigma(expected)} data units. "
        f"{_structure(ratio, error, finite is not None, row)}",
        f"Ratio {'not measured' if math.isnan(ratio) else with_error(ratio, error)}; null value 1; the lower, "
        f"the more structure. Linear theory with {spectrum}: rank {reference.rank}, effective dimension "
        f"{number(reference.effective_dimension)}. {_limits(reference, row)}",
        "Trust forecasts from the covariance alone (such as those of remanifold phases --spectrum) only where the "
        "ratio is near 1.",
        key="gaussian",
        headline=f"t ratio {number(ratio)}",
    )


def _sigma(level: NoiseLevel | None) -> str:
    return number(None if level is None else level.sigma)


def _limits(reference: GaussianReference, row: str) -> str:
    """What the Gaussian's time leaves out."""
    if reference.finite_size is None:
        reason = (reference.finite_size_reason or NOT_GIVEN).rstrip(".")
        return (
            f"The theory is for large dimension, because there is none for this size ({reason}): in few dimensions its "
            "collapse is too low, by tens of per cent, so a ratio somewhat above 1 has no meaning."
        )
    return (
        f"The Gaussian's time is exact for this number of {row}s and this spectrum, on average over data sets; theory "
        f"for large dimension would say σ = {_sigma(reference.t_collapse)}. The spectrum was estimated from the "
        f"{row}s. With few {row}s per dimension this raises the ratio of Gaussian data by some 5 %."
    )


def _structure(ratio: float, error: float, sized: bool, row: str) -> str:
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
            f"Above 1: at large dimension no data exceed the Gaussian of their covariance, so a few outlying {row}s or "
            "a badly estimated spectrum stand behind it."
        )
    return "Above 1: finite size dominates, the comparison says little for this set."


def manifold(report: AuditRecord) -> Answer | None:
    """Which hidden manifold comes nearest? None where no fit was asked for."""
    row = noun(report)
    question = "Which hidden manifold comes nearest?"
    fit = report.manifold_fit
    if fit is None:
        if report.manifold_fit_reason is None:
            return None
        return Answer(
            question,
            f"None was fitted: {report.manifold_fit_reason}.",
            "No number is reported in place of one that does not exist.",
            f"Audit more {row}s.",
            key="manifold",
            headline="no fit",
        )
    alike = [candidate.activation for candidate in fit.candidates[1:] if candidate.alike]
    fair = fit.misfit_share <= _FAIR_SHARE
    verdict = "A fair description above the collapse." if fair else "A poor description: the data are no such manifold."
    return Answer(
        question,
        f"A {fit.activation} manifold with about {number(fit.latent_dim)} latent dimensions (latent ratio "
        f"{measured(fit.latent_ratio)}). {_told_apart(fit, alike)} {verdict}",
        f"Misfit {number(fit.misfit)} nats, root mean square over the measured I(xi; x_t) above the collapse: "
        f"{number(100 * fit.misfit_share)} % of log P; null value 0, lower is better. Gaussian factor, variance of the "
        "data, asymptotic theory; only the latent ratio is fitted. An activation is excluded where its misfit exceeds "
        "the least one by more than finite size can do and by 3 standard errors.",
        f"Use it to forecast other numbers of {row}s with remanifold phases, where the misfit is small.",
        key="manifold",
        headline=f"{fit.activation}, D = {number(fit.latent_dim)}",
        concern=not fair,
    )


def _told_apart(fit: ManifoldFit, alike: list[str]) -> str:
    if not alike:
        return "No other activation of those tried describes the data as well."
    low, high = fit.latent_ratio_range
    return (
        f"The activation is not told apart from {listed(alike)}; over these the latent ratio is {number(low)} to "
        f"{number(high)}."
    )


def samples_needed(report: AuditRecord) -> Answer:
    """How many more rows push the collapse below a given sigma?"""
    row = noun(report)
    question = f"How many more {row}s push the collapse below a given noise?"
    time = report.t_collapse
    if time is None:
        return missing("samples", question, "There is no estimate", report.t_collapse_reason)
    above = [goal for goal in report.samples_needed if goal.t >= time.value]
    below = [goal for goal in report.samples_needed if goal.t < time.value]
    if below:
        return _more(question, max(below, key=lambda goal: goal.t), time, report.data.n_groups, row)
    if above:
        return _enough(question, min(above, key=lambda goal: goal.t), time, row)
    return missing("samples", question, "There is no estimate", "no target was computed")


def _more(question: str, goal: SamplesNeeded, time: MeasuredLevel, n_groups: int, row: str) -> Answer:
    low, high = goal.factor_interval
    if goal.tested:
        factor, times = f"About {number(goal.factor)}", f"× {number(goal.factor)}"
        rows = f"{whole(goal.n_points)} instead of {whole(n_groups)}"
        spread = f"It may be {number(low)} to {number(high)} times."
        if low <= 1:
            spread = f"It may be up to {number(high)} times, or no more {row}s at all: the interval includes 1."
    else:
        most, rows = whole(TESTED_FACTOR), "how many, no test backs"
        factor, times = f"More than {most}", f"over × {most}"
        spread = f"Such answers were tested for factors up to {most} only."
    return Answer(
        question,
        f"{factor} times as many distinct {row}s push it from σ = {number(time.sigma, 4)} to σ = "
        f"{number(goal.t.sigma)} data units: {rows}. {spread}",
        f"Factor {number(goal.factor)}, interval {number(low)} to {number(high)}: from the smaller to the larger of "
        f"two estimates of the local dimension, widened by the errors of the profile. {_gap(goal)}{_basis(goal)} It "
        f"supposes new {row}s from the same source. Other targets are in the table of {row}s needed.",
        f"If that many {row}s cannot be had, stop sampling earlier, or audit augmented data (crops, flips, latents): "
        "what the network sees is what counts.",
        key="samples",
        headline=f"{times} for σ = {number(goal.t.sigma)}",
    )


def _enough(question: str, goal: SamplesNeeded, time: MeasuredLevel, row: str) -> Answer:
    low, high = (min(end, 1.0) for end in goal.factor_interval)
    return Answer(
        question,
        f"It is already below: the collapse lies at σ = {number(time.sigma, 4)}, the target at "
        f"σ = {number(goal.t.sigma)} data units. A share of {share(min(goal.factor, 1.0))} of the {row}s, "
        f"{whole(goal.n_points)}, would do.",
        f"Interval of the share {share(low)} to {share(high)}: from the two estimates of the local dimension, widened "
        f"by the errors of the profile. {_gap(goal)}{_basis(goal)}",
        f"Nothing for this target; single exposed {row}s still collapse above it.",
        key="samples",
        headline=f"already below σ = {number(goal.t.sigma)}",
    )


def _gap(goal: SamplesNeeded) -> str:
    if goal.dimension_gap is None or goal.dimension_gap <= _GAP:
        return ""
    return (
        f"The two estimates differ by {share(goal.dimension_gap)} at the collapse, more than the {share(_GAP)} up to "
        "which one of them could be trusted alone. "
    )


def _basis(goal: SamplesNeeded) -> str:
    carried_on = "Extrapolated: the local dimension at the collapse is carried on to lower noise."
    return carried_on if goal.extrapolated else "Integrated from the measured local dimension."
