"""A small denoising network for points of any shape: residual layers under the preconditioning of EDM."""

from dataclasses import dataclass

import torch
from numpy.typing import ArrayLike
from torch import nn

from remanifold._core.checks import whole
from remanifold.data import PointsLike
from remanifold.networks.denoising_network import WAVES, DenoisingNetwork, NetworkConfig
from remanifold.networks.training_rows import training_rows


@dataclass(frozen=True)
class MLPConfig(NetworkConfig):
    """What a `ResidualMLP` is built from, besides its weights.

    Attributes:
        shape: Of one sample.
        sigma_data: Root mean square deviation of the training points from their mean, per coordinate.
        width: Of the hidden layers.
        depth: Number of residual blocks, two hidden layers each.
        embedding: Width of the embedding of the noise level.
    """

    width: int = 256
    depth: int = 4
    embedding: int = 32

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("width", "depth", "embedding"):
            whole(f"`{name}`", getattr(self, name), least=1)


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


class ResidualMLP(DenoisingNetwork):
    """A `Denoiser` (x, t) -> posterior mean whose inner function F (`DenoisingNetwork`) has residual layers.

    Attributes:
        config: Sizes and scale.
        shape: Of one sample.
        record: How it was trained, or None.
    """

    config: MLPConfig

    def __init__(self, config: MLPConfig, centre: ArrayLike | None = None, *, seed: int = 0) -> None:
        """A network before training.

        Args:
            config: Sizes and scale.
            centre: Mean of the training points, (*shape,); by default zero.
            seed: Of the initial weights; they are the same for every version of torch.

        Raises:
            InvalidInput: if the centre has another shape or is not finite.
        """
        super().__init__(config, centre)
        dim = self.centre.numel()
        self.first = nn.Linear(dim, config.width)
        self.level = nn.Linear(2 * WAVES, config.embedding)
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

    def _inner(self, x: torch.Tensor, waves: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
        level = nn.functional.silu(self.level(waves))
        h = self.first(x)
        for block in self.blocks:
            h = block(h, level)
        return self.last(self.norm(h))
