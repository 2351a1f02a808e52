"""Leading principal directions of data: the coordinates in which few numbers bound a distance well."""

from collections.abc import Callable, Iterator

import torch

from remanifold.scores.centred import CentredData

_SAMPLE = 16384  # rows; more would not make the directions better, only slower
_LARGE, _LARGE_SAMPLE = 1024, 6144  # dimensions above which fewer rows do
_LARGEST_MATRIX = 4096  # dimensions; a larger (N, N) matrix of moments would take more than its use is worth
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

    def rows() -> Iterator[torch.Tensor]:
        for start in range(0, size, chunk):
            yield data.scaled(data.take(picked[start : start + chunk])).float()

    def times(space: torch.Tensor) -> torch.Tensor:
        narrow = space.float()
        out = torch.zeros_like(narrow)
        for part in rows():
            out.addmm_(part.T, part @ narrow)
        return out.double()

    k = min(most, data.ambient_dim)
    if data.ambient_dim > _LARGEST_MATRIX:
        return _leading_eigenvectors(times, data.ambient_dim, k, data.device)
    moments = torch.zeros(data.ambient_dim, data.ambient_dim, dtype=torch.float32, device=data.device)
    for part in rows():
        moments.addmm_(part.T, part)
    return _leading_eigenvectors(moments.double().matmul, data.ambient_dim, k, data.device)


def principal_bytes(ambient_dim: int, most: int) -> int:
    """Bytes that `principal_directions` takes beside a chunk of rows."""
    matrix = 12 * ambient_dim**2 if ambient_dim <= _LARGEST_MATRIX else 0
    return matrix + 4 * 8 * ambient_dim * (min(most, ambient_dim) + _MORE)


def _leading_eigenvectors(
    times: Callable[[torch.Tensor], torch.Tensor], n: int, k: int, device: torch.device
) -> torch.Tensor:
    """(n, k) of a symmetric positive matrix that is known by its products, largest eigenvalue first, by subspace
    iteration.

    A full decomposition would dominate the build; what this misses in the order of the last few costs nothing.
    """
    generator = torch.Generator(device="cpu").manual_seed(0)
    start = torch.randn(n, min(k + _MORE, n), dtype=torch.float64, generator=generator)
    space = start.to(device)
    for _ in range(_ITERATIONS):
        space, _ = torch.linalg.qr(times(space))
    _, rotation = torch.linalg.eigh(space.T @ times(space))
    basis, _ = torch.linalg.qr(space @ rotation.flip(1)[:, :k])
    return basis.contiguous()
