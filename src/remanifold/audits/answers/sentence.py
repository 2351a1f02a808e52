"""A sentence in two lengths."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """One claim.

    Attributes:
        exact: With its numbers, errors and names.
        short: For a first screen: at most three numbers, each of three digits.
    """

    exact: str
    short: str
