"""Softmax sums over all points from two matrix products per chunk, where a product is exact enough."""

import torch

from remanifold._core.progress import Progress
from remanifold.scores.centred import CentredData
from remanifold.scores.screening import rounding_gamma
from remanifold.scores.softmax_sums import SoftmaxSums


def dense_error(data: CentredData, scaled: torch.Tensor, t: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """(batch,) rigorous bound of the rounding error of the logits of `dense_sums`, in nats: gamma (|x| + 1/2) / t.

    Coordinates are centred and scaled, so that no point has a norm above 1.
    """
    norm = torch.linalg.vector_norm(scaled, dim=1)
    return rounding_gamma(dtype, data.ambient_dim) * (norm + 0.5) / (t / data.radius**2)


def dense_sums(
    data: CentredData, x: torch.Tensor, t: torch.Tensor, *, dtype: torch.dtype, top: int, chunk: int, progress: Progress
) -> SoftmaxSums:
    """Sums over all points in ``dtype``; the averaged values are the displacements xi - x.

    With centred and scaled x and xi, |x - xi|^2/2 = |x|^2/2 - (x.xi - |xi|^2/2).
    """
    scaled = data.scaled(x)  # (batch, N)
    half = torch.einsum("ij,ij->i", scaled, scaled) / 2
    noise = (t / data.radius**2)[:, None]
    queries, half_cast, noise_cast = scaled.to(dtype), half[:, None].to(dtype), noise.to(dtype)
    sums = SoftmaxSums.empty(len(x), data.ambient_dim, top, x.device)
    for start in range(0, data.n_points, chunk):
        stop = min(start + chunk, data.n_points)
        rows = data.scaled(data.raw(start, stop))
        bias = torch.einsum("ij,ij->i", rows, rows) / -2
        rows = rows.to(dtype)
        overlap = torch.addmm(bias.to(dtype), queries, rows.T)  # (batch, chunk): x.xi - |xi|^2/2
        best = overlap.amax(1, keepdim=True)
        energies = (half_cast - overlap).clamp_(min=0)
        logits = overlap.sub_(best).div_(noise_cast)
        names = torch.arange(start, stop, device=x.device)
        part = SoftmaxSums.of_logits(logits, rows, energies, names, top)
        sums = sums.merge(part.raised((best.double()[:, 0] - half) / noise[:, 0]))
        progress("summing", stop, data.n_points)
    return sums.shifted(-scaled).rescaled(data.radius, data.radius**2)
