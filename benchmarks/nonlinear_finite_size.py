"""Question: what is the error of the asymptotic times of nonlinear manifolds, and does a linear correction remove it?

Hidden manifolds of tanh, relu and sign with gaussian F and latent ratio 0.3, several draws of factor and data at each
size, measured by brute force. Compared are the asymptotic times of the replica theory, and two corrections of them:
"linear" multiplies by (finite-size time / asymptotic time) of the linear manifold of the same N, D and P, averaged
over F; "covariance" by the same ratio for a Gaussian of the draw's own covariance, estimated from new points. Each
finished draw is a line of ``--state``, from which an interrupted run resumes.
"""

import argparse
import json
import math
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from harness import write_record

from remanifold import HiddenManifold, open_points
from remanifold.measures import noise_profile
from remanifold.theory import LinearLandscape, times
from remanifold.theory.finite.gaussian import finite_size_times, finite_size_times_of_ensemble
from remanifold.theory.landscapes.hidden import landscape_for
from remanifold.theory.landscapes.landscape import Landscape

ACTIVATIONS = ("tanh", "relu", "sign")
SIZES = {20: (6, 55, 32), 40: (12, 2981, 16), 60: (18, 8103, 12)}  # N: (D, P, draws); log(P)/N = 0.2, 0.2, 0.15
NAMES = ("t_onset", "t_collapse", "t_generalization")
RATIO, FRESH = 0.3, 20_000
ALLOWED, ALLOWED_ERRORS = 0.03, 3.0


def log_times(landscape: Landscape, load: float) -> np.ndarray:
    """log of the asymptotic times."""
    found = (times.t_onset(landscape, load), times.t_collapse(landscape, load), times.t_generalization(landscape, load))
    return np.log([t for t in found if t is not None])


@cache
def asymptotic(activation: str, n: int) -> np.ndarray:
    """log of the asymptotic times of the replica theory."""
    return log_times(landscape_for(RATIO, activation), math.log(SIZES[n][1]) / n)


@cache
def linear_correction(n: int) -> np.ndarray:
    """log(finite size / asymptotic) of the linear manifold, averaged over F."""
    d, p, _ = SIZES[n]
    found = finite_size_times_of_ensemble(d, n, p, n_draws=16)
    return np.log([getattr(found, name).value for name in NAMES]) - asymptotic("linear", n)


def covariance_correction(manifold: HiddenManifold) -> np.ndarray:
    """log(finite size / asymptotic) of the Gaussian of the manifold's own covariance."""
    n, p = manifold.ambient_dim, manifold.n_points
    l = np.linalg.eigvalsh(np.cov(manifold.fresh(FRESH).T))
    found = finite_size_times(l, p, n, n_views=128)
    large = log_times(LinearLandscape.from_eigenvalues(l, n), math.log(p) / n)
    return np.log([getattr(found, name).value for name in NAMES]) - large


def one_draw(activation: str, n: int, seed: int, queries: int) -> dict[str, Any]:
    """The measured times of one data set, and the correction by its covariance."""
    d, p, _ = SIZES[n]
    manifold = HiddenManifold(
        ambient_dim=n, latent_dim=d, n_points=p, activation=activation, ensemble="gaussian", seed=1000 * n + seed
    )
    guess = np.exp(asymptotic(activation, n) + linear_correction(n))
    levels = np.unique(np.outer(guess, np.exp(np.arange(-6, 7) / 8)))
    points = open_points(manifold.points().astype(np.float32))
    profile = noise_profile(points, max_queries=queries, levels=levels, seed=seed, threads=1)
    measured = [getattr(profile, name).value for name in NAMES]
    correction = covariance_correction(manifold).tolist()
    return {"activation": activation, "ambient_dim": n, "seed": seed, "measured": measured, "covariance": correction}


def summary(rows: list[dict[str, Any]], activation: str, n: int) -> list[dict[str, Any]]:
    """One line a time: mean log(measured / predicted) over draws, with errors."""
    mine = [row for row in rows if (row["activation"], row["ambient_dim"]) == (activation, n)]
    measured = np.log([row["measured"] for row in mine])
    predictions = {
        "asymptotic": asymptotic(activation, n),
        "linear": asymptotic(activation, n) + linear_correction(n),
        "covariance": asymptotic(activation, n) + np.array([row["covariance"] for row in mine]),
    }
    lines = []
    for k, name in enumerate(NAMES):
        line: dict[str, Any] = {
            "activation": activation,
            "ambient_dim": n,
            "latent_dim": SIZES[n][0],
            "n_points": SIZES[n][1],
            "draws": len(mine),
            "time": name,
            "measured": float(np.exp(measured[:, k].mean())),
        }
        for key, predicted in predictions.items():
            logs = (measured - predicted)[:, k]
            line[key] = float(logs.mean())
            line[f"{key} stderr"] = float(logs.std(ddof=1) / math.sqrt(len(logs)))
            line[f"{key} within"] = abs(line[key]) <= max(ALLOWED, ALLOWED_ERRORS * line[f"{key} stderr"])
        lines.append(line)
    return lines


def table(lines: list[dict[str, Any]]) -> str:
    """The summary as markdown, for docs/finite-size.md."""
    head = "| g | N | D | P | draws | time | measured | asymptotic | × linear | × covariance |\n" + "|---" * 10 + "|\n"
    rows = []
    for line in lines:
        cells = [f"{line[key]:+.3f} ± {line[f'{key} stderr']:.3f}" for key in ("asymptotic", "linear", "covariance")]
        rows.append(
            f"| {line['activation']} | {line['ambient_dim']} | {line['latent_dim']} | {line['n_points']} "
            f"| {line['draws']} | {line['time']} | {line['measured']:.4g} | {' | '.join(cells)} |"
        )
    return head + "\n".join(rows)


def main() -> None:
    """Measure what is missing, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--state", type=Path, default=Path(tempfile.gettempdir()) / "nonlinear_finite_size.jsonl")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.state.read_text().splitlines()] if options.state.exists() else []
    done = {(row["activation"], row["ambient_dim"], row["seed"]) for row in rows}
    cases = [(a, n, seed) for n in SIZES for a in ACTIVATIONS for seed in range(SIZES[n][2])]
    for activation, n, seed in cases:
        if (activation, n, seed) not in done:
            rows.append(one_draw(activation, n, seed, options.queries))
            with options.state.open("a") as state:
                state.write(json.dumps(rows[-1]) + "\n")
    lines = [line for activation in ACTIVATIONS for n in SIZES for line in summary(rows, activation, n)]
    print(table(lines))
    write_record(
        "nonlinear_finite_size",
        "mean of log(measured / predicted) of the three times of nonlinear manifolds, asymptotic and corrected",
        ("remanifold", "torch", "numpy", "scipy"),
        parameters={"queries": options.queries, "fresh": FRESH, "latent_ratio": RATIO, "seeds": "1000 N + 0, 1, ..."},
        agreement={key: all(line[f"{key} within"] for line in lines) for key in ("asymptotic", "linear", "covariance")},
        rows=lines,
    )


if __name__ == "__main__":
    main()
