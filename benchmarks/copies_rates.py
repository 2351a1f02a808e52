"""Question: how often does an audit of samples raise a false alarm, and does it notice a hold-out from elsewhere?

Samples, training and hold-out rows are drawn alike, so that every rejection is a false alarm: rates of each test at
5 %, of any of them, of all together (Bonferroni), of naming a sample, and of the warning about the hold-out. Then the
power of that warning: the hold-out is stretched, moved, or of other classes. Before anything is counted, planted copies
must be found and the warning must be that of brute force. Rates go to benchmarks/results/copies_rates.json.
"""

import argparse
import json
import math
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits

from remanifold.audits import audit_copies
from remanifold.audits.records.samples import TESTS
from remanifold.measures import closer_share

Law = Callable[[np.random.Generator, int], NDArray]
ALPHA, WARNING_Z = 0.05, 3.0
DIGITS, CLASSES = load_digits(return_X_y=True)
RESULT = Path(__file__).parent / "results" / "copies_rates.json"


def gaussian(dim: int) -> Law:
    return lambda random, n: random.standard_normal((n, dim))


def clusters(random: np.random.Generator, n: int) -> NDArray:
    """Twenty clusters of unequal weight and width in 5 dimensions."""
    fixed = np.random.default_rng(1)
    centres, widths, weights = (
        fixed.standard_normal((20, 5)),
        fixed.uniform(0.02, 0.5, 20),
        fixed.dirichlet(np.ones(20)),
    )
    which = random.choice(20, n, p=weights)
    return centres[which] + widths[which, None] * random.standard_normal((n, 5))


def digits(random: np.random.Generator, n: int) -> NDArray:
    return DIGITS[random.permutation(len(DIGITS))[:n]]


SETS: dict[str, tuple[Law, int, int, int]] = {  # law, training rows, hold-out rows, samples
    "Gaussian, 10 dimensions": (gaussian(10), 100, 100, 200),
    "Gaussian, 10 dimensions, few hold-out rows": (gaussian(10), 400, 50, 100),
    "Gaussian, 3 dimensions, many samples": (gaussian(3), 60, 40, 400),
    "clusters, 5 dimensions": (clusters, 200, 100, 300),
    "digits": (digits, 300, 150, 200),
}


def drawn(name: str, case: int) -> tuple[NDArray, NDArray, NDArray]:
    """Training rows, samples and hold-out rows of one case, all alike."""
    law, n_train, n_holdout, m = SETS[name]
    rows = law(np.random.default_rng([case, len(name)]), n_train + n_holdout + m)
    train, holdout, samples = np.split(rows, [n_train, n_train + n_holdout])
    return train, samples, holdout


def outcome(train: NDArray, samples: NDArray, holdout: NDArray, case: int) -> dict[str, bool]:
    """What one audit says."""
    report = audit_copies(train, samples, holdout, seed=case, threads=1)
    p = {n.name: n.p_value for n in report.numbers if n.p_value is not None}
    found = {name: p[name] < ALPHA for name in TESTS if name in p}
    together = p["evidence"] < ALPHA
    return found | {
        "any": any(found.values()),
        "together": together,
        "named": bool(report.flagged),
        "warning": bool(report.warnings),
    }


def rate(hits: list[bool]) -> dict[str, float]:
    share = float(np.mean(hits))
    return {"rate": share, "stderr": math.sqrt(share * (1 - share) / len(hits)), "n": len(hits)}


def false_alarms(name: str, cases: int) -> dict[str, Any]:
    outcomes = [outcome(*drawn(name, case), case) for case in range(cases)]
    return {
        key: rate([one[key] for one in outcomes if key in one])
        for key in (*TESTS, "any", "together", "named", "warning")
    }


def warned(train: NDArray, holdout: NDArray) -> bool:
    """The warning, by brute force."""
    own = cdist(train, train)
    np.fill_diagonal(own, np.inf)
    share = closer_share(cdist(holdout, train).min(axis=1), own.min(axis=1))
    return abs(share.value - 0.5) >= WARNING_Z * share.stderr


def warning_rate(name: str, cases: int) -> dict[str, float]:
    return rate([warned(train, holdout) for train, _, holdout in (drawn(name, case) for case in range(cases))])


def shifted(cases: int) -> dict[str, dict[str, float]]:
    """How often a hold-out from elsewhere is noticed."""
    found = {}
    for n_holdout in (50, 200):
        for stretch in (1.05, 1.1, 1.25):
            hits = []
            for case in range(cases):
                random = np.random.default_rng([case, n_holdout])
                train, holdout = random.standard_normal((300, 10)), random.standard_normal((n_holdout, 10))
                hits.append(warned(train, stretch * holdout))
            found[f"Gaussian, 10 dimensions, {n_holdout} hold-out rows, stretched {stretch:g} times"] = rate(hits)
    low, high = DIGITS[CLASSES < 5], DIGITS[CLASSES >= 5]
    moved = np.roll(DIGITS.reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64)
    for n_holdout in (50, 200):
        other, pixel = [], []
        for case in range(cases):
            random = np.random.default_rng([case, n_holdout])
            a, b = random.permutation(len(low)), random.permutation(len(high))
            other.append(warned(low[a[:300]], high[b[:n_holdout]]))
            c = random.permutation(len(DIGITS))
            pixel.append(warned(DIGITS[c[:300]], moved[c[300 : 300 + n_holdout]]))
        found[f"digits 0-4 trained, {n_holdout} of 5-9 held out"] = rate(other)
        found[f"digits, {n_holdout} held out and moved by a pixel"] = rate(pixel)
    return found


def beside_a_shift(cases: int) -> dict[str, dict[str, dict[str, float]]]:
    """What audits of honest samples say where the hold-out is stretched a little, warned of or not."""
    found = {}
    for stretch in (1.02, 1.05, 1.1):
        outcomes = []
        for case in range(cases):
            random = np.random.default_rng([case, 7])
            train, samples, holdout = (random.standard_normal((n, 10)) for n in (300, 200, 200))
            outcomes.append(outcome(train, samples, stretch * holdout, case))
        kept = [one["together"] for one in outcomes if not one["warning"]]
        warned_of = rate([one["warning"] for one in outcomes])
        found[f"stretched {stretch:g} times"] = {"warning": warned_of, "together without warning": rate(kept)}
    return found


def planted(cases: int) -> dict[str, dict[str, dict[str, float]]]:
    """How often near copies are found: a share of the samples, a tenth of the nearest distance off."""
    found = {}
    for m in (500, 2000):
        for share in (0.01, 0.05):
            said, named = [], []
            for case in range(cases):
                random = np.random.default_rng([case, m])
                train, samples, holdout = (random.standard_normal((n, 10)) for n in (300, m, 300))
                copies = round(share * m)
                source = train[random.integers(len(train), size=copies)]
                samples[:copies] = source + 0.1 * 2.3 / math.sqrt(10) * random.standard_normal((copies, 10))
                report = audit_copies(train, samples, holdout, seed=case, threads=1)
                p = {n.name: n.p_value for n in report.numbers if n.p_value is not None}
                rejected = {name: p[name] < ALPHA for name in TESTS if name in p}
                said.append(rejected | {"together": p["evidence"] < ALPHA})
                named.append(sum(flag.sample < copies for flag in report.flagged) / copies)
            rates = {key: rate([one[key] for one in said]) for key in said[0]}
            found[f"{share:.0%} of {m} samples"] = rates | {
                "share of the copies named": {"rate": float(np.mean(named))}
            }
    return found


def _check() -> None:
    for name in SETS:
        train, samples, holdout = drawn(name, 0)
        copies = len(samples) // 2
        samples[:copies] = train[np.arange(copies) % len(train)]
        said = outcome(train, samples, holdout, 0)
        if not (said["any"] and said["together"]):
            raise SystemExit(f"planted copies are not found in {name}: nothing worth counting")
        if warned(train, holdout) != said["warning"]:
            raise SystemExit(f"the warning differs from brute force in {name}")


def main() -> None:
    """Count, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000, help="cases of each set")
    cases = parser.parse_args().cases
    _check()
    alarms = {}
    for name in SETS:
        alarms[name] = false_alarms(name, cases)
        print(name, {key: f"{one['rate']:.4f}({one['stderr']:.4f})" for key, one in alarms[name].items()}, flush=True)
    copies = planted(max(1, cases // 10))
    print("planted", copies, flush=True)
    many = {name: warning_rate(name, 10 * cases) for name in SETS}
    print("warning", {name: one["rate"] for name, one in many.items()}, flush=True)
    beside = beside_a_shift(max(1, cases // 4))
    print("beside a shift", beside, flush=True)
    power = shifted(max(1, cases // 4))
    for name, one in power.items():
        print(f"{name}: {one['rate']:.3f} ({one['stderr']:.3f})", flush=True)
    sizes = {name: dict(zip(("train", "holdout", "samples"), one[1:])) for name, one in SETS.items()}
    record = {
        "version": version("remanifold"),
        "alpha": ALPHA,
        "warning_z": WARNING_Z,
        "cases": cases,
        "sizes": sizes,
        "false_alarms": alarms,
        "false_warnings": many,
        "power_of_the_warning": power,
        "false_alarms_beside_a_shift": beside,
        "power_for_planted_copies": copies,
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
