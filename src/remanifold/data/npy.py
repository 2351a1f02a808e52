"""numpy files: .npy and the members of .npz, memory-mapped from their place in the file."""

import io
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.data.keys import chosen_key, with_key
from remanifold.data.points import Points, points_of

_LOCAL_HEADER = struct.Struct("<26xHH")  # a zip member's own header: 26 fixed bytes, length of name, length of extra
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
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
            name = chosen_key(names, key, str(path))
            source = with_key(str(path), key)
            return _member(path, archive, archive.getinfo(f"{name}.npy"), source), source
    except (zipfile.BadZipFile, EOFError) as error:
        raise _damaged(path, f"an incomplete archive ({error})") from error


def _member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, source: str) -> NDArray:
    if member.compress_type != zipfile.ZIP_STORED:
        return _loaded(archive.read(member), source)
    with path.open("rb") as file:
        file.seek(member.header_offset)
        name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    offset = member.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    return _mapped(path, offset, offset + member.file_size, source)


def _mapped(path: Path, offset: int, end: int, source: str) -> NDArray:
    with path.open("rb") as file:
        file.seek(offset)
        shape, fortran, dtype = _header(file, source)
        start = file.tell()
    _require_complete(shape, dtype, min(end, path.stat().st_size) - start, source)
    if 0 in shape:  # nothing to map
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", start, shape, "F" if fortran else "C")


def _loaded(content: bytes, source: str) -> NDArray:
    stream = io.BytesIO(content)
    shape, fortran, dtype = _header(stream, source)
    _require_complete(shape, dtype, len(content) - stream.tell(), source)
    flat = np.frombuffer(content, dtype, int(np.prod(shape, dtype=np.int64)), stream.tell())
    return flat.reshape(shape, order="F" if fortran else "C")


def _header(stream: BinaryIO, source: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    try:
        version = npy_format.read_magic(stream)
        read = npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
        shape, fortran, dtype = read(stream)
    except ValueError as error:
        raise _damaged(source, "a file without its header or a pickle") from error
    if dtype.hasobject:
        raise refusal("data must be real numbers", f"pickled Python objects in {source}", _PICKLED)
    return shape, fortran, dtype


def _require_complete(shape: tuple[int, ...], dtype: np.dtype, present: int, source: str) -> None:
    needed = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    got = f"{present} bytes of {needed} in {source}"
    require(present >= needed, "a numpy file must be complete", got, "copy or save it again: it is truncated")


def _damaged(source: object, got: str) -> InvalidInput:
    return InvalidInput(
        f"a numpy file must be written by numpy.save or numpy.savez, but got {got}: {source}; save it again."
    )
