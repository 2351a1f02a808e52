"""Softmax sums: any partition, in any order, is the whole."""

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold._core.errors import InvalidInput
from remanifold.scores import SoftmaxSums

_BATCH, _WIDTH = 3, 4


def _problem(seed, n, spread):
    rng = np.random.default_rng(seed)
    logits = torch.tensor(rng.normal(size=(_BATCH, n)) * spread)
    logits[:, rng.integers(0, n, n // 3)] = logits[:, :1].clone()  # ties
    values = torch.tensor(rng.normal(size=(n, _WIDTH)))
    energies = torch.tensor(rng.exponential(size=(_BATCH, n)))
    return logits, values, energies, torch.arange(n)


def _by_hand(logits, values, energies):
    w = torch.softmax(logits, 1)
    return {
        "log_sum": torch.logsumexp(logits, 1),
        "mean": w @ values,
        "mean_energy": (w * energies).sum(1),
        "participation": (w * w).sum(1),
    }


def _assert_same(sums, expected, rtol=1e-12):
    for name, value in expected.items():
        torch.testing.assert_close(getattr(sums, name), value, rtol=rtol, atol=rtol)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**31),
    n=st.integers(1, 40),
    spread=st.sampled_from([0.1, 3.0, 100.0, 1e5]),
    cuts=st.lists(st.integers(0, 40), max_size=6),
    order_seed=st.integers(0, 2**31),
    top=st.integers(0, 6),
)
def test_any_partition_in_any_order_is_the_whole(seed, n, spread, cuts, order_seed, top):
    logits, values, energies, names = _problem(seed, n, spread)
    rng = np.random.default_rng(order_seed)
    where = torch.tensor(rng.permutation(n))
    edges = sorted({0, n, *(min(cut, n) for cut in cuts)})
    parts = [SoftmaxSums.empty(_BATCH, _WIDTH, top)]
    for a, b in pairwise(edges):
        i = where[a:b]
        parts.append(SoftmaxSums.of_logits(logits[:, i], values[i], energies[:, i], names[i], top))
    while len(parts) > 1:  # merge two parts drawn at random: any bracketing
        i, j = rng.choice(len(parts), 2, replace=False)
        merged = parts[i].merge(parts[j])
        parts = [part for k, part in enumerate(parts) if k not in (i, j)] + [merged]
    _assert_same(parts[0], _by_hand(logits, values, energies))
    by_hand = [sorted(range(n), key=lambda mu: (-row[mu], mu))[:top] for row in logits.tolist()]
    kept = min(top, n)
    assert parts[0].top_indices[:, :kept].tolist() == by_hand
    assert (parts[0].top_indices[:, kept:] == -1).all()
    torch.testing.assert_close(parts[0].top_logits[:, :kept], logits.gather(1, torch.tensor(by_hand).long()[:, :kept]))


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31), n=st.integers(1, 30), spread=st.sampled_from([1.0, 1e4]), top=st.integers(0, 5))
def test_pairs_are_the_same_sums(seed, n, spread, top):
    logits, values, energies, names = _problem(seed, n, spread)
    keep = torch.tensor(np.random.default_rng(seed).random((_BATCH, n)) < 0.6)
    keep[0] = False  # a query without any point
    query, point = keep.nonzero(as_tuple=True)
    sums = SoftmaxSums.of_pairs(
        query, logits[keep], values=values[point], energies=energies[keep], indices=names[point], batch=_BATCH, top=top
    )
    for b in range(_BATCH):
        i = keep[b].nonzero()[:, 0]
        one = SoftmaxSums.of_logits(logits[b : b + 1, i], values[i], energies[b : b + 1, i], names[i], top)
        for field in dataclasses.fields(SoftmaxSums):
            torch.testing.assert_close(getattr(sums, field.name)[b], getattr(one, field.name)[0])


def test_empty_is_neutral_on_both_sides():
    sums = SoftmaxSums.of_logits(*_problem(0, 9, 5.0), top=3)
    empty = SoftmaxSums.empty(_BATCH, _WIDTH, 3)
    for merged in (empty.merge(sums), sums.merge(empty)):
        for field in dataclasses.fields(SoftmaxSums):
            assert torch.equal(getattr(merged, field.name), getattr(sums, field.name))
    both = empty.merge(empty)
    assert torch.isneginf(both.log_sum).all()
    assert (both.total == 0).all()


def test_merging_without_rescaling_would_be_seen():
    logits, values, energies, names = _problem(1, 12, 5.0)
    a = SoftmaxSums.of_logits(logits[:, :5], values[:5], energies[:, :5], names[:5])
    b = SoftmaxSums.of_logits(logits[:, 5:], values[5:], energies[:, 5:], names[5:])
    planted = dataclasses.replace(a, total=a.total + b.total, weighted=a.weighted + b.weighted)
    with pytest.raises(AssertionError):
        _assert_same(planted, _by_hand(logits, values, energies))


def test_top_weights_are_softmax_weights():
    logits, values, energies, names = _problem(2, 15, 2.0)
    sums = SoftmaxSums.of_logits(logits, values, energies, names, 4)
    torch.testing.assert_close(sums.top_weights, torch.softmax(logits, 1).topk(4).values)


def test_float32_logits_give_float64_sums():
    logits, values, energies, names = _problem(3, 15, 2.0)
    sums = SoftmaxSums.of_logits(logits.float(), values.float(), energies.float(), names, 2)
    for field in dataclasses.fields(SoftmaxSums):
        expected = torch.int64 if field.name == "top_indices" else torch.float64
        assert getattr(sums, field.name).dtype == expected
    _assert_same(sums, _by_hand(logits, values, energies), rtol=1e-5)


def test_huge_logits_do_not_overflow():
    logits = torch.tensor([[-1e290, -2e290, -1e290]], dtype=torch.float64)
    sums = SoftmaxSums.of_logits(logits, torch.eye(3, dtype=torch.float64), -logits, torch.arange(3))
    torch.testing.assert_close(sums.mean, torch.tensor([[0.5, 0.0, 0.5]], dtype=torch.float64))
    assert sums.participation.item() == 0.5


def test_shifts_scales_and_placements():
    logits, values, energies, names = _problem(4, 10, 2.0)
    sums = SoftmaxSums.of_logits(logits, values, energies, names, 2)
    offset = torch.arange(4.0, dtype=torch.float64)
    torch.testing.assert_close(sums.shifted(offset).mean, sums.mean + offset)
    rise = torch.arange(3.0, dtype=torch.float64)
    torch.testing.assert_close(sums.raised(rise).log_sum, sums.log_sum + rise)
    torch.testing.assert_close(sums.raised(rise).top_weights, sums.top_weights)
    torch.testing.assert_close(sums.rescaled(2.0, 3.0).mean, 2 * sums.mean)
    torch.testing.assert_close(sums.rescaled(2.0, 3.0).mean_energy, 3 * sums.mean_energy)
    which = torch.tensor([False, True, False])
    other = SoftmaxSums.of_logits(logits[1:2] * 3, values, energies[1:2], names, 2)
    placed = sums.placed(which, other)
    assert torch.equal(placed.mean[1], other.mean[0])
    assert torch.equal(placed.mean[0], sums.mean[0])
    joined = SoftmaxSums.joined([sums, other])
    assert torch.equal(joined.log_sum, torch.cat([sums.log_sum, other.log_sum]))


def test_shapes_that_disagree_are_one_sentence():
    logits, values, energies, names = _problem(5, 10, 2.0)
    with pytest.raises(InvalidInput, match=r"must agree, but got logits \(3, 10\), values \(9, 4\)"):
        SoftmaxSums.of_logits(logits, values[:9], energies, names)
    with pytest.raises(InvalidInput, match=r"must have the same \(batch, N\) = \(3, 4\), but got \(3, 5\)"):
        SoftmaxSums.empty(3, 4).merge(SoftmaxSums.empty(3, 5))


def test_no_points_are_empty_sums():
    sums = SoftmaxSums.of_logits(torch.zeros(2, 0), torch.zeros(0, 3), torch.zeros(2, 0), torch.arange(0), 1)
    assert sums.log_max.tolist() == [-math.inf, -math.inf]
    assert sums.top_indices.tolist() == [[-1], [-1]]
