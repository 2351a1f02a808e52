"""What the audit of a network says where there is no memory: a network of other rows, 1000 divisions of new ones."""

import numpy as np
import pytest

from remanifold.data import open_points
from remanifold.measures.memory.audited_rows import AuditedRows
from remanifold.measures.memory.denoising_loss import DenoisingLosses, losses_on
from remanifold.measures.memory.memory_index import memory_levels
from remanifold.measures.memory.memory_test import memory_test
from remanifold.measures.memory.row_memory import row_memory
from remanifold.networks import load_ground_truth

CASES = 1000  # a rate of 5 % has a standard error of 0.7 %, one of 10 % of 0.95 %
T_COLLAPSE = 1.2  # of 200 such rows
RATE = 0.1


@pytest.fixture(scope="module")
def losses():
    """Losses of 397 digits under a network that remembers 100 others."""
    network, _, held_out, _ = load_ground_truth("digits-100-seed0")
    points, half = open_points(held_out), len(held_out) // 2
    sides = AuditedRows(points, points, np.arange(half), np.arange(half, len(held_out)))
    found = losses_on(network, sides, memory_levels(T_COLLAPSE), draws=1)
    return points, found.t, np.concatenate([found.training, found.holdout])


def divisions(count, n, m):
    rng = np.random.default_rng(0)
    for _ in range(CASES):
        rows = rng.permutation(count)[: n + m]
        yield np.sort(rows[:n]), np.sort(rows[n:])


@pytest.mark.parametrize(("n", "m"), [(200, 197), (60, 40)])
def test_the_control_rejects_five_percent(losses, n, m):
    _, t, values = losses
    high = t >= 8 * T_COLLAPSE
    tests = [memory_test(values[a][:, high], values[b][:, high], two_sided=True) for a, b in divisions(397, n, m)]
    assert 0.03 < np.mean([test.rejected for test in tests]) < 0.07
    assert np.mean([test.p_value < 0.01 for test in tests]) < 0.02


def remembered(losses, a, b, spoil=1.0):
    points, t, values = losses
    found = DenoisingLosses(t, values[a], spoil * values[b], a, b, draws=1, seed=0, evaluations=0)
    return row_memory(found, AuditedRows(points, points, a, b), T_COLLAPSE, rate=RATE)


def test_rows_are_named_at_the_rate_of_false_discoveries_where_the_hold_out_is_large_enough(losses):
    """Without memory every name is false, so that a set has one with probability of at most the rate."""
    found = [remembered(losses, a, b) for a, b in divisions(397, 20, 199)]
    assert found[0].fewest_named == 1
    assert 0.06 < np.mean([len(one.remembered) > 0 for one in found]) < 0.14
    shares = [(one.p_value <= 0.05).mean() for one in found]
    assert abs(np.mean(shares) - 0.05) < 5 * np.std(shares) / np.sqrt(CASES) + 1 / 200


def test_with_a_small_hold_out_next_to_nothing_is_named_by_mistake(losses):
    """No p-value is below 1/(m + 1): several rows must pass at once, which rows without memory do not."""
    found = [remembered(losses, a, b) for a, b in divisions(397, 60, 40)]
    assert found[0].fewest_named == 15
    assert np.mean([len(one.remembered) > 0 for one in found]) < 0.01


def test_planted_mistakes_are_seen(losses):
    """A hold-out whose losses below the collapse are a third too high; two draws of a row taken for two rows."""
    _, t, values = losses
    spoil = np.where(t <= T_COLLAPSE, 1.3, 1.0)
    named = [len(remembered(losses, a, b, spoil).remembered) > 0 for a, b in list(divisions(397, 20, 199))[:200]]
    assert np.mean(named) > 0.25
    high = t >= 8 * T_COLLAPSE
    sides = [
        (np.tile(values[a][:, high], (4, 1)), np.tile(values[b][:, high], (4, 1)))
        for a, b in list(divisions(397, 60, 40))[:300]
    ]
    assert np.mean([memory_test(*side, two_sided=True).rejected for side in sides]) > 0.15
