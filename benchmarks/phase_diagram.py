"""Question: how long does a 40 x 40 phase diagram take on two processes, and how long one landscape evaluation?

Every diagram is checked before its time is reported: at random cells, each time's own equation must change sign between
t (1 - 1e-6) and t (1 + 1e-6), which bounds its error by 1e-6. One evaluation of the tanh landscape is timed beside
the same equations solved by plain Python loops, at the same point and to the same digits.
Results: benchmarks/results/phase_diagram.json.
"""

import argparse
import math
import resource
import time
from collections.abc import Callable

import numpy as np
from harness import interleaved, write_record

from remanifold.theory import LinearLandscape, PhaseDiagram, landscape_for, phase_diagram

LIMITS = {"linear": 60.0, "tanh": 60.0, "relu": 120.0, "sign": 120.0}  # seconds on two free cores
LOADS, RATIOS = np.geomspace(0.05, 0.5, 40), np.geomspace(0.1, 1.0, 40)
ACCURACY = 1e-6
POINT = {"latent_ratio": 0.3, "lam": 4.0, "delta": 0.0}
NODES, ITERATIONS = 48, 40


def conditions(landscape) -> dict[str, Callable[[float], float]]:
    """Load as a function of t at which each time is t; all fall with t."""
    return {
        "t_onset": lambda t: -landscape.zeta(1 / t, 0.0),
        "t_collapse": lambda t: landscape.entropy_deficit(1 / t, t),
        "t_condensation": lambda t: landscape.entropy_deficit(1 / t, 0.0),
    }


def check(diagram: PhaseDiagram, cells: int) -> int:
    """Check ``cells`` random cells to 1e-6, or stop."""
    rng = np.random.default_rng(0)
    present = np.argwhere(np.isfinite(diagram.t_collapse))
    for row, column in rng.choice(present, cells, replace=False):
        load = diagram.loads[column]
        landscape = landscape_for(float(diagram.latent_ratios[row]), diagram.activation)
        for name, load_at in conditions(landscape).items():
            t = float(getattr(diagram, name)[row, column])
            if not load_at(t * (1 + ACCURACY)) < load < load_at(t * (1 - ACCURACY)):
                raise SystemExit(f"{name} of {diagram.activation} is not right to {ACCURACY} at cell {row}, {column}")
        t = float(diagram.t_condensation[row, column])
        nearest = -2 * landscape.zeta_slope(1 / t, 0.0)
        if nearest < t and abs(float(diagram.t_generalization[row, column]) / nearest - 1) > ACCURACY:
            raise SystemExit(f"t_generalization of {diagram.activation} is not right at cell {row}, {column}")
    return cells


def time_diagram(activation: str, jobs: int, cells: int) -> dict[str, float | int | bool]:
    used = [resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    start = time.perf_counter()
    diagram = phase_diagram(LOADS, RATIOS, activation, jobs=jobs)
    seconds = time.perf_counter() - start
    own = resource.getrusage(resource.RUSAGE_SELF).ru_utime - used[0]
    others = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used[1]
    print(f"{activation}: {seconds:.1f} s, {own + others:.1f} s of processor", flush=True)
    return {
        "seconds": seconds,
        "processor_seconds": own + others,
        "limit": LIMITS[activation],
        "within_limit": seconds < LIMITS[activation],
        "cells": diagram.t_collapse.size,
        "cells_without_times": int(np.isnan(diagram.t_collapse).sum()),
        "cells_proved_to_1e-6": check(diagram, cells),
    }


def plain_zeta(latent_ratio: float, lam: float) -> float:
    """zeta(lam, 0) of tanh: theory.md (4.9) to (4.11), damped iteration over nested loops, Gauss-Hermite nodes."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    rule = list(zip(nodes.tolist(), (weights / weights.sum()).tolist()))
    m, q, v = 0.5, 0.5, 0.5  # v = Q - q
    for _ in range(ITERATIONS):
        root_q, root_v, cosine = math.sqrt(q), math.sqrt(v), m / math.sqrt(q)
        sine = math.sqrt(1 - cosine**2)
        squares = shrinks = pulls = mean_log = 0.0
        for eta, weight_eta in rule:
            draws = [(w, weight, math.tanh(root_q * eta + root_v * w)) for w, weight in rule]
            for star, weight_star in rule:
                y = math.tanh(cosine * eta + sine * star)
                z = first = second = 0.0
                for w, weight, g in draws:
                    p = weight * math.exp(-lam / 2 * (y - g) ** 2)
                    z += p
                    first += p * w
                    second += p * w * w
                both, mean = weight_eta * weight_star, first / z
                squares += both * mean * mean / v
                shrinks -= both * (second / z - 1 - mean * mean) / v
                pulls += both * star * mean / root_v
                mean_log += both * math.log(z)
        q_hat, spread, m_hat = squares / latent_ratio, shrinks / latent_ratio, pulls / (sine * latent_ratio)
        v = 1 / (1 + spread)
        m, q = m_hat * v, (q_hat + m_hat**2) * v**2
    free = math.log(v) + (q - m * m) / v + 1 - (q + v)
    return latent_ratio / 2 * free + mean_log


def time_evaluation(rounds: int) -> dict[str, object]:
    def ours() -> float:
        return landscape_for(POINT["latent_ratio"], "tanh").zeta(POINT["lam"], POINT["delta"])

    def plain() -> float:
        return plain_zeta(POINT["latent_ratio"], POINT["lam"])

    if abs(ours() - plain()) > 1e-7:
        raise SystemExit(f"the landscape gives {ours()}, plain loops give {plain()}")
    linear = LinearLandscape.gaussian(POINT["latent_ratio"])
    return {
        "point": POINT | {"activation": "tanh", "plain_nodes": NODES, "plain_iterations": ITERATIONS},
        "difference": abs(ours() - plain()),
        "seconds": interleaved({"landscape": ours, "plain loops": plain}, rounds),
        "linear_seconds": interleaved({"landscape": lambda: linear.zeta(4.0, 0.0)}, 1000)["landscape"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cells", type=int, default=20, help="cells of each diagram to prove")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the evaluation's timing")
    arguments = parser.parse_args()
    evaluation = time_evaluation(arguments.rounds)
    diagrams = {name: time_diagram(name, arguments.jobs, arguments.cells) for name in LIMITS}
    write_record(
        "phase_diagram",
        "wall seconds of a 40 x 40 phase diagram; seconds of one landscape evaluation",
        ("remanifold", "numpy", "scipy"),
        jobs=arguments.jobs,
        loads=[float(LOADS[0]), float(LOADS[-1])],
        latent_ratios=[float(RATIOS[0]), float(RATIOS[-1])],
        diagrams=diagrams,
        evaluation=evaluation,
    )


if __name__ == "__main__":
    main()
