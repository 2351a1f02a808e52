"""Files appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from remanifold._core.errors import InvalidInput
from remanifold._core.paths import path_of


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
