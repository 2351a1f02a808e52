"""Train a denoiser, step by step the same however the work is cut."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from remanifold._core.checks import number, positive, whole
from remanifold._core.errors import NotConverged, refusal
from remanifold._core.progress import Progress, silent
from remanifold._core.seeds import normals, uniforms
from remanifold._core.version import __version__
from remanifold.data import PointsLike
from remanifold.networks.denoising_network import DenoisingNetwork
from remanifold.networks.network_record import TrainingRecord
from remanifold.networks.training_rows import TrainingRows, training_rows
from remanifold.networks.training_state import TrainingState

Watch = Callable[[int, DenoisingNetwork], None]
"""Called as ``watch(step, network)`` after each step, with the averaged network; it must not change or keep it."""

_WARM_UP = 200  # steps
_BLOCK = 64  # steps whose random numbers are drawn at once


NetworkT = TypeVar("NetworkT", bound=DenoisingNetwork)


@dataclass(frozen=True)
class Trained(Generic[NetworkT]):
    """A trained network and how its loss went.

    Attributes:
        network: With the running mean of the weights; its ``record`` says how it was trained.
        losses: Weighted loss of each step, (steps,): squared errors in units of those of the Gaussian denoiser's scale.
    """

    network: NetworkT
    losses: NDArray[np.float32]


def unwatched(step: int, network: DenoisingNetwork) -> None:
    """Nobody looks on."""


def train(
    network: NetworkT,
    rows: PointsLike,
    *,
    steps: int = 10_000,
    batch: int = 128,
    learning_rate: float = 3e-3,
    decay: float = 0.5,
    log_sigma_mean: float = -0.5,
    log_sigma_std: float = 1.2,
    averaging: float = 0.999,
    seed: int = 0,
    labels: ArrayLike | None = None,
    threads: int = 1,
    checkpoint: str | Path | None = None,
    watch: Watch = unwatched,
    progress: Progress = silent,
) -> Trained[NetworkT]:
    """Train a copy of ``network`` on ``rows`` by denoising; ``network`` itself stays as it is.

    Each step draws rows with replacement and noise with ln(sigma/sigma_data) normal, from streams that belong to the
    number of the step, and takes one step of Adam on the loss |m(x, t) - xi|^2 (t + d^2)/(t d^2), d = sigma_data. The
    answer is the running mean of the weights. On a CPU the weights are the same bit for bit for the same machine,
    version of torch and ``threads``, however often the run was cut.
    Source: arXiv 2206.00364, section 5 and table 1.

    Args:
        network: Where training starts (`ResidualMLP.for_rows`, `SmallUNet.for_rows`), on the device where it is to be
            trained.
        rows: Training points, whatever `open_points` takes; a row that occurs twice is drawn twice as often.
        steps: Optimizer steps.
        batch: Rows a step.
        learning_rate: Of Adam, reached linearly in 200 steps.
        decay: Share of the steps, at the end, over which it falls linearly to zero. With 0, a shorter run is the
            beginning of a longer one.
        log_sigma_mean: Mean of ln(sigma/sigma_data).
        log_sigma_std: Its standard deviation.
        averaging: Largest weight a step's past has in the running mean; at first step k it is (1 + k)/(10 + k).
        seed: Of rows and noise.
        labels: Class of each row, whole numbers (P,), for a class-conditional network.
        threads: Of the processor; their number changes rounding, and so the weights.
        checkpoint: A file that keeps where the run stands, every ten seconds; the same call then goes on from there.
            Deleted at the end.
        watch: ``watch(step, network)`` sees the averaged network after each step; it must not change or keep it.
        progress: Told ("training", steps done, steps).

    Raises:
        InvalidInput: if arguments do not fit together or the points cannot be used.
        NotConverged: if the loss is not a number.
    """
    known = training_rows(rows)
    if known.shape != network.shape:
        raise refusal(f"rows must have the network's shape {network.shape}", known.shape, "reshape")
    classes = _classes(network, labels, len(known.values))
    schedule = learning_rate, decay, log_sigma_mean, log_sigma_std, averaging
    record = TrainingRecord(__version__, known.survey.fingerprint, len(known.values), steps, batch, *schedule, seed)
    _require_sensible(record, threads)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return _run(network, known, classes, record, checkpoint, watch, progress)
    finally:
        torch.set_num_threads(before)


def _run(
    network: NetworkT,
    rows: TrainingRows,
    classes: torch.Tensor | None,
    record: TrainingRecord,
    checkpoint: str | Path | None,
    watch: Watch,
    progress: Progress,
) -> Trained[NetworkT]:
    device = network.centre.device
    state = TrainingState.start(network, record, None if checkpoint is None else Path(checkpoint), classes)
    values = torch.tensor(rows.values, device=device)
    draws = _Draws(record, network.config.sigma_data, values.shape[1])
    while state.step < record.steps:
        _set_rate(state.optimizer, record, state.step)
        state.losses[state.step] = _step(state, values, classes, draws.of(state.step))
        state.step += 1
        state.hold()
        watch(state.step, state.averaged)
        progress("training", state.step, record.steps)
    if not np.isfinite(state.losses).all():
        raise NotConverged(f"the loss is not a number at step {int(np.isfinite(state.losses).argmin())}.")
    state.remove()
    averaged = copy.deepcopy(state.averaged)
    averaged.record = record
    return Trained(averaged, state.losses)


def _step(state: TrainingState[NetworkT], values: torch.Tensor, classes: torch.Tensor | None, draw: "_Draw") -> float:
    """One step of Adam and of the running mean; returns the loss before it."""
    clean = values[draw.rows.to(values.device)].reshape(-1, *state.network.shape)
    t = draw.sigmas.to(values.device) ** 2
    noise = draw.noise.to(values.device).reshape(clean.shape)
    noisy = clean + t.sqrt().reshape(-1, *[1] * (clean.ndim - 1)) * noise
    scale = state.network.config.sigma_data**2
    labels = None if classes is None else classes[draw.rows]
    errors = (state.network(noisy, t, labels) - clean).square().flatten(1).mean(dim=1)
    loss = (errors * (t + scale) / (t * scale)).mean()
    state.optimizer.zero_grad()
    loss.backward()
    state.optimizer.step()
    keep = min(state.averaging, (1 + state.step) / (10 + state.step))
    with torch.no_grad():
        for mean, weight in zip(state.averaged.parameters(), state.network.parameters()):
            mean.lerp_(weight, 1 - keep)
    return float(loss.detach())


def _set_rate(optimizer: torch.optim.Optimizer, record: TrainingRecord, step: int) -> None:
    rising = min(1.0, (step + 1) / _WARM_UP)
    falling = min(1.0, (record.steps - step) / (record.decay * record.steps)) if record.decay > 0 else 1.0
    for group in optimizer.param_groups:
        group["lr"] = record.learning_rate * rising * falling


@dataclass(frozen=True)
class _Draw:
    rows: torch.Tensor
    sigmas: torch.Tensor
    noise: torch.Tensor


class _Draws:
    """Random numbers of the steps: draw i of step k belongs to index k * batch + i."""

    def __init__(self, record: TrainingRecord, sigma_data: float, dim: int) -> None:
        self._record, self._sigma_data, self._dim = record, sigma_data, dim
        self._block = -1
        self._normals, self._rows = np.empty(0), np.empty(0)

    def of(self, step: int) -> _Draw:
        batch, record = self._record.batch, self._record
        if step // _BLOCK != self._block:
            self._block = step // _BLOCK
            start, stop = self._block * _BLOCK * batch, (self._block + 1) * _BLOCK * batch
            self._normals = normals(record.seed, "training/noise", start, stop, self._dim + 1)
            self._rows = uniforms(record.seed, "training/rows", start, stop, 1)[:, 0] * record.n_rows
        here = slice(step % _BLOCK * batch, (step % _BLOCK + 1) * batch)
        z = torch.tensor(self._normals[here], dtype=torch.float32)
        sigmas = self._sigma_data * torch.exp(record.log_sigma_mean + record.log_sigma_std * z[:, 0])
        return _Draw(torch.tensor(self._rows[here].astype(np.int64)), sigmas, z[:, 1:])


def _classes(network: DenoisingNetwork, labels: ArrayLike | None, count: int) -> torch.Tensor | None:
    """One class a row, (P,), on the processor; None for a network without classes.

    Raises:
        InvalidInput: if the network takes classes and they are missing or unfit, or takes none and they are given.
    """
    named = network.checked_labels(labels, count)
    return None if named is None else named.cpu()


def _require_sensible(record: TrainingRecord, threads: int) -> None:
    for name, count in (("`steps`", record.steps), ("`batch`", record.batch), ("`threads`", threads)):
        whole(name, count, least=1)
    positive("the learning rate", record.learning_rate, example=3e-3)
    number("the mean of ln(sigma/sigma_data)", record.log_sigma_mean)
    positive("the spread of ln(sigma/sigma_data)", record.log_sigma_std)
    number("`decay`", record.decay, least=0, most=1, do="pass a share such as 0.5")
    number("`averaging`", record.averaging, least=0, below=1, do="pass e.g. 0.999")
