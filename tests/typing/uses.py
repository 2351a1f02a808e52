"""What users write, as a type checker sees it: every line here must pass pyright; `house/test_types.py` runs it."""

from pathlib import Path

import numpy as np
import torch

import remanifold as rm


def opens_what_people_have(array: np.ndarray, tensor: torch.Tensor) -> list[rm.EmpiricalScore]:
    """An array, a tensor, nested lists, a path, open points."""
    sources = (array, tensor, [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], "train.npy", Path("train.npy"))
    return [rm.EmpiricalScore(rm.open_points(source)) for source in sources] + [rm.EmpiricalScore(array)]


def asks_scores(score: rm.EmpiricalScore | rm.GaussianScore, rows: torch.Tensor, t: float) -> torch.Tensor:
    """A tensor in is a tensor out; noise by its variance or its root."""
    means: torch.Tensor = score.denoise(rows, t)
    return means + score.score(rows, sigma=rm.NoiseLevel.from_vp(0.3).sigma)


def samples(score: rm.EmpiricalScore) -> float:
    """Levels are numbers or noise levels; any denoiser or function is sampled."""
    levels = [rm.NoiseLevel.from_sigma(sigma) for sigma in (10.0, 1.0, 0.1)]
    run = rm.simulate(score, levels, n_samples=3)
    other = rm.simulate(lambda x, t: x / (1 + t), np.array([4.0, 1.0]), n_samples=2, shape=(2,))
    return float(run.samples.sum() + other.samples.sum())


def wraps_networks(module: torch.nn.Module, scheduler: object) -> torch.Tensor:
    """Modules, functions, diffusers models."""
    denoisers = [
        rm.from_edm(module),
        rm.from_callable(module, "noise", "sigma", class_labels=3),
        rm.from_callable(lambda y, sigma: y, predicts="denoised", clock=torch.linspace(0.99, 0.01, 10)),
        rm.from_diffusers(module, scheduler),
    ]
    return sum((denoiser(torch.zeros(1, 3), 1.0) for denoiser in denoisers), torch.zeros(1, 3))
