"""Exact posterior means dressed as networks: every prediction type in every clock, written from the clock's time."""

import math

import numpy as np
import torch

from remanifold import GaussianScore
from remanifold.noise import schedule

DIM = 6
_FACTOR = np.random.default_rng(5).normal(size=(DIM, 2))
COVARIANCE = _FACTOR @ _FACTOR.T / 2 + 0.01 * np.eye(DIM)
MEAN = np.linspace(-0.5, 0.5, DIM)
EXACT = GaussianScore(MEAN, COVARIANCE)
KINDS = ("denoised", "noise", "score", "velocity")


def rows_of(count: int, seed: int = 0) -> np.ndarray:
    """Training rows drawn from the Gaussian."""
    return np.random.default_rng(seed).multivariate_normal(MEAN, COVARIANCE, size=count)


def _law(name: str, c: float) -> tuple[float, float, float, float]:
    """scale a, noise b of the input at second argument c, and their derivatives along the path."""
    if name == "sigma":
        return 1.0, c, 0.0, 1.0
    if name == "variance":
        return 1.0, math.sqrt(c), 0.0, 1.0
    if name == "flow steps":
        name, c = "flow", c / 1000
    if name == "vp":
        a, b = math.exp(-c), math.sqrt(-math.expm1(-2 * c))
    elif name == "alpha_bar":
        a, b = math.sqrt(c), math.sqrt(1 - c)
    elif name == "flow":
        return 1 - c, c, -1.0, 1.0
    elif name == "flow from noise":
        return c, 1 - c, 1.0, -1.0
    else:
        abar = float(schedule(name)[int(c)])
        a, b = math.sqrt(abar), math.sqrt(1 - abar)
    return a, b, -b, a  # v-prediction: the derivative by the angle of (a, b)


class Fake:
    """A network of one prediction type and clock: exact, in whatever units it was made for."""

    def __init__(self, kind: str, clock: str, units: tuple[float, float] = (1.0, 0.0)) -> None:
        """``units``: a row of the Gaussian is units[0] times the network's numbers plus units[1]."""
        self.kind, self.clock, self.units = kind, clock, units

    def __call__(self, y: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        rows = y.double().reshape(len(y), -1)
        out = torch.empty_like(rows)
        for value in torch.unique(c):
            out[c == value] = self._rows(rows[c == value], float(value))
        return out.reshape(y.shape).to(y.dtype)

    def _rows(self, y: torch.Tensor, c: float) -> torch.Tensor:
        a, b, da, db = _law(self.clock, c)
        scale, shift = self.units
        m = (EXACT(scale * y / a + shift, (scale * b / a) ** 2) - shift) / scale
        noise = (y - a * m) / b
        return {"denoised": m, "noise": noise, "score": -noise / b, "velocity": da * m + db * noise}[self.kind]


def smallest_unet():
    """An untrained network of diffusers for pictures of 4 x 4, the same each time."""
    import diffusers

    torch.manual_seed(0)
    return diffusers.UNet2DModel(
        sample_size=4,
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        block_out_channels=(4,),
        norm_num_groups=4,
        down_block_types=("DownBlock2D",),
        up_block_types=("UpBlock2D",),
        add_attention=False,
    )
