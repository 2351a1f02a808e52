"""A column of encoded pictures in an Arrow table, decoded as it comes."""

from pathlib import Path
from typing import Any, Unpack

from remanifold._core.errors import refusal
from remanifold.data.pictures.stack import PictureStack, Resize, picture_points
from remanifold.data.points import Points, RowNames


class PictureColumn:
    """Pictures whose bytes lie in the table, or whose files lie below ``root``.

    ``root`` is None for a data set that the caller opened: it names the files that its own program reads. A table on
    disk may be anybody's, and is not to open files elsewhere.
    """

    def __init__(self, n: int, resize: Resize, source: str, root: Path | None, mode: str | None = None) -> None:
        self._stack = PictureStack(n, resize)
        self._source, self._root, self._mode = source, root, mode

    def add(self, batch: Any, columns: list[str]) -> None:
        """Decode the pictures of a batch of rows."""
        for item in batch.column(columns[0]).to_pylist():
            name = f"picture {len(self._stack)} of {self._source}"
            content = item.get("bytes") if isinstance(item, dict) else item
            path = item.get("path") if isinstance(item, dict) else None
            if not (content or path) or not isinstance(content, bytes | None):  # text would be the name of a file
                raise refusal("a picture must have its bytes in the table", f"none for {name}", "embed the files")
            self._stack.add_file(content or self._file(str(path), name), name, self._mode)

    def _file(self, named: str, name: str) -> Path:
        """The file of a picture that is named instead of stored."""
        need = "a picture must be in the table" + ("" if self._root is None else f", or a file below {self._root}")
        error = refusal(need, f"{named[:200]!r} for {name}", "embed the files")
        try:
            path = (self._root or Path()).joinpath(named).resolve()
            below = self._root is None or path.is_relative_to(self._root.resolve())
            usable = below and path.is_file()
        except (OSError, ValueError, RuntimeError) as no_name:  # no name of a file, or a link to itself
            raise error from no_name
        if not usable:
            raise error
        return path

    def points(self, source: str, kind: str, columns: list[str], **labels: Unpack[RowNames]) -> Points:
        """`Points` of all pictures."""
        del columns  # a picture has no names for its numbers
        return picture_points(self._stack, source, kind, **labels)
