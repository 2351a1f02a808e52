"""Does a network remember a few of its rows? Tests of groups that are known beforehand, and of a sparse share of rows.

A rank test of all rows cannot see fifteen remembered ones among fifteen hundred. Two kinds of test can:

* a group named without looking at the losses (duplicates, near copies, the most exposed rows, a class, rows that the
  user names) is held against hold-out rows by the Mann-Whitney test: exact for exchangeable rows;
* where nobody knows which rows, the excess of training rows among the k lowest losses, for the k at which it is largest
  (higher criticism, Donoho and Jin, Ann. Stat. 32, 962, 2004), calibrated by exchanging sides: exact in finite samples.

Exchanging sides bounds what any such test can see: k strongly remembered rows among n, beside m hold-out rows, have the
lowest k losses by chance with probability about (n/(n+m))^k.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.errors import refusal
from remanifold._core.seeds import generator
from remanifold._core.types import Floats, Integers
from remanifold.measures.estimates.holm import holm
from remanifold.measures.estimates.person_numbers import person_numbers
from remanifold.measures.estimates.persons import Persons

SPARSE = "a few rows"
"""Name of the test of a sparse share."""
_CHUNK = 2**22  # entries of exchanged sides held at once


@dataclass(frozen=True)
class GroupTest:
    """One test of a group of training rows against hold-out rows.

    Attributes:
        name: Of the group ("duplicates", "class 3").
        n: Rows of the group that were looked at; persons of them, where rows belong together.
        n_holdout: Hold-out rows, or persons, that they were held against.
        share: P(number of a row of the group < number of a hold-out row), ties split; 1/2 without memory.
        p_value: One-sided; null: the group is exchangeable with these hold-out rows.
        adjusted: The p-value adjusted for all tests made together, by Holm's method.
    """

    name: str
    n: int
    n_holdout: int
    share: float
    p_value: float
    adjusted: float


def group_tests(
    training: Floats,
    holdout: Floats,
    groups: Mapping[str, Integers],
    controls: Mapping[str, Integers] | None = None,
    floors: Mapping[str, float] | None = None,
    every: tuple[Floats, Floats] | None = None,
    *,
    persons: Persons | None = None,
    draws: int = 4000,
    seed: int = 0,
) -> tuple[GroupTest, ...]:
    """Test every group, and all rows for a sparse share of remembered ones, adjusted together.

    Args:
        training: A number of each training row, (n,): low where it is remembered. Under the null of no memory rows of
            both sides must be exchangeable (see `unexplained_logs`).
        holdout: The same of each hold-out row, (m,).
        groups: Places of each group's rows in ``training``; chosen without looking at the numbers. Empty groups are
            left out.
        controls: Places in ``holdout`` of the hold-out rows that a group is held against (rows as isolated, of the
            same class); all by default.
        floors: Least p-value of a group, where another explanation than memory must be refuted as well.
        every: Other numbers for the test of all rows (see `comparable_numbers`); by default the same.
        persons: Of the rows of both sides, where rows belong together: every test then takes one number a person
            (`person_numbers`), so that whole persons are exchanged.
        draws: Exchanges of sides that calibrate the test of a sparse share.
        seed: Of these.

    Returns:
        "all rows", "a few rows", then the groups in their order.

    Raises:
        InvalidInput: for no rows on a side, or places that do not exist.
    """
    if min(len(training), len(holdout)) < 1:
        raise refusal("tests of groups need rows on both sides", f"{len(training)} and {len(holdout)}", "pass more")
    floors = floors or {}
    first, rest = every or (training, holdout), (training, holdout)
    if persons is not None:
        first, rest = person_numbers(*first, persons, seed), person_numbers(*rest, persons, seed)
    tested = [("all rows", *first), (SPARSE, *rest)]
    for name, places in groups.items():
        kept = slice(None) if controls is None else controls.get(name, slice(None))
        own, others = training[places], holdout[kept]
        if len(own) and len(others):
            if persons is not None:
                own, others = person_numbers(own, others, persons.at(places, kept), seed)
            tested.append((name, own, others))
    p_values = [
        sparse_share(own, others, draws=draws, seed=seed)
        if name == SPARSE
        else max(floors.get(name, 0.0), lower_test(own, others))
        for name, own, others in tested
    ]
    return tuple(
        GroupTest(name, len(own), len(others), _below(own, others), p, float(adjusted))
        for (name, own, others), p, adjusted in zip(tested, p_values, holm(np.array(p_values)))
    )


def sparse_share(training: Floats, holdout: Floats, *, draws: int = 4000, seed: int = 0) -> float:
    """The p-value of a sparse share of strongly remembered rows: higher criticism of sides, exact by exchange.

    Args:
        training, holdout: See `group_tests`.
        draws: Exchanges of sides; the p-value is at least 1/(draws + 1).
        seed: Of these.

    Raises:
        InvalidInput: unless ``draws`` is a positive whole number.
    """
    whole("`draws`", draws, least=1, example=4000)
    null = exchanged(len(training), len(holdout), draws, seed)
    return float((1 + (null >= criticism(training, holdout, seed) - 1e-12).sum()) / (1 + draws))


def criticism(training: Floats, holdout: Floats, seed: int = 0) -> float:
    """Largest standardised excess of training rows among the k lowest numbers, k up to half of all rows."""
    return float(criticisms(np.concatenate([training, holdout])[None, :], len(training), seed)[0])


def criticisms(numbers: Floats, n: int, seed: int = 0) -> Floats:
    """`criticism` of many draws at once, (draws,).

    Args:
        numbers: Of n training rows and m hold-out rows, (draws, n + m).
        n: How many of them are training rows.
        seed: Of the order of ties.
    """
    size = numbers.shape[1]
    mixed = np.argsort(generator(seed, "ties of numbers").random(size))  # ties in an order that ignores the sides
    order = mixed[np.argsort(numbers[:, mixed], axis=1, kind="stable")]
    return _Criticism.of(n, size - n).largest(order < n)


@lru_cache(maxsize=8)
def exchanged(n: int, m: int, draws: int, seed: int = 0) -> Floats:
    """`criticism` of n and m rows whose sides are exchanged at random, (draws,)."""
    rng, scale = generator(seed, "exchange of sides"), _Criticism.of(n, m)
    step = max(1, _CHUNK // (n + m))
    values = []
    for start in range(0, draws, step):
        sides = np.tile(np.arange(n + m) < n, (min(step, draws - start), 1))
        values.append(scale.largest(rng.permuted(sides, axis=1)))
    return np.concatenate(values)


@dataclass(frozen=True)
class _Criticism:
    """Mean and spread of the number of training rows among the k lowest, k = 1 .. half of all."""

    mean: Floats
    spread: Floats

    @classmethod
    def of(cls, n: int, m: int) -> "_Criticism":
        size = n + m
        k = np.arange(1, max(2, size // 2 + 1))[: size - 1]
        variance = k * (n / size) * (m / size) * (size - k) / max(1, size - 1)  # hypergeometric
        return cls(k * n / size, np.sqrt(variance))

    def largest(self, sides: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Floats:
        """Largest standardised excess of training rows among the lowest, of each row of ``sides``."""
        counts = np.cumsum(sides[:, : len(self.mean)], axis=1)
        return ((counts - self.mean) / self.spread).max(axis=1)


def lower_test(own: Floats, others: Floats) -> float:
    """One-sided Mann-Whitney p-value: are the numbers ``own`` (n,) lower than ``others`` (m,)?"""
    from scipy.stats import mannwhitneyu

    if np.ptp(np.concatenate([own, others])) == 0:
        return 1.0
    return float(mannwhitneyu(own, others, alternative="less").pvalue)


def _below(own: Floats, others: Floats) -> float:
    order = np.sort(others)
    below = len(order) - np.searchsorted(order, own, "right")
    ties = np.searchsorted(order, own, "right") - np.searchsorted(order, own, "left")
    return float((below + ties / 2).mean() / len(order))
