"""Question: where rows belong together, how often do the tests raise a false alarm with and without groups?

Persons have several rows near to each other. Training and hold-out persons, and the centres of an ideal network (the
exact denoiser of a mixture of other persons), are of one law, so that every rejection is a false alarm: the level of
each test at 5 %, of all together (Holm), of persons named and standing out, with groups and without. Then the power:
some training persons get the loss that the empirical score has on them, or samples are new rows of training persons.
Last whole audits. Before anything is counted, a set whose rows are all remembered must be found. Rates go to
benchmarks/results/groups_rates.json.
"""

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

import remanifold as rm
from remanifold._core.compute import Compute
from remanifold.audits.context import AuditContext
from remanifold.audits.inputs import AuditOptions, open_inputs
from remanifold.audits.network.groups import memory_of_rows, with_tests
from remanifold.audits.records.network import NetworkRecord
from remanifold.data import survey
from remanifold.measures import NoiseProfile, find_duplicates, noise_profile
from remanifold.measures.estimates.persons import Persons
from remanifold.measures.memory.audited_rows import audited_rows
from remanifold.measures.memory.denoising_loss import losses_on
from remanifold.measures.memory.group_tests import group_tests
from remanifold.measures.memory.memory_index import memory_index, memory_levels
from remanifold.measures.memory.memory_test import memory_test, unexplained_logs
from remanifold.measures.memory.nearest_training import nearest_training

RESULT = Path(__file__).parent / "results" / "groups_rates.json"
DIM, BETWEEN, WITHIN, CENTRES = 6, 1.0, 0.25, 200
LEVEL = 0.05


def sizes_of(kind: str, side: str, persons: int, random: np.random.Generator) -> NDArray:
    """Rows of each person."""
    if kind == "five rows each":
        return np.full(persons, 5)
    if kind == "one to nine rows":
        return random.integers(1, 10, persons)
    return np.full(persons, 5) if side == "training" else random.integers(1, 4, persons)  # "fewer in the hold-out"


@dataclass(frozen=True, eq=False)
class Draw:
    """One draw: rows and groups of both sides, and an ideal network."""

    train: NDArray
    holdout: NDArray
    groups: NDArray
    holdout_groups: NDArray
    centres: NDArray
    random: np.random.Generator
    width: float = WITHIN**2

    def network(self, x: NDArray, t: float) -> NDArray:
        """Posterior mean under a mixture of Gaussians around persons of no side, or around classes."""
        return posterior_mean(x, t, self.centres, self.width)

    def exact(self, x: NDArray, t: float) -> NDArray:
        """The empirical score of the training rows."""
        return posterior_mean(x, t, self.train, 0.0)


def posterior_mean(x: NDArray, t: float, centres: NDArray, width: float) -> NDArray:
    """Under equal Gaussians of variance ``width`` around ``centres``."""
    half = (x * x).sum(axis=1)[:, None] / 2 + (centres * centres).sum(axis=1) / 2 - x @ centres.T
    weight = np.exp((half.min(axis=1, keepdims=True) - half) / (width + t))
    mean = weight @ centres / weight.sum(axis=1, keepdims=True)
    return mean + (x - mean) * width / (width + t)


def drawn(kind: str, seed: int, persons: tuple[int, int] = (60, 40), classes: NDArray | None = None) -> Draw:
    """Persons of both sides; around ``classes`` (k, 6) the network is the exact denoiser of all rows."""
    random = np.random.default_rng(seed)
    sides = []
    for name, count in zip(("training", "hold-out"), persons):
        sizes = sizes_of(kind, name, count, random)
        centre = BETWEEN * random.normal(size=(count, DIM))
        spread = WITHIN * np.exp(0.5 * random.normal(size=count))
        if classes is not None:
            centre, spread = centre + classes[random.integers(len(classes), size=count)], np.full(count, WITHIN)
        who, order = np.repeat(np.arange(count), sizes), random.permutation(int(sizes.sum()))
        rows = centre[who] + spread[who, None] * random.normal(size=(len(who), DIM))
        sides.append((rows[order], who[order]))
    (train, groups), (holdout, others) = sides
    centres, width = BETWEEN * random.normal(size=(CENTRES, DIM)), WITHIN**2
    if classes is not None:
        centres, width = classes, BETWEEN**2 + WITHIN**2
    return Draw(train, holdout, groups, 1000 + others, centres, random, width)


@cache
def profile_of(kind: str) -> NoiseProfile:
    """Of the first draw: t_c is a property of the law here."""
    return noise_profile(drawn(kind, 0).train, max_queries=100, threads=1)


def tests_of(draw: Draw, kind: str, remembered: int = 0, strength: float = 1.0) -> dict[str, Any]:
    """p-values of the tests of a network on one draw, and what is named, with groups and without.

    ``remembered`` persons of the training set get the losses that the empirical score would give them, or a part.
    """
    profile = profile_of(kind)
    collapse, found = profile.t_collapse.value, {}
    points, holdout = rm.open_points(draw.train), rm.open_points(draw.holdout)
    rows = audited_rows(points, holdout)
    losses = losses_on(draw.network, rows, memory_levels(collapse), draws=2)
    exact = losses_on(draw.exact, rows, memory_levels(collapse), draws=2)
    if remembered:
        own = losses.training.copy()
        k = np.flatnonzero(np.isin(draw.groups[losses.training_rows], np.arange(remembered)))
        low = losses.t <= collapse * (1 + 1e-9)
        gain = np.maximum(exact.gap.value, 0) / losses.holdout_mean.value
        own[np.ix_(k, low)] *= np.maximum(1 - strength * gain[low], 0.02)
        losses = replace(losses, training=own)
    for way in ("with groups", "without"):
        sides = (draw.groups, draw.holdout_groups) if way == "with groups" else (None, None)
        named = np.flatnonzero(np.isin(draw.groups, np.arange(5)))  # all rows of five persons
        inputs = open_inputs(draw.train, draw.holdout, rows=named, groups=sides)
        options, facts = AuditOptions(60, 0, None, ()), survey(points)
        duplicates = find_duplicates(points, 0.0)
        context = AuditContext(inputs, options, Compute(threads=1), facts, None, duplicates, profile)
        seen = replace(rows, persons=inputs.persons)
        memory = memory_index(replace(losses, persons=inputs.persons), replace(exact, persons=inputs.persons), collapse)
        record = NetworkRecord("", "", 0, 0, 0, 0, 0, None, None, None, None, LEVEL, None)
        apart = np.arange(len(draw.holdout)), np.empty(0, dtype=np.int64)
        with patch("remanifold.audits.network.groups.detectable_share", lambda *_, **__: None):  # takes seconds
            nearest = nearest_training(memory.network, seen)
            record = with_tests(record, memory, seen, context, apart, nearest)
        told = {test.name: test.p_value for test in record.tests}
        told["together"] = min(test.adjusted for test in record.tests)
        told["control"] = memory.control.p_value if memory.control else 1.0
        told["rows named"] = 0.0 if len(memory_of_rows(memory, seen, context, nearest).remembered) else 1.0
        told["stand out"] = 0.0 if record.outstanding else 1.0
        z = memory.total.value / memory.total.stderr
        told["index beyond 1.96 errors"] = 0.0 if abs(z) > 1.96 else 1.0
        found |= {f"{name}, {way}": value for name, value in told.items()}
    return found


def numbers_of(kind: str, seed: int) -> dict[str, Any]:
    """p-values on losses of which persons explain nine tenths of the variance, and losses above t_c little of it."""
    random, sides, who = np.random.default_rng(seed), [], []
    for name, persons in (("training", 60), ("hold-out", 40)):
        side = np.repeat(np.arange(persons), sizes_of(kind, name, persons, random))
        effect = random.normal(size=(persons, 1))[side]
        sides.append(np.exp(effect * [1, 1, 0.3, 0.3] + np.sqrt(1 / 9) * random.normal(size=(len(side), 4))))
        who.append(side)
    low, above = ([side[:, k] for side in sides] for k in (slice(0, 2), slice(2, 4)))
    numbers, found = unexplained_logs(*low, tuple(above)), {}
    named = {"named rows": np.flatnonzero(who[0] < 5)}
    for way, persons in (("with groups", Persons(*who)), ("without", None)):
        every = memory_test(*low, controls=tuple(above), persons=persons, seed=seed)
        found[f"all rows, {way}"] = every.p_value
        for test in group_tests(*numbers, named, persons=persons, draws=999, seed=0)[1:]:
            found[f"{test.name}, {way}"] = test.p_value
    return found


def samples_of(draw: Draw, with_groups: bool, copied: int = 0) -> dict[str, Any]:
    """p-values of an audit of 200 samples; ``copied`` of them are new rows of training persons."""
    spread = WITHIN * np.exp(0.5 * draw.random.normal(size=len(draw.centres)))[:, None]
    samples = draw.centres + spread * draw.random.normal(size=draw.centres.shape)
    if copied:
        persons = draw.random.choice(np.unique(draw.groups), copied)
        centre = np.stack([draw.train[draw.groups == person].mean(axis=0) for person in persons])
        samples[:copied] = centre + 0.5 * WITHIN * draw.random.normal(size=centre.shape)
    options = {"groups": draw.groups, "holdout_groups": draw.holdout_groups} if with_groups else {}
    report = rm.audit_copies(draw.train, samples, draw.holdout, threads=1, **options)
    found = {number.name: number.p_value for number in report.numbers if number.p_value is not None}
    found["warning of the hold-out"] = 0.0 if report.warnings else 1.0
    found["named"] = 0.0 if report.flagged else 1.0
    found["remembers"] = 0.0 if report.verdict.state == "remembers" else 1.0
    found["cannot tell"] = 0.0 if report.verdict.state == "cannot tell" else 1.0
    return found


def noted(draws: int) -> dict[str, float]:
    """How often rows that belong together are suspected: in independent rows, and in persons with rows in order."""
    from remanifold.audits.data.groups import group_notes

    counts = Counter()
    for seed in range(draws):
        random = np.random.default_rng(seed)
        sets = {f"Gaussian, {dim} dimensions": random.normal(size=(300, dim)) for dim in (1, 2, 10)}
        sets["student t (2)"] = random.standard_t(2, size=(300, 5))
        sets["clusters"] = 5 * random.normal(size=(20, 5))[random.integers(20, size=300)] + random.normal(size=(300, 5))
        draw = drawn("five rows each", seed)
        sets["persons, shuffled"] = draw.train
        sets["persons, in order"] = draw.train[np.argsort(draw.groups, kind="stable")]
        for name, rows in sets.items():
            inputs = open_inputs(rows)
            duplicates = find_duplicates(inputs.points, 0.0)
            profile = noise_profile(inputs.points, max_queries=300, threads=1, levels=[0.1, 1.0])
            context = AuditContext(
                inputs, AuditOptions(300, 0, None, ()), Compute(threads=1), survey(inputs.points), None, duplicates,
                profile,
            )  # fmt: skip
            counts[name] += bool(group_notes(context))
            counts["n"] += name == "clusters"
    return {name: value / draws for name, value in counts.items() if name != "n"}


def audits(draws: int) -> dict[str, Any]:
    """States of whole audits without memory, of 100 persons beside 100."""
    states: dict[str, Counter] = {}
    classes = 3 * np.random.default_rng(0).normal(size=(4, DIM))
    for way in ("with groups", "without"):
        for seed in range(draws):
            draw = drawn("five rows each", 10_000 + seed, (100, 100), classes)
            groups = {"groups": draw.groups, "holdout_groups": draw.holdout_groups} if way == "with groups" else {}
            network = rm.AuditedNetwork(draw.network, "ideal", "the law of all rows", evaluations=100_000, cheap=True)
            options = {"holdout": draw.holdout, "model": network, "max_queries": 100, "threads": 1} | groups
            try:
                with patch.object(sys.modules["remanifold.audits.audit"], "reference_of", lambda _: (None, "left out")):
                    verdict = rm.audit(draw.train, **options).verdict
            except rm.InvalidInput as error:
                states.setdefault(way, Counter())[f"refused: {str(error)[:60]}"] += 1
                continue
            words = verdict.headline.split(":")[-1][:60] if verdict.state == "cannot tell" else ""
            states.setdefault(way, Counter())[f"{verdict.state} {words}".strip()] += 1
            print(way, seed, verdict.state, flush=True)
    return {name: dict(counts) for name, counts in states.items()}


def rates(found: list[dict[str, Any]]) -> dict[str, float]:
    names = dict.fromkeys(name for one in found for name in one)
    return {name: round(float(np.mean([one.get(name, 1.0) < LEVEL for one in found])), 4) for name in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--audits", type=int, default=20)
    parser.add_argument("--parts", nargs="*", default=["numbers", "network", "samples", "power", "notes", "audits"])
    parser.add_argument("--result", type=Path, default=RESULT)
    options = parser.parse_args()
    result = options.result
    known = json.loads(result.read_text()) if result.exists() else {}
    every = tests_of(drawn("five rows each", 1), "five rows each", remembered=60)
    if every["together, with groups"] >= LEVEL:
        raise SystemExit("a network that remembers every person was not found")
    kinds = ("five rows each", "one to nine rows", "fewer in the hold-out")
    jobs: dict[str, Any] = {}
    for kind in kinds:
        jobs[f"numbers: {kind}"] = ("numbers", lambda s, k=kind: numbers_of(k, s))
        jobs[f"network: {kind}"] = ("network", lambda s, k=kind: tests_of(drawn(k, s), k))
        for way in (True, False):
            words = f"{kind}, {'with' if way else 'without'} groups"
            jobs[f"samples: {words}"] = ("samples", lambda s, k=kind, w=way: samples_of(drawn(k, s), w))
    for count, strength in ((3, 1.0), (6, 1.0), (6, 0.5), (15, 1.0)):
        jobs[f"power: {count} of 60 persons remembered, strength {strength}"] = (
            "power",
            lambda s, c=count, q=strength: tests_of(drawn("five rows each", s), "five rows each", c, q),
        )
    for count in (20, 60):
        jobs[f"power: {count} of 200 samples are new rows of training persons, with groups"] = (
            "power", lambda s, c=count: samples_of(drawn("five rows each", s), True, c),
        )  # fmt: skip
        jobs[f"power: {count} of 200 samples are new rows of training persons, without groups"] = (
            "power", lambda s, c=count: samples_of(drawn("five rows each", s), False, c),
        )  # fmt: skip
    for name, (part, job) in jobs.items():
        if part not in options.parts or known.get(name, {}).get("draws") == options.draws:
            continue
        start = time.time()
        known[name] = {"draws": options.draws, "rates": rates([job(seed) for seed in range(options.draws)])}
        print(name, known[name], f"{time.time() - start:.0f} s", flush=True)
        result.write_text(json.dumps(known, indent=1) + "\n")
    if "notes" in options.parts:
        known["notes"] = {"draws": options.draws, "rates": noted(options.draws)}
        print(known["notes"], flush=True)
    if "audits" in options.parts:
        known["whole audits, no memory"] = {"draws": options.audits, "states": audits(options.audits)}
        print(known["whole audits, no memory"], flush=True)
    result.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main()
