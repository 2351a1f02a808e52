"""Question: how do the finite-size times approach their limits, at sizes that no one can enumerate?

Latent ratio 0.3, log(P)/N = 0.2. Nonlinear g and gaussian F by sampling, up to P = e^40 points in N = 200 dimensions;
linear g in closed form, isometric F up to N = 10000. Drawn to docs/images/approach.svg with the expansion for large N
and the sizes that the result `nonlinear` measures. Finished cases are kept, and an interrupted run resumes;
`--again` computes some of them anew.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from harness import RESULTS

from remanifold._core.estimate import Estimate, mean_estimate
from remanifold._core.types import Floats
from remanifold._core.version import __version__
from remanifold.experiments import read_rows
from remanifold.experiments.rows import column, select
from remanifold.theory import LinearLandscape, landscape_for, t_collapse, t_condensation, t_generalization, t_onset
from remanifold.theory.finite.approach import approach
from remanifold.theory.finite.gaussian import finite_size_times_of_ensemble
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.times import sampled_times

RATIO, LOAD = 0.3, 0.2
LIMITS = {"t_onset": t_onset, "t_collapse": t_collapse, "t_generalization": t_generalization}
SIZES = (80, 120, 200)
DOCS = Path(__file__).parent.parent / "docs"
COLOURS = {"tanh": "#2f7fd6", "relu": "#149a78", "sign": "#b97f0e"}
CLOSED = (20, 30, 40, 50, 60, 80, 120, 200, 400, 1000, 2000, 4000, 10000)


def limits(activation: str, ensemble: str) -> dict[str, float]:
    """The three times for large dimension."""
    landscape = landscape_for(RATIO, activation, ensemble)
    return {name: limit(landscape, LOAD) for name, limit in LIMITS.items()}


def sampled(activation: str, dim: int, accuracy: float) -> dict[str, Any]:
    """log(finite size/limit) of the three times, by sampling."""
    latent_dim, start = round(RATIO * dim), time.process_time()
    found = sampled_times(HiddenFamily(dim, latent_dim, activation), math.exp(LOAD * dim), accuracy)
    record: dict[str, Any] = {"latent_dim": latent_dim, "seconds": round(time.process_time() - start, 1)}
    times = (found.onset, found.collapse, found.generalization)
    for (name, limit), mine in zip(limits(activation, "gaussian").items(), times):
        record[name] = {
            "log_ratio": round(mine.log_t - math.log(limit), 5),
            "error": round(mine.stderr, 5),
            "effort_shift": round(mine.effort_shift, 5),
            "spread": round(mine.spread, 5),
            "points": mine.n,
        }
    return record


def closed(ensemble: str, dim: int) -> dict[str, Any]:
    """The same for linear g, in closed form."""
    latent_dim = round(RATIO * dim)
    found = finite_size_times_of_ensemble(latent_dim, dim, round(Decimal(str(LOAD * dim)).exp()), ensemble)
    record: dict[str, Any] = {"latent_dim": latent_dim}
    for name, limit in limits("linear", ensemble).items():
        mine = getattr(found, name)
        record[name] = {"log_ratio": round(math.log(mine.value / limit), 6), "error": round(mine.log_stderr, 6)}
    return record


def small(activation: str, name: str) -> dict[int, tuple[Estimate, Estimate]]:
    """log(time/limit) as measured and as predicted, by N, from the result `nonlinear`."""
    rows = select(read_rows(DOCS / "results" / "nonlinear.csv"), activation=activation)
    found = {}
    for dim in sorted({row["ambient_dim"] for row in rows}):
        here = select(rows, ambient_dim=dim)
        logs = [np.log(column(here, f"{name}{kind}") / column(here, f"{name}_limit")) for kind in ("", "_predicted")]
        found[dim] = (mean_estimate(logs[0]), mean_estimate(logs[1]))
    return found


def draw(cases: dict[str, Any]) -> None:
    """N log(time/limit) over N: flat where the correction is like 1/N, a rising line where it is like log(N)/N."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "approach", "font.size": 9.0, "legend.frameon": False}
    figure = Figure(figsize=(8.4, 4.2), layout="constrained")
    expansion = approach(LinearLandscape.isometric(RATIO), LOAD)
    dims = np.array(CLOSED)
    known = {"t_collapse": (expansion.of_collapse, "$N$ log($t_c$ / limit)")}
    known["t_generalization"] = (expansion.of_generalization, "$N$ log($t_g$ / limit)")
    for place, (name, (formula, title)) in zip(figure.subplots(1, 2), known.items()):
        exact = [dim * cases[f"linear, isometric, N = {dim}"][name]["log_ratio"] for dim in CLOSED]
        place.plot(dims, exact, "s", color="black", ms=4, label="linear, exact")
        place.plot(dims, [dim * formula(dim) for dim in CLOSED], color="black", lw=1, label="linear, expansion")
        for activation, colour in COLOURS.items():
            both = small(activation, name)
            look = {"color": colour, "ms": 4, "capsize": 2}
            x, y = list(both), [one for one, _ in both.values()]
            bars = ([dim * one.value for dim, one in zip(x, y)], [2 * dim * one.stderr for dim, one in zip(x, y)])
            place.errorbar(np.array(x) * 1.04, *bars, fmt="x", label=f"{activation}, measured", **look)
            far = {dim: cases[case][name] for dim in SIZES if (case := f"{activation}, gaussian, N = {dim}") in cases}
            x = [*both, *far]
            y = [one.value for _, one in both.values()] + [one["log_ratio"] for one in far.values()]
            e = [one.stderr for _, one in both.values()] + [one["error"] for one in far.values()]
            bars = ([dim * value for dim, value in zip(x, y)], [2 * dim * error for dim, error in zip(x, e)])
            place.errorbar(x, *bars, fmt="o-", mfc="white", lw=1, label=f"{activation}, predicted", **look)
        place.set(xscale="log", xlabel="ambient dimension N", title=title)
        place.grid(color="#dde1e7", lw=0.6)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    figure.savefig(DOCS / "images" / "approach.svg", metadata={"Date": None})


def slopes() -> dict[str, float]:
    """What multiplies log N in N log(t_g/limit), by g: t_condensation/t_generalization."""
    found = {}
    for activation in ("linear", *COLOURS):
        landscape = landscape_for(RATIO, activation, "gaussian")
        frozen, best = t_condensation(landscape, LOAD), t_generalization(landscape, LOAD)
        if frozen is not None and best is not None:
            found[activation] = round(frozen / best, 4)
    return found


def fits(cases: dict[str, Any], slopes: dict[str, float]) -> dict[str, Any]:
    """N log(time/limit) of all predicted sizes as a constant and 1/N: without, with known and with free log N.

    Gives chi-square of each, its degrees of freedom, and the free slope with its error.
    """
    found: dict[str, Any] = {}
    for activation in COLOURS:
        for name in ("t_collapse", "t_generalization"):
            both = small(activation, name)
            far = [cases[f"{activation}, gaussian, N = {dim}"][name] for dim in SIZES]
            x = np.array([*both, *SIZES], dtype=np.float64)
            y = x * np.array([one.value for _, one in both.values()] + [one["log_ratio"] for one in far])
            e = x * np.array([one.stderr for _, one in both.values()] + [one["error"] for one in far])
            basis = np.stack([np.ones_like(x), 1 / x, np.log(x)], axis=1) / e[:, None]
            record: dict[str, Any] = {"without_log": _chi_square(basis[:, :2], y / e), "degrees_of_freedom": len(x) - 2}
            if name == "t_generalization":
                record["known_slope"] = _chi_square(basis[:, :2], (y - slopes[activation] * np.log(x)) / e)
                free = np.linalg.inv(basis.T @ basis)
                slope, error = float((free @ (basis.T @ (y / e)))[2]), math.sqrt(float(free[2, 2]))
                record |= {"free_slope": round(slope, 2), "free_slope_error": round(error, 2)}
            found[f"{activation}, {name}"] = record
    return found


def _chi_square(basis: Floats, values: Floats) -> float:
    left = values - basis @ np.linalg.lstsq(basis, values, rcond=None)[0]
    return round(float(left @ left), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--activations", nargs="*", default=["tanh", "relu", "sign"])
    parser.add_argument("--sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--accuracy", type=float, default=0.025)
    parser.add_argument("--again", nargs="*", default=[], help="cases to compute anew, e.g. 'tanh, gaussian, N = 80'")
    parser.add_argument("--result", type=Path, default=RESULTS / "finite_size_large.json")
    options = parser.parse_args()
    result: Path = options.result
    known = json.loads(result.read_text()) if result.exists() else {"version": __version__, "cases": {}}
    wanted: dict[str, Callable[[], dict[str, Any]]] = {}
    for ensemble in ("isometric", "gaussian"):
        for dim in CLOSED if ensemble == "isometric" else [dim for dim in CLOSED if dim <= 4000]:
            wanted[f"linear, {ensemble}, N = {dim}"] = lambda dim=dim, ensemble=ensemble: closed(ensemble, dim)
    for dim in options.sizes:
        for name in options.activations:
            wanted[f"{name}, gaussian, N = {dim}"] = lambda dim=dim, name=name: sampled(name, dim, options.accuracy)
    if unknown := [case for case in options.again if case not in wanted]:
        parser.error(f"no such cases: {unknown}; there are {list(wanted)}")
    left = [*dict.fromkeys([*known.pop("again", []), *options.again])]  # kept in the file: an interrupted run goes on
    if left:
        known["again"] = left
        result.write_text(json.dumps(known, indent=1) + "\n")
    for case, find in wanted.items():
        if case in left or case not in known["cases"]:
            known["cases"][case] = find()
            if case in left:
                left.remove(case)
            if not left:
                known.pop("again", None)
            result.write_text(json.dumps(known, indent=1) + "\n")
        found = known["cases"][case]
        print(case, *(f"{found[name]['log_ratio']:+.4f} ± {found[name]['error']:.4f}" for name in LIMITS), flush=True)
    known["log_slopes"] = slopes()
    if all(f"{name}, gaussian, N = {dim}" in known["cases"] for name in COLOURS for dim in SIZES):
        known["fits"] = fits(known["cases"], known["log_slopes"])
    result.write_text(json.dumps(known, indent=1) + "\n")
    draw(known["cases"])


if __name__ == "__main__":
    main()
