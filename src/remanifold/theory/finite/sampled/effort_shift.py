"""How much twice the effort moves a mean, from the few points that were swept again."""

from dataclasses import dataclass

import numpy as np

from remanifold._core.types import Floats


@dataclass(frozen=True)
class EffortShift:
    """Mean change with twice the effort, and the error of that mean: (columns,) each."""

    raw: Floats
    error: Floats

    @property
    def told(self) -> Floats:
        """The part that is told from the scatter of the sweeps, (columns,): its square has the mean of the shift's.

        The scatter of the sweeps is in the statistical error already: it must not count twice.
        """
        return np.sign(self.raw) * np.sqrt(np.maximum(self.raw**2 - self.error**2, 0.0)) + 0.0  # no -0

    @property
    def unsure(self) -> bool:
        """Whether no shift is two errors from 0."""
        return bool((np.abs(self.raw) < 2 * self.error).all())


def effort_shift(changes: Floats, weights: Floats) -> EffortShift:
    """From the change of each point that was swept again, (n, columns), and its weight, (n,)."""
    shares = weights / weights.sum()
    raw = shares @ changes
    scatter = np.square(shares[:, None] * (changes - raw)).sum(0)
    return EffortShift(raw, np.sqrt(scatter * len(shares) / (len(shares) - 1)))
