"""What is asked about a trained network, and what may be spent on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.files import remove_if_empty
from remanifold.data import LabelsLike
from remanifold.data.captions.both_sides import RowCaptions
from remanifold.data.captions.open import CaptionsLike
from remanifold.networks.network_denoiser import NetworkDenoiser
from remanifold.networks.pipelines.prompts import Prompts
from remanifold.scores.denoiser import DenoiserLike


@dataclass(frozen=True, eq=False, repr=False)
class AuditedNetwork:
    """A trained network, and how it is audited: the ``model`` of `remanifold.audit`.

    Main arguments:
        denoiser: m(x, t), a `Denoiser`; with ``class_conditional``, m(x, t, labels).
        source: Name, for the report.
        description: How it was made a denoiser, for the report.
        other: A second network, whose probability flow is compared, or None.
        evaluations: Most rows that the network may be asked about.
        cheap: Loss gap only, no trajectories.

    Other arguments:
        parts: Folder that keeps finished work, batch by batch: after a kill the same audit goes on from there to the
            same numbers. Work on another network, other data or with another seed is never used, but replaced. What
            the audit wrote there is deleted at its end.
        seed: Of all choices and noise.
        batch: Rows at a time.
        class_conditional: The network takes labels and is asked with each row's own class; so are ``other`` and
            ``population``. It is compared with the class-conditional empirical score.
        holdout_labels: Classes of the hold-out, one a row, an array or a file; by default those that come with it.
        captions: Of the training rows, for a text-conditional network: a file, names of pictures to captions, or one a
            row; by default those beside the pictures. See docs/howto/text-to-image.md.
        holdout_captions: Of the hold-out; by default those of the same file, or beside its pictures.
        prompt: One caption of every row instead, such as the instance prompt of DreamBooth.
        population: Denoiser of the law that the training rows came from, where it is known, e.g. a `GaussianScore`.

    Example:
        >>> import numpy as np, remanifold as rm
        >>> rm.AuditedNetwork(rm.EmpiricalScore(np.eye(4)), "memorizer", "the exact score", evaluations=20_000)
        AuditedNetwork('memorizer', the exact score, at most 20000 evaluations)

    See also:
        `remanifold.audit`; `remanifold.from_callable`, `remanifold.from_diffusers` and `remanifold.from_edm`, which
        make a network a denoiser.
    """

    denoiser: DenoiserLike
    source: str
    description: str
    other: DenoiserLike | None = None
    evaluations: int = 100_000
    cheap: bool = False
    parts: str | Path | None = None
    seed: int = 0
    batch: int = 256
    population: DenoiserLike | None = None
    class_conditional: bool = False
    holdout_labels: LabelsLike | None = None
    captions: CaptionsLike | RowCaptions | None = None
    holdout_captions: CaptionsLike | None = None
    prompt: str | None = None

    def __post_init__(self) -> None:
        """Tell the network the captions that it will be asked with."""
        if self.prompts is not None and isinstance(self.captions, RowCaptions):
            self.prompts.numbers([*self.captions.training, *(self.captions.holdout or ())])

    def __repr__(self) -> str:
        cheap = ", loss gap only" if self.cheap else ""
        words = f"{self.source[:60]!r}, {self.description[:90]}"
        return f"AuditedNetwork({words}, at most {self.evaluations} evaluations{cheap})"

    @property
    def asked(self) -> Any:
        """The denoiser as measures call it, which hand labels on where they are given."""
        return self.denoiser

    @property
    def prompts(self) -> Prompts | None:
        """What the network is asked with where it takes captions; None where it does not."""
        return self.denoiser.prompts if isinstance(self.denoiser, NetworkDenoiser) else None

    @property
    def _trained(self) -> NDArray[np.float64] | None:
        """Noise variances of the network's steps, ascending; None if it takes any."""
        return self.denoiser.levels if isinstance(self.denoiser, NetworkDenoiser) else None

    def trained_levels(self, levels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Those of the ``levels`` that the network was trained at, each at its nearest step; all if it takes any."""
        grid = self._trained
        if grid is None or not isinstance(self.denoiser, NetworkDenoiser):
            return levels
        inside = levels[(levels >= grid[0]) & (levels <= grid[-1])]
        return np.unique(self.denoiser.snapped(inside)) if len(inside) else inside

    def within(self, t: float) -> float:
        """The noise nearest to ``t`` between the least and the largest that the network was trained at."""
        grid = self._trained
        return t if grid is None else float(np.clip(t, grid[0], grid[-1]))

    def checkpoint(self, name: str) -> Path | None:
        """Where the work of one part is kept: a file, or the folder of its runs; None where nothing is."""
        return None if self.parts is None else Path(self.parts) / name

    def remove_checkpoints(self) -> None:
        """Delete what the audit wrote, and the folder if nothing else is in it."""
        if self.parts is None or not Path(self.parts).is_dir():
            return
        parts = Path(self.parts)
        for path in [*parts.glob("*.part"), *parts.glob("*/*.part"), *parts.glob("*/*.part.running")]:
            path.unlink(missing_ok=True)
        for folder in [*filter(Path.is_dir, parts.glob("*")), parts]:
            remove_if_empty(folder)
