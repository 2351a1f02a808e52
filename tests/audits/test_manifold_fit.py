"""The nearest hidden manifold: the latent ratio of known manifolds, and a set that is none."""

import numpy as np
import pytest

from remanifold import HiddenManifold, audit
from remanifold.audits import answers_of
from remanifold.audits.manifold_fit import landscape_of, variance_of


@pytest.mark.parametrize("latent_dim", [4, 12])
def test_the_latent_ratio_of_a_linear_manifold_is_found(latent_dim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within 4 jackknife errors and 10 % for finite size (2000 points at N = 40)."""
    monkeypatch.setattr("remanifold.audits.manifold_fit._ACTIVATIONS", ("linear", "tanh"))
    manifold = HiddenManifold(ambient_dim=40, latent_dim=latent_dim, n_points=2000, seed=2)
    report = audit(manifold.points(), max_queries=600, fit_manifold=True)
    fit = report.manifold_fit
    assert fit is not None
    linear = next(one for one in fit.candidates if one.activation == "linear")
    allowed = 4 * fit.latent_ratio_stderr + 0.1 * latent_dim / 40
    assert abs(linear.latent_ratio - latent_dim / 40) < allowed
    assert allowed < 0.8 * latent_dim / 40
    assert fit.misfit_share < 0.05
    assert [one.misfit for one in fit.candidates] == sorted(one.misfit for one in fit.candidates)
    assert report.t_collapse is not None and fit.t_collapse is not None
    assert abs(np.log(report.t_collapse.value / fit.t_collapse)) < 15 / 40
    assert "manifold" in {answer.key for answer in answers_of(report)}
    assert 'id="manifold"' in report.to_html()


def test_separated_clusters_are_no_such_manifold() -> None:
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
