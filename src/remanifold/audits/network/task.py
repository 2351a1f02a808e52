"""What is asked about a trained network, and what may be spent on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold.networks.network_denoiser import NetworkDenoiser

_SHARES = {"losses": 0.4, "returns": 0.25, "rounds": 0.1, "basin": 0.1, "distance": 0.05, "flow": 0.1}
"""How the budget of network evaluations is divided."""
ASKED_AGAIN = 4
"""Rows by whose answers a kept run of trajectories knows its model."""


@dataclass(frozen=True, eq=False)
class AuditedNetwork:
    """What is asked about a model.

    Attributes:
        denoiser: m(x, t).
        source, description: For the report.
        other: A second model, whose probability flow is compared, or None.
        evaluations: Most rows that the model may be asked about.
        cheap: Loss gap only.
        parts: Folder that keeps finished work, batch by batch: after a kill the same audit goes on from there to the
            same numbers. Work on another model, other data or with another seed is never used, but replaced. What the
            audit wrote there is deleted at its end.
        seed: Of all choices and noise.
        batch: Rows at a time.
        class_conditional: The model takes labels, m(x, t, labels), and is asked with each row's own class; so are
            ``other`` and ``population``. It is compared with the class-conditional empirical score.
        holdout_labels: Classes of the hold-out, one a row, an array or a file; by default those that come with it.
        population: Denoiser of the law that the training rows came from, where it is known, e.g. a `GaussianScore`.
    """

    denoiser: Any
    source: str
    description: str
    other: Any = None
    evaluations: int = 100_000
    cheap: bool = False
    parts: Path | None = None
    seed: int = 0
    batch: int = 256
    population: Any = None
    class_conditional: bool = False
    holdout_labels: Any = None

    @property
    def _trained(self) -> NDArray[np.float64] | None:
        """Noise variances of the model's steps, ascending; None if it takes any."""
        return self.denoiser.levels if isinstance(self.denoiser, NetworkDenoiser) else None

    def known(self, levels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Those of the ``levels`` that the model was trained at, each at its nearest step; all if it takes any."""
        grid = self._trained
        if grid is None:
            return levels
        inside = levels[(levels >= grid[0]) & (levels <= grid[-1])]
        return np.unique(self.denoiser.snapped(inside)) if len(inside) else inside

    def within(self, t: float) -> float:
        """The noise nearest to ``t`` between the least and the largest that the model was trained at."""
        grid = self._trained
        return t if grid is None else float(np.clip(t, grid[0], grid[-1]))

    def budget(self, name: str, runs: int = 0) -> int:
        """Evaluations for one part of the audit, beside those that its ``runs`` of trajectories are known again by.

        These are set aside whether or not anything is kept, so that the numbers are the same.
        """
        whole = int(self.evaluations * (1.0 if self.cheap and name == "losses" else _SHARES[name]))
        return whole - runs * ASKED_AGAIN

    def asked_again(self, runs: int) -> int:
        """Rows that so many runs were known again by; none where nothing is kept."""
        return 0 if self.parts is None else runs * ASKED_AGAIN

    def kept(self, name: str) -> Path | None:
        """Where the work of one part is kept: a file, or the folder of its runs; None where nothing is."""
        return None if self.parts is None else self.parts / name

    def remove_parts(self) -> None:
        """Delete what the audit wrote, and the folder if nothing else is in it."""
        if self.parts is None or not self.parts.is_dir():
            return
        for path in [*self.parts.glob("*.part"), *self.parts.glob("*/*.part"), *self.parts.glob("*/*.part.running")]:
            path.unlink(missing_ok=True)
        for folder in [*filter(Path.is_dir, self.parts.iterdir()), self.parts]:
            if not any(folder.iterdir()):
                folder.rmdir()
