"""The least memory budget of an audit, told before any work."""

import math

from remanifold._core.compute import Compute
from remanifold._core.errors import refusal
from remanifold.audits.inputs import AuditInputs, AuditOptions
from remanifold.measures.neighbours.contraction import tree_memory
from remanifold.measures.profile.measuring import PILOT
from remanifold.measures.profile.runner import least_memory
from remanifold.scores.budget import least_bytes

_DRAWN_PAIRS = 2 * 10**7  # draws times pairs of points
_LEVELS = 100  # of a profile, and those that single queries need beyond
_NUMBERS_BYTES = 8 * 4 * 3  # of a query, level and branch: four sums, their tables, terms of a mean
_ROW_BYTES = 80  # of a row: hash, order, numbers, labels


def draws_for(n_queries: int, n_points: int) -> int:
    """Noise draws a query: 8 where they are cheap, so that each row's own collapse is sharp; else down to 2."""
    return min(8, max(2, _DRAWN_PAIRS // (n_queries * n_points)))


def require_budget(inputs: AuditInputs, options: AuditOptions, compute: Compute, *, of_network: bool) -> None:
    """Refuse a budget that does not hold an audit of the rows as they are, none of them a copy.

    Half of it goes to the empirical score where it is one ``of_network``.

    Raises:
        InvalidInput: with the least budget.
    """
    n_points, ambient_dim = inputs.points.n_points, inputs.points.ambient_dim
    n_queries = min(options.max_queries, n_points)
    draws = draws_for(n_queries, n_points)
    profile = least_memory(n_points, ambient_dim, draws, compute.n_threads, min(PILOT, n_queries))
    results = n_queries * _LEVELS * (1 + 2 * draws) * _NUMBERS_BYTES
    rows = _ROW_BYTES * n_points
    least = rows + max(results + profile, tree_memory(n_points, ambient_dim))
    if of_network:
        least = max(least, 2 * least_bytes(ambient_dim))
    if compute.memory_bytes < least:
        raise refusal(
            f"an audit of {n_points} rows of {ambient_dim} numbers from {n_queries} queries needs a memory budget of "
            f"at least {math.ceil(least / 1e6)} MB",
            f"{compute.memory_bytes / 1e6:.3g} MB",
            "raise `memory`, or look at fewer rows with a smaller `max_queries`",
        )
