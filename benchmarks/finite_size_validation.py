"""Question: do the finite-size times of theory agree with brute-force sums over data, size by size?

Linear manifolds of 20 to 80 dimensions, 403 to 162755 points, latent ratio 0.3: gaussian F, isometric F, power-law
spectrum (exponent 1), and gaussian F with two modes far apart (weights 0.7 and 0.3). Several draws of factor and data
each; every draw is compared with the prediction for its own spectrum. The table gives the mean of log(measured /
predicted) and its error over draws, beside the asymptotic theory. Agreement is asked for
within 3 % or 3 standard errors. The work stops and goes on: each finished draw is a line of ``--state``.
"""

import argparse
import json
import math
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from harness import write_record

from remanifold import HiddenManifold, open_points
from remanifold.manifolds import LatentMixture
from remanifold.measures import noise_profile
from remanifold.theory import times
from remanifold.theory.finite.gaussian import finite_size_times, finite_size_times_of_classes
from remanifold.theory.finite.size_times import FiniteSizeTimes
from remanifold.theory.landscapes.linear import LinearLandscape

SIZES = {20: (6, 403, 40), 30: (9, 403, 40), 40: (12, 2981, 32), 60: (18, 162755, 8), 80: (24, 162755, 5)}
NAMES = ("t_onset", "t_collapse", "t_generalization")
WEIGHTS = (0.7, 0.3)
VIEWS = 128  # their error of each draw's prediction is far below the scatter of the draws
ALLOWED, ALLOWED_ERRORS = 0.03, 3.0


def draw_of(ensemble: str, n: int, seed: int) -> HiddenManifold:
    """The data of one draw."""
    d, p, _ = SIZES[n]
    common: dict[str, Any] = {"ambient_dim": n, "latent_dim": d, "n_points": p, "seed": 1000 * n + seed}
    if ensemble == "power-law":
        return HiddenManifold(ensemble=ensemble, exponent=1.0, **common)
    if ensemble == "two modes":
        means = np.zeros((2, d))
        means[1, 0] = 60.0  # in units of the spread within a mode
        return HiddenManifold(ensemble="gaussian", mixture=LatentMixture(means, WEIGHTS), **common)
    return HiddenManifold(ensemble=ensemble, **common)


@cache
def predicted(ensemble: str, l: tuple[float, ...], n: int) -> FiniteSizeTimes:
    """The finite-size times of a spectrum; that of isometric F and of the power law is the same in every draw."""
    points = SIZES[n][1]
    if ensemble == "two modes":
        return finite_size_times_of_classes([l, l], WEIGHTS, points, n, n_views=VIEWS)
    return finite_size_times(l, points, n, n_views=VIEWS)


def asymptotic(ensemble: str, l: tuple[float, ...], n: int) -> list[float]:
    """The large-size times of a spectrum; for two modes with log P less the entropy of the weights."""
    entropy = -sum(w * math.log(w) for w in WEIGHTS) if ensemble == "two modes" else 0.0
    landscape, load = LinearLandscape.from_eigenvalues(l, n), (math.log(SIZES[n][1]) - entropy) / n
    found = (times.t_onset(landscape, load), times.t_collapse(landscape, load), times.t_generalization(landscape, load))
    return [t for t in found if t is not None]


def spectrum_of(manifold: HiddenManifold) -> tuple[float, ...]:
    """Eigenvalues of F F^T / D, rounded so that equal spectra of different draws are one."""
    return tuple(np.round(np.linalg.svd(manifold.factor, compute_uv=False) ** 2 / manifold.latent_dim, 9).tolist())


def measure(ensemble: str, n: int, seed: int, queries: int) -> list[float]:
    """The three times of one data set, by brute force at levels around the prediction."""
    manifold = draw_of(ensemble, n, seed)
    theory = predicted(ensemble, spectrum_of(manifold), n)
    levels = np.concatenate([getattr(theory, name).value * np.exp(np.arange(-4, 5) / 8) for name in NAMES])
    points = open_points(manifold.points().astype(np.float32))
    profile = noise_profile(points, max_queries=queries, levels=np.unique(levels), seed=seed, threads=1)
    return [getattr(profile, name).value for name in NAMES]


def compared(row: dict[str, Any]) -> dict[str, Any]:
    """``row`` with log(measured / predicted) of two predictions."""
    ensemble, n, measured = row["ensemble"], row["ambient_dim"], np.log(row["measured"])
    l = spectrum_of(draw_of(ensemble, n, row["seed"]))
    theory = predicted(ensemble, l, n)
    row = row | {"finite size": (measured - np.log([getattr(theory, name).value for name in NAMES])).tolist()}
    row["asymptotic"] = (measured - np.log(asymptotic(ensemble, l, n))).tolist()
    return row


def summary(rows: list[dict[str, Any]], ensemble: str, n: int) -> list[dict[str, Any]]:
    """One line a time: means over draws with their errors."""
    mine = [row for row in rows if (row["ensemble"], row["ambient_dim"]) == (ensemble, n)]
    lines = []
    for k, name in enumerate(NAMES):
        line: dict[str, Any] = {
            "ensemble": ensemble,
            "ambient_dim": n,
            "latent_dim": SIZES[n][0],
            "n_points": SIZES[n][1],
            "draws": len(mine),
            "time": name,
            "measured": float(np.exp(np.mean([math.log(row["measured"][k]) for row in mine]))),
        }
        for key in ("finite size", "asymptotic"):
            logs = np.array([row[key][k] for row in mine])
            line[key] = float(logs.mean())
            line[f"{key} stderr"] = float(logs.std(ddof=1) / math.sqrt(len(logs)))
        line["within"] = abs(line["finite size"]) <= max(ALLOWED, ALLOWED_ERRORS * line["finite size stderr"])
        lines.append(line)
    return lines


def table(lines: list[dict[str, Any]]) -> str:
    """The summary as markdown, for docs/explanation/finite-size.md."""
    head = "| data | N | D | P | draws | time | measured | finite size | asymptotic |\n" + "|---" * 9 + "|\n"
    rows = []
    for line in lines:
        rows.append(
            f"| {line['ensemble']} | {line['ambient_dim']} | {line['latent_dim']} | {line['n_points']} "
            f"| {line['draws']} | {line['time']} | {line['measured']:.4g} "
            f"| {line['finite size']:+.4f} ± {line['finite size stderr']:.4f} | {line['asymptotic']:+.3f} |"
        )
    return head + "\n".join(rows)


def main() -> None:
    """Measure what is missing, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--state", type=Path, default=Path(tempfile.gettempdir()) / "finite_size_validation.jsonl")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.state.read_text().splitlines()] if options.state.exists() else []
    done = {(row["ensemble"], row["ambient_dim"], row["seed"]) for row in rows}
    ensembles = ("gaussian", "isometric", "power-law", "two modes")
    cases = [(e, n) for n in SIZES for e in ensembles]
    for ensemble, n in cases:
        for seed in range(SIZES[n][2]):
            if (ensemble, n, seed) in done:
                continue
            start = time.process_time()
            row = {"ensemble": ensemble, "ambient_dim": n, "seed": seed}
            row |= {"measured": measure(ensemble, n, seed, options.queries), "seconds": time.process_time() - start}
            rows.append(row)
            with options.state.open("a") as state:
                state.write(json.dumps(row) + "\n")
    rows = [compared(row) for row in rows]
    lines = [line for ensemble in ensembles for n in SIZES for line in summary(rows, ensemble, n)]
    print(table(lines))
    write_record(
        "finite_size_validation",
        "mean of log(measured / predicted) of the three times of linear manifolds, each draw by its own spectrum",
        ("remanifold", "torch", "numpy", "scipy"),
        parameters={"queries": options.queries, "seeds": "1000 N + 0, 1, ...", "latent_ratio": 0.3, "weights": WEIGHTS},
        agreement={"allowed": ALLOWED, "allowed_errors": ALLOWED_ERRORS, "all": all(line["within"] for line in lines)},
        processor_seconds=sum(row["seconds"] for row in rows),
        rows=lines,
    )


if __name__ == "__main__":
    main()
