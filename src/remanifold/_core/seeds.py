"""Random streams that belong to sample indices: sample i depends on (seed, purpose, i) and on nothing else."""

import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from remanifold._core.errors import require

_WORDS_PER_COUNT = 4  # one step of the Philox counter yields four 64-bit words
_PIECE = 2**13  # numbers drawn at a time where they are written in place: they stay in the cache
_WORTH_THREADS = 2**20  # numbers


def _bits(seed: int, purpose: str) -> np.random.Philox:
    require(
        isinstance(seed, int) and 0 <= seed < 2**63,
        "the seed must be a whole number from 0 to 2**63-1",
        seed,
        "pass e.g. seed=0",
    )
    return np.random.Philox(key=[seed, zlib.crc32(purpose.encode())])


def generator(seed: int, purpose: str) -> np.random.Generator:
    """A numpy generator for ``(seed, purpose)``, for draws that do not belong to a sample index (e.g. F)."""
    return np.random.Generator(_bits(seed, purpose))


def uniforms(seed: int, purpose: str, start: int, stop: int, width: int) -> NDArray[np.float64]:
    """Uniform numbers in (0, 1) of samples ``start``..``stop-1``: shape (stop - start, width).

    Row i is a function of ``(seed, purpose, i, width)`` alone, because every sample owns a fixed block of the
    counter of a counter-based generator (Philox 4x64): any slice can be drawn without the rest.
    """
    counts = -(-width // _WORDS_PER_COUNT)
    bits = _bits(seed, purpose)
    bits.advance(start * counts)
    words = bits.random_raw((stop - start) * counts * _WORDS_PER_COUNT)
    words >>= np.uint64(11)
    words = words.reshape(stop - start, counts * _WORDS_PER_COUNT)[:, :width]
    numbers = words.astype(np.float64)  # in place from here on: new pages cost more than the arithmetic
    numbers += 0.5
    numbers *= 2.0**-53
    return numbers


def normals(seed: int, purpose: str, start: int, stop: int, width: int) -> NDArray[np.float64]:
    """Standard normal numbers of samples ``start``..``stop-1``: shape (stop - start, width). See `uniforms`."""
    numbers = uniforms(seed, purpose, start, stop, width)
    return ndtri(numbers, out=numbers)


def normals_at(
    seed: int, purpose: str, indices: Sequence[int] | NDArray[np.integer], width: int, threads: int = 1
) -> NDArray[np.float64]:
    """Standard normal numbers of the samples in ``indices``: shape (len(indices), width). See `normals`."""
    rows = np.empty((len(indices), width))

    def write(place: int) -> None:
        _write_normals(rows[place], seed, purpose, int(indices[place]))

    if threads == 1 or rows.size < _WORTH_THREADS:
        for place in range(len(rows)):
            write(place)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(write, range(len(rows))))
    return rows


def _write_normals(row: NDArray[np.float64], seed: int, purpose: str, index: int) -> None:
    """Write `normals` of the sample ``index`` to ``row`` (width,), a piece at a time: a wide one exists once."""
    bits = _bits(seed, purpose)
    bits.advance(index * -(-len(row) // _WORDS_PER_COUNT))
    for start in range(0, len(row), _PIECE):
        part = row[start : start + _PIECE]
        words = bits.random_raw(-(-len(part) // _WORDS_PER_COUNT) * _WORDS_PER_COUNT)
        words >>= np.uint64(11)
        part[:] = words[: len(part)]
        part += 0.5
        part *= 2.0**-53
        ndtri(part, out=part)
