"""Leading principal directions of data: the coordinates in which few numbers bound a distance well."""

import torch

from remanifold.scores.centred import CentredData

_SAMPLE = 16384  # rows; more would not make the directions better, only slower
_LARGE, _LARGE_SAMPLE = 1024, 6144  # dimensions above which fewer rows do
_MORE, _ITERATIONS = 16, 3


def principal_directions(data: CentredData, most: int, chunk: int) -> torch.Tensor:
    """(N, k) float64 orthonormal directions, k <= ``most``, of largest variance first, from a sample of the rows.

    Any orthonormal basis gives valid bounds; a good one gives tight bounds, so a sample is enough. Rows are taken
    evenly spaced, so that the result does not depend on chance.

    Args:
        data: The points.
        most: Directions asked for.
        chunk: Rows read at a time.
    """
    size = min(data.n_points, _SAMPLE if data.ambient_dim <= _LARGE else _LARGE_SAMPLE)
    picked = torch.linspace(0, data.n_points - 1, size, dtype=torch.float64).round().long()
    moments = torch.zeros(data.ambient_dim, data.ambient_dim, dtype=torch.float32, device=data.device)
    for start in range(0, size, chunk):
        rows = data.scaled(data.take(picked[start : start + chunk])).float()
        moments.addmm_(rows.T, rows)
    return _leading_eigenvectors(moments.double(), min(most, data.ambient_dim))


def _leading_eigenvectors(moments: torch.Tensor, k: int) -> torch.Tensor:
    """(N, k) of the symmetric positive matrix (N, N), largest eigenvalue first, by subspace iteration.

    A full decomposition would dominate the build; what this misses in the order of the last few costs nothing.
    """
    n = len(moments)
    generator = torch.Generator(device="cpu").manual_seed(0)
    start = torch.randn(n, min(k + _MORE, n), dtype=torch.float64, generator=generator)
    space = start.to(moments.device)
    for _ in range(_ITERATIONS):
        space, _ = torch.linalg.qr(moments @ space)
    _, rotation = torch.linalg.eigh(space.T @ moments @ space)
    basis, _ = torch.linalg.qr(space @ rotation.flip(1)[:, :k])
    return basis.contiguous()
