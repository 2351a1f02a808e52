"""A secret of the cache folder, by which an index is known to be one that this user's remanifold wrote there.

A checksum tells damage, not who wrote the numbers, and an index with other plausible numbers would hide rows. To
compare it with the rows in full would cost as much as to build it, and a sample of them would miss a few forged ones.
"""

import errno
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

_NAME, _BYTES = "secret", 32


def secret_of(folder: Path) -> bytes:
    """The secret of ``folder``, made where there is none that is this user's alone.

    The place of the file on the disk is part of it, so that a folder that somebody handed over, its secret with it, is
    not trusted.

    Raises:
        OSError: if there is none and none can be kept.
    """
    path = folder / _NAME
    known = _read(path)
    if known is None:
        folder.mkdir(parents=True, exist_ok=True)
        _write(path)  # where there is none, since what another process wrote meanwhile is this user's
        known = _read(path)
    if known is None:
        path.unlink(missing_ok=True)
        _write(path)
        known = _read(path)
    if known is None:
        raise OSError(errno.EPERM, "no file there can be this user's alone")
    return known


def _read(path: Path) -> bytes | None:
    try:
        with open(path, "rb", opener=_opened) as file:
            facts = os.fstat(file.fileno())
            mine = stat.S_ISREG(facts.st_mode) and facts.st_uid == getattr(os, "geteuid", lambda: facts.st_uid)()
            content = file.read(_BYTES + 1) if mine and (os.name == "nt" or not facts.st_mode & 0o077) else b""
    except OSError:
        return None
    return content + facts.st_ino.to_bytes(16, "little") if len(content) == _BYTES else None


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _write(path: Path) -> None:
    """Whole or not at all; of two processes at once the first has its way."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # for this user alone
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(_BYTES))
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
