"""What is asked about a trained network, and what may be spent on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SHARES = {"losses": 0.4, "returns": 0.25, "rounds": 0.1, "basin": 0.1, "distance": 0.05, "flow": 0.1}
"""How the budget of network evaluations is divided."""


@dataclass(frozen=True, eq=False)
class ModelTask:
    """What is asked about a model.

    Attributes:
        denoiser: m(x, t).
        source, description: For the report.
        other: A second model, whose probability flow is compared, or None.
        evaluations: Most rows that the model may be asked about.
        cheap: Loss gap only.
        part_file: Keeps finished batches of losses.
        seed: Of all choices and noise.
        batch: Rows at a time.
    """

    denoiser: Any
    source: str
    description: str
    other: Any = None
    evaluations: int = 100_000
    cheap: bool = False
    part_file: Path | None = None
    seed: int = 0
    batch: int = 256

    def budget(self, name: str) -> int:
        """Evaluations for one part of the audit."""
        return int(self.evaluations * (1.0 if self.cheap and name == "losses" else _SHARES[name]))
