"""One question a person has about their data, and its answer in words."""

from dataclasses import dataclass

NOT_GIVEN = "the profile does not say why"


@dataclass(frozen=True)
class Answer:
    """A question in plain words with its answer.

    Attributes:
        question: What a person asks.
        answer: One or two sentences with the number, its unit and its error.
        detail: The rest a reviewer wants: interval, direction, null value, n, what the number is conditional on.
        what_to_do: The advice that follows.
        key: Short name of the question ("collapse"), unique in a report.
        headline: The answer as a number alone, with its error ("σ = 1.23 ± 0.02").
        concern: True where the answer calls for an action before the data are used.
    """

    question: str
    answer: str
    detail: str
    what_to_do: str
    key: str
    headline: str
    concern: bool = False


def missing(key: str, question: str, what: str, reason: str | None) -> Answer:
    """The answer where a number does not exist: ``what`` is missing, and the reason."""
    text = (reason or NOT_GIVEN).rstrip(".")
    return Answer(
        question,
        f"{what}: {text}.",
        "No number is reported in place of one that does not exist.",
        "Read the reason; more rows, more query rows or distinct (not constant) data may settle it.",
        key=key,
        headline="does not exist",
    )
