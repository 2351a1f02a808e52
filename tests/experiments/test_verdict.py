"""Verdicts: z from the right errors, and a planted wrong theory is seen."""

import math

import numpy as np
import pytest

from remanifold._core.estimate import Estimate
from remanifold.experiments import against, against_draws
from remanifold.experiments.rows import same_line, weighted_line
from remanifold.experiments.verdict import against_exact_draws


def test_the_error_of_a_prediction_counts():
    assert against("x", Estimate(1.3, 0.3, 9), finite_size=1.0).z == pytest.approx(1.0)
    assert against("x", Estimate(1.3, 0.3, 9), finite_size=Estimate(1.0, 0.4, 9)).z == pytest.approx(0.6)


def test_the_limit_alone_gives_no_z():
    verdict = against("x", Estimate(1.3, 0.3, 9), theory=1.0)
    assert (verdict.theory, verdict.finite_size, verdict.z) == (1.0, None, None)


def test_one_draw_has_no_error_and_no_z():
    verdict = against("x", Estimate(1.3, math.nan, 1), finite_size=1.0)
    assert (verdict.stderr, verdict.z) == (None, None)


def test_pairing_takes_out_what_draws_share():
    rng = np.random.default_rng(3)
    spectrum = np.exp(rng.normal(0, 1, 40))  # moves measurement and prediction alike
    measured = spectrum * np.exp(rng.normal(0, 0.01, 40))
    verdict = against_draws("t", measured, predicted=spectrum)
    assert verdict.z is not None and abs(verdict.z) < 4
    assert verdict.measured and verdict.stderr
    assert verdict.stderr > 0.1 * verdict.measured  # that of the measurement alone
    planted = against_draws("t", measured, predicted=spectrum * 1.05)
    assert planted.z is not None and planted.z < -20


def test_an_error_that_all_draws_share_counts_once():
    measured = np.exp(np.random.default_rng(4).normal(0.05, 0.01, 100))
    alone, shared = (against_draws("t", measured, predicted=np.ones(100), shared_error=e).z for e in (0.0, 0.05))
    assert alone is not None and shared is not None
    assert alone > 30 and shared == pytest.approx(1.0, abs=0.1)


def test_draws_beside_others_of_the_exact_law():
    """z is standard normal, whatever the few measured draws scatter by chance; a shift is seen."""
    rng = np.random.default_rng(5)
    z = []
    for _ in range(400):
        others = rng.normal(3, 0.1, 60)
        z.append(against_exact_draws("x", np.full(4, rng.normal(3, 0.05)), others).z)
    assert abs(np.mean(z)) < 4.5 / 20
    assert np.std(z) == pytest.approx(1, abs=0.2)
    verdict = against_exact_draws("x", np.full(4, 1.1), np.exp(rng.normal(0, 0.02, 60)), logs=True)
    assert verdict.finite_size and verdict.finite_size == pytest.approx(1, abs=0.02)
    assert verdict.stderr and verdict.stderr == pytest.approx(1.1 * 0.02 / 2, rel=0.4)
    assert verdict.z and verdict.z > 4.5


def test_shares_that_miss_once_in_a_thousand_are_judged_by_counts():
    rng = np.random.default_rng(6)
    pairs = [(rng.binomial(150, 0.999, 10) / 150, rng.binomial(150, 0.999, 40) / 150) for _ in range(1000)]
    far = [abs(against_exact_draws("x", *pair, trials=150).z or 0.0) for pair in pairs]
    assert max(far) < 4.5
    planted = [abs(against_exact_draws("x", *pair).z or 0.0) for pair in pairs]  # by the scatter alone
    assert max(planted) > 6
    lost = against_exact_draws("x", rng.binomial(150, 0.99, 10) / 150, pairs[0][1], trials=150).z
    assert lost is not None and lost < -4.5


def test_draws_without_prediction_state_their_geometric_mean():
    verdict = against_draws("t", [1.0, 4.0], theory=2.0)
    assert verdict.measured == pytest.approx(2.0)
    assert verdict.z is None


def test_a_line_and_its_errors():
    x = np.array([1.0, 2.0, 4.0, 8.0])
    exact = weighted_line(x, 3 - 2 * x, np.full(4, 0.1))
    assert (exact.intercept.value, exact.slope.value) == pytest.approx((3, -2))
    assert exact.chi2 == pytest.approx(0, abs=1e-9)
    rng = np.random.default_rng(0)
    errors = np.array([0.1, 0.2, 0.1, 0.3])
    fits = [weighted_line(x, 3 - 2 * x + errors * rng.normal(size=4), errors) for _ in range(2000)]
    spread = np.std([fit.slope.value for fit in fits])
    assert spread == pytest.approx(exact_error(x, errors), rel=0.08)
    assert all(fit.slope.stderr >= exact_error(x, errors) * 0.999 for fit in fits)  # raised where points scatter more


def exact_error(x, errors) -> float:
    design = np.stack([np.ones(4), x], axis=1) / errors[:, None]
    return float(np.sqrt(np.linalg.inv(design.T @ design)[1, 1]))


def test_the_same_line_has_the_weights_of_the_measured_one_and_errors_of_its_own():
    x, errors = np.array([1.0, 2.0, 3.0, 5.0]), np.array([0.1, 0.3, 0.2, 0.4])
    values = np.array([1.0, 1.4, 2.2, 2.9])
    line = weighted_line(x, values, errors)
    exact = same_line(x, errors, [Estimate(value, 0.0, 4) for value in values])
    assert [one.value for one in exact] == pytest.approx([line.intercept.value, line.slope.value])
    assert [one.stderr for one in exact] == [0.0, 0.0]
    own = 0.05
    random = np.random.default_rng(0)
    drawn = [weighted_line(x, values + own * random.standard_normal(4), errors) for _ in range(4000)]
    told = same_line(x, errors, [Estimate(value, own, 4) for value in values])
    for one, name in zip(told, ("intercept", "slope")):
        scatter = np.std([getattr(line, name).value for line in drawn])
        assert abs(one.stderr / scatter - 1) < 5 / math.sqrt(2 * 4000)
