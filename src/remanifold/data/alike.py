"""Two sets that are compared number by number: rows of one shape, columns of one order."""

from remanifold._core.errors import refusal
from remanifold.data.points import Points
from remanifold.data.tables.columns import require_same_columns


def require_alike(points: Points, other: Points, name: str, do: str | None = None) -> None:
    """Refuse rows that have another shape than those of ``points``, or other columns.

    Args:
        points: The data.
        other: The set beside it.
        name: Its name, as a sentence begins.
        do: What to do about another shape.

    Raises:
        InvalidInput: if they differ.
    """
    if other.shape != points.shape:
        one = (other.n_points, *other.shape) == points.shape
        usual = "pass it as array[None] if it is one row" if one else "prepare both sets in the same way"
        need, got = (
            f"{name} must have rows of the data's shape {points.shape}",
            f"{other.shape} in {other.record.source}",
        )
        raise refusal(need, got, usual if one or do is None else do)
    require_same_columns(points, other, name)
