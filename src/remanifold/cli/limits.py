"""``--fail-above NAME=VALUE`` and ``--fail-on STATE``: numbers and verdict of a report as limits of a pipeline."""

import math
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import typer

from remanifold._core.errors import refusal, require
from remanifold.cli.output import heading, paragraph

if TYPE_CHECKING:
    from remanifold.audits import Verdict

STATES = ("remembers", "no-sign", "cannot-tell")
"""Verdicts as the command line writes them."""


def limit_of(text: str, known: Sequence[str], hint: str = "") -> tuple[str, float]:
    """(name, value) of a limit, refused before any work starts.

    Args:
        text: NAME=VALUE.
        known: Names that the report can have.
        hint: What a name that is not among them needs.

    Raises:
        InvalidInput: for another name, or a value that is no number.
    """
    name, _, value = text.partition("=")
    if name not in known:
        need = "--fail-above must name a number that this report has"
        raise refusal(need, repr(name) + hint, "write NAME=VALUE" if hint else _nearest(name, known))
    try:
        limit = float(value)
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit):
        raise refusal("--fail-above must be NAME=VALUE with a number", repr(text), f"write e.g. {name}=0")
    return name, limit


def _nearest(name: str, known: Sequence[str]) -> str:
    """The names nearest to ``name``, by letters or by a word in common; else how all of them begin."""
    near = get_close_matches(name, known, 3) or [full for full in known if name and name in full][:3]
    begins = "names begin with " + ", ".join(dict.fromkeys("".join(full.partition("_")[:2]) for full in known))
    first = f"did you mean {' or '.join(near)}?" if near else f"{begins};"
    return f"{first} docs/reference/limits.md lists all {len(known)}"


def enforce(numbers: Mapping[str, float], limits: Sequence[tuple[str, float]]) -> None:
    """Say which limits the ``numbers`` exceed, and end with code 1 if one does."""
    exceeded = [(name, limit) for name, limit in limits if numbers[name] > limit]
    for name, limit in exceeded:
        sys.stderr.write(f"remanifold: {name} = {numbers[name]:.6g} is above the limit {limit:.6g}.\n")
    if exceeded:
        raise typer.Exit(1)


def states_of(texts: Sequence[str], can_have_verdict: bool) -> tuple[str, ...]:
    """Verdicts on which ``--fail-on`` ends with code 1, refused before any work starts.

    Args:
        texts: "remembers", "cannot-tell" or "no-sign".
        can_have_verdict: Whether a model or samples are audited.

    Raises:
        InvalidInput: for another word, or where there will be no verdict.
    """
    for text in texts:
        if text not in STATES:
            raise refusal(f"--fail-on must be one of {', '.join(STATES)}", repr(text), "write e.g. --fail-on remembers")
    do = "name one of these, or leave --fail-on out"
    require(can_have_verdict or not texts, "--fail-on must come with --model or --samples", "neither", do)
    return tuple(text.replace("-", " ") for text in texts)


def enforce_verdict(verdict: "Verdict | None", states: Sequence[str]) -> None:
    """End with code 1 if the verdict is one of the ``states``."""
    if verdict is not None and verdict.state in states:
        sys.stderr.write(f"remanifold: the verdict is: {verdict.state}.\n")
        raise typer.Exit(1)


def show_verdict(verdict: "Verdict") -> None:
    """The verdict as the first lines on the terminal; its errors and p-values are for `show_what_it_rests_on`."""
    colour = {"remembers": typer.colors.RED, "no sign": typer.colors.GREEN}.get(verdict.state, typer.colors.YELLOW)
    heading(f"VERDICT: {verdict.state}", colour)
    for text in (verdict.short or verdict.headline, f"What to do: {verdict.next}"):
        paragraph(text, "  ")


def show_what_it_rests_on(verdict: "Verdict") -> None:
    """The verdict with its numbers, where its first lines left some out."""
    if verdict.short and verdict.short != verdict.headline:
        heading("\nWhat the verdict rests on")
        paragraph(verdict.headline, "  ")
