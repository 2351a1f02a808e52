"""``--fail-above NAME=VALUE``: numbers of a report as limits of a pipeline."""

import math
import sys
from collections.abc import Mapping, Sequence

import typer

from remanifold._core.errors import refusal


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
        raise refusal(f"--fail-above must name one of {', '.join(known)}", repr(name) + hint, "write NAME=VALUE")
    try:
        limit = float(value)
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit):
        raise refusal("--fail-above must be NAME=VALUE with a number", repr(text), f"write e.g. {name}=0")
    return name, limit


def enforce(numbers: Mapping[str, float], limits: Sequence[tuple[str, float]]) -> None:
    """Say which limits the ``numbers`` exceed, and end with code 1 if one does."""
    exceeded = [(name, limit) for name, limit in limits if numbers[name] > limit]
    for name, limit in exceeded:
        sys.stderr.write(f"remanifold: {name} = {numbers[name]:.6g} is above the limit {limit:.6g}.\n")
    if exceeded:
        raise typer.Exit(1)
