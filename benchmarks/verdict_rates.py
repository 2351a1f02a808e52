"""Question: how often is each verdict given, in honest situations and in guilty ones?

Networks are ideal: the exact denoiser of a law, or of a law with a share of a few training rows, so that what is
remembered is known. Samples are drawn from a law, with copies planted or not. In honest situations "remembers" is a
false alarm; in guilty ones "no sign" is a miss, which is allowed below the stated power only. Beside the verdict on
samples stand numbers that others use, read as their users read them (`peer_alarms`). Draws are the random streams of
their numbers, so that results depend neither on workers nor on where a run was stopped: finished draws are kept in
benchmarks/results/verdict_rates.json, and another run goes on from there.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom
from verdict_laws import Array, Law, blurred, clusters, coarse, few_modes, gaussian, heavy, with_line
from verdict_peers import peer_alarms

import remanifold as rm
from remanifold._core.compute import Compute
from remanifold.audits.answers.verdict import combined
from remanifold.audits.context import AuditContext
from remanifold.audits.inputs import AuditOptions, open_inputs
from remanifold.audits.network.audit import audit_network
from remanifold.audits.records.network import NetworkRecord
from remanifold.data import survey
from remanifold.measures import default_distance, find_duplicates, noise_profile
from remanifold.measures.estimates.holm import holm
from remanifold.measures.neighbours.close_pairs import close_pairs
from remanifold.scores.denoiser import DenoiserLike

RESULT = Path(__file__).parent / "results" / "verdict_rates.json"
STATES = ("remembers", "no sign", "cannot tell", "refused")
N_ROWS = 300
BATCH = 10  # draws between two writings


@dataclass(frozen=True)
class Told:
    """What was said of one draw: the verdict's state, and the numbers of others that gave an alarm."""

    state: str
    peers: tuple[str, ...] = ()


Case = Callable[[np.random.Generator], Told]


@dataclass(frozen=True)
class Network:
    """An ideal network, audited by the tests of the audit without its other chapters.

    Attributes:
        law: Of the rows.
        honest: What the network learned beside rows; the law by default.
        share: Of what it learned that is training rows, each with an equal part.
        remembered: How many of the first rows; with ``near``, of their near copies too.
        copies: More copies of each of the first ten rows in the training data.
        near: Near copies of the first rows in the training data.
        rows, holdout: Sizes.
        blank: Share of rows of both sides that are zero.
        classes: Whether rows have the component of the law that they were drawn from as label; ``remembered`` then
            counts rows of the first class.
    """

    law: Law
    honest: Law | None = None
    share: float = 0.0
    remembered: int = 0
    copies: int = 0
    near: int = 0
    rows: int = N_ROWS
    holdout: int = N_ROWS
    blank: float = 0.0
    classes: bool = False

    def __call__(self, random: np.random.Generator) -> Told:
        (rows, labels), (holdout, their_labels) = (self.law.labelled(random, n) for n in (self.rows, self.holdout))
        for side in (rows, holdout):
            side[random.uniform(size=len(side)) < self.blank] = 0
        if self.classes:
            first = np.argsort(labels != 0, kind="stable")
            rows, labels = rows[first], labels[first]
        known = rows[: max(1, self.remembered)]
        beside = rows[: self.near] + random.normal(size=rows[: self.near].shape) * 0.02 * rows.std()
        if self.near:
            known = np.concatenate([rows[: self.near], beside])
        data = np.concatenate([rows, beside, *[rows[:10]] * self.copies])
        denoiser = (self.honest or self.law).denoiser(known, self.share, self.blank)
        given = (labels, their_labels) if self.classes else None
        return Told(combined(network_record(denoiser, data, holdout, given), None, []).state)


def network_record(
    denoiser: DenoiserLike,
    data: Array,
    holdout: Array,
    labels: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
) -> NetworkRecord:
    """What an audit says of ``denoiser``, by the audit's own code without its chapters on the data."""
    compute, options = Compute(threads=1), AuditOptions(40, 0, None, ())
    inputs = open_inputs(data, holdout, None if labels is None else labels[0])
    if labels is not None and inputs.holdout is not None:
        inputs.holdout.labels = labels[1]
    distance = default_distance(inputs.points, np.unique(data, axis=0, return_index=True)[1], 0, 1)
    duplicates = find_duplicates(inputs.points, distance)
    profile = noise_profile(inputs.points, rows=duplicates.distinct, max_queries=40, n_draws=2, threads=1)
    context = AuditContext(inputs, options, compute, survey(inputs.points), None, duplicates, profile, None)
    overlap = ()
    if inputs.holdout is not None:
        found = close_pairs(inputs.holdout, inputs.points, distance, None, compute.memory_bytes, compute.progress)
        overlap = tuple((int(a), int(b), float(c)) for a, b, c in zip(*found.closest(None)))
    evaluations = 20 * (len(data) + len(holdout))
    task = rm.AuditedNetwork(denoiser, "ideal", "exact", evaluations=evaluations, cheap=True)
    return audit_network(task, context, overlap)


@dataclass(frozen=True)
class Samples:
    """Samples of ``of`` (the law by default), the first ``copied`` of them training rows and noise.

    Attributes:
        law: Of the rows.
        of: Of the samples.
        copied: Samples.
        noise: Of these, in standard deviations.
        blank: Share of rows of each set that are zero.
        more_blank: Share of samples that are zero, if it is another.
        templates: Share of rows of each set that are one of twenty contents.
        changed: What is done to the samples at last, by name.
    """

    law: Law
    of: Law | None = None
    copied: int = 0
    noise: float = 0.0
    blank: float = 0.0
    more_blank: float | None = None
    templates: float = 0.0
    changed: str = ""

    def __call__(self, random: np.random.Generator) -> Told:
        train, samples, holdout = (law.draw(random, N_ROWS) for law in (self.law, self.of or self.law, self.law))
        fixed = np.random.default_rng(2).normal(size=(20, train.shape[1]))
        for side in (train, samples, holdout):
            part = self.more_blank if side is samples and self.more_blank is not None else self.blank
            side[random.uniform(size=len(side)) < part] = 0
            one = np.flatnonzero(random.uniform(size=len(side)) < self.templates)
            side[one] = fixed[random.integers(0, 20, len(one))]
        samples[: self.copied] = train[: self.copied]
        samples[: self.copied] += self.noise * train.std() * random.normal(size=samples[: self.copied].shape)
        samples = CHANGED[self.changed](samples)
        report = rm.audit_copies(train, samples, holdout, threads=1)
        return Told(report.verdict.state if report.verdict else "", peer_alarms(train, samples, holdout))


CHANGED: dict[str, Callable[[Array], Array]] = {
    "": lambda rows: rows,
    "scaled": lambda rows: (rows + 6) / 12,
    "float16": lambda rows: rows.astype(np.float16).astype(np.float64),
    "flipped": lambda rows: rows[:, ::-1].copy(),
    "shifted": lambda rows: np.roll(rows, 1, axis=1),
}


G, C, H = gaussian(8), clusters(6), heavy(6)
HONEST: dict[str, Case] = {
    "network: Gaussian": Network(G),
    "network: clusters": Network(C),
    "network: classes": Network(C, classes=True),
    "network: heavy tails": Network(H),
    "network: wide rows": Network(gaussian(200)),
    "network: blank rows": Network(G, blank=0.02),
    "network: another law, blurred": Network(G, honest=blurred(G, 1.5)),
    "network: another law, fewer modes": Network(C, honest=few_modes(C, 5)),
    "network: duplicates in the data": Network(G, copies=3),
    "network: near copies in the data": Network(G, near=20),
    "network: tiny sets": Network(G, rows=60, holdout=40),
    "network: a part near a line": Network(with_line(G, 0.03)),
    "samples: Gaussian": Samples(gaussian(10)),
    "samples: a part near a line": Samples(with_line(gaussian(10), 0.01)),
    "samples: too many blank rows": Samples(gaussian(10), blank=0.02, more_blank=0.1),
    "samples: rows of twenty templates": Samples(gaussian(10), templates=0.05),
    "samples: heavy tails": Samples(H),
    "samples: blurred": Samples(gaussian(10), of=blurred(gaussian(10), 0.5)),
    "samples: fewer modes": Samples(C, of=few_modes(C, 2)),
    "samples: blank rows": Samples(gaussian(10), blank=0.02),
    "samples: binary columns": Samples(coarse(10)),
    "samples: other scale": Samples(gaussian(10), changed="scaled"),
    "samples: other precision": Samples(gaussian(10), changed="float16"),
}
GUILTY: dict[str, Case] = {
    "network: one row": Network(G, share=0.05, remembered=1),
    "network: five rows": Network(G, share=0.1, remembered=5),
    "network: thirty rows": Network(G, share=0.2, remembered=30),
    "network: duplicates only": Network(G, share=0.2, remembered=10, copies=10),
    "network: near copies only": Network(G, share=0.2, near=20),
    "network: one class": Network(C, share=0.2, remembered=30, classes=True),
    "network: all rows in part": Network(G, share=0.3, remembered=N_ROWS),
    "network: ten of heavy tails": Network(H, share=0.2, remembered=10),
    "samples: one copy": Samples(gaussian(10), copied=1),
    "samples: five near copies": Samples(gaussian(10), copied=5, noise=0.02),
    "samples: a tenth, with noise": Samples(gaussian(10), copied=30, noise=0.1),
    "samples: a third, with more noise": Samples(gaussian(10), copied=100, noise=0.3),
    "samples: copies beside blank rows": Samples(gaussian(10), copied=5, blank=0.02),
    "samples: copies of fewer modes": Samples(C, of=few_modes(C, 2), copied=5, noise=0.01),
    "samples: a tenth in other scale": Samples(gaussian(10), copied=30, changed="scaled"),
    "samples: a tenth in other precision": Samples(gaussian(10), copied=30, changed="float16"),
    "samples: a tenth flipped": Samples(gaussian(10), copied=30, changed="flipped"),
    "samples: a tenth shifted": Samples(gaussian(10), copied=30, changed="shifted"),
}
UNCLEAR: dict[str, Case] = {  # ten times too many samples about what often is one training row: no distance can tell
    "samples: too many of a rare part": Samples(with_line(gaussian(10), 0.01), of=with_line(gaussian(10), 0.1))
}
SITUATIONS = {
    f"{kind} {name}": case
    for kind, cases in (("honest", HONEST), ("guilty", GUILTY), ("unclear", UNCLEAR))
    for name, case in cases.items()
}


def draw(key: str, number: int) -> Told:
    """Draw ``number`` of the situation ``key``; depends on nothing else."""
    try:
        return SITUATIONS[key](np.random.default_rng(np.random.SeedSequence([number, *key.encode()])))
    except rm.InvalidInput:  # say a network that is worse than shrinkage
        return Told("refused")


def main() -> None:
    """Run what is not yet in the file, and print all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--only", default="", help="situations whose name holds this")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--result", type=Path, default=RESULT)
    asked = parser.parse_args()
    kept = json.loads(asked.result.read_text())["situations"] if asked.result.exists() else {}
    with ProcessPoolExecutor(asked.workers) as pool:
        for key in (key for key in SITUATIONS if asked.only in key):
            item = kept.setdefault(key, {"draws": 0} | dict.fromkeys(STATES, 0) | {"peers": {}})
            numbers = iter(range(item["draws"], asked.draws))
            while batch := list(islice(numbers, BATCH)):
                for told in pool.map(partial(draw, key), batch):
                    item["draws"] += 1
                    item[told.state] += 1
                    for name in told.peers:
                        item["peers"][name] = item["peers"].get(name, 0) + 1
                asked.result.write_text(json.dumps(_result(kept), indent=1) + "\n")
            print(key, item, flush=True)
    print("\n".join(_table(kept)))


def _result(kept: dict[str, dict]) -> dict[str, object]:
    """The counts with exact upper limits, and whether an honest situation exceeds 5 %."""
    honest = {key: item for key, item in kept.items() if key.startswith("honest") and item["draws"]}
    tails = [float(binom.sf(item["remembers"] - 1, item["draws"], 0.05)) for item in honest.values()]
    adjusted = holm(np.array(tails)).tolist() if tails else []
    upper = {k: float(beta.ppf(0.95, i["remembers"] + 1, i["draws"] - i["remembers"])) for k, i in honest.items()}
    summary = {"above_5_per_cent_adjusted_p": dict(zip(honest, adjusted)), "upper_limit_95": upper}
    return {"version": version("remanifold"), "situations": kept, "summary": summary}


def _table(kept: dict[str, dict]) -> Iterator[str]:
    """Rows of the table of the docs."""
    for key, item in kept.items():
        n, found = item["draws"], item["remembers"]
        if n:
            low, high = (
                float(beta.ppf(q, a, b)) for q, a, b in ((0.025, found, n - found + 1), (0.975, found + 1, n - found))
            )
            peers = ", ".join(f"{name} {count}" for name, count in sorted(item["peers"].items()))
            interval = f"{0 if np.isnan(low) else low:.3f} to {1 if np.isnan(high) else high:.3f}"
            yield f"| {key} | {n} | {found} | {item['no sign']} | {item['cannot tell']} | {interval} | {peers} |"


if __name__ == "__main__":
    main()
