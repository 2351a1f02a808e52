"""The reader's own rows: some of them, as the page holds them, and the noise levels of all."""

from typing import Any

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.compute import Compute
from remanifold._core.errors import refusal
from remanifold._core.seeds import uniforms
from remanifold._core.types import Floats
from remanifold.audits import audit
from remanifold.data import Points, PointsLike, open_points
from remanifold.data.pictures.layout import layout_of
from remanifold.explorer.facts import as_text, level_facts

_MOST_BYTES = 240_000  # of rows, before base64 adds a third
_FEWEST_ROWS, _MOST_ROWS = 3, 400  # the page computes the levels of its rows in time quadratic in their number
_BYTES = 256
_SHOWN_CHANNELS = (1, 3)


def own_data_facts(data: PointsLike, n_rows: int, max_queries: int, seed: int, compute: Compute) -> dict[str, Any]:
    """Rows of ``data`` drawn at random, their numbers and shape, and the report's three noise levels of all rows.

    Rows are float32, or bytes where every number is a multiple of one step from the least, which is exact; see
    `remanifold.explorer.explorer_page` for the arguments.

    Raises:
        InvalidInput: if the data cannot be used, or three rows of them are more than 240 kB.
    """
    whole("the number of embedded rows", n_rows, least=_FEWEST_ROWS, most=_MOST_ROWS, example=300)
    points = open_points(data)
    chosen = _chosen(points, n_rows, seed)
    using = {"memory": compute.memory, "threads": compute.threads, "progress": compute.progress}
    report = audit(points, max_queries=max_queries, seed=seed, **using)
    rows = points.take(chosen).reshape(len(chosen), -1)
    layout = layout_of(points.shape)
    levels = {name: level_facts(getattr(report, f"t_{name}")) for name in ("onset", "collapse", "generalization")}
    return {
        "source": points.record.source.rsplit("/", 1)[-1],
        "n_points": points.n_points,
        "n_distinct": report.data.n_groups,
        "shape": list(points.shape),
        "noun": "image" if layout is not None and layout.channels in _SHOWN_CHANNELS else "row",
        "rows": chosen.tolist(),
        "std": report.data.std,
        "levels": levels,
        **_numbers(rows),
    }


def _chosen(points: Points, n_rows: int, seed: int) -> np.ndarray:
    """Numbers of the embedded rows, ascending: as many as are asked for and fit."""
    fit = _MOST_BYTES // (points.ambient_dim * (1 if points.rows.dtype == np.uint8 else 4))
    if fit < _FEWEST_ROWS:
        need = f"three rows of the data must fit into {_MOST_BYTES // 1000} kB of the page"
        raise refusal(need, f"{points.ambient_dim} numbers a row", "bring pictures to fewer pixels with resize")
    order = np.argsort(uniforms(seed, "rows of the explorer", 0, points.n_points, 1)[:, 0])
    return np.sort(order[: min(n_rows, fit)])


def _numbers(rows: Floats) -> dict[str, Any]:
    """``rows`` (n, N) as text: x = scale * stored + shift."""
    low, steps = float(rows.min()), np.unique(rows)
    step = float(np.diff(steps).min()) if len(steps) > 1 else 1.0
    stored = np.rint((rows - low) / step)
    if stored.max() < _BYTES and bool(np.abs(stored * step + low - rows).max() < 1e-6 * step):
        return {"numbers": as_text(stored.astype(np.uint8).tobytes()), "kind": "u1", "scale": step, "shift": low}
    return {"numbers": as_text(rows.astype("<f4").tobytes()), "kind": "f4", "scale": 1.0, "shift": 0.0}
