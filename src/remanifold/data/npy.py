"""numpy files: .npy and the members of .npz, memory-mapped from their place in the file."""

import errno
import lzma
import math
import shutil
import struct
import tempfile
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.data.keys import chosen_key, with_key
from remanifold.data.points import Points, points_of

_LOCAL_HEADER = struct.Struct("<26xHH")  # a zip member's own header: 26 fixed bytes, length of name, length of extra
_BROKEN = (  # what damaged archives and headers raise
    *(ValueError, TypeError, LookupError, OverflowError, EOFError, SyntaxError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, tokenize.TokenError, AttributeError),
)
_VERSIONS, _LONGEST_HEADER, _MOST_SIDES = ((1, 0), (2, 0), (3, 0)), 2**16, 32  # numpy 1 knows no more sides
_ENCRYPTED = 1  # a flag of zip
_SMALL, _PIECE = 2**26, 2**20  # bytes of an unpacked array in memory; bytes copied at a time
_PICKLED = "save plain numbers with numpy.save: pickles can run code and are never loaded"


def read_npy(path: Path, key: str | None) -> Points:
    """Points from a .npy file, memory-mapped whatever its size."""
    if key is not None:
        raise refusal("a .npy file holds one array, so the key must be left out", repr(key), "leave it out")
    return points_of(mapped(path), str(path), "npy")


def mapped(path: Path) -> NDArray:
    """The array of a .npy file, memory-mapped; without rows, an empty array.

    Raises:
        InvalidInput: if the file is damaged, truncated or pickled.
    """
    return _mapped(path, 0, path.stat().st_size, str(path))


def read_npz(path: Path, key: str | None) -> Points:
    """Points from one array of a .npz file: memory-mapped if stored plainly (`numpy.savez`), loaded if compressed."""
    array, source = npz_array(path, key)
    return points_of(array, source, "npz")


def npz_array(path: Path, key: str | None) -> tuple[NDArray, str]:
    """One array of a .npz file, and its name for the record.

    Raises:
        InvalidInput: for a damaged file, pickles, or where there are several arrays and no ``key``.
    """
    with _archive(path) as archive:
        name = chosen_key(_names(archive), key, str(path))
        source = with_key(str(path), key)
        return _member(path, archive, archive.getinfo(f"{name}.npy"), source), source


def npz_names(path: Path) -> list[str]:
    """Names of the arrays of a .npz file.

    Raises:
        InvalidInput: for a damaged file.
    """
    with _archive(path) as archive:
        return _names(archive)


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """The open archive; whatever a damaged one raises becomes a refusal."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except InvalidInput:
        raise
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # of the system, not of a place that is none
            raise
        raise _damaged(path, f"an incomplete archive ({error})") from error
    except _BROKEN as error:
        raise _damaged(path, f"an incomplete archive ({error})") from error


def _names(archive: zipfile.ZipFile) -> list[str]:
    return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]


def _member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, source: str) -> NDArray:
    if member.flag_bits & _ENCRYPTED:
        raise refusal("an .npz file must be written by numpy.savez", f"an encrypted {source}", "save it without")
    if member.compress_type != zipfile.ZIP_STORED:
        return _unpacked(archive, member, source)
    with path.open("rb") as file:
        file.seek(member.header_offset)
        name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    offset = member.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    return _mapped(path, offset, offset + member.file_size, source)


def _mapped(path: Path, offset: int, end: int, source: str) -> NDArray:
    end = min(end, path.stat().st_size)
    with path.open("rb") as file:
        file.seek(offset)
        shape, fortran, dtype = _header(file, end - offset, source)
        start = file.tell()
    _require_complete(shape, dtype, end - start, source)
    if 0 in shape:  # nothing to map
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", start, shape, "F" if fortran else "C")


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, source: str) -> NDArray:
    """A compressed array: in memory if it is small, else in a temporary file without a name, from which it is mapped.

    A few megabytes can unpack to more than the memory holds.
    """
    with archive.open(member) as stream:
        shape, fortran, dtype = _header(stream, member.file_size, source)
        _require_complete(shape, dtype, member.file_size - stream.tell(), source)
        needed, order = math.prod(shape) * dtype.itemsize, "F" if fortran else "C"
        if needed <= _SMALL:
            content = stream.read()  # to its end, where its checksum is compared
            _require_complete(shape, dtype, len(content), source)
            return np.frombuffer(content, dtype, math.prod(shape)).reshape(shape, order=order)
        with tempfile.TemporaryFile() as file:
            shutil.copyfileobj(stream, file, _PIECE)
            _require_complete(shape, dtype, file.tell(), source)
            return np.memmap(file, dtype, "r", 0, shape, order)


def _header(stream: IO[bytes], room: int, source: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and type from the header of an array that takes at most ``room`` bytes."""
    start = stream.tell()
    try:
        version = npy_format.read_magic(stream)
        width = 2 if version == (1, 0) else 4
        length = int.from_bytes(stream.read(width), "little")
        if version not in _VERSIONS or length > min(room, _LONGEST_HEADER):
            raise ValueError
        stream.seek(start + npy_format.MAGIC_LEN)
        read = npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of numpy and of Python's parser, about what is refused below
            shape, fortran, dtype = read(stream)
    except _BROKEN as error:
        raise _damaged(source, "a file without its header or a pickle") from error
    if dtype.hasobject:
        raise refusal("data must be real numbers", f"pickled Python objects in {source}", _PICKLED)
    sides = all(isinstance(side, int) and not isinstance(side, bool) and side >= 0 for side in shape)
    if not sides or len(shape) > _MOST_SIDES or dtype.itemsize == 0:
        raise _damaged(source, f"type {dtype.str} and shape {str(shape)[:60]}")
    return shape, fortran, dtype


def _require_complete(shape: tuple[int, ...], dtype: np.dtype, present: int, source: str) -> None:
    needed = math.prod(shape) * dtype.itemsize
    got = f"{present} bytes of {needed} in {source}"
    require(present >= needed, "a numpy file must be complete", got, "copy or save it again: it is truncated")
    got = f"{present - needed} bytes after the array of {needed} in {source}"
    require(present == needed, "a numpy file must hold one array", got, "save each array in a file of its own")


def _damaged(source: object, got: str) -> InvalidInput:
    return InvalidInput(
        f"a numpy file must be written by numpy.save or numpy.savez, but got {got}: {source}; save it again."
    )
