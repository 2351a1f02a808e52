"""Files appear whole or not at all."""

import os
import tempfile
from pathlib import Path

from remanifold._core.errors import InvalidInput


def writable_directory(directory: str | Path) -> Path:
    """Make sure ``directory`` exists and files can be created in it; return it.

    Raises:
        InvalidInput: if it cannot be created or written to.
    """
    path = Path(directory)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise InvalidInput(
            f"the output must go to a directory that can be written, but got {path} ({error.strerror}); "
            "name another directory."
        ) from error
    return path


def write_whole(path: str | Path, content: str | bytes) -> Path:
    """Write ``content`` to ``path`` through a temporary file in the same directory, renamed when complete.

    Raises:
        InvalidInput: if the file cannot be written.
    """
    target = Path(path)
    raw = content.encode() if isinstance(content, str) else content
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(raw)
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
