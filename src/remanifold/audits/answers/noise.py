"""The answers that are noise levels: collapse, traps, best stop."""

import math
from dataclasses import replace

from remanifold.audits.answers.answer import Answer, missing
from remanifold.audits.answers.numbers import level, measured, number, sigma
from remanifold.audits.answers.row_names import listed_rows, named
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.rows import LevelRows
from remanifold.data.pictures.noun import an
from remanifold.noise import MeasuredLevel, NoiseLevel

_FAR_APART = 2.0  # in sigma


def collapse(report: AuditRecord) -> Answer:
    """At which noise does this set collapse (t_c)?"""
    row = noun(report)
    return _answer(
        report,
        "collapse",
        ("At which noise does this data set collapse?", "No collapse was found"),
        f"At σ = {{sigma}} data units, on average over {row}s. "
        f"{_first_row(report, 'collapse', 'collapses', row)} Below this level, denoising "
        f"a noised training {row} with the exact empirical score returns that same {row}.",
        "Lower is better: less of the noise schedule memorizes. The "
        f"error is over query {row}s, given this data set; another draw of the data varies more.",
        f"It is a mean over {row}s: above it fewer and fewer {row}s are given back, but the most exposed ones still "
        f"are. To lower it, add distinct {row}s (see the {row}s needed), remove duplicates, or stop sampling above it.",
    )


def onset(report: AuditRecord) -> Answer:
    """Below which noise do training points act as traps (t_o)?"""
    row = noun(report)
    return _answer(
        report,
        "onset",
        ("Below which noise do training points act as traps?", "No onset of traps was found"),
        f"Below σ = {{sigma}} data units the average training {row} attracts nearby samples. "
        f"{_first_row(report, 'onset', 'attracts', row)} Between here and the collapse, a path that starts close to "
        f"a training {row} ends there, while typical sampling paths still miss these traps.",
        f"Above it the trap of a single {row} can still be open. Lower is better.",
        "A few samples without copies prove nothing in this range. Test a trained model also by noising training "
        f"{row}s to this level and denoising them again, many times.",
    )


def generalization(report: AuditRecord) -> Answer:
    """Where should sampling stop? Two stops: the best one (t_g), and the first row's own collapse."""
    row = noun(report)
    answer = _answer(
        report,
        "generalization",
        ("Where should sampling stop?", "No best stop was found"),
        "Best stop: at σ = {sigma} data units the blurred training data give unseen data the highest "
        "likelihood. "
        f"{_against_collapse(report)} {_untraceable(report)} {two_stops(report)}".rstrip(),
        "There the leave-one-out negative log-likelihood of a Gaussian KDE is least. It is a best value: neither "
        "direction is better. It is about density and the empirical score, and "
        "it depends on the number of coordinates (constant padding lowers it).",
        f"Under the empirical score, denoising further only moves samples towards {row}s of the data. Where samples "
        f"must not be traceable to one {row}, the second stop counts, not the best one. A trained network may differ: "
        "test it.",
    )
    last, stop = sampler_stop(report), untraceable_stop(report)
    if stop is not None and report.t_generalization is not None:
        headline = f"best stop {answer.headline}; first {row} collapses at σ = {number(stop.sigma)}"
        answer = replace(answer, headline=headline)
    if last is None:
        return answer
    return replace(
        answer, answer=f"{answer.answer} {_sampler(report, last)}", concern=stop is not None and last < stop.sigma
    )


def untraceable_stop(report: AuditRecord) -> NoiseLevel | None:
    """Noise above which no query row has collapsed: where the first row collapses, never below the mean collapse."""
    rows, mean = report.collapse_rows, report.t_collapse
    if rows is None or rows.first_row_t is None:
        return None
    return rows.first_row_t if mean is None or rows.first_row_t > mean else mean


def two_stops(report: AuditRecord) -> str:
    """Why the two stops lie far apart, and which to use; nothing where they do not, or one does not exist."""
    best, stop, row = report.t_generalization, untraceable_stop(report), noun(report)
    if best is None or stop is None or stop.sigma < _FAR_APART * best.sigma:
        return ""
    use = "" if no_stop(report) else "Use the higher one where no sample may be traced, else the best stop."
    apart = f"The best stop is about the fit of all {row}s together, the first collapse about the most isolated {row} "
    return f"{apart}alone. {use}".rstrip()


def no_stop(report: AuditRecord) -> str:
    """Where `untraceable_stop` lies above the spread of the data along their main directions; else nothing.

    That spread is sqrt(sum l^2 / sum l) of the covariance's eigenvalues l: constant columns do not lower it.
    """
    stop, reference = untraceable_stop(report), report.gaussian_reference
    if stop is None or reference is None:
        return ""
    total = report.data.ambient_dim * report.data.std**2
    spread = math.sqrt(total / reference.effective_dimension)
    if stop.sigma <= spread:
        return ""
    return (
        f"No stop serves against tracing: the first {noun(report)} collapses at σ = {number(stop.sigma)}, above the "
        f"data's spread along their main directions, {number(spread)}."
    )


def sampler_stop(report: AuditRecord) -> float | None:
    """The sampler's own last noise sigma, data units, where it was given."""
    return report.parameters.get("sampler_sigma")


def _untraceable(report: AuditRecord) -> str:
    row = noun(report)
    stop = untraceable_stop(report)
    if stop is None:
        return (
            f"Above which noise no sample is traced to one training {row} is not known: no {row}'s collapse is known."
        )
    if no_stop(report):
        return no_stop(report)
    return (
        f"For samples that are traced to no training {row} better than by a coin: stop above σ = {number(stop.sigma)}. "
        f"There the first of the {row}s looked at collapses: it still comes back in about half of the cases, and "
        "higher is safer."
    )


def _sampler(report: AuditRecord, last: float) -> str:
    """On which side of the two stops the sampler ends."""
    row = noun(report)
    named = (("the best stop", report.t_generalization), (f"the collapse of the first {row}", untraceable_stop(report)))
    sides = [f"{_side(last, stop.sigma)} {name}" for name, stop in named if stop is not None]
    return f"The sampler's own last noise, σ = {number(last)}, lies {' and '.join(sides) or 'beside no known stop'}."


def _side(last: float, stop: float) -> str:
    return "below" if last < stop else "above" if last > stop else "at"


def _answer(report: AuditRecord, key: str, question: tuple[str, str], answer: str, detail: str, advice: str) -> Answer:
    """The answer about a level, with its {sigma}; ``question`` with the words for a level that does not exist."""
    row = noun(report)
    time: MeasuredLevel | None = getattr(report, f"t_{key}")
    if time is None:
        return missing(key, *question, getattr(report, f"t_{key}_reason"))
    shown, about = (
        sigma(time),
        f"{level(time, report.data)}. {_own_weight(getattr(report, f'{key}_rows'), row)}{detail}",
    )
    return Answer(
        question[0],
        f"{answer.format(sigma=shown)}{_without(report, key)}",
        about,
        advice,
        key=key,
        headline=f"σ = {shown}",
    )


def _without(report: AuditRecord, key: str) -> str:
    """The level without the few rows that carry its mean."""
    row = noun(report)
    carried = report.carried
    if carried is None:
        return ""
    time: MeasuredLevel | None = getattr(carried, f"t_{key}")
    found = "it does not exist on the levels measured" if time is None else f"σ = {sigma(time)}"
    if len(carried.rows) == 1:
        return f" One {row} carries this mean ({named(report, carried.rows[0])}): without it, {found}."
    few = f"{len(carried.rows)} {row}s carry this mean ({listed_rows(report, carried.rows)})"
    return f" {few}: without them, {found}."


def _first_row(report: AuditRecord, key: str, does: str, row: str) -> str:
    rows: LevelRows | None = getattr(report, f"{key}_rows")
    if rows is None or rows.first_row is None or rows.first_row_t is None:
        return f"Single {row}s differ: the first {does} at more noise."
    return f"The first {row}, {named(report, rows.first_row)}, {does} already at σ = {number(rows.first_row_t.sigma)}."


def _own_weight(rows: LevelRows | None, row: str) -> str:
    if rows is None:
        return ""
    chance = measured(rows.own_weight)
    return (
        f"Exact denoising from this level returns {an(row)} to itself with probability E[w_own] = "
        f"{chance}, on average. "
    )


def _against_collapse(report: AuditRecord) -> str:
    row = noun(report)
    best, collapsed = report.t_generalization, report.t_collapse
    if best is None or collapsed is None:
        return ""
    if best.value < collapsed.value:
        return (
            f"It lies below the collapse: what the empirical score returns there is a training {row} plus this noise."
        )
    return f"It lies above the collapse: on average samples stopped there are not yet tied to one {row}."
