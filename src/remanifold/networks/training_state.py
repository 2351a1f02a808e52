"""Where a training stands, in memory and on disk: after a kill it goes on bit for bit."""

import copy
import hashlib
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from remanifold._core.files import write_whole
from remanifold.networks.denoising_network import DenoisingNetwork
from remanifold.networks.network_record import TrainingRecord

_PAUSE = 10.0  # seconds between two writes
_STAMP, _LOSSES = "remanifold training", "losses"


NetworkT = TypeVar("NetworkT", bound=DenoisingNetwork)


class TrainingState(Generic[NetworkT]):
    """Weights, their running mean, Adam's moments, losses and the number of finished steps."""

    def __init__(
        self, network: NetworkT, record: TrainingRecord, path: Path | None, classes: torch.Tensor | None = None
    ) -> None:
        self._path, self._written = path, time.monotonic()
        stamp = {**asdict(record), "start": network.fingerprint, "torch": torch.__version__}
        if classes is not None:
            stamp["classes"] = hashlib.sha256(classes.numpy().tobytes()).hexdigest()
        self._stamp = json.dumps(stamp, sort_keys=True)
        self.network = copy.deepcopy(network).requires_grad_(True).train()
        self.averaged = copy.deepcopy(network).requires_grad_(False).eval()
        self.averaging = record.averaging
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=record.learning_rate, foreach=True)
        self.losses: NDArray[np.float32] = np.zeros(record.steps, dtype=np.float32)
        self.step = 0

    @classmethod
    def start(
        cls, network: NetworkT, record: TrainingRecord, path: Path | None, classes: torch.Tensor | None = None
    ) -> "TrainingState[NetworkT]":
        """The state that ``path`` holds for this very training, or that of its beginning."""
        state = cls(network, record, path, classes)
        if path is not None:
            state._resume(path)
        return state

    def hold(self) -> None:
        """Keep where the training stands, between two steps, unless that was done a moment ago; see `write_whole`."""
        if self._path is None or time.monotonic() - self._written < _PAUSE:
            return
        write_whole(self._path, save(self._tensors(), {_STAMP: self._stamp, "step": str(self.step)}))
        self._written = time.monotonic()

    def remove(self) -> None:
        """Delete the file: all is done."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _tensors(self) -> dict[str, torch.Tensor]:
        tensors = {_LOSSES: torch.tensor(self.losses)}
        means = dict(self.averaged.named_parameters())
        for name, weight in self.network.named_parameters():
            moments = self.optimizer.state[weight]
            tensors |= {f"weight/{name}": weight.detach(), f"mean/{name}": means[name].detach()}
            tensors |= {f"{key}/{name}": moments[key] for key in moments}
        return {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}

    def _resume(self, path: Path) -> None:
        if not path.is_file():  # a pipe would wait for ever
            return
        try:
            with safe_open(path, framework="pt") as kept:
                header = kept.metadata() or {}
                if header.get(_STAMP) != self._stamp:
                    return
                tensors = {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118
            step = int(header["step"])
        except (OSError, SafetensorError, ValueError, KeyError):
            return
        if not self._holds_all(tensors) or not 0 <= step <= len(self.losses):
            return
        means = dict(self.averaged.named_parameters())
        with torch.no_grad():
            for name, weight in self.network.named_parameters():
                weight.copy_(tensors[f"weight/{name}"])
                means[name].copy_(tensors[f"mean/{name}"])
                moments = {key: tensors[f"{key}/{name}"] for key in ("step", "exp_avg", "exp_avg_sq")}
                self.optimizer.state[weight] = {
                    key: value if key == "step" else value.to(weight.device) for key, value in moments.items()
                }
        self.losses[:] = tensors[_LOSSES].numpy()
        self.step = step

    def _holds_all(self, tensors: dict[str, torch.Tensor]) -> bool:
        """Whether a file with the right stamp is whole: every weight, mean and moment in its shape."""
        shapes = {_LOSSES: self.losses.shape}
        for name, weight in self.network.named_parameters():
            shapes |= {f"{key}/{name}": weight.shape for key in ("weight", "mean", "exp_avg", "exp_avg_sq")}
            shapes |= {f"step/{name}": ()}
        return all(name in tensors and tuple(tensors[name].shape) == tuple(shape) for name, shape in shapes.items())
