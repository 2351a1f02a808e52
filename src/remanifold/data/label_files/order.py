"""The trap of two orders: files by the letters of their names, and by the numbers in them."""

import re
from pathlib import PurePosixPath

from remanifold._core.errors import refusal
from remanifold.data.points import Points


def require_one_order(points: Points, what: str) -> None:
    """Refuse labels by position for files whose names have another order by number than by letter.

    Raises:
        InvalidInput: with the first names of both orders.
    """
    of_files = points.record.kind == "pictures" or points.record.kind.endswith(" folder")
    names = points.row_names if of_files and points.row_names else () if points.files is None else points.files.names
    if list(names) == sorted(names, key=_by_number):
        return
    first = ", ".join(names[:4])
    what_files = "pictures" if points.record.kind == "pictures" else "files"
    named = points.row_names is not None
    do = f"pass a file of names and {what}" if named else "rename the files (01, 02, ..., 10)"
    if what == "labels":
        do += ", or `labels_from` 'order' if they stand in that order of the rows"
    raise refusal(
        f"{what} without names need one order of the {what_files}",
        f"rows in the order of the letters of their names ({first}, ...), which is not that of their numbers",
        do,
    )


def plain_path(name: str) -> PurePosixPath:
    """The name of a file with slashes, whatever the system wrote."""
    return PurePosixPath(name.strip().replace("\\", "/"))


def _by_number(name: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
