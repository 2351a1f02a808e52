"""Question: how often is each verdict given, in honest situations and in guilty ones?

Networks are ideal: the exact denoiser of a law, or of a law with a share of a few training rows, so that what is
remembered is known. Samples are drawn from a law, with copies planted or not. In honest situations "remembers" is a
false alarm; in guilty ones "no sign" is a miss, which is allowed below the stated power only. Finished situations are
kept in benchmarks/results/verdict_rates.json, and another run goes on from there.
"""

import argparse
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

import remanifold as rm
from remanifold.audits import Verdict
from remanifold.measures.estimates.holm import holm

RESULT = Path(__file__).parent / "results" / "verdict_rates.json"
STATES = ("remembers", "no sign", "cannot tell")
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Law:
    """A mixture of Gaussians: weights (k,), means (k, N), variances (k, N)."""

    weights: Array
    means: Array
    variances: Array

    def draw(self, random: np.random.Generator, n: int) -> Array:
        """Rows (n, N)."""
        part = random.choice(len(self.weights), n, p=self.weights)
        return self.means[part] + random.normal(size=(n, self.means.shape[1])) * np.sqrt(self.variances[part])

    def denoiser(self, rows: Array | None = None, share: float = 0.0) -> Callable[[Array, float], Array]:
        """Posterior mean of (1 - share) of the law and share of ``rows``, each with an equal part."""

        def mean(x: Array, t: float) -> Array:
            x = np.asarray(x, dtype=float)
            total = self.variances + t
            apart = x[:, None] - self.means
            logs = np.log((1 - share) * self.weights) - 0.5 * (apart**2 / total + np.log(total)).sum(2)
            points = self.means + self.variances / total * apart
            if share and rows is not None:
                near = -0.5 * (((x[:, None] - rows) ** 2).sum(2) / t + x.shape[1] * math.log(t))
                logs = np.concatenate([logs, near + math.log(share / len(rows))], axis=1)
                points = np.concatenate([points, np.broadcast_to(rows, (len(x), *rows.shape))], axis=1)
            weights = np.exp(logs - logs.max(axis=1, keepdims=True))
            return np.einsum("ik,ikn->in", weights / weights.sum(axis=1, keepdims=True), points)

        return mean


def gaussian(dim: int) -> Law:
    return Law(np.ones(1), np.zeros((1, dim)), np.linspace(0.1, 1.5, dim)[None, :] ** 2)


def clusters(dim: int) -> Law:
    fixed = np.random.default_rng(1)
    weights = fixed.dirichlet(np.ones(6))
    return Law(weights, fixed.normal(size=(6, dim)) * 3, fixed.uniform(0.05, 1, size=(6, dim)))


def heavy(dim: int) -> Law:
    scales = np.geomspace(0.5, 12, 6)
    weights = scales**-1.5 / (scales**-1.5).sum()
    return Law(weights, np.zeros((6, dim)), (scales[:, None] * np.linspace(0.05, 1, dim)) ** 2)


Case = Callable[[np.random.Generator], Verdict]
N_ROWS, N_HOLDOUT = 300, 300


def given(verdict: Verdict | None) -> Verdict:
    """The verdict, which there is wherever a network or samples are audited."""
    if verdict is None:
        raise RuntimeError("an audit of a network or of samples gives a verdict")
    return verdict


def network(law: Law, share: float = 0.0, remembered: int = 0, copies: int = 0, near: int = 0, **sizes: int) -> Case:
    """The verdict on an ideal network.

    Args:
        law: Of the rows.
        share: Of what the network learned that is the first ``remembered`` rows.
        remembered: How many; with ``near``, of the near copies too.
        copies: More copies of each of the first ten rows in the training data.
        near: Near copies of the first rows in the training data.
        sizes: rows and holdout.
    """

    def case(random: np.random.Generator) -> Verdict:
        rows, holdout = (law.draw(random, sizes.get(k, d)) for k, d in (("rows", N_ROWS), ("holdout", N_HOLDOUT)))
        known = rows[: max(1, remembered)]
        beside = rows[:near] + random.normal(size=rows[:near].shape) * 0.02 * rows.std()
        if near:
            known = np.concatenate([rows[:near], beside])
        data = np.concatenate([rows, beside, *[rows[:10]] * copies])
        task = rm.AuditedNetwork(law.denoiser(known, share), "ideal", "exact", evaluations=20_000, cheap=True)
        return given(rm.audit(data, holdout=holdout, model=task, max_queries=40, threads=1).verdict)

    return case


def samples(law: Law, of: Law | None = None, copied: int = 0, noise: float = 0.0, blank: float = 0.0) -> Case:
    """The verdict on samples of ``of`` (the law by default), the first ``copied`` of them training rows and noise.

    Args:
        law: Of the rows.
        of: Of the samples.
        copied: Samples.
        noise: Of these, in standard deviations.
        blank: Share of rows of each set that are zero.
    """

    def case(random: np.random.Generator) -> Verdict:
        train, generated, holdout = (each.draw(random, N_ROWS) for each in (law, of or law, law))
        for rows in (train, generated, holdout):
            rows[random.uniform(size=len(rows)) < blank] = 0
        generated[:copied] = train[:copied] + noise * train.std() * random.normal(size=train[:copied].shape)
        return given(rm.audit_copies(train, generated, holdout, threads=1).verdict)

    return case


def binary(random: np.random.Generator) -> Verdict:
    train, generated, holdout = (random.integers(0, 2, size=(N_ROWS, 10)) for _ in range(3))
    return given(rm.audit_copies(train, generated, holdout, threads=1).verdict)


HONEST: dict[str, Case] = {
    "network: Gaussian": network(gaussian(8)),
    "network: clusters": network(clusters(6)),
    "network: heavy tails": network(heavy(6)),
    "network: wide rows": network(gaussian(200)),
    "network: duplicates in the data": network(gaussian(8), copies=3),
    "network: near copies in the data": network(gaussian(8), near=20),
    "network: few rows": network(gaussian(8), rows=80, holdout=60),
    "samples: Gaussian": samples(gaussian(10)),
    "samples: heavy tails": samples(heavy(6)),
    "samples: blurred": samples(gaussian(10), Law(np.ones(1), np.zeros((1, 10)), gaussian(10).variances / 2)),
    "samples: fewer modes": samples(clusters(6), Law(np.ones(2) / 2, clusters(6).means[:2], clusters(6).variances[:2])),
    "samples: blank rows": samples(gaussian(10), blank=0.02),
    "samples: binary columns": binary,
}
GUILTY: dict[str, Case] = {
    "network: one row": network(gaussian(8), 0.05, 1),
    "network: five rows": network(gaussian(8), 0.1, 5),
    "network: thirty rows": network(gaussian(8), 0.2, 30),
    "network: duplicates only": network(gaussian(8), 0.2, 10, copies=10),
    "network: near copies only": network(gaussian(8), 0.2, near=20),
    "network: all rows in part": network(gaussian(8), 0.3, N_ROWS),
    "network: ten clusters' rows": network(clusters(6), 0.2, 10),
    "samples: one copy": samples(gaussian(10), copied=1),
    "samples: five near copies": samples(gaussian(10), copied=5, noise=0.02),
    "samples: a tenth, with noise": samples(gaussian(10), copied=30, noise=0.1),
    "samples: copies beside blank rows": samples(gaussian(10), copied=5, blank=0.02),
    "samples: copies of fewer modes": samples(
        clusters(6), Law(np.ones(2) / 2, clusters(6).means[:2], clusters(6).variances[:2]), copied=5, noise=0.01
    ),
}


def main() -> None:
    """Run what is not yet in the file, and print all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=40)
    draws = parser.parse_args().draws
    kept = json.loads(RESULT.read_text())["situations"] if RESULT.exists() else {}
    for kind, cases in (("honest", HONEST), ("guilty", GUILTY)):
        for name, case in cases.items():
            key = f"{kind} {name}"
            if kept.get(key, {}).get("draws", 0) >= draws:
                continue
            seeds = np.random.SeedSequence([len(key), *key.encode()]).spawn(draws)
            states = [case(np.random.default_rng(seed)).state for seed in seeds]
            kept[key] = {"draws": draws} | {state: states.count(state) for state in STATES}
            print(key, kept[key], flush=True)
            RESULT.write_text(json.dumps(_result(kept), indent=1) + "\n")
    print(json.dumps(_result(kept)["summary"], indent=1))


def _result(kept: dict[str, dict[str, int]]) -> dict[str, object]:
    """The counts with exact upper limits, and whether an honest situation exceeds 5 %."""
    honest = {key: item for key, item in kept.items() if key.startswith("honest")}
    tails = [float(binom.sf(item["remembers"] - 1, item["draws"], 0.05)) for item in honest.values()]
    adjusted = holm(np.array(tails)).tolist()
    upper = {k: float(beta.ppf(0.95, i["remembers"] + 1, i["draws"] - i["remembers"])) for k, i in honest.items()}
    summary = {"above_5_per_cent_adjusted_p": dict(zip(honest, adjusted)), "upper_limit_95": upper}
    return {"version": version("remanifold"), "situations": kept, "summary": summary}


if __name__ == "__main__":
    main()
