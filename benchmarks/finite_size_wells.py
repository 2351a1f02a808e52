"""Question: how do wells and basins of gradient flow come to their limit, at sizes that nobody can draw?

Isometric linear data, D/N = 0.3, log P = 0.2 N. In the limit every training point lies in a well between t_c and t_o.
Finished cases are kept in benchmarks/results/finite_size_wells.json; a second call goes on.
"""

import json
import math
import time
from typing import Any

import numpy as np
from harness import RESULTS, write_record

from remanifold.theory import HiddenFamily, LinearLandscape, basin, finite_size_flow, t_collapse

_NAME = "finite_size_wells"
_RATIO, _LOAD = 0.3, 0.2
_SIZES = {20: 100, 30: 100, 40: 40, 50: 24, 80: 16, 160: 16, 320: 16}  # N, data sets
_STEPS, _ROWS = (1.0, 1.4, 1.8), 48  # t over t_c of the limit
_AROUND = np.exp(np.linspace(-1.5, 1.2, 9))  # delta over the limit of the basin


def _row(dim: int, step: float) -> dict[str, Any]:
    latent, n_points = round(_RATIO * dim), round(math.exp(_LOAD * dim))
    landscape, load = LinearLandscape.isometric(latent / dim), math.log(n_points) / dim
    collapse = t_collapse(landscape, load)
    if collapse is None:
        raise RuntimeError("no collapse")
    t = step * collapse
    limit, start = basin(landscape, load, t), time.process_time()
    family, deltas = HiddenFamily(dim, latent, "linear", "isometric"), [0.0, *(limit * _AROUND)]
    found = finite_size_flow(family, n_points, t, deltas, rows=_ROWS, n_sets=_SIZES[dim])
    well, ends = found.share[0], found.basin
    return {
        "ambient_dim": dim,
        "latent_dim": latent,
        "log_points": math.log(n_points),
        "step": step,
        "t": t,
        "starts": well.n,
        "well": well.value,
        "well_error": well.stderr,
        "log_basin_ratio": None if ends is None else math.log(ends.value / limit),
        "log_basin_error": None if ends is None else ends.log_stderr,
        "seconds": round(time.process_time() - start, 1),
    }


def main() -> None:
    path = RESULTS / f"{_NAME}.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else []
    done = {(row["ambient_dim"], row["step"]) for row in rows}
    for dim in _SIZES:
        for step in _STEPS:
            if (dim, step) in done:
                continue
            rows.append(_row(dim, step))
            write_record(_NAME, __doc__, ("numpy", "scipy"), rows=rows)


if __name__ == "__main__":
    main()
