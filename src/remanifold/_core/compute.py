"""What work may use, and whom it tells: one record that travels instead of six arguments."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from remanifold._core.checks import whole
from remanifold._core.device import device_of
from remanifold._core.memory import bytes_of
from remanifold._core.progress import Progress, silent
from remanifold._core.threads import thread_count

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Compute:
    """Memory, threads, device and batch of a piece of work, where it keeps what is finished, and who listens.

    None of these changes a result beyond round-off.

    Attributes:
        memory: Budget, e.g. "4GB", or bytes.
        threads: Threads; None: all cores of the process.
        device: Torch device.
        batch: Rows of a denoiser at a time.
        progress: Told (stage, done, total).
        keep: File or folder that keeps finished work, so that a second call goes on there; None: nothing is kept.

    Raises:
        InvalidInput: for a value that cannot be used.
    """

    memory: str | float = "4GB"
    threads: int | None = None
    device: str = "cpu"
    batch: int = 256
    progress: Progress = silent
    keep: Path | None = None

    def __post_init__(self) -> None:
        bytes_of(self.memory)
        thread_count(self.threads)
        device_of(self.device)
        whole("`batch`", self.batch, least=1, example=256)

    @property
    def memory_bytes(self) -> int:
        """The budget in bytes."""
        return bytes_of(self.memory)

    @property
    def n_threads(self) -> int:
        """Threads, counted."""
        return thread_count(self.threads)

    @property
    def torch_device(self) -> "torch.device":
        """The device, opened."""
        return device_of(self.device)
