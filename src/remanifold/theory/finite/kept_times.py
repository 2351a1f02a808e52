"""Sampled times of named hidden manifolds are kept in the cache folder: asked again, they are there at once."""

import hmac
import json
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

from remanifold._core.errors import InvalidInput
from remanifold._core.files import write_whole
from remanifold._core.kept.cache_folder import cache_directory
from remanifold._core.kept.cache_secret import secret_of
from remanifold._core.version import __version__
from remanifold.theory.finite.sampled.times import SampledTime, SampledTimes

_FORMAT = 9  # to be raised where the sampling changes
_KEPT = ("log_t", "stderr", "effort_shift", "spread", "spread_bound", "n")
_MOST_FILES, _MOST_BYTES = 500, 16384


def read_times(question: dict[str, Any]) -> SampledTimes | None:
    """The answer that was kept; None if there is none, or one that is damaged, forged, or of another version."""
    asked = _asked(question)
    try:
        place = _place(asked)
        if place is None or not place[0].is_file() or place[0].stat().st_size > _MOST_BYTES:
            return None
        path, secret = place
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["question"] != asked or not hmac.compare_digest(kept["signature"], _signature(kept, secret)):
            return None
        onset, collapse, generalization = (_time(kept["times"][name]) for name in SampledTimes.__dataclass_fields__)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, InvalidInput):
        return None
    with suppress(OSError):  # it is in use
        path.touch()
    return SampledTimes(onset, collapse, generalization)


def keep_times(question: dict[str, Any], times: SampledTimes) -> None:
    """Keep an answer; where that cannot be, it is computed again next time."""
    content: dict[str, Any] = {
        "question": _asked(question),
        "times": {name: _record(time) for name, time in vars(times).items()},
    }
    with suppress(OSError, InvalidInput):
        place = _place(content["question"])
        if place is None:
            return
        path, secret = place
        content["signature"] = _signature(content, secret)
        write_whole(path, json.dumps(content, indent=1, allow_nan=False))
        old = sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)
        for file in old[:-_MOST_FILES]:
            file.unlink(missing_ok=True)


def _place(asked: dict[str, Any]) -> tuple[Path, bytes] | None:
    """File of the answer and the secret of the folder; None where nothing is kept."""
    folder = cache_directory()
    if folder is None:
        return None
    secret = secret_of(folder)
    return folder / "times" / f"{_digest(asked, secret)[:32]}.json", secret


def _asked(question: dict[str, Any]) -> dict[str, Any]:
    return question | {"format": _FORMAT, "version": __version__}


def _signature(content: dict[str, Any], secret: bytes) -> str:
    return _digest([content["question"], content["times"]], secret)


def _digest(record: Any, secret: bytes) -> str:
    return hmac.digest(secret, json.dumps(record, sort_keys=True).encode(), "sha256").hex()


def _record(time: SampledTime) -> dict[str, Any]:
    """All but the times of single maps, which nobody asks for twice."""
    return {name: getattr(time, name) for name in _KEPT}


def _time(record: dict[str, Any]) -> SampledTime:
    """A time whose numbers can be true; ValueError otherwise."""
    numbers = [record[name] for name in ("log_t", "stderr", "effort_shift", "spread", "spread_bound")]
    usable = (
        all(isinstance(x, float) and math.isfinite(x) for x in numbers)
        and numbers[1] > 0
        and 0 <= numbers[3] <= numbers[4]
    )
    if not (usable and isinstance(record["n"], int) and record["n"] > 0):
        raise ValueError("a kept time is none")
    return SampledTime(**{name: record[name] for name in _KEPT})
