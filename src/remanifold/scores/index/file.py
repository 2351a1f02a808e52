"""An index in a file: one header that says of which data it is, then arrays that are mapped from their place."""

import hashlib
import hmac
import json
import math
import os
import struct
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.files import write_whole
from remanifold.scores.centred import CentredData
from remanifold.scores.index.score_index import Level, ScoreIndex

FORMAT = 2
_MAGIC = b"remanifold index"
_PRELUDE = struct.Struct("<16sI32sQ")  # magic, format, checksum and length of the header
_ALIGNED = 64
_DTYPES = ("<f4", "<f8", "<i8")
_UNIT = 1.01  # coordinates in units of the radius, with their rounding


@dataclass(frozen=True)
class IndexKey:
    """What an index depends on.

    Attributes:
        data: Fingerprint of the stored rows.
        scale: A point is ``scale * stored + shift``.
        shift: See ``scale``.
        rows: Whether all rows are kept.
    """

    data: str
    scale: float
    shift: float
    rows: bool


class MappedFile:
    """A file whose pages are in use: one that is cut short meanwhile would end the process."""

    def __init__(self, path: Path) -> None:
        """Open it, or raise FileNotFoundError."""
        self._path, self._file = path, path.open("rb")
        weakref.finalize(self, self._file.close)
        self._size = self._length()

    def require_whole(self) -> None:
        """Refuse (`InvalidInput`) to go on where it was cut short."""
        length = self._length()
        got = f"{self._path}, cut from {self._size} to {length} bytes meanwhile"
        require(length >= self._size, "an index must stay whole while it is used", got, "start again: it is built anew")

    def _length(self) -> int:
        return os.fstat(self._file.fileno()).st_size


def write_index(path: Path, key: IndexKey, index: ScoreIndex, data: CentredData, secret: bytes) -> None:
    """Write the index of ``data``, whole or not at all; see `write_whole`. ``secret``: see `secret_of`."""
    arrays = {name: tensor.cpu().contiguous().numpy() for name, tensor in _tensors(index, data).items()}
    places, offset = {}, 0
    for name, array in arrays.items():
        places[name] = {"offset": offset, "shape": array.shape, "dtype": array.dtype.str, "checksum": _checksum(array)}
        offset += _padded(array.nbytes)
    header = {
        "key": vars(key),
        "arrays": places,
        "radius": data.radius,
        "rank": index.rank,
        "residual": index.residual,
        "levels": [{"rank": level.rank, "edges": level.edges, "c": level.c} for level in index.levels],
    }
    write_whole(path, _pieces(json.dumps(header).encode(), arrays, secret))


def read_index(path: Path, key: IndexKey, data: CentredData, secret: bytes) -> tuple[ScoreIndex, CentredData]:
    """The index in the file, mapped, and ``data`` in the frame (mean and radius) that it was built in.

    Raises:
        FileNotFoundError: if there is no such file.
        InvalidInput: if the file cannot be read, is of other data or another format, or is not as it was written with
            this ``secret``.
    """
    try:
        header, start = _header(path, secret)
        other = header["key"] != vars(key)
        got = f"{path}, which is of the data {header['key'].get('data')}"
        if other:
            raise refusal(f"an index must be of the very data {key.data}", got, "build it anew")
        tensors = {name: _mapped(path, start, place, data.device) for name, place in header["arrays"].items()}
        index = _index_of(header, tensors)
        if not _is_sound(index, tensors["mean"], float(header["radius"]), data):
            raise _damaged(path)
        return index, data.framed(tensors["mean"], float(header["radius"]))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InvalidInput(f"an index must be readable, but got {path} ({error.strerror}); build it anew.") from error
    except InvalidInput:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path) from error


def _tensors(index: ScoreIndex, data: CentredData) -> dict[str, torch.Tensor]:
    named = {"mean": data.mean, "order": index.order, "basis": index.basis, "half": index.half}
    named |= {f"keys {k}": level.keys for k, level in enumerate(index.levels)}
    return named if index.rows is None else named | {"rows": index.rows}


def _index_of(header: dict[str, Any], tensors: dict[str, torch.Tensor]) -> ScoreIndex:
    levels = tuple(
        Level(level["rank"], tuple(level["edges"]), level["c"], tensors[f"keys {k}"])
        for k, level in enumerate(header["levels"])
    )
    rows, rank, residual = tensors.get("rows"), header["rank"], header["residual"]
    return ScoreIndex(tensors["order"], tensors["basis"], levels, rows, tensors["half"], rank, residual)


def _is_sound(index: ScoreIndex, mean: torch.Tensor, radius: float, data: CentredData) -> bool:
    """Whether the numbers can be those of an index of ``data``, whatever their checksums say: nan would spread."""
    (p, n), k = (data.n_points, data.ambient_dim), index.basis.shape[-1]
    lengths = [sum(level.keys.shape == (p, level.rank + len(level.edges) + 2) for level in index.levels)]
    shapes = index.order.shape == index.half.shape == (p,) and index.basis.shape == (n, k) and mean.shape == (n,)
    shapes = shapes and lengths == [len(index.levels)] and all(level.rank <= k for level in index.levels)
    shapes = shapes and (index.rows is None or index.rows.shape == (p, n if index.rank is None else index.rank))
    numbers = [radius, index.residual, *(level.c for level in index.levels)]
    if not (shapes and all(math.isfinite(number) and number >= 0 for number in numbers) and radius > 0):
        return False
    scaled = [index.basis, index.half, *(level.keys for level in index.levels)]
    scaled += [] if index.rows is None else [index.rows]  # in units of the radius: coordinates of the unit ball
    within = all(bool((torch.stack(torch.aminmax(part)).abs() <= _UNIT).all()) for part in scaled if part.numel())
    once = torch.bincount(index.order.clamp(0, p), minlength=p)[:p].eq(1).all()
    return within and bool(torch.isfinite(mean).all()) and bool(once)


def _pieces(header: bytes, arrays: dict[str, np.ndarray], secret: bytes) -> Iterator[bytes | memoryview]:
    yield _PRELUDE.pack(_MAGIC, FORMAT, _signed(header, secret), len(header))
    yield header
    yield bytes(_padded(_PRELUDE.size + len(header)) - _PRELUDE.size - len(header))
    for array in arrays.values():
        yield _bytes_of(array)
        yield bytes(_padded(array.nbytes) - array.nbytes)


def _signed(header: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, header, "sha256")


def _header(path: Path, secret: bytes) -> tuple[dict[str, Any], int]:
    """The header, and where the arrays begin."""
    if path.exists() and not path.is_file():  # a pipe would wait for ever
        raise _damaged(path)
    with path.open("rb") as file:
        prelude = file.read(_PRELUDE.size)
        if len(prelude) < _PRELUDE.size:
            raise _damaged(path)
        magic, version, checksum, length = _PRELUDE.unpack(prelude)
        if magic != _MAGIC:
            raise _damaged(path)
        need = f"an index must have the format {FORMAT} of this version of remanifold"
        if version != FORMAT:
            raise refusal(need, f"{path} of format {version}", "build it anew")
        header = file.read(min(length, path.stat().st_size))
    if not hmac.compare_digest(_signed(header, secret), checksum):
        raise _damaged(path)
    return json.loads(header), _padded(_PRELUDE.size + length)


def _mapped(path: Path, start: int, place: dict[str, Any], device: torch.device) -> torch.Tensor:
    """One array; its pages are the file's own (mode "c"), so that they take no memory that others need."""
    shape = tuple(place["shape"])
    if place["dtype"] not in _DTYPES:
        raise _damaged(path)
    array = np.memmap(path, place["dtype"], "c", start + place["offset"], shape) if 0 not in shape else None
    if array is None:
        return torch.empty(shape, dtype=torch.float32, device=device)
    if _checksum(array) != place["checksum"]:
        raise _damaged(path)
    return torch.from_numpy(array).to(device)


def _bytes_of(array: np.ndarray) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _checksum(array: np.ndarray) -> str:
    return hashlib.sha256(_bytes_of(array)).hexdigest()


def _padded(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def _damaged(path: Path) -> InvalidInput:
    return InvalidInput(f"an index must be complete and as it was written, but got a damaged {path}; build it anew.")
