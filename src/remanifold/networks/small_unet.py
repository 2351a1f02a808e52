"""A small denoising network for pictures: a UNet of two scales under the preconditioning of EDM."""

from dataclasses import dataclass

import torch
from numpy.typing import ArrayLike
from torch import nn

from remanifold._core.checks import whole
from remanifold._core.errors import refusal
from remanifold.data import PointsLike
from remanifold.networks.denoising_network import WAVES, DenoisingNetwork, NetworkConfig
from remanifold.networks.training_rows import training_rows

_GROUPS = 4  # of channels that are normalised together


@dataclass(frozen=True)
class UNetConfig(NetworkConfig):
    """What a `SmallUNet` is built from, besides its weights.

    Attributes:
        shape: Of one picture, (height, width) or (height, width, channels), with even sides.
        sigma_data: Root mean square deviation of the training points from their mean, per coordinate.
        width: Channels at full size, a multiple of 4; twice as many at half size.
        embedding: Width of the embedding of noise level and class.
        classes: How many classes it takes; 0 for none.
    """

    width: int = 16
    embedding: int = 32
    classes: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        whole("`classes`", self.classes, least=0)
        for name in ("width", "embedding"):
            whole(f"`{name}`", getattr(self, name), least=1)
        if self.width % _GROUPS:
            raise refusal(f"`width` must be a multiple of {_GROUPS}", self.width, "pass e.g. 16")
        if len(self.shape) not in (2, 3) or self.shape[0] % 2 or self.shape[1] % 2:
            need = "pictures for a UNet must have shape (height, width) or (height, width, channels) with even sides"
            raise refusal(need, self.shape, "pad them, or train a ResidualMLP")


class _Block(nn.Module):
    """S h + B silu((1 + a) norm(A silu(norm(h))) + b), 3 x 3 convolutions A and B, a and b from the embedding."""

    def __init__(self, entering: int, leaving: int, embedding: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(_GROUPS, entering)
        self.first = nn.Conv2d(entering, leaving, 3, padding=1)
        self.inner_norm = nn.GroupNorm(_GROUPS, leaving)
        self.modulation = nn.Linear(embedding, 2 * leaving)
        self.second = nn.Conv2d(leaving, leaving, 3, padding=1)
        self.skip = nn.Identity() if entering == leaving else nn.Conv2d(entering, leaving, 1)

    def forward(self, h: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        scale, shift = self.modulation(level)[:, :, None, None].chunk(2, dim=1)
        inner = self.first(nn.functional.silu(self.norm(h)))
        return self.skip(h) + self.second(nn.functional.silu(self.inner_norm(inner) * (1 + scale) + shift))


class _Attention(nn.Module):
    """h + values of all places, weighted by softmax(query . key / sqrt(channels)): one head."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(_GROUPS, channels)
        self.asked = nn.Linear(channels, 3 * channels)
        self.answer = nn.Linear(channels, channels)

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        query, key, value = self.asked(self.norm(h).flatten(2).transpose(1, 2)).chunk(3, dim=2)
        weights = torch.softmax(query @ key.transpose(1, 2) / query.shape[2] ** 0.5, dim=2)
        return h + self.answer(weights @ value).transpose(1, 2).reshape(h.shape)


class SmallUNet(DenoisingNetwork):
    """A `Denoiser` of pictures whose inner function F (`DenoisingNetwork`) is a UNet of two scales.

    Convolutions at full size, at half size with self-attention, and at full size again beside what was there before.
    With ``classes`` it is a class-conditional denoiser (x, t, labels).

    Attributes:
        config: Sizes and scale.
        shape: Of one picture.
        n_classes: How many classes it takes; 0 for a network without.
        record: How it was trained, or None.
    """

    config: UNetConfig

    def __init__(self, config: UNetConfig, centre: ArrayLike | None = None, *, seed: int = 0) -> None:
        """A network before training; arguments as of `ResidualMLP`.

        Raises:
            InvalidInput: if the centre has another shape or is not finite.
        """
        super().__init__(config, centre)
        self.n_classes = config.classes
        width, wide, level = config.width, 2 * config.width, config.embedding
        channels = config.shape[2] if len(config.shape) == 3 else 1
        self.level = nn.Linear(2 * WAVES, level)
        self.label = nn.Linear(config.classes, level, bias=False) if config.classes else None
        self.first = nn.Conv2d(channels, width, 3, padding=1)
        self.down = _Block(width, width, level)
        self.middle = nn.ModuleList([_Block(width, wide, level), _Block(wide, wide, level)])
        self.attention = _Attention(wide)
        self.up = _Block(wide + width, width, level)
        self.norm = nn.GroupNorm(_GROUPS, width)
        self.last = nn.Conv2d(width, channels, 3, padding=1)
        self._start(seed)

    @classmethod
    def for_rows(cls, rows: PointsLike, *, width: int = 16, classes: int = 0, seed: int = 0) -> "SmallUNet":
        """An untrained network with the shape, the mean and the scale of ``rows`` (whatever `open_points` takes).

        Raises:
            InvalidInput: if the points cannot be used, are all equal, or are no pictures with even sides.
        """
        known = training_rows(rows)
        mean = known.survey.mean.reshape(known.shape)
        return cls(UNetConfig(known.shape, known.survey.std, width, classes=classes), mean, seed=seed)

    def _inner(self, x: torch.Tensor, waves: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
        level = self.level(waves)
        if self.label is not None and labels is not None:
            level = level + self.label(nn.functional.one_hot(labels, self.n_classes).to(level.dtype))
        level = nn.functional.silu(level)
        pictures = x.reshape(len(x), *self.shape[:2], -1).permute(0, 3, 1, 2)
        large = self.down(self.first(pictures), level)
        small = nn.functional.avg_pool2d(large, 2)
        entering, leaving = self.middle
        small = leaving(self.attention(entering(small, level)), level)
        again = nn.functional.interpolate(small, scale_factor=2, mode="nearest")
        out = self.last(nn.functional.silu(self.norm(self.up(torch.cat([again, large], dim=1), level))))
        return out.permute(0, 2, 3, 1).reshape(x.shape)
