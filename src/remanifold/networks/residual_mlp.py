"""A small denoising network for points of any shape: residual layers under the preconditioning of EDM."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from remanifold._core.checks import number, whole
from remanifold._core.errors import refusal, require
from remanifold._core.seeds import uniforms
from remanifold.data import PointsLike
from remanifold.networks.network_record import TrainingRecord
from remanifold.networks.training_rows import training_rows
from remanifold.scores.denoiser import ArrayT, Noise

_PERIODS = (1.0, 16.0)  # shortest and longest period of the waves in ln(sigma / sigma_data)
_WAVES = 8
_LEVELS = (-5.0, 3.0)  # of ln(sigma/sigma_data); beyond, where training hardly comes, F is told the nearest of them
_ROWS_AT_A_TIME = 8192


@dataclass(frozen=True)
class MLPConfig:
    """What a `ResidualMLP` is built from, besides its weights.

    Attributes:
        shape: Of one sample.
        sigma_data: Root mean square deviation of the training points from their mean, per coordinate.
        width: Of the hidden layers.
        depth: Number of residual blocks, two hidden layers each.
        embedding: Width of the embedding of the noise level.
    """

    shape: tuple[int, ...]
    sigma_data: float
    width: int = 256
    depth: int = 4
    embedding: int = 32

    def __post_init__(self) -> None:
        for side in self.shape:
            whole("a side of `shape`", side, least=1)
        for name in ("width", "depth", "embedding"):
            whole(f"`{name}`", getattr(self, name), least=1)
        number("`sigma_data`", self.sigma_data, above=0, do="pass the data's standard deviation")


class _Block(nn.Module):
    """h + B silu((1 + a) norm(A h) + b), with a and b from the embedding of the noise level."""

    def __init__(self, config: MLPConfig) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.first = nn.Linear(config.width, config.width)
        self.modulation = nn.Linear(config.embedding, 2 * config.width)
        self.second = nn.Linear(config.width, config.width)

    def forward(self, h: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        scale, shift = self.modulation(level).chunk(2, dim=1)
        return h + self.second(nn.functional.silu(self.first(self.norm(h) * (1 + scale) + shift)))


class ResidualMLP(nn.Module):
    """A `Denoiser` (x, t) -> posterior mean: m = c + s (x - c) + o F(i (x - c), ln sigma), c the training mean.

    With sigma = sqrt(t) and d = sigma_data: s = d^2/(t + d^2), o = sigma d/sqrt(t + d^2), i = 1/sqrt(t + d^2), so F
    sees and must give numbers of order one at every noise. At t = 0 the answer is x up to round-off; an F that is zero,
    as it is before training, gives the posterior mean of an isotropic Gaussian.
    The skip connection is computed in the type of x, F in the type of the weights.
    Source: arXiv 2206.00364, table 1 and appendix B.6, for centred points.

    Attributes:
        config: Sizes and scale.
        shape: Of one sample.
        record: How it was trained, or None.
    """

    centre: torch.Tensor

    def __init__(self, config: MLPConfig, centre: ArrayLike | None = None, *, seed: int = 0) -> None:
        """A network before training.

        Args:
            config: Sizes and scale.
            centre: Mean of the training points, (*shape,); by default zero.
            seed: Of the initial weights; they are the same for every version of torch.

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
        dim = mean.size
        self.first = nn.Linear(dim, config.width)
        self.level = nn.Linear(2 * _WAVES, config.embedding)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.width)
        self.last = nn.Linear(config.width, dim)
        self._start(seed)

    @classmethod
    def for_rows(cls, rows: PointsLike, *, width: int = 256, depth: int = 4, seed: int = 0) -> "ResidualMLP":
        """An untrained network with the shape, the mean and the scale of ``rows`` (whatever `open_points` takes).

        Raises:
            InvalidInput: if the points cannot be used, or are all equal.
        """
        known = training_rows(rows)
        mean = known.survey.mean.reshape(known.shape)
        return cls(MLPConfig(known.shape, known.survey.std, width, depth), mean, seed=seed)

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

    def forward(self, x: ArrayT, t: Noise) -> ArrayT:
        """The posterior mean of ``x`` (batch, *shape) at noise variance ``t``, a number or (batch,).

        A torch tensor comes back as one, with gradients, on its own device; a numpy array as numpy.

        Raises:
            InvalidInput: if shapes do not fit, or t is negative or not finite.
        """
        got = tuple(x.shape)
        if not got or got[1:] != self.shape:
            wanted = ", ".join(["batch", *map(str, self.shape)])
            raise refusal(f"points must have shape ({wanted})", got, "reshape them")
        if not isinstance(x, torch.Tensor):
            values = np.asarray(x, dtype=np.float64 if x.dtype != np.float32 else np.float32)
            with torch.no_grad():
                chunks = [self._numpy(values, t, start) for start in range(0, len(values), _ROWS_AT_A_TIME)]
            return np.concatenate(chunks) if chunks else values  # pyright: ignore[reportReturnType]
        home = x.to(self.centre.device)
        return self._means(home.flatten(1), _variances(t, home)).reshape(x.shape).to(x.device)

    def _numpy(self, x: NDArray, t: Noise, start: int) -> NDArray:
        stop = start + _ROWS_AT_A_TIME
        variances = t if np.ndim(t) == 0 else np.asarray(t)[start:stop]  # pyright: ignore[reportIndexIssue]
        return self.forward(torch.tensor(x[start:stop]), variances).cpu().numpy()

    def _means(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        d2 = self.config.sigma_data**2
        centred, total = x - self.centre, t[:, None] + d2
        inner = self._inner((centred / total.sqrt()).to(self.first.weight.dtype), t)
        return self.centre + d2 / total * centred + (t[:, None] * d2 / total).sqrt() * inner.to(x.dtype)

    def _inner(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """F: (batch, N) of order one -> (batch, N)."""
        log_sigma = 0.5 * torch.log(t.clamp_min(1e-300 if t.dtype == torch.float64 else 1e-37))
        relative = (log_sigma - math.log(self.config.sigma_data)).clamp(*_LEVELS)
        octaves = torch.linspace(0.0, 1.0, _WAVES, device=t.device, dtype=t.dtype)
        angle = relative[:, None] * (2 * math.pi / _PERIODS[1]) * (_PERIODS[1] / _PERIODS[0]) ** octaves
        waves = torch.cat([angle.sin(), angle.cos()], dim=1).to(x.dtype)
        level = nn.functional.silu(self.level(waves))
        h = self.first(x)
        for block in self.blocks:
            h = block(h, level)
        return self.last(self.norm(h))

    def _start(self, seed: int) -> None:
        """Weights uniform within +-1/sqrt(inputs), zero for the last layer and for all offsets."""
        with torch.no_grad():
            for name, layer in self._linear_layers():
                nn.init.zeros_(layer.bias)
                rows, columns = layer.weight.shape
                draw = 2 * uniforms(seed, f"initial weights/{name}", 0, rows, columns) - 1
                bound = 0.0 if layer is self.last else 1 / math.sqrt(columns)
                layer.weight.copy_(torch.tensor(bound * draw))

    def _linear_layers(self) -> Iterator[tuple[str, nn.Linear]]:
        for name, layer in self.named_modules():
            if isinstance(layer, nn.Linear):
                yield name, layer


def _variances(t: Noise, x: torch.Tensor) -> torch.Tensor:
    """``t`` as (batch,) in the type and on the device of ``x``."""
    variances = torch.as_tensor(t, dtype=x.dtype, device=x.device)
    if variances.ndim > 0 and variances.shape != (len(x),):
        raise refusal(f"t must be a number or one for each of {len(x)} points", tuple(variances.shape), "match them")
    usable = bool((torch.isfinite(variances) & (variances >= 0)).all())
    require(usable, "noise variances must be finite and not negative", "others", "correct t")
    return variances.expand(len(x))
