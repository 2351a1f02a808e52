"""Files that users name: refused before they are opened where they are none; written whole or not at all."""

import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from remanifold._core.errors import InvalidInput, refusal

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # surrogates stand for bytes that are not UTF-8
_ABSENT = (errno.ENOENT, errno.ENOTDIR)


def no_text(written: str) -> str | None:
    """``written`` with "?" for what is no UTF-8 text, which no report and no sentence can hold; None where all is."""
    return repr(_NO_TEXT.sub("?", written))[:120] if _NO_TEXT.search(written) else None


def path_of(text: str | os.PathLike[str], what: str = "the data") -> Path:
    """The path that ``text`` writes, ``~`` replaced, whether or not there is something.

    Args:
        text: What was written.
        what: What it names, as a sentence begins.

    Raises:
        InvalidInput: if no file can have that name, or the system does not tell.
    """
    written = os.fspath(text)
    if not written:
        raise refusal(f"{what} must have a name", "an empty one", "check the variable that was to hold it")
    bad = no_text(written)
    if bad is not None:
        raise refusal(f"{what} must have a name in UTF-8", bad, "rename the file")
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


def require_writable_directory(directory: str | Path) -> Path:
    """Check, without creating anything, that ``directory`` exists or can be created and takes files; return it.

    Raises:
        InvalidInput: if something else has that name, or no file can be created there.
    """
    path = path_of(directory, "the output")
    standing = path
    while not standing.exists() and standing != standing.parent:
        standing = standing.parent
    reason = None
    if not standing.is_dir():
        reason = f"{standing} is not a directory"
    else:
        try:
            with tempfile.TemporaryFile(dir=standing):
                pass
        except OSError as error:
            reason = error.strerror
    if reason is not None:
        raise InvalidInput(
            f"the output must go to a directory that can be written, but got {path} ({reason}); name another directory."
        )
    return path


def remove_if_empty(folder: Path) -> None:
    """Remove ``folder`` unless something is in it; another process may have removed it, or be writing there."""
    with suppress(OSError):
        folder.rmdir()


def write_whole(path: str | Path, content: str | bytes | Iterable[bytes | memoryview]) -> Path:
    """Write ``content``, whole or in pieces, to ``path`` through a temporary file in the same directory, renamed when
    complete; missing directories are made.

    Raises:
        InvalidInput: if the file cannot be written.
    """
    target = Path(path)
    encoded = content.encode() if isinstance(content, str) else content
    pieces = [encoded] if isinstance(encoded, bytes) else encoded
    temporary = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as stream:
            for piece in pieces:
                stream.write(piece)
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(target)
    except OSError as error:
        raise InvalidInput(
            f"the output must go to a file that can be written, but got {target} ({error.strerror}); name another path."
        ) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
    return target
