"""The numbers that the page computes in real Chromium, against Python."""

import numpy as np
import pytest

from remanifold import EmpiricalScore, noise_profile

pytestmark = pytest.mark.browser
LEVELS = "([rows, dim, draws]) => explorer.noiseLevels(Float64Array.from(rows), dim, {draws, seed: 3})"


def points(count, dim, seed=0):
    """A bent cloud, no two points alike."""
    x = np.random.default_rng(seed).normal(size=(count, dim))
    x[:, 1] = x[:, 0] ** 2 / 2 + 0.2 * x[:, 1]
    return x


@pytest.mark.parametrize("dim", [2, 64])
def test_the_score_is_that_of_python(opened, dim):
    page, _ = opened("part=fall&at=5")
    rows, x = points(80, dim), points(20, dim, seed=1)
    score = EmpiricalScore(rows)
    ask = """([rows, dim, x, t]) => { const flat = Float64Array.from(rows);
      return x.map((one) => Array.from(explorer.empiricalScore(flat, dim, one, t))); }"""
    for t in (1e-3, 0.05, 1.0, 30.0):
        expected = (np.asarray(score.denoise(x, t)) - x) / t
        got = page.evaluate(ask, [rows.ravel().tolist(), dim, x.tolist(), t])
        assert np.abs(np.array(got) - expected).max() < 1e-6 * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize(("count", "dim"), [(60, 2), (200, 2), (120, 12)])
def test_all_three_levels_are_those_of_the_noise_profile(opened, count, dim):
    """Onset and best stop have no noise in them: 1e-4. The collapse has: 5 standard errors of the draws, of which the
    page has 4 and Python 16; the spread between rows, the same rows on both sides, is no part of them."""
    page, _ = opened("part=fall&at=5")
    rows = points(count, dim)
    got = page.evaluate(LEVELS, [rows.ravel().tolist(), dim, 4])
    profile = noise_profile(rows, n_draws=16, threads=1)
    assert got["onset"]["t"] == pytest.approx(float(profile.t_onset), rel=1e-4)
    assert got["generalization"]["t"] == pytest.approx(float(profile.t_generalization), rel=1e-4)
    for name in ("onset", "collapse", "generalization"):
        expected = getattr(profile, f"t_{name}")
        assert got[name]["stderr"] == pytest.approx(expected.stderr, rel=0.25)
        assert abs(np.log(got[name]["t"]) - expected.log.value) < expected.log_stderr
    spread = [page.evaluate(LEVELS.replace("seed: 3", f"seed: {k}"), [rows.ravel().tolist(), dim, 4]) for k in range(4)]
    logs = np.log([one["collapse"]["t"] for one in spread])
    error = logs.std(ddof=1) * np.sqrt(1 / 4 + 1 / 16)
    assert abs(logs.mean() - profile.t_collapse.log.value) < 5 * error + 0.01


def test_a_planted_mistake_in_the_levels_is_found(opened):
    page, _ = opened("part=fall&at=5")
    rows = points(120, 12)
    got = page.evaluate(LEVELS, [(1.1 * rows).ravel().tolist(), 12, 4])
    assert got["onset"]["t"] != pytest.approx(float(noise_profile(rows, threads=1).t_onset), rel=1e-2)
