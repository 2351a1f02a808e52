"""The film of a simulation: which states are kept for it, and what stands beside them."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.files import require_writable_directory
from remanifold._core.progress import Progress

if TYPE_CHECKING:
    from remanifold.data import Points
    from remanifold.sampling import Trajectories

_FRAMES, _TOP = 80, 3.0  # levels that are kept; the first one, in standard deviations of the data
_DRAWN, _QUERIES = 2000, 200  # training rows in the plane or behind the brightness; queries of the noise profile
_LEAST_SIDE, _LONGEST_ASPECT = 4, 8  # of pictures, in pixels and in sides


def require_film(out: Path) -> str:
    """The kind of film that the ending of ``out`` asks for; refused where it cannot be written."""
    kind = out.suffix.lower()
    require(kind in (".webp", ".gif"), "--film must end in .webp or .gif", out, "change the name")
    if out.is_dir():
        raise refusal("--film must name a file", f"the directory {out}", "name a file in it")
    require_writable_directory(out.parent)
    return kind[1:]


def filmed_points(data: str, reading: dict[str, Any]) -> "Points":
    """The data, opened; refused unless they are points of the plane or pictures."""
    from remanifold.data import open_points

    points = open_points(data, **reading)
    plane = points.shape == (2,)
    if not plane and not _are_pictures(points.shape):
        got = f"rows of shape {points.shape} in {points.record.source}"
        raise refusal("a film must be of rows of two numbers or of pictures", got, "leave --film out")
    return points


def filmed_levels(points: "Points", start_at: float | None, stop_at: float, memory: str) -> tuple[float, ...]:
    """Noise variances, falling, whose states a film shows."""
    import numpy as np

    from remanifold.data import survey

    std = survey(points, memory=memory).std
    top = max((_TOP * std) ** 2, 2 * stop_at)
    top = top if start_at is None else min(top, start_at)
    return tuple(np.geomspace(top, stop_at, _FRAMES).tolist())


def film_of(run: "Trajectories", points: "Points", kind: str, memory: str, progress: Progress) -> bytes:
    """The film of the states that ``run`` kept."""
    import numpy as np

    from remanifold.plots.film import Reel, film

    n = points.n_points
    rows = np.arange(n) if n <= _DRAWN else np.sort(np.random.default_rng(0).choice(n, _DRAWN, replace=False))
    drawn = points.take(rows, np.float64).reshape(len(rows), *points.shape)
    caption = f"{len(run.samples)} samples under the exact score of {n} training rows"
    return film(Reel(run.states, run.times, drawn, _marks(points, memory, progress), caption), kind)


def _marks(points: "Points", memory: str, progress: Progress) -> dict[str, float]:
    """sigma of the three noise levels of the data; those that are not found are left out."""
    from remanifold.measures import find_duplicates, noise_profile

    try:
        distinct = find_duplicates(points, memory=memory).distinct
        profile = noise_profile(points, rows=distinct, max_queries=_QUERIES, memory=memory, progress=progress)
    except InvalidInput:  # too few rows, or rows that are all equal: a film without marks
        return {}
    found = {"onset": profile.t_onset, "collapse": profile.t_collapse, "generalization": profile.t_generalization}
    return {name: math.sqrt(level) for name, level in found.items() if level is not None and level > 0}


def _are_pictures(shape: tuple[int, ...]) -> bool:
    """(H, W), (H, W, C) or (C, H, W) with C = 1, 3 or 4."""
    channels = (1, 3, 4)
    sides = shape if len(shape) == 2 else ()
    if len(shape) == 3:
        sides = shape[:2] if shape[2] in channels else shape[1:] if shape[0] in channels else ()
    return len(sides) == 2 and min(sides) >= _LEAST_SIDE and max(sides) <= _LONGEST_ASPECT * min(sides)
