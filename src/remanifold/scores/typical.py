"""Typical queries: noisy data points, as a sampler on its way meets them."""

import torch

from remanifold.scores.centred import CentredData

_QUERIES = 64


def typical_queries(data: CentredData, t: float) -> torch.Tensor:
    """(batch, N) float64 x = xi + sqrt(t) w of up to 64 evenly spaced points, the same for every call."""
    generator = torch.Generator().manual_seed(0)
    rows = torch.linspace(0, data.n_points - 1, min(_QUERIES, data.n_points), dtype=torch.float64).round().long()
    points = data.take(rows)
    noise = torch.randn(points.shape, generator=generator, dtype=torch.float64)
    return points + t**0.5 * noise.to(points.device)
