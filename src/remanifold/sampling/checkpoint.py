"""What a sampler has finished, and where it stands, on disk: after a kill it goes on bit for bit."""

import base64
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.files import require_regular, write_whole
from remanifold._core.kept.part_file import PartFile
from remanifold._core.version import __version__

Arrays = dict[str, NDArray]
_PAUSE = 10.0  # seconds between two writes of the batch under way
_HEADER = "header"


class SamplingCheckpoint:
    """Finished batches in ``path``, the batch under way in ``path.running``; both count for one stamp only.

    `finish` and `save` raise `InvalidInput` where a file cannot be written.
    """

    def __init__(self, path: str | Path, stamp: dict[str, Any], fits: Callable[[int, int, Arrays], bool]) -> None:
        """Read what is there.

        Args:
            path: Where.
            stamp: What the samples depend on, plain JSON.
            fits: ``fits(batch, level, arrays)``: whether these can be the arrays of a batch at that level, -1 the last.
        """
        self._stamp, self._fits = {"version": __version__, **stamp}, fits
        self._file = PartFile(Path(path), self._stamp, lambda batch, packed: fits(batch, -1, _arrays(packed)))
        self._finished = self._file.pieces
        self._running = Path(path).with_name(Path(path).name + ".running")
        self._written = time.monotonic()

    def finished(self, batch: int) -> Arrays | None:
        """The arrays of a finished batch, or None."""
        packed = self._finished.get(batch)
        return None if packed is None else _arrays(packed)

    def finish(self, batch: int, arrays: Arrays) -> None:
        """Keep a finished batch."""
        self._file.add(batch, {name: _packed(array) for name, array in arrays.items()})
        self._running.unlink(missing_ok=True)

    def under_way(self, batch: int) -> tuple[int, Arrays] | None:
        """The level that ``batch`` had reached when it was last saved, and its arrays; or None."""
        try:
            path = require_regular(self._running)
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                if any(member.compress_type for member in stored.zip.infolist()):
                    return None  # none of ours: unpacked it could be of any size
                arrays = {name: stored[name] for name in stored.files}
            header = json.loads(str(arrays.pop(_HEADER)))
            level = int(header["level"])
            same = header["stamp"] == json.loads(json.dumps(self._stamp)) and header["batch"] == batch
            same = same and level >= 0 and self._fits(batch, level, arrays)
        except Exception:
            return None
        return (level, arrays) if same else None

    def save(self, batch: int, level: int, arrays: Arrays, *, now: bool = False) -> None:
        """Save where ``batch`` stands, unless that was done a moment ago."""
        if not now and time.monotonic() - self._written < _PAUSE:
            return
        header = json.dumps({"stamp": self._stamp, "batch": batch, "level": level})
        content = io.BytesIO()
        named: dict[str, Any] = {_HEADER: np.array(header), **arrays}
        np.savez(content, **named)
        write_whole(self._running, content.getvalue())
        self._written = time.monotonic()

    def remove(self) -> None:
        """Delete both files: all is done."""
        self._file.remove()
        self._running.unlink(missing_ok=True)


def _packed(array: NDArray) -> list[Any]:
    return [array.dtype.str, list(array.shape), base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()]


def _arrays(packed: dict[str, list[Any]]) -> Arrays:
    return {name: _unpacked(*value) for name, value in packed.items()}


def _unpacked(dtype: str, shape: list[int], text: str) -> NDArray:
    return np.frombuffer(base64.b64decode(text), dtype=np.dtype(dtype)).reshape(shape)
