"""Question: how often do the sample verdicts of `compare --n-samples` err on rows of known laws?

Training rows, hold-out rows and samples are drawn alike, 60 or 400 on either side and 60, 200 or 1000 samples; a share
of the samples are training rows with noise of 0.02 instead. Normal and Student t (3 degrees of freedom) numbers fill 16
dimensions, tanh of 4 latents lies on a manifold in 24. Verdicts are counted. Finished cells are kept in
benchmarks/results/compared_samples_rates.json; a second call goes on.
"""

import argparse
import json
from collections import Counter

import numpy as np
from harness import RESULTS, write_record
from numpy.typing import NDArray

from remanifold._core.compute import Compute
from remanifold.audits.compared_samples import samples_of
from remanifold.audits.samples.audit import compare_sources
from remanifold.audits.samples.comparison import CopiesOptions
from remanifold.data import open_points
from remanifold.data.maps.likeness import Likeness

NAME = "compared_samples_rates"
ROWS, SAMPLES, COPIED, NOISE = (400, 60), (60, 200, 1000), (0.0, 0.05, 0.3), 0.02
LAWS = ("normal", "t3", "tanh")
FACTOR = np.random.default_rng(5).standard_normal((4, 24)) / 2


def drawn(law: str, random: np.random.Generator, n: int) -> NDArray[np.float64]:
    """``n`` rows of a law."""
    if law == "normal":
        return random.standard_normal((n, 16))
    if law == "t3":
        return random.standard_t(3, (n, 16))
    return np.tanh(random.standard_normal((n, 4)) @ FACTOR)


def verdict(law: str, rows: int, samples: int, copied: float, draw: int) -> str:
    """The verdict on one draw."""
    random = np.random.default_rng([draw, samples, int(100 * copied)])
    train, holdout, made = (drawn(law, random, n) for n in (rows, rows, samples))
    chosen = random.random(samples) < copied
    which = random.integers(rows, size=int(chosen.sum()))
    made[chosen] = train[which] + NOISE * random.standard_normal((len(which), train.shape[1]))
    sides, asked, compute = (
        (open_points(train), made, open_points(holdout)),
        CopiesOptions(seed=draw),
        Compute(threads=1),
    )
    found = compare_sources(*sides, Likeness(), asked, compute, (None, None))
    return samples_of(found, samples, captioned=False).verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=30)
    draws = parser.parse_args().draws
    file = RESULTS / f"{NAME}.json"
    done = json.loads(file.read_text())["verdicts"] if file.exists() else {}
    cells = [(law, n, m, share) for law in LAWS for n in ROWS for m in SAMPLES for share in COPIED]
    for law, rows, samples, copied in cells:
        name = f"{law}, {rows} rows a side, {samples} samples, {copied:.0%} copied"
        if name not in done:
            done[name] = Counter(verdict(law, rows, samples, copied, draw) for draw in range(draws))
            write_record(NAME, __doc__, ("numpy",), draws=draws, verdicts=done)


if __name__ == "__main__":
    main()
