"""The nearest hidden manifold: the latent ratio of known manifolds, and a set that is none."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from remanifold import HiddenManifold, audit, open_points
from remanifold._core.progress import silent
from remanifold.audits import AuditReport, answers_of
from remanifold.audits.answers.theory import manifold

# the parts of the fit, held against rows drawn from a theory that is known
from remanifold.audits.data.manifold_fit import _jackknife, _theory, _trial, landscape_of, nearest_manifold, variance_of
from remanifold.audits.records.models import ManifoldFit
from remanifold.measures import NoiseProfile, noise_profile


@pytest.mark.parametrize("latent_dim", [4, 12])
def test_the_latent_ratio_of_a_linear_manifold_is_found(latent_dim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within 4 jackknife errors and 10 % for finite size (2000 points at N = 40)."""
    monkeypatch.setattr("remanifold.audits.data.manifold_fit._ACTIVATIONS", ("linear", "tanh"))  # six take minutes
    manifold = HiddenManifold(ambient_dim=40, latent_dim=latent_dim, n_points=2000, seed=2)
    report = audit(manifold.points(), max_queries=600, fit_manifold=True)
    fit = report.manifold_fit
    assert fit is not None
    linear = next(one for one in fit.candidates if one.activation == "linear")
    allowed = 4 * fit.latent_ratio.stderr + 0.1 * latent_dim / 40
    assert abs(linear.latent_ratio - latent_dim / 40) < allowed
    assert allowed < 0.8 * latent_dim / 40
    assert fit.misfit_share < 0.05
    assert [one.misfit for one in fit.candidates] == sorted(one.misfit for one in fit.candidates)
    assert report.t_collapse is not None and fit.t_collapse is not None
    assert abs(np.log(report.t_collapse.value / fit.t_collapse)) < 15 / 40
    assert "manifold" in {answer.key for answer in answers_of(report)}
    assert 'id="manifold"' in report.to_html()


def test_separated_clusters_are_no_such_manifold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remanifold.audits.data.manifold_fit._ACTIVATIONS", ("linear", "tanh"))  # six take minutes
    rng = np.random.default_rng(0)
    centres = 10 * rng.normal(size=(8, 30))
    report = audit(
        centres[rng.integers(0, 8, 800)] + 0.3 * rng.normal(size=(800, 30)), max_queries=80, fit_manifold=True
    )
    assert report.manifold_fit is not None
    assert report.manifold_fit.misfit_share > 0.05
    answer = next(answer for answer in answers_of(report) if answer.key == "manifold")
    assert answer.concern


def test_without_the_option_there_is_no_answer() -> None:
    report = audit(HiddenManifold(ambient_dim=10, latent_dim=3, n_points=100, seed=1).points(), max_queries=20)
    assert report.manifold_fit is None
    assert "manifold" not in {answer.key for answer in answers_of(report)}


@pytest.mark.parametrize(
    ("name", "variance"), [("linear", 1.0), ("relu", 0.5 - 0.5 / np.pi), ("sign", 1.0), ("erf", 1 / 3)]
)
def test_variance_of_an_activation(name: str, variance: float) -> None:
    assert variance_of(name) == pytest.approx(variance, rel=1e-3)


def test_candidates_carry_less_information_at_more_noise() -> None:
    landscape = landscape_of("tanh", 0.3)
    assert landscape.entropy_deficit(1 / 0.2, 0.2) > landscape.entropy_deficit(1 / 0.4, 0.4) > 0


def fitted(activation: str, latent_dim: int, among: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> ManifoldFit:
    monkeypatch.setattr("remanifold.audits.data.manifold_fit._ACTIVATIONS", among)  # six take minutes
    profile, std = measured(activation, latent_dim)
    fit, _ = nearest_manifold(profile, std, silent)
    assert fit is not None
    return fit


@cache
def measured(activation: str, latent_dim: int) -> tuple[NoiseProfile, float]:
    data = HiddenManifold(ambient_dim=40, latent_dim=latent_dim, n_points=4000, activation=activation, seed=1).points()
    data = np.unique(data, axis=0)  # sign repeats a few
    return noise_profile(open_points(data), max_queries=400, threads=1), float(np.sqrt(data.var(axis=0).mean()))


def answer_about(fit: ManifoldFit, sample: AuditReport) -> str:
    answer = manifold(replace(sample, manifold_fit=fit))
    assert answer is not None
    return answer.answer


def test_what_cannot_be_told_apart_is_not(sample: AuditReport, monkeypatch: pytest.MonkeyPatch) -> None:
    """A linear manifold of 4 dimensions: sign is excluded, tanh is not, and the spread of D/N is that of the two."""
    fit = fitted("linear", 4, ("linear", "tanh", "sign"), monkeypatch)
    by_name = {one.activation: one for one in fit.candidates}
    assert fit.activation == "linear" and by_name["linear"].behind.value == 0
    assert by_name["linear"].alike and by_name["tanh"].alike and not by_name["sign"].alike
    ratios = sorted((by_name["linear"].latent_ratio, by_name["tanh"].latent_ratio))
    assert fit.latent_ratio_range == tuple(ratios)
    words = answer_about(fit, sample)
    assert "not told apart from tanh; over these the latent ratio is 0.0" in words and "sign" not in words


def test_the_true_activation_is_not_excluded_by_an_error_of_the_theory(
    sample: AuditReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sign data are nearer to the linear theory by many errors of the query rows: finite size does that."""
    # the same two theories for both fits
    monkeypatch.setattr("remanifold.audits.data.manifold_fit._theory", cache_by_name(_theory))
    fit = fitted("sign", 12, ("linear", "sign"), monkeypatch)
    assert fit.activation == "linear"
    true = fit.candidates[1]
    assert true.activation == "sign" and true.behind.z(0) > 5 and true.alike
    monkeypatch.setattr("remanifold.audits.data.manifold_fit._FINITE_SIZE", 0.0)  # planted: a theory without error
    planted = fitted("sign", 12, ("linear", "sign"), monkeypatch)
    assert not planted.candidates[1].alike
    assert "No other activation of those tried" in answer_about(planted, sample)


def cache_by_name(theory: Callable[..., CubicSpline]) -> Callable[..., CubicSpline]:
    """``theory`` computed once a name: the levels do not change within a test."""
    known: dict[str, CubicSpline] = {}

    def cached(name: str, *rest: Any) -> CubicSpline:
        if name not in known:
            known[name] = theory(name, *rest)
        return known[name]

    return cached


def test_the_paired_error_is_that_of_new_rows() -> None:
    """Jackknife over rows of a smooth toy theory: common noise of the rows cancels in the difference."""
    rng = np.random.default_rng(0)
    nodes, levels = np.linspace(-3, 0, 20), np.linspace(1, 3, 6)
    one = CubicSpline(nodes, np.exp(nodes)[:, None] * levels)
    other = CubicSpline(nodes, np.exp(nodes)[:, None] * levels**1.1)
    rows = 0.3 * levels + 0.2 * rng.normal(size=(400, 1)) + 0.05 * rng.normal(size=(400, 6))
    trials = [_trial(name, theory, rows) for name, theory in (("a", one), ("b", other))]
    differences = trials[1].left_out[:, 1] - trials[0].left_out[:, 1]
    apart = np.hypot(*(_jackknife(trial.left_out[:, 1]) for trial in trials))
    assert 0 < _jackknife(differences) < 1.5 * apart
    repeats = []
    for seed in range(60):
        again = np.random.default_rng(100 + seed)
        drawn = 0.3 * levels + 0.2 * again.normal(size=(400, 1)) + 0.05 * again.normal(size=(400, 6))
        a, b = (_trial(name, theory, drawn).all_queries[1] for name, theory in (("a", one), ("b", other)))
        repeats.append(b - a)
    assert 0.3 < _jackknife(differences) / np.std(repeats) < 3  # eight blocks: the error has an error of a quarter
