"""Question: do the errors of a noise profile hold where a few far rows carry the mean?

Several sets of each law, none of them used to choose the method; the answer for a set is that of all its rows as
queries, with many noise draws. For every seed some queries are chosen and measured as an audit does, with as many draws
and with levels of its own: how often does value +- 1.96 errors in log t hold the answer, and how wide is it? The shares
go to benchmarks/results/tail_coverage.json, set by set; finished sets are not measured again.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold import noise_profile
from remanifold.audits.budget import draws_for

DIM, TRUTH_DRAWS = 8, 32
LEVELS = ("t_collapse", "t_onset", "t_generalization")
RESULT = Path(__file__).parent / "results" / "tail_coverage.json"
SETTINGS = {"300 rows, 40 queries": (300, 40, (101, 102, 103), 70), "1000 rows, 100 queries": (1000, 100, (201,), 70)}
"""Rows, queries, seeds of the data sets, choices of queries for each."""
Law = Callable[[np.random.Generator, int], NDArray]


def student(freedom: float) -> Law:
    """Multivariate: one chi-squared number a row."""

    def drawn(random: np.random.Generator, rows: int) -> NDArray:
        return random.standard_normal((rows, DIM)) / np.sqrt(random.chisquare(freedom, (rows, 1)) / freedom)

    return drawn


def clusters(random: np.random.Generator, rows: int) -> NDArray:
    """Twenty clusters of unequal weight and width."""
    centres, widths = 3 * random.standard_normal((20, DIM)), random.uniform(0.02, 0.5, 20)
    which = random.choice(20, rows, p=random.dirichlet(np.ones(20)))
    return centres[which] + widths[which, None] * random.standard_normal((rows, DIM))


def outliers(random: np.random.Generator, rows: int) -> NDArray:
    """Every tenth row ten times as far out."""
    return random.standard_normal((rows, DIM)) * np.where(np.arange(rows) % 10 == 0, 10.0, 1.0)[:, None]


LAWS: dict[str, Law] = {
    "Gaussian": lambda random, rows: random.standard_normal((rows, DIM)),
    "student t, 2": student(2),
    "student t, 2.5": student(2.5),
    "student t, 4": student(4),
    "lognormal": lambda random, rows: np.exp(random.standard_normal((rows, DIM))),
    "clusters of unequal size": clusters,
    "10 % outliers": outliers,
}


def measured(data: NDArray, queries: int, seeds: int, first: int) -> dict[str, Any]:
    """Of each level: share of ``seeds`` choices that hold the answer of all rows, and the errors in log t."""
    truth = noise_profile(data, n_draws=TRUTH_DRAWS, threads=1)
    draws, start = draws_for(queries, len(data)), time.perf_counter()
    few = [
        noise_profile(data, max_queries=queries, n_draws=draws, seed=seed, threads=1)
        for seed in range(first, first + seeds)
    ]
    found: dict[str, Any] = {"seeds": seeds, "seconds_a_profile": (time.perf_counter() - start) / seeds}
    found["in_strata"] = sum(profile.weights is not None for profile in few)
    for name in LEVELS:
        answer, levels = getattr(truth, name), [getattr(profile, name) for profile in few]
        off = np.array([level.log.value - answer.log.value for level in levels if level is not None])
        errors = np.array([level.log_stderr for level in levels if level is not None])
        found[name] = {
            "holds": int((np.abs(off) <= 1.96 * errors).sum()),
            "missing": seeds - len(off),
            "median_log_stderr": float(np.median(errors)),
            "rms_log_error": float(np.sqrt((off**2).mean())),
            "mean_log_error": float(off.mean()),
        }
    return found


def pooled(sets: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Coverage of each level over all sets of a law, with its standard error; a level that is missing does not hold."""
    seeds = sum(found["seeds"] for found in sets.values())
    shares = {name: sum(found[name]["holds"] for found in sets.values()) / seeds for name in LEVELS}
    return {
        name: {"coverage": share, "stderr": math.sqrt(share * (1 - share) / seeds)} for name, share in shares.items()
    }


def main() -> None:
    """Count, print, write after every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure finished sets again")
    again = parser.parse_args().again
    kept = {} if again or not RESULT.exists() else json.loads(RESULT.read_text()).get("settings", {})
    versions = {name: version(name) for name in ("remanifold", "numpy", "torch")}
    for setting, (rows, queries, data_seeds, seeds) in SETTINGS.items():
        for law, drawn in LAWS.items():
            sets = kept.setdefault(setting, {}).setdefault(law, {"sets": {}})["sets"]
            for data_seed in data_seeds:
                if str(data_seed) in sets:
                    continue
                data = drawn(np.random.default_rng(data_seed), rows)
                sets[str(data_seed)] = measured(data, queries, seeds, 1000 * data_seed)
                kept[setting][law].update(pooled(sets))
                content = {"dimensions": DIM, "threads": 1, "settings": kept, "versions": versions}
                RESULT.write_text(json.dumps(content, indent=2) + "\n")
            shares = {name: f"{kept[setting][law][name]['coverage']:.3f}" for name in LEVELS}
            print(setting, law, shares, flush=True)


if __name__ == "__main__":
    main()
