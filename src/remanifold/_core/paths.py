"""Paths that users write: with ~, too long, of bytes that are no text, to pipes; refused before they are opened."""

import errno
import os
import re
import stat
from pathlib import Path

from remanifold._core.errors import InvalidInput, refusal

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # surrogates stand for bytes that are not UTF-8
_ABSENT = (errno.ENOENT, errno.ENOTDIR)


def path_of(text: str | os.PathLike[str], what: str = "the data") -> Path:
    """The path that ``text`` writes, ``~`` replaced, whether or not there is something.

    Args:
        text: What was written.
        what: What it names, as a sentence begins.

    Raises:
        InvalidInput: if no file can have that name, or the system does not tell.
    """
    written = os.fspath(text)
    if _NO_TEXT.search(written):
        raise refusal(f"{what} must have a name in UTF-8", repr(_NO_TEXT.sub("?", written))[:120], "rename the file")
    path = Path(written)
    try:
        path = path.expanduser()
        path.stat()
    except RuntimeError as error:  # nobody has that name
        raise InvalidInput(
            f"{what} must be below a home that exists, but got {written[:120]}; write the path out."
        ) from error
    except OSError as error:
        if error.errno not in _ABSENT:
            got = f"{written[:120]} ({error.strerror})"
            raise InvalidInput(f"{what} must be readable, but got {got}; check the file and its rights.") from error
    return path


def require_regular(path: Path, what: str = "the data") -> Path:
    """``path``, if it is no pipe, device or socket, from which reading may never end.

    Raises:
        InvalidInput: if it is.
    """
    mode = path.stat().st_mode if path.exists() else stat.S_IFREG
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise refusal(f"{what} must be a regular file", f"{path}, a pipe, device or socket", "save it as a file first")
    return path


def require_regular_below(folder: Path, what: str = "the data") -> None:
    """Refuse (`InvalidInput`) a folder with pipes, devices or sockets anywhere in it."""
    for place, _, names in os.walk(folder):
        for name in names:
            require_regular(Path(place, name), what)
