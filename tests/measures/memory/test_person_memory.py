"""Memory where rows belong together: tests of persons keep their level, tests of rows do not, persons are named."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from remanifold import InvalidInput, open_points
from remanifold.measures.estimates.persons import Persons
from remanifold.measures.memory.audited_rows import AuditedRows
from remanifold.measures.memory.denoising_loss import DenoisingLosses
from remanifold.measures.memory.group_tests import group_tests
from remanifold.measures.memory.memory_index import gap_ratio
from remanifold.measures.memory.memory_test import memory_test
from remanifold.measures.memory.nearest_training import nearest_training
from remanifold.measures.memory.person_memory import person_memory
from remanifold.measures.memory.row_memory import row_memory

CASES, T_C = 300, 1.0
LEVELS = np.array([0.25, 1.0, 8.0, 16.0])


def persons(sizes, others):
    return Persons(*(np.repeat(start + np.arange(len(s)), s) for start, s in ((0, sizes), (1000, others))))


def numbers_of(rng, who, remembered=0, gap=2.0):
    """Log losses (rows, levels) of both sides with effects of persons; the first persons' are lower at low noise."""
    sides = []
    for side in (who.training, who.holdout):
        _, place = np.unique(side, return_inverse=True)
        effect = rng.normal(size=(place.max() + 1, 1))[place]
        sides.append(effect * [1, 1, 0.3, 0.3] + 0.3 * rng.normal(size=(len(side), 4)))
    sides[0][np.isin(who.training, np.arange(remembered)), :2] -= gap
    return sides


def alarms(count, level=0.05):
    return binom.sf(count - 1, CASES, level) < 1e-4


FIVE = np.full(30, 5), np.full(20, 5)


@pytest.mark.parametrize(
    ("sizes", "others"), [FIVE, (np.arange(30) % 9 + 1, np.arange(20) % 9 + 1), (*FIVE[:1], [1] * 20)]
)
def test_tests_of_persons_keep_their_level(sizes, others):
    rng, who = np.random.default_rng(0), persons(sizes, others)
    groups = {
        "whole persons": np.flatnonzero(who.training < 4),
        "a row each": np.unique(who.training, return_index=True)[1][:9],
    }
    below = {}
    for k in range(CASES):
        own, holdout = (np.exp(side) for side in numbers_of(rng, who))
        whole = memory_test(own[:, :2], holdout[:, :2], controls=(own[:, 2:], holdout[:, 2:]), persons=who, seed=k)
        tests = group_tests(np.log(own[:, 0]), np.log(holdout[:, 0]), groups, persons=who, draws=199, seed=k % 2)
        found = {test.name: test.p_value for test in tests} | {"memory test": whole.p_value}
        found["together"] = min(test.adjusted for test in tests)
        for name, p_value in found.items():
            below[name] = below.get(name, 0) + (p_value <= 0.05)
    assert below.keys() >= {"memory test", "all rows", "a few rows", "whole persons", "a row each", "together"}
    assert not [name for name, count in below.items() if alarms(count)], below


def test_tests_of_rows_do_not():
    """Planted mistake: the same numbers, and rows that count as if they were independent."""
    rng, who, below = np.random.default_rng(0), persons(*FIVE), {}
    for k in range(CASES):
        own, holdout = numbers_of(rng, who)
        groups = {"whole persons": np.flatnonzero(who.training < 4)}
        for test in group_tests(own[:, 0], holdout[:, 0], groups, draws=199, seed=k % 2):
            below[test.name] = below.get(test.name, 0) + (test.p_value <= 0.05)
    assert all(alarms(below[name]) for name in ("all rows", "a few rows", "whole persons")), below


def test_a_remembered_person_is_found_among_named_rows_and_a_few_among_all():
    rng, who = np.random.default_rng(1), persons(*FIVE)
    own, holdout = numbers_of(rng, who, remembered=8, gap=5.0)
    groups = {"named rows": np.flatnonzero(who.training < 4)}
    tests = {t.name: t for t in group_tests(own[:, 0], holdout[:, 0], groups, persons=who)}
    assert (tests["all rows"].n, tests["all rows"].n_holdout) == (30, 20)
    assert tests["named rows"].n == 4
    assert max(tests["named rows"].adjusted, tests["a few rows"].adjusted) < 0.05


def test_the_index_counts_persons_as_brute_force_does():
    rng, who = np.random.default_rng(2), persons([1, 4, 2, 5, 3], [2, 2, 6])
    top, bottom = ([rng.uniform(1, 2, (len(s), 3)) for s in (who.training, who.holdout)] for _ in range(2))
    bottom[1] += 3
    _, error = gap_ratio(tuple(top), tuple(bottom), who)

    def ratio(kept):
        gaps = [side[1][kept[1]].mean(axis=0) - side[0][kept[0]].mean(axis=0) for side in (top, bottom)]
        return gaps[0] / gaps[1]

    variance = 0.0
    for side in (0, 1):
        names = np.unique((who.training, who.holdout)[side])
        without = []
        for name in names:
            kept = [np.ones(len(s), dtype=bool) for s in (who.training, who.holdout)]
            kept[side] = (who.training, who.holdout)[side] != name
            without.append(ratio(kept))
        variance += (len(names) - 1) / len(names) * ((np.array(without) - np.mean(without, axis=0)) ** 2).sum(axis=0)
    np.testing.assert_allclose(error, np.sqrt(variance))


def case(seed, who, remembered=0, gap=2.0):
    rng = np.random.default_rng(seed)
    own, holdout = numbers_of(rng, who, remembered, gap)
    points, others = (open_points(rng.normal(size=(len(side), 3))) for side in (own, holdout))
    rows = AuditedRows(points, others, np.arange(len(own)), np.arange(len(holdout)), who)
    losses = DenoisingLosses(
        LEVELS, np.exp(own), np.exp(holdout), *(np.arange(len(s)) for s in (own, holdout)), 1, 0, 0, who
    )
    return losses, rows


def test_persons_are_named_with_all_their_rows():
    who = persons(np.full(30, 5), np.full(60, 5))
    losses, rows = case(3, who, remembered=6, gap=8.0)
    found = person_memory(row_memory(losses, rows, T_C), who)
    assert found.fewest_named == math.ceil(30 / (0.1 * 61))
    assert set(found.remembered) >= set(range(30)) and len(found.remembered) % 5 == 0
    assert set(found.outstanding) >= set(range(30))
    assert np.unique(found.p_value[:5]).tolist() == [1 / 61]
    mean = found.mean_gaps()[0]
    assert mean.stderr > 1.5 * found.gap.std(ddof=1) / math.sqrt(150)


def test_no_person_is_named_more_often_than_the_rate_and_p_values_are_uniform():
    who, named, p_values = persons(np.full(20, 5), np.full(99, 5)), 0, []
    for seed in range(100):
        losses, rows = case(seed, who)
        found = person_memory(row_memory(losses, rows, T_C), who)
        named += len(found.remembered) > 0
        p_values.append(found.p_value[::5])
    assert named / 100 < 0.1 + 3 * 0.03
    shares = [np.mean(np.concatenate(p_values) <= share) for share in (0.05, 0.5)]
    assert shares == pytest.approx([0.05, 0.5], abs=0.05)


def test_what_is_expected_of_a_row_leaves_its_person_out():
    who = persons([3] * 8, [4] * 6)
    losses, rows = case(5, who)
    found = row_memory(losses, rows, T_C)
    fit = found.fit
    for name in np.unique(who.holdout):
        kept = who.holdout != name
        without = np.linalg.lstsq(fit.of_others[kept], fit.others[kept])[0]
        np.testing.assert_allclose(found.holdout_gap[~kept], (fit.of_others @ without - fit.others)[~kept], atol=1e-8)


def test_the_nearest_row_is_one_of_another_person():
    rng, who = np.random.default_rng(6), persons([2, 2], [1, 1, 1])
    points = open_points(np.array([[0.0], [0.1], [1.0], [1.1]]))
    rows = AuditedRows(points, open_points(rng.normal(size=(3, 1))), np.arange(4), np.arange(3), who)
    losses = DenoisingLosses(LEVELS, *(np.ones((n, 4)) for n in (4, 3)), np.arange(4), np.arange(3), 1, 0, 0, who)
    assert nearest_training(losses, rows).rows.tolist() == [2, 2, 1, 1]


def test_a_budget_takes_as_many_rows_of_each_person_on_both_sides():
    who = persons([5] * 20, [5] * 8)
    points, others = open_points(np.zeros((100, 1))), open_points(np.zeros((40, 1)))
    rows = AuditedRows(points, others, np.arange(100), np.arange(40), who)
    chosen = rows.within(90, 1, 0)
    own = np.unique(who.training[chosen.training_rows], return_counts=True)[1]
    holdout = np.unique(who.holdout[chosen.holdout_rows], return_counts=True)[1]
    assert own.tolist() == [3] * 20 and holdout.tolist() == [3] * 8
    few = rows.within(12, 1, 0)
    assert np.unique(who.training[few.training_rows], return_counts=True)[1].max() == 1
    assert len(few.training_rows) + len(few.holdout_rows) == 12
    assert len(rows.within(1000, 1, 0).training_rows) == 100


def test_too_few_hold_out_persons_are_refused():
    who = persons([5] * 4, [10, 10])
    losses, rows = case(7, who)
    with pytest.raises(InvalidInput, match="at least 3 groups of hold-out rows, but got 2"):
        person_memory(row_memory(losses, rows, T_C), who)
