"""The verdict of an audit: does this model give back its training rows, and what would have been found?"""

from dataclasses import dataclass, field
from typing import Literal

State = Literal["remembers", "no sign", "cannot tell"]
STATES: tuple[State, ...] = ("remembers", "no sign", "cannot tell")


@dataclass(frozen=True)
class Reason:
    """One test or observation that the verdict rests on.

    Attributes:
        name: Of the test ("all rows", "duplicates", "class 3", "samples: equal rows"), as in the JSON.
        p_value: Of the test alone; None where it is no test.
        adjusted: Adjusted for all tests of the verdict together, by Holm's method.
        estimate: What was measured: of rows P(loss number < that of a hold-out row), 1/2 without memory; of samples a
            share.
        text: In words.
        words: The same without numbers; empty in reports of older versions.
    """

    name: str
    p_value: float | None
    adjusted: float | None
    estimate: float | None
    text: str
    words: str = ""


@dataclass(frozen=True)
class Verdict:
    """One answer for a release.

    Attributes:
        state: "remembers": a test of memory was significant, all adjusted together, or a copy was seen that chance
            cannot make; "no sign": none was, and memory of 5 % of the rows (or samples) would have been found with
            80 % power; "cannot tell": neither can be said.
        headline: One sentence why.
        reasons: What was looked at, the decisive first.
        detectable: Least share found with 80 % power: "rows" of training rows remembered as the empirical score
            remembers them, "rows_half" of rows whose loss is half of the way there ("groups" and "groups_half" where
            rows belong together), "samples" of near copies among samples, "samples_equal" of exact ones; None where
            not even all would be.
        next: What to do.
        short: The headline for a first screen, with few numbers; empty in reports of older versions.
    """

    state: str
    headline: str
    reasons: tuple[Reason, ...] = ()
    detectable: dict[str, float | None] = field(default_factory=dict)
    next: str = ""
    short: str = ""
