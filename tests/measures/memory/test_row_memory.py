"""Which rows are remembered: calibrated where none is, found where some are, in the order that the data foretold."""

import numpy as np
import pytest
from network_cases import EXACT, HOLDOUT, MANIFOLD, POPULATION, TRAIN, partly

from remanifold import EmpiricalScore, InvalidInput
from remanifold.measures import exposure, noise_profile
from remanifold.measures.estimates.rank_agreement import rank_agreement
from remanifold.measures.memory.audited_rows import audited_rows
from remanifold.measures.memory.denoising_loss import losses_on
from remanifold.measures.memory.memory_index import memory_levels
from remanifold.measures.memory.row_memory import row_memory

T_C = 1.0
ROWS = audited_rows(TRAIN, HOLDOUT)


def memory_of(denoiser, rows=ROWS, **options):
    return row_memory(losses_on(denoiser, rows, memory_levels(T_C)), rows, T_C, **options)


def test_without_memory_p_values_are_uniform_and_no_row_is_named():
    pooled = np.concatenate([MANIFOLD.fresh(1260)[60:], HOLDOUT])
    p_values, named = [], 0
    for k in range(10):
        sides = audited_rows(pooled[120 * k : 120 * k + 60], pooled[120 * k + 60 : 120 * k + 120])
        found = memory_of(POPULATION, sides)
        p_values.append(found.p_value)
        named += len(found.remembered) > 0
        assert abs(found.mean_gaps()[0].value) < 0.5
    shares = [np.mean(np.concatenate(p_values) <= share) for share in (0.1, 0.5)]
    assert shares == pytest.approx([0.1, 0.5], abs=0.08) and named <= 4


def test_the_rows_that_are_remembered_are_named():
    """A network that knows every fourth training row only."""
    known = np.arange(0, 80, 4)
    memory = EmpiricalScore(TRAIN[known])

    def network(x, t):
        near = np.sqrt(((x[:, None] - TRAIN[known]) ** 2).sum(-1).min(1) / 12)[:, None] < 1.3 * np.sqrt(t)
        return np.where(near, memory(x, t), POPULATION(x, t))

    found = memory_of(network)
    assert found.fewest_named <= 20
    assert len(set(found.remembered) & set(known)) >= 16
    assert len(set(found.remembered) - set(known)) <= 6
    assert np.all(np.diff(found.gap[np.searchsorted(found.rows, found.remembered)]) <= 0)


def test_the_empirical_score_remembers_every_row():
    found = memory_of(EXACT)
    assert len(found.remembered) == 80 and found.mean_gaps()[0].z(0) > 4
    assert memory_of(POPULATION).fewest_named == 14  # 80 / (0.1 * 61)


def test_the_ranking_of_the_data_comes_true_under_memory_only():
    ranking = exposure(noise_profile(ROWS.training, seed=1))
    foretold = memory_of(partly(0.5)).agreement(ranking)
    assert foretold.value > 0.4 and foretold.interval[0] > 0.2 and foretold.n == len(ranking)
    nothing = memory_of(POPULATION).agreement(ranking)
    assert nothing.value < foretold.interval[0]
    assert memory_of(partly(0.5)).agreement(ranking, seed=1).value == foretold.value


def test_copies_are_kept_apart():
    twice = np.concatenate([TRAIN, TRAIN[:10], TRAIN[:5]])
    rows = audited_rows(twice, HOLDOUT)
    found = memory_of(EmpiricalScore(twice), rows)
    assert np.array_equal(found.rows[found.duplicated], np.arange(10))
    single, double = found.mean_gaps()
    assert (single.n, double.n) == (70, 10)
    ranking = exposure(noise_profile(ROWS.training, rows=ROWS.training_rows, seed=1))
    assert found.agreement(ranking).n == sum(one.row >= 10 for one in ranking)
    assert memory_of(EXACT).mean_gaps()[1] is None


def test_the_interval_of_a_rank_correlation_covers():
    """95 +- 2 % of 600 samples of 40 normal pairs; Spearman's value for correlation r is (6/pi) asin(r/2)."""
    rng, r = np.random.default_rng(0), 0.6
    truth, covered = 6 / np.pi * np.arcsin(r / 2), 0
    for _ in range(600):
        x, y = rng.normal(size=(2, 40))
        low, high = rank_agreement(x, r * x + np.sqrt(1 - r * r) * y).interval
        covered += low < truth < high
    assert 0.92 < covered / 600 < 0.98
    assert rank_agreement(x, np.exp(x)).value == pytest.approx(1.0)
    assert rank_agreement(x, -x).interval[1] < -0.99


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: memory_of(EXACT, rate=0.0), "the false discovery rate must be a number above 0 and below 1, but"),
        (
            lambda: row_memory(losses_on(EXACT, ROWS, [3.0]), ROWS, T_C),
            "some level must lie at or below the collapse at 1, but got 3 up; pass memory_levels(t_collapse).",
        ),
        (
            lambda: memory_of(EXACT, audited_rows(TRAIN, HOLDOUT[:6])),
            "an expectation needs at least 10 hold-out rows, ",
        ),
        (lambda: memory_of(EXACT).agreement(()), "rankings need at least 5 pairs, but got shapes (0,) and (0,); pass "),
        (lambda: rank_agreement(np.ones(9), np.arange(9)), "rankings need finite numbers that are not all equal, but "),
    ],
)
def test_a_mistake_is_one_sentence(call, sentence):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value).startswith(sentence)
