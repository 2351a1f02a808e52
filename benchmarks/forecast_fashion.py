"""Question: how well is the collapse at many rows forecast from few, and which forecast is best?

Fashion-MNIST (Debian's dataset-fashion-mnist) in random subsets of 2000, 6000, 20000 and 60000 rows. From each smaller
one log t_collapse at 60000 is forecast: by the dimension at its own collapse (`samples_needed`), by a line and a
parabola in log P through its own subsets, by the closed finite-size form of a Gaussian of its covariance, and of a
mixture of Gaussians (k-means), both moved so that they hold at the subset itself.
"""

import argparse
import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from harness import FASHION, RESULTS
from scipy.cluster.vq import kmeans2

from remanifold._core.version import __version__
from remanifold.data import open_points
from remanifold.measures import noise_profile, samples_needed
from remanifold.theory.finite.gaussian import finite_size_times, finite_size_times_of_classes

SIZES, PARTS, MODES = (2000, 6000, 20000, 60000), (8, 4, 2), 10
QUERIES = 300
LEVELS = np.exp(np.linspace(math.log(60.0**2), math.log(700.0**2), 13))


def profile_of(rows: np.ndarray) -> Any:
    return noise_profile(open_points(rows), levels=LEVELS, max_queries=QUERIES, n_draws=2, threads=1)


def log_collapse(profile: Any) -> float:
    return math.log(profile.t_collapse.value)


def spectrum(rows: np.ndarray) -> np.ndarray:
    values = np.linalg.eigvalsh(np.cov(rows.T))
    return values[values > 1e-3 * values[-1]]


def gaussian(rows: np.ndarray, sizes: tuple[int, ...]) -> list[float]:
    l = spectrum(rows)
    return [math.log(finite_size_times(l, p, rows.shape[1], n_views=128).t_collapse.value) for p in sizes]


def mixture(rows: np.ndarray, sizes: tuple[int, ...]) -> list[float]:
    _, labels = kmeans2(rows, MODES, minit="++", seed=np.random.default_rng(0))
    kept = [k for k in range(MODES) if (labels == k).sum() >= 60]
    counts = np.array([(labels == k).sum() for k in kept])
    spectra = [spectrum(rows[labels == k]) for k in kept]
    found = (finite_size_times_of_classes(spectra, counts / counts.sum(), p, rows.shape[1], n_views=128) for p in sizes)
    return [math.log(times.t_collapse.value) for times in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, default=FASHION)
    parser.add_argument("--result", type=Path, default=RESULTS / "forecast_fashion.json")
    options = parser.parse_args()
    raw = gzip.decompress(options.images.read_bytes())
    images = np.frombuffer(raw, dtype=np.uint8, offset=16).reshape(-1, 784)
    images = images[np.random.default_rng(0).permutation(len(images))]
    record: dict[str, Any] = {"version": __version__, "data": "Fashion-MNIST", "queries": QUERIES, "measured": {}}
    profiles = {}
    for size in sorted({*SIZES, *(size // part for size in SIZES[:-1] for part in PARTS)}):
        profiles[size] = profile_of(np.ascontiguousarray(images[:size]))
        found = profiles[size].t_collapse
        record["measured"][size] = {"log_t": math.log(found.value), "stderr": found.log_stderr}
        print("measured", size, record["measured"][size], flush=True)
    record["errors"] = {}
    truth = log_collapse(profiles[SIZES[-1]])
    for size in SIZES[:-1]:
        rows = images[:size].astype(np.float64)
        here = log_collapse(profiles[size])
        sizes = [size // part for part in PARTS] + [size]
        logs, values = np.log(sizes), [log_collapse(profiles[p]) for p in sizes]
        goal = math.log(SIZES[-1])
        need = [samples_needed(profiles[size], math.exp(u)).log_factor.value for u in np.linspace(here - 2, here, 81)]
        forecasts = {
            "dimension": float(np.interp(-(goal - math.log(size)), -np.array(need), np.linspace(here - 2, here, 81))),
            "line": float(np.polyval(np.polyfit(logs, values, 1), goal)),
            "parabola": float(np.polyval(np.polyfit(logs, values, 2), goal)),
        }
        for name, model in (("gaussian", gaussian), ("mixture", mixture)):
            first, last = model(rows, (size, SIZES[-1]))
            forecasts[name], forecasts[f"{name}, as it is"] = here + last - first, last
        record["errors"][size] = {name: round(value - truth, 4) for name, value in forecasts.items()}
        print("error of log t at 60000 from", size, record["errors"][size], flush=True)
        options.result.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
