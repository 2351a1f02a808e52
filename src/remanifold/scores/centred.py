"""The data as the score engine reads it: raw rows for exact differences, centred and scaled rows for products."""

import copy
from functools import partial

import torch

from remanifold._core.progress import Progress, silent
from remanifold._core.read_ahead import ReadAhead
from remanifold.data import PointsLike, open_points, survey


class CentredData:
    """Points on a device, a chunk at a time, with their mean and radius.

    A product x.xi loses the digits that a large mean takes, and float32 squares overflow beyond 1e19; after centring
    and division by the radius every row has norm <= 1. Raw rows are never rounded: float32 and whole numbers are exact
    in float64.

    Attributes:
        points: The opened data.
        n_points: P.
        ambient_dim: N.
        mean: (N,) float64.
        radius: No point is farther than this from the mean.
        spread: Standard deviation of a coordinate, root mean square over coordinates.
        fingerprint: SHA-256 of the stored rows.
        device: Where rows are sent.
    """

    def __init__(self, data: PointsLike, device: torch.device, memory: int, progress: Progress = silent) -> None:
        """Open ``data`` (whatever `open_points` takes) and read it once.

        Raises:
            InvalidInput: if the data cannot be used (see `open_points` and `survey`).
        """
        self.points = open_points(data)
        facts = survey(self.points, memory=max(memory // 4, 1), progress=progress)
        self.n_points, self.ambient_dim = facts.n_points, facts.ambient_dim
        self.mean = torch.as_tensor(facts.mean, dtype=torch.float64, device=device)
        self.radius = facts.squared_radius_bound**0.5
        self.spread, self.fingerprint = facts.std, facts.fingerprint
        self.device = device
        live = self.points.files is not None and self.points.files.live
        read = partial(self.points.chunk, dtype="float64")
        self._read = ReadAhead(read, self.n_points) if live else read

    def framed(self, mean: torch.Tensor, radius: float) -> "CentredData":
        """The same points, centred at ``mean`` and in units of ``radius``: no point lies farther from there."""
        other = copy.copy(self)
        other.mean, other.radius = mean, radius
        return other

    def raw(self, start: int, stop: int) -> torch.Tensor:
        """Points ``start``..``stop-1`` as they are, float64 (stop - start, N).

        Of points on disk the range that follows is read meanwhile.
        """
        return torch.as_tensor(self._read(start, stop), device=self.device)

    def take(self, indices: torch.Tensor) -> torch.Tensor:
        """Points at ``indices`` as they are, float64 (len(indices), N)."""
        return torch.as_tensor(self.points.take(indices.cpu().numpy(), "float64"), device=self.device)

    def scaled(self, raw: torch.Tensor) -> torch.Tensor:
        """(raw - mean) / radius, float64, for points or queries."""
        return (raw - self.mean).div_(self.radius)
