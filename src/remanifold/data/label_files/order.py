"""The trap of two orders: files by the letters of their names, and by the numbers in them."""

import re
from pathlib import PurePosixPath

from remanifold._core.errors import refusal
from remanifold.data.points import Points


def require_one_order(points: Points, what: str) -> None:
    """Refuse labels by position for pictures whose names have another order by number than by letter.

    Raises:
        InvalidInput: with the first names of both orders.
    """
    names = points.row_names
    if points.record.kind != "pictures" or names is None or list(names) == sorted(names, key=_by_number):
        return
    first = ", ".join(names[:4])
    do = f"pass a file of names and {what}"
    if what == "labels":
        do += ", or `labels_from` 'order' if they stand in that order of the rows"
    raise refusal(
        f"{what} without names need one order of the pictures",
        f"rows in the order of the letters of their names ({first}, ...), which is not that of their numbers",
        do,
    )


def plain_path(name: str) -> PurePosixPath:
    """The name of a file with slashes, whatever the system wrote."""
    return PurePosixPath(name.strip().replace("\\", "/"))


def _by_number(name: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
