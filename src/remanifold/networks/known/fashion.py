"""Fashion-MNIST at half its size, from where Debian's package puts it."""

import gzip
import zlib
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput
from remanifold.networks.known.data_set import DataSet, Rows

FOLDER = Path("/usr/share/datasets/fashion-mnist")  # Debian's dataset-fashion-mnist
N_FASHION = 10_000  # its test part
_HEADERS = {"images-idx3": 16, "labels-idx1": 8}  # bytes before the first number of an idx file


@cache
def _read(kind: str, size: int) -> NDArray[np.uint8]:
    """The numbers of one file, (10000, size).

    Raises:
        InvalidInput: if it is not on this machine, or is not whole.
    """
    path, header = FOLDER / f"t10k-{kind}-ubyte.gz", _HEADERS[kind]
    do = f"on Debian and Ubuntu install the package dataset-fashion-mnist; elsewhere put {path.name} into {FOLDER}"
    need = "the rows of these models must be read from Fashion-MNIST on this machine"
    try:
        content = gzip.decompress(path.read_bytes())[header:]
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"{need}, but got {path} ({getattr(error, 'strerror', None) or error}); {do}.") from error
    if len(content) != N_FASHION * size:
        raise InvalidInput(f"{need}, but got {path} with {len(content)} numbers; {do}.")
    return np.frombuffer(content, dtype=np.uint8).reshape(N_FASHION, size)


def _fashion(numbers: NDArray[np.int64]) -> Rows:
    """Means of 2 x 2 pixels; 0..255 become -1..1."""
    pictures = _read("images-idx3", 28 * 28)[numbers].reshape(-1, 14, 2, 14, 2).astype(np.int64)
    return (pictures.sum(axis=(2, 4)) / 510 - 1).astype(np.float32)


def _classes(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    return _read("labels-idx1", 1)[numbers, 0].astype(np.int64)


FASHION = DataSet(
    "fashion",
    "Fashion-MNIST (test part), 14 x 14 by means of 2 x 2 pixels, 0..255 mapped to -1..1",
    "Fashion-MNIST: Zalando SE, MIT",
    N_FASHION,
    (14, 14),
    _fashion,
    _classes,
)
