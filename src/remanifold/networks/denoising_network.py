"""What the small networks of remanifold share: the preconditioning of EDM around a function F of order one."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from remanifold._core.checks import number, whole
from remanifold._core.errors import refusal, require
from remanifold._core.seeds import uniforms
from remanifold.networks.network_record import TrainingRecord
from remanifold.scores.denoiser import ArrayT, Noise

_PERIODS = (1.0, 16.0)  # shortest and longest period of the waves in ln(sigma / sigma_data)
WAVES = 8
_LEVELS = (-5.0, 3.0)  # of ln(sigma/sigma_data); beyond, where training hardly comes, F is told the nearest of them
_ROWS_AT_A_TIME = 8192


@dataclass(frozen=True)
class NetworkConfig:
    """What every network is built from.

    Attributes:
        shape: Of one sample.
        sigma_data: Root mean square deviation of the training points from their mean, per coordinate.
    """

    shape: tuple[int, ...]
    sigma_data: float

    def __post_init__(self) -> None:
        for side in self.shape:
            whole("a side of `shape`", side, least=1)
        number("`sigma_data`", self.sigma_data, above=0, do="pass the data's standard deviation")


class DenoisingNetwork(nn.Module):
    """A `Denoiser` (x, t) -> posterior mean: m = c + s (x - c) + o F(i (x - c), ln sigma), c the training mean.

    With sigma = sqrt(t) and d = sigma_data: s = d^2/(t + d^2), o = sigma d/sqrt(t + d^2), i = 1/sqrt(t + d^2), so F
    sees and must give numbers of order one at every noise. At t = 0 the answer is x up to round-off; an F that is zero,
    as it is before training, gives the posterior mean of an isotropic Gaussian.
    The skip connection is computed in the type of x, F in the type of the weights. A class-conditional network is a
    denoiser (x, t, labels).
    Source: arXiv 2206.00364, table 1 and appendix B.6, for centred points.

    Attributes:
        config: Sizes and scale.
        shape: Of one sample.
        n_classes: How many classes it takes; 0 for a network without.
        record: How it was trained, or None.
    """

    centre: torch.Tensor
    last: nn.Module
    n_classes = 0

    def __init__(self, config: Any, centre: ArrayLike | None = None) -> None:
        """Config and centre, (*shape,); a subclass adds its layers.

        Raises:
            InvalidInput: if the centre has another shape or is not finite.
        """
        super().__init__()
        self.config, self.shape = config, config.shape
        self.record: TrainingRecord | None = None
        mean = np.zeros(config.shape) if centre is None else np.asarray(centre, dtype=np.float64)
        if mean.shape != config.shape or not np.isfinite(mean).all():
            need = f"the centre must be a finite point of shape {config.shape}"
            raise refusal(need, mean.shape, "pass the rows' mean")
        self.register_buffer("centre", torch.tensor(mean.reshape(-1), dtype=torch.float32))

    @property
    def n_parameters(self) -> int:
        """Number of trained weights."""
        return sum(p.numel() for p in self.parameters())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of configuration and weights."""
        digest = hashlib.sha256(repr(self.config).encode())
        for name, tensor in sorted(self.state_dict().items()):
            digest.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()

    def forward(self, x: ArrayT, t: Noise, labels: ArrayLike | torch.Tensor | None = None) -> ArrayT:
        """The posterior mean of ``x`` (batch, *shape) at noise variance ``t``, a number or (batch,).

        A torch tensor comes back as one, with gradients, on its own device; a numpy array as numpy. ``labels`` (batch,)
        are whole numbers below `n_classes`, for a class-conditional network.

        Raises:
            InvalidInput: if shapes or labels do not fit, or t is negative or not finite.
        """
        got = tuple(x.shape)
        if not got or got[1:] != self.shape:
            wanted = ", ".join(["batch", *map(str, self.shape)])
            raise refusal(f"points must have shape ({wanted})", got, "reshape them")
        named = self.checked_labels(labels, len(x))
        if not isinstance(x, torch.Tensor):
            values = np.asarray(x, dtype=np.float64 if x.dtype != np.float32 else np.float32)
            with torch.no_grad():
                chunks = [self._numpy(values, t, named, start) for start in range(0, len(values), _ROWS_AT_A_TIME)]
            return np.concatenate(chunks) if chunks else values  # pyright: ignore[reportReturnType]
        home = x.to(self.centre.device)
        return self._means(home.flatten(1), _variances(t, home), named).reshape(x.shape).to(x.device)

    def _numpy(self, x: NDArray, t: Noise, labels: torch.Tensor | None, start: int) -> NDArray:
        part = slice(start, start + _ROWS_AT_A_TIME)
        variances = t if np.ndim(t) == 0 else np.asarray(t)[part]  # pyright: ignore[reportIndexIssue]
        named = None if labels is None else labels[part]
        return self.forward(torch.tensor(x[part]), variances, named).cpu().numpy()

    def checked_labels(self, labels: ArrayLike | torch.Tensor | None, count: int) -> torch.Tensor | None:
        """``labels`` as whole numbers (count,) on the network's device; None for a network without classes.

        Raises:
            InvalidInput: if they are missing, unfit, or given to a network that takes none.
        """
        if self.n_classes == 0:
            do = "leave them out"
            require(labels is None, "labels must come to a network that takes classes", "one that takes none", do)
            return None
        do = "pass labels, one a row; on the command line --class-conditional, or --classes of a sample"
        require(labels is not None, "a class-conditional network must be asked with a class for each row", "none", do)
        named = torch.as_tensor(labels if isinstance(labels, torch.Tensor) else np.asarray(labels))
        need = f"labels must be whole numbers from 0 to {self.n_classes - 1}, one for each of {count} points"
        if named.shape != (count,) or named.is_floating_point() or named.is_complex():
            raise refusal(need, f"{named.dtype} {tuple(named.shape)}".removeprefix("torch."), "match them")
        if not bool(((named >= 0) & (named < self.n_classes)).all()):
            raise refusal(need, f"{int(named.min())} to {int(named.max())}", "pass classes of the network")
        return named.to(torch.int64).to(self.centre.device)

    def _means(self, x: torch.Tensor, t: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
        d2 = self.config.sigma_data**2
        centred, total = x - self.centre, t[:, None] + d2
        weights = next(self.parameters())
        inner = self._inner((centred / total.sqrt()).to(weights.dtype), self._waves(t).to(weights.dtype), labels)
        return self.centre + d2 / total * centred + (t[:, None] * d2 / total).sqrt() * inner.to(x.dtype)

    def _inner(self, x: torch.Tensor, waves: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
        """F: (batch, N) of order one and the waves of the noise level, (batch, 2 `WAVES`) -> (batch, N)."""
        raise NotImplementedError

    def _waves(self, t: torch.Tensor) -> torch.Tensor:
        """Sines and cosines of ln(sigma/sigma_data), (batch, 2 `WAVES`)."""
        log_sigma = 0.5 * torch.log(t.clamp_min(1e-300 if t.dtype == torch.float64 else 1e-37))
        relative = (log_sigma - math.log(self.config.sigma_data)).clamp(*_LEVELS)
        octaves = torch.linspace(0.0, 1.0, WAVES, device=t.device, dtype=t.dtype)
        angle = relative[:, None] * (2 * math.pi / _PERIODS[1]) * (_PERIODS[1] / _PERIODS[0]) ** octaves
        return torch.cat([angle.sin(), angle.cos()], dim=1)

    def _start(self, seed: int) -> None:
        """Weights uniform within +-1/sqrt(inputs), zero for the last layer and for all offsets."""
        with torch.no_grad():
            for name, layer in self._layers():
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
                rows, columns = layer.weight.flatten(1).shape
                draw = 2 * uniforms(seed, f"initial weights/{name}", 0, rows, columns) - 1
                bound = 0.0 if layer is self.last else 1 / math.sqrt(columns)
                layer.weight.copy_(torch.tensor(bound * draw).reshape(layer.weight.shape))

    def _layers(self) -> Iterator[tuple[str, nn.Linear | nn.Conv2d]]:
        for name, layer in self.named_modules():
            if isinstance(layer, nn.Linear | nn.Conv2d):
                yield name, layer


def _variances(t: Noise, x: torch.Tensor) -> torch.Tensor:
    """``t`` as (batch,) in the type and on the device of ``x``."""
    variances = torch.as_tensor(t, dtype=x.dtype, device=x.device)
    if variances.ndim > 0 and variances.shape != (len(x),):
        raise refusal(f"t must be a number or one for each of {len(x)} points", tuple(variances.shape), "match them")
    usable = bool((torch.isfinite(variances) & (variances >= 0)).all())
    require(usable, "noise variances must be finite and not negative", "others", "correct t")
    return variances.expand(len(x))
