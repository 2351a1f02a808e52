"""Question: how often does `audit_copies` say "remembers" of honest tables, with columns scaled in either way?

Training rows, samples and hold-out rows of each kind of table are drawn alike, 400 a set (60 where said), so that every
"remembers" is a false alarm; its level is 5 %. Verdicts are counted. Before that, near copies among the samples of the
first kind must be found. Finished kinds are kept in benchmarks/results/table_rates.json; a second call goes on.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd
from harness import RESULTS, write_record
from numpy.typing import NDArray

from remanifold import audit_copies

NAME, N, FEW, COPIED = "table_rates", 400, 60, 40
KINDS = ("sd", "quantile")
MIX = np.random.default_rng(7).normal(size=(8, 8)) / np.sqrt(8)
Table = Callable[[np.random.Generator, int], pd.DataFrame]


def named(rows: NDArray) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[f"c{k}" for k in range(rows.shape[1])])


def correlated(random: np.random.Generator, n: int) -> pd.DataFrame:
    return named(random.normal(size=(n, 8)) @ MIX + 0.3 * random.normal(size=(n, 8)))


def large(random: np.random.Generator, n: int) -> pd.DataFrame:
    frame = correlated(random, n)
    return frame.assign(c2=1e4 * frame["c2"])


def heavy(random: np.random.Generator, n: int) -> pd.DataFrame:
    return named(random.standard_t(2, size=(n, 6)))


def lognormal(random: np.random.Generator, n: int) -> pd.DataFrame:
    return named(np.exp(random.normal(size=(n, 6))))


def counts(random: np.random.Generator, n: int) -> pd.DataFrame:
    return named(np.column_stack([random.poisson(3, (n, 2)), random.geometric(0.2, n), random.normal(size=(n, 3))]))


def rare(random: np.random.Generator, n: int) -> pd.DataFrame:
    """Yes or no of 0.5, 2, 10 and 50 % beside two numbers."""
    frame = named(random.normal(size=(n, 2)))
    for k, share in enumerate((0.005, 0.02, 0.1, 0.5)):
        frame[f"b{k}"] = random.random(n) < share
    return frame


def mixed(random: np.random.Generator, n: int) -> pd.DataFrame:
    frame = correlated(random, n).drop(columns=["c6", "c7"])
    frame["city"] = np.array(["Rome", "Oslo", "Bonn", "Lima"])[np.digitize(frame["c0"], [-0.7, 0.0, 0.7])]
    frame["plan"] = random.choice(["basic", "plus"], n, p=[0.8, 0.2])
    frame.loc[random.random(n) < 0.1, "c5"] = np.nan
    return frame


TABLES: dict[str, tuple[Table, int]] = {
    "correlated, one column times 10^4": (large, N),
    "Student t with 2 degrees of freedom": (heavy, N),
    "log-normal": (lognormal, N),
    "counts beside numbers": (counts, N),
    "rare yes or no (0.5 to 50 %) beside numbers": (rare, N),
    "correlated, 60 rows a set": (correlated, FEW),
    "numbers, words and missing cells": (mixed, N),
}


def state(table: Table, n: int, draw: int, kind: str, copied: int = 0) -> str:
    """The verdict on one draw, with so many near copies (0.02 standard deviations) among the samples."""
    random = np.random.default_rng((11, draw))
    train, samples, holdout = (table(random, n) for _ in range(3))
    if copied:
        noise = 0.02 * train.std().to_numpy() * random.normal(size=(copied, train.shape[1]))
        samples.iloc[:copied] = train.iloc[:copied] + noise
    verdict = audit_copies(train, samples, holdout, standardize=kind, seed=draw, threads=1).verdict
    return "cannot tell" if verdict is None else verdict.state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=60)
    draws = parser.parse_args().draws
    if any(state(large, N, draw, kind, COPIED) != "remembers" for draw in range(3) for kind in KINDS):
        raise SystemExit("near copies must be found before false alarms are counted")
    file = RESULTS / f"{NAME}.json"
    done = json.loads(file.read_text())["verdicts"] if file.exists() else {}
    for name, (table, n) in TABLES.items():
        if name not in done:
            done[name] = {kind: Counter(state(table, n, draw, kind) for draw in range(draws)) for kind in KINDS}
            write_record(NAME, __doc__, ("numpy", "pandas"), draws=draws, verdicts=done)


if __name__ == "__main__":
    main()
