"""The rank test of memory keeps its rate of false alarms, and finds rows that a denoiser remembers."""

import numpy as np
import pytest

from remanifold import EmpiricalScore, GaussianScore, HiddenManifold, InvalidInput
from remanifold.measures.memory.denoising_loss import denoising_losses
from remanifold.measures.memory.group_tests import lower_test, sparse_share
from remanifold.measures.memory.memory_test import memory_test, unexplained_logs

MANIFOLD = HiddenManifold(ambient_dim=12, latent_dim=5, n_points=1500, seed=1)
LEVELS = [0.25, 0.5, 1.0, 2.0, 4.0]
LOW, HIGH = slice(0, 3), slice(3, 5)
CASES = 1500


@pytest.fixture(scope="module")
def exchangeable():
    """Losses of 3000 rows under a denoiser that memorizes a third set."""
    third = EmpiricalScore(HiddenManifold(ambient_dim=12, latent_dim=5, n_points=300, seed=1).fresh(200))
    rows = MANIFOLD.points(), MANIFOLD.fresh(2000)[500:]
    found = denoising_losses(third, *rows, LEVELS, draws=1)
    return np.concatenate([found.training, found.holdout])


def false_alarms(losses, n, m, cases=CASES, controlled=True, spoil=lambda side: side, **options):
    """Share of random divisions of the rows that the test rejects."""
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(cases):
        rows = rng.choice(len(losses), n + m, replace=False)
        sides = spoil(losses[rows[:n]]), spoil(losses[rows[n:]])
        above = tuple(side[:, HIGH] for side in sides) if controlled else None
        hits += memory_test(*(side[:, LOW] for side in sides), controls=above, **options).rejected
    return hits / cases


@pytest.mark.parametrize(
    ("n", "m", "options"), [(60, 40, {}), (25, 100, {}), (60, 40, {"two_sided": True}), (60, 40, {"controlled": False})]
)
def test_five_percent_of_exchangeable_cases_are_rejected(exchangeable, n, m, options):
    """1500 cases: the share has a standard error of 0.56 %. Rates of 4000 cases: docs/howto/networks.md."""
    assert 0.04 < false_alarms(exchangeable, n, m, **options) < 0.06


def test_a_row_counted_once_a_draw_would_give_false_alarms(exchangeable):
    """Planted: four draws of a row taken for four rows."""

    assert false_alarms(exchangeable, 60, 40, 300, spoil=lambda side: np.tile(side, (4, 1))) > 0.12


def test_controls_of_one_side_only_would_give_false_alarms(exchangeable):
    """Planted: what is taken off must not look at the sides."""
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(300):
        rows = rng.choice(len(exchangeable), 100, replace=False)
        a, b = exchangeable[rows[:60]], exchangeable[rows[60:]]
        hits += memory_test(a[:, LOW], b[:, LOW], controls=(a[:, HIGH], b[:, HIGH] * 0.5)).rejected
    assert hits / 300 > 0.12


def test_memory_is_found_and_controls_help():
    small = HiddenManifold(ambient_dim=12, latent_dim=5, n_points=100, seed=3)
    exact, population = EmpiricalScore(small.points()), GaussianScore.of(small)

    def partly(x, t):
        """A seventh of the way to the exact score."""
        return population(x, t) + 0.15 * (exact(x, t) - population(x, t))

    for denoiser, most in ((exact, 1e-9), (partly, 1e-3)):
        found = denoising_losses(denoiser, small.points(), small.fresh(60), LEVELS)
        low = found.training[:, LOW], found.holdout[:, LOW]
        test = memory_test(*low, controls=(found.training[:, HIGH], found.holdout[:, HIGH]))
        assert test.p_value < most and test.share.z(0.5) > 3
    assert test.p_value < memory_test(*low).p_value / 10
    swapped = memory_test(*reversed(low))
    assert not swapped.rejected and swapped.share.value == pytest.approx(1 - memory_test(*low).share.value)


def test_losses_that_are_all_equal_tell_nothing():
    found = memory_test(np.ones((5, 2)), np.ones((4, 2)))
    assert (found.p_value, found.share.value, found.rejected) == (1.0, 0.5, False)


def test_a_mistake_is_one_sentence():
    with pytest.raises(
        InvalidInput, match=r"level of a test must be a number above 0 and below 1, but got 5; pass e\.g\. 0\.05\."
    ):
        memory_test(np.ones((5, 2)), np.ones((4, 2)), level=5)
    with pytest.raises(InvalidInput, match="needs rows on both sides, but got 0 and 4"):
        memory_test(np.ones((0, 2)), np.ones((4, 2)))


def test_rows_remembered_above_the_collapse_too_do_not_explain_themselves():
    """A fit that they draw, or that takes their low losses at high noise for ease, would hide them."""
    rng = np.random.default_rng(4)
    ease = rng.normal(size=(600, 1))
    low, high = (np.exp(0.2 * ease + 0.05 * rng.normal(size=(600, 3))) for _ in range(2))
    low[:45] *= np.exp(-1.5)
    high[:45] *= np.exp(-2.0)
    own, others = unexplained_logs(low[:400], low[400:], (high[:400], high[400:]))
    assert lower_test(own[:45], others) < 1e-15 and sparse_share(own, others, draws=1000) < 0.002
    fresh = np.exp(0.2 * ease + 0.05 * rng.normal(size=(600, 3)))
    own, others = unexplained_logs(fresh[:400], fresh[400:], (high[:400], high[400:]))
    assert abs(lower_test(own[45:], others) - 0.5) < 0.49
