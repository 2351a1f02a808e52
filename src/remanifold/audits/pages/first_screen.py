"""What a report shows first: one word, one sentence, the noise axis, a picture brought back, and what to do."""

from collections.abc import Iterator
from dataclasses import dataclass

from remanifold.audits.answers.answer import Answer
from remanifold.audits.answers.noise import no_stop, two_stops, untraceable_stop
from remanifold.audits.answers.numbers import number
from remanifold.audits.answers.unit import unit
from remanifold.audits.answers.verdict import short_verdict, verdict_of
from remanifold.audits.noun import noun
from remanifold.audits.pages.figures import marks_of
from remanifold.audits.pages.phase_strip import Strip, phase_strip
from remanifold.audits.records.audit import AuditRecord

_PAIRS = 8
_LEVELS = {"onset": "where traps begin", "collapse": "at the collapse", "generalization": "at the best stop"}


@dataclass(frozen=True)
class Return:
    """A training row noised to one level and what the exact score makes of it: names of pictures, in words."""

    level: str
    sigma: str
    words: str
    noised: str
    returned: str


@dataclass(frozen=True)
class FirstScreen:
    """The top of a report's page.

    Attributes:
        title: What was audited.
        state: remembers, no sign, cannot tell; or data alone.
        sentence: The answer, without errors, p-values and n: at most five numbers with the advice, of three digits.
        exact: The answer with them.
        what_to_do: The advice that goes with it.
        strip: The noise axis, or None.
        stops: Why its two stops lie far apart, where they do.
        row: The training row whose pictures are shown, with the name of its picture; None where rows are no images.
        returns: The row at the three levels, from much noise to little.
        pairs: Names of pictures of samples that are copies, or else of the closest ones, each with its training row.
        are_copies: Which of the two.
        reference: Names of pictures of a hold-out row and its nearest training row, by which to judge the pairs.
    """

    title: str
    state: str
    sentence: str
    exact: str
    what_to_do: str
    strip: Strip | None
    stops: str
    row: tuple[int, str] | None
    returns: tuple[Return, ...]
    pairs: tuple[tuple[str, str], ...]
    are_copies: bool
    reference: tuple[str, str] | None


def first_screen(report: AuditRecord, answers: dict[str, Answer]) -> FirstScreen:
    """Of ``report``, whose ``answers`` are known by their keys."""
    row = next((name for name in report.pictures if name.startswith("clean:")), None)
    number_of = None if row is None else int(row.partition(":")[2])
    verdict = report.verdict
    return FirstScreen(
        _title(report),
        "data alone" if verdict is None else verdict.state,
        _of_data(report) if verdict is None else short_verdict(verdict, verdict_of(report)),
        "" if verdict is None else verdict.headline,
        _advice(report, answers) if verdict is None else verdict.next,
        phase_strip(report),
        two_stops(report),
        None if row is None or number_of is None else (number_of, row),
        tuple(_returns(report, number_of)),
        tuple(_pairs(report)),
        report.samples is not None and bool(report.samples.flagged),
        _reference(report),
    )


def _title(report: AuditRecord) -> str:
    """What was audited: the network, its samples, or the data alone."""
    if report.model is not None:
        beside = " and its samples" if report.samples is not None else ""
        return f"the network {report.model.source}{beside}"
    if report.samples is not None:
        return f"the generated samples {report.samples.sources['samples']}"
    return report.data.source


def _of_data(report: AuditRecord) -> str:
    """The answer where neither a network nor samples were audited."""
    row = noun(report)
    if report.t_collapse is None:
        return f"No collapse was found: {report.t_collapse_reason}. No model and no samples were audited."
    return (
        f"Below σ = {number(report.t_collapse.sigma)} {unit(report)} a diffusion model that fits these {row}s "
        f"perfectly returns training {row}s. No model and no samples were audited, so there is no verdict on one."
    )


def _advice(report: AuditRecord, answers: dict[str, Answer]) -> str:
    """Of the data alone: what calls for an action, then where to stop."""
    row = noun(report)
    advice = [answers[key].what_to_do for key in ("duplicates", "holdout") if key in answers and answers[key].concern]
    stop = untraceable_stop(report)
    if stop is not None and stop.value > 0:
        where = f"Where samples must not be traced to one {row}, stop sampling above σ = {number(stop.sigma)}."
        advice.append(no_stop(report) or where)
    return " ".join([*advice, "A trained network may differ: audit it too, with --model or --samples."])


def _pairs(report: AuditRecord) -> Iterator[tuple[str, str]]:
    samples = report.samples
    for pair in () if samples is None else (samples.flagged or samples.closest)[:_PAIRS]:
        names = f"sample:{pair.sample}", f"train:{pair.train}"
        if set(names) <= set(report.pictures):
            yield names


def _reference(report: AuditRecord) -> tuple[str, str] | None:
    names = [name for kind in ("holdout", "train") for name in report.pictures if name.startswith(f"reference-{kind}:")]
    return (names[0], names[1]) if len(names) == 2 else None


def _returns(report: AuditRecord, row: int | None) -> list[Return]:
    marks, found = marks_of(report), []
    for level, words in _LEVELS.items():
        noised, returned = (f"{what}:{level}:{row}" for what in ("noised", "returned"))
        if level in marks and {noised, returned} <= set(report.pictures):
            found.append(Return(level, number(marks[level][0]), words, noised, returned))
    return sorted(found, key=lambda one: -marks[one.level][0])
