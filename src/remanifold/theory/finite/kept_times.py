"""Sampled times of named hidden manifolds are kept in the cache folder: asked again, they are there at once."""

import hashlib
import json
import math
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from remanifold._core.cache_folder import cache_directory
from remanifold._core.errors import InvalidInput
from remanifold._core.files import write_whole
from remanifold._core.version import __version__
from remanifold.theory.finite.sampled.times import SampledTime, SampledTimes

_FORMAT = 1  # to be raised where the sampling changes
_MOST_FILES, _MOST_BYTES = 500, 16384


def times_path(question: dict[str, Any]) -> Path | None:
    """Where the answer to ``question`` is kept; None where nothing is."""
    try:
        folder = cache_directory()
    except InvalidInput:
        return None
    return None if folder is None else folder / "times" / f"{_digest(_asked(question))[:32]}.json"


def read_times(question: dict[str, Any]) -> SampledTimes | None:
    """The answer that was kept; None if there is none, or one that is damaged or of another question or version."""
    path = times_path(question)
    try:
        if path is None or not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return None
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["question"] != _asked(question) or kept["checksum"] != _digest(kept["times"]):
            return None
        onset, collapse, generalization = (_time(kept["times"][name]) for name in SampledTimes.__dataclass_fields__)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    with suppress(OSError):  # it is in use
        path.touch()
    return SampledTimes(onset, collapse, generalization)


def keep_times(question: dict[str, Any], times: SampledTimes) -> None:
    """Keep an answer; where that cannot be, it is computed again next time."""
    path = times_path(question)
    if path is None:
        return
    record = asdict(times)
    content = {"question": _asked(question), "times": record, "checksum": _digest(record)}
    with suppress(OSError, InvalidInput):
        write_whole(path, json.dumps(content, indent=1, allow_nan=False))
        old = sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)
        for file in old[:-_MOST_FILES]:
            file.unlink(missing_ok=True)


def _asked(question: dict[str, Any]) -> dict[str, Any]:
    return question | {"format": _FORMAT, "version": __version__}


def _digest(record: Any) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _time(record: dict[str, Any]) -> SampledTime:
    """A time whose numbers can be true; ValueError otherwise."""
    numbers = [record[name] for name in ("log_t", "stderr", "effort_shift", "spread")]
    usable = all(isinstance(x, float) and math.isfinite(x) for x in numbers) and numbers[1] > 0 and numbers[3] >= 0
    if not (usable and isinstance(record["n"], int) and record["n"] > 0):
        raise ValueError("a kept time is none")
    return SampledTime(**record)
