"""What an audit of samples is asked to do, checked before any work starts."""

from dataclasses import dataclass

import numpy as np

from remanifold._core.device import device_of
from remanifold._core.errors import require
from remanifold._core.memory import bytes_of
from remanifold.measures import thread_count

_MOST_SURVEY_BYTES = 2**28  # a larger chunk is no faster


@dataclass(frozen=True)
class CopiesOptions:
    """Options of `audit_copies`.

    Raises:
        InvalidInput: in one sentence, for each number that cannot be used.
    """

    alpha: float = 0.05
    duplicate_distance: float = 0.0
    seed: int = 0
    memory: str | float = "2GB"
    threads: int | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        require(0 < self.alpha < 1, "`alpha` must be a rate between 0 and 1", self.alpha, "pass e.g. 0.05")
        distance = self.duplicate_distance
        usable = np.isfinite(distance) and distance >= 0
        require(usable, "`duplicate_distance` must be a number >= 0", distance, "pass e.g. 0.01 (data units)")
        seeded = isinstance(self.seed, int) and 0 <= self.seed < 2**63
        require(seeded, "`seed` must be a whole number from 0 to 2**63-1", self.seed, "pass e.g. 0")
        thread_count(self.threads)
        bytes_of(self.memory)
        device_of(self.device)

    @property
    def survey_bytes(self) -> int:
        """The part of the memory budget that goes to the first reading of a set."""
        return min(bytes_of(self.memory) // 4, _MOST_SURVEY_BYTES)
