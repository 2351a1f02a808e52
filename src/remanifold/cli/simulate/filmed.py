"""The film of a simulation: which states are kept for it, and what stands beside them."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remanifold._core.errors import refusal, require
from remanifold._core.files import require_writable_directory
from remanifold._core.progress import Progress

if TYPE_CHECKING:
    from remanifold.data import Points
    from remanifold.sampling import Trajectories

_FRAMES, _TOP = 80, 3.0  # levels that are kept; the first one, in standard deviations of the data
_DRAWN, _QUERIES = 2000, 200  # training rows in the plane or behind the brightness; queries of the noise profile


def require_film(out: Path) -> str:
    """The kind of film that the ending of ``out`` asks for; refused where it cannot be written."""
    from remanifold.plots.film_formats import FORMATS, video_program

    kind = out.suffix.lower()[1:]
    require(kind in FORMATS, "--film must end in .webp, .gif, .mp4 or .html", out, "change the name")
    need = "--film of an .mp4 must have ffmpeg on the PATH, which makes it"
    require(kind != "mp4" or video_program() is not None, need, "none", "install ffmpeg, or write a .webp")
    if out.is_dir():
        raise refusal("--film must name a file", f"the directory {out}", "name a file in it")
    require_writable_directory(out.parent)
    return kind


def filmed_points(data: str, reading: dict[str, Any]) -> "Points":
    """The data, opened; refused unless they are points of the plane or pictures."""
    from remanifold.data import open_points
    from remanifold.data.pictures.layout import layout_of

    points = open_points(data, **reading)
    if points.shape != (2,) and layout_of(points.shape) is None:
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


def film_of(run: "Trajectories", points: "Points", kind: str, marks: dict[str, float]) -> bytes:
    """The film of the states that ``run`` kept, with ``marks`` on its axis."""
    import numpy as np

    from remanifold.data.pictures.layout import layout_of
    from remanifold.plots.film import Reel, film

    n, layout = points.n_points, layout_of(points.shape)
    rows = np.arange(n) if n <= _DRAWN else np.sort(np.random.default_rng(0).choice(n, _DRAWN, replace=False))
    drawn, states = points.take(rows, np.float64), run.states
    if layout is not None:
        drawn, states = layout.planes(drawn), np.stack([layout.planes(one) for one in states])
    caption = f"{len(run.samples)} samples under the exact score of {n} training rows"
    return film(Reel(states, run.times, drawn, marks, caption), kind)


def marks_of(points: "Points", memory: str, progress: Progress) -> dict[str, float]:
    """sigma of the three noise levels of the data; those that do not exist are left out.

    Raises:
        InvalidInput: if they cannot be measured: too few rows that differ, too little memory.
    """
    from remanifold.measures import find_duplicates, noise_profile

    distinct = find_duplicates(points, memory=memory).distinct
    profile = noise_profile(points, rows=distinct, max_queries=_QUERIES, memory=memory, progress=progress)
    found = {"onset": profile.t_onset, "collapse": profile.t_collapse, "generalization": profile.t_generalization}
    return {name: math.sqrt(level) for name, level in found.items() if level is not None and level > 0}
