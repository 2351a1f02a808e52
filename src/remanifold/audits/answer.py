"""One question a person has about their data, and its answer in words."""

from dataclasses import dataclass


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
