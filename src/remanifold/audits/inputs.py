"""What an audit is asked to do, checked before any work starts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.device import device_of
from remanifold._core.errors import refusal, require
from remanifold._core.memory import bytes_of
from remanifold.data import Points, open_labels, open_points

_MOST_SURVEY_BYTES = 2**28  # a larger chunk is no faster


@dataclass(frozen=True)
class AuditOptions:
    """Options of an audit; see `remanifold.audit`.

    Raises:
        InvalidInput: in one sentence, for each number that cannot be used.
    """

    max_queries: int
    seed: int
    memory: str | float
    threads: int | None
    device: str
    duplicate_distance: float | None
    target_sigmas: tuple[float, ...]
    fit_manifold: bool = False

    def __post_init__(self) -> None:
        whole = isinstance(self.max_queries, int) and self.max_queries >= 2
        require(whole, "`max_queries` must be a whole number of at least 2", self.max_queries, "pass e.g. 2000")
        seeded = isinstance(self.seed, int) and 0 <= self.seed < 2**63
        require(seeded, "`seed` must be a whole number from 0 to 2**63-1", self.seed, "pass e.g. 0")
        threaded = self.threads is None or (isinstance(self.threads, int) and self.threads >= 1)
        require(threaded, "`threads` must be a positive whole number", self.threads, "pass e.g. 2, or leave it out")
        bytes_of(self.memory)
        distance = self.duplicate_distance
        usable = distance is None or (np.isfinite(distance) and distance >= 0)
        require(usable, "`duplicate_distance` must be a number >= 0", distance, "pass e.g. 0.01 (data units)")
        for sigma in self.target_sigmas:
            good = np.isfinite(sigma) and sigma > 0
            require(good, "`target_sigma` must be a positive number", sigma, "pass a noise level in data units")
        device_of(self.device)

    @property
    def survey_bytes(self) -> int:
        """The part of the memory budget that goes to the first reading of the data."""
        return min(bytes_of(self.memory) // 4, _MOST_SURVEY_BYTES)

    def to_dict(self) -> dict[str, Any]:
        """The options that decide the numbers, for the report."""
        return {
            "max_queries": self.max_queries,
            "seed": self.seed,
            "duplicate_distance": self.duplicate_distance,
            "target_sigmas": list(self.target_sigmas),
            "device": self.device,
            "fit_manifold": self.fit_manifold,
        }


@dataclass(frozen=True)
class AuditInputs:
    """The data of an audit, opened and checked against each other."""

    points: Points
    holdout: Points | None
    labels: NDArray[Any] | None
    samples: Points | None = None


def open_inputs(data: Any, holdout: Any, labels: Any, resize: Any, key: str | None, samples: Any = None) -> AuditInputs:
    """Open the data, the hold-out, the labels and the samples of a model.

    Raises:
        InvalidInput: if one cannot be read, the hold-out or the samples have another shape or preparation than the
            data, or there are not as many labels as rows.
    """
    points = open_points(data, resize=resize, key=key)
    fresh = None if holdout is None else open_points(holdout, resize=resize, key=key)
    made = None if samples is None else open_points(samples, resize=resize, key=key)
    if fresh is not None:
        _require_like(points, fresh, "the hold-out", "samples")
    if made is not None:
        _require_like(points, made, "the samples", "rows")
    names = points.labels if labels is None else open_labels(labels, points.n_points)
    return AuditInputs(points, fresh, names, made)


def _require_like(points: Points, other: Points, name: str, rows: str) -> None:
    if other.shape != points.shape:
        raise refusal(
            f"{name} must have {rows} of the data's shape {points.shape}",
            f"{other.shape} in {other.record.source}",
            "prepare both sets in the same way",
        )
    if (other.record.scale, other.record.shift) != (points.record.scale, points.record.shift):
        raise refusal(
            f"{name} must be prepared like the data ({points.record.preprocessing})",
            other.record.preprocessing,
            "give both as arrays or both as pictures",
        )
