"""The numbers that the page computes in real Chromium, against Python."""

import numpy as np
import pytest

from remanifold import EmpiricalScore, audit, noise_profile, phases
from remanifold.networks import load_ground_truth
from remanifold.sampling.steps import METHODS

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


@pytest.mark.parametrize(("count", "dim"), [(60, 2), (120, 12)])
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


def test_the_levels_of_the_digits_are_those_that_other_pages_print(opened):
    page, _ = opened("part=tasks")
    profile = noise_profile(load_ground_truth("digits-100-seed0").training.astype(np.float64), threads=1)
    for name in ("onset", "collapse", "generalization"):
        got = page.evaluate(f"explorer.facts.digits.levels[100].{name}.sigma")
        assert got == pytest.approx(getattr(profile, f"t_{name}").sigma, rel=1e-9)


@pytest.mark.parametrize("size", ["100", "1400"])
def test_the_networks_answer_as_in_torch(opened, size):
    page, _ = opened("part=tasks")
    network, rows, _, _ = load_ground_truth(f"digits-{size}-seed0")
    x = rows[:6].reshape(6, 64).astype(np.float64)
    ask = "([size, x, t]) => x.map((one) => Array.from(explorer.networkMean(explorer.digits.networkOf(size), one, t)))"
    for t in (1e-3, 0.05, 1.0, 30.0):
        noised = x + np.sqrt(t) * np.random.default_rng(2).normal(size=x.shape)
        expected = np.asarray(network(noised.reshape(6, 8, 8), t)).reshape(6, 64)
        assert np.abs(np.array(page.evaluate(ask, [size, noised.tolist(), t])) - expected).max() < 1e-3


def test_the_tables_say_what_the_theory_says(opened):
    """Between the tables' entries: 1 % in sigma in the limit, 3 % at finite size."""
    page, _ = opened("part=tasks&activation=linear")
    ask = """([kind, latent, ambient, count, finite]) => explorer.structure.sigmaOf(kind,
      {latent, ambient, logPoints: Math.log(count), finite})"""
    for latent, ambient, count in ((8, 64, 1000), (11, 40, 30000), (30, 30, 500)):
        theory = phases(n_points=count, ambient_dim=ambient, latent_dim=latent, ensemble="isometric")
        unit = np.sqrt(latent / ambient)
        for kind in ("onset", "collapse", "generalization"):
            got = [page.evaluate(ask, [kind, latent, ambient, count, finite]) for finite in (False, True)]
            assert got[0] == pytest.approx(getattr(theory, f"t_{kind}").sigma * unit, rel=0.01)
            assert got[1] == pytest.approx(getattr(theory.finite_size, f"t_{kind}").sigma * unit, rel=0.03)


@pytest.mark.parametrize(
    ("activation", "latent", "ambient", "count", "off"),
    [("tanh", 8, 8, 100, 0.002), ("relu", 4, 15, 100, 0.002), ("tanh", 6, 12, 1000, 0.03)],
)
def test_finite_sizes_of_nonlinear_maps_are_those_of_the_theory(opened, activation, latent, ambient, count, off):
    """At an entry of the tables up to their rounding; between entries ``off`` in sigma, and 3 errors of both."""
    page, _ = opened(f"part=tasks&activation={activation}")
    ask = """([kind, latent, ambient, count]) => explorer.structure.sigmaOf(kind,
      {latent, ambient, logPoints: Math.log(count), finite: true})"""
    theory = phases(n_points=count, ambient_dim=ambient, latent_dim=latent, activation=activation, accuracy=0.1)
    for kind in ("onset", "collapse", "generalization"):
        expected = getattr(theory.finite_size, f"t_{kind}")
        got = page.evaluate(ask, [kind, latent, ambient, count])
        errors = 3 * expected.log_stderr / 2 * np.sqrt(2) if off > 0.01 else 0
        assert abs(np.log(got / (expected.sigma * np.sqrt(latent / ambient)))) < off + errors


def test_where_no_size_was_sampled_the_page_has_the_limit_alone_and_errors_are_told(opened):
    page, _ = opened("part=structure&activation=tanh&latent=8&ambient=30&logp=3")
    ask = """([latent, ambient, finite]) => explorer.structure.sigmaOf("collapse",
      {latent, ambient, logPoints: Math.log(1000), finite})"""
    assert page.evaluate(ask, [8, 30, True]) != page.evaluate(ask, [8, 30, False])
    for latent, ambient in ((8, 90), (32, 32)):
        assert page.evaluate(ask, [latent, ambient, True]) is None and page.evaluate(ask, [latent, ambient, False]) > 0
    assert "\u00a0±\u00a0" in page.locator("#structure-now").inner_text()
    assert "at this size" in page.locator("#structure-key").inner_text()


def test_own_rows_and_their_levels_are_those_given(opened, own_rows):
    page, _ = opened("part=own")
    facts = page.evaluate("({rows: Array.from(explorer.own.rows), numbers: explorer.facts.own.rows})")
    assert np.array_equal(np.reshape(facts["rows"], (-1, 6, 6)), own_rows[facts["numbers"]])
    report = audit(own_rows, threads=1)
    levels = page.evaluate("explorer.facts.own.levels")
    assert levels["collapse"]["t"] == pytest.approx(float(report.t_collapse), rel=1e-6)


@pytest.mark.parametrize(("method", "scheme"), [("sde", "exponential"), ("flow", "ode-euler")])
def test_a_step_down_is_that_of_the_sampler(opened, method, scheme):
    page, _ = opened("part=tasks")
    x, mean, noise = np.random.default_rng(3).normal(size=(3, 1, 5))
    expected = METHODS[scheme](lambda state, t: mean, x, 0.7, 0.4, lambda: noise)
    ask = "([method, x, mean, noise]) => { explorer.stepDown(method, x, mean, 0.7, 0.4, noise); return x; }"
    got = page.evaluate(ask, [method, x[0].tolist(), mean[0].tolist(), noise[0].tolist()])
    assert np.abs(np.array(got) - expected[0]).max() < 1e-12
