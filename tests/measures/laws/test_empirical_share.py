"""The place of a denoiser between two scores: the ends, mixtures, and errors against repetition."""

import math

import numpy as np
import pytest

from remanifold import EmpiricalScore, GaussianScore, HiddenManifold, InvalidInput
from remanifold.measures.laws.empirical_share import empirical_share


def answers(n=200, seed=0, t=0.5):
    """(x, empirical, population) of a linear manifold of 4 in 12 dimensions, at ``n`` hold-out rows."""
    manifold = HiddenManifold(ambient_dim=12, latent_dim=4, n_points=50, ensemble="isometric", seed=3)
    x = manifold.fresh(n, start=1000 * seed) + math.sqrt(t) * np.random.default_rng(seed).normal(size=(n, 12))
    law = GaussianScore(np.zeros(12), manifold.factor @ manifold.factor.T / 4)
    return x, EmpiricalScore(manifold.points())(x, t), law(x, t)


def test_the_ends_and_what_lies_between():
    _, empirical, law = answers()
    assert empirical_share(law, empirical, law).share.value == 0
    whole = empirical_share(empirical, empirical, law)
    assert (whole.share.value, whole.aside) == (1, pytest.approx(0, abs=1e-12))
    assert whole.apart == pytest.approx(math.sqrt(((empirical - law) ** 2).mean()))
    part = empirical_share(0.3 * empirical + 0.7 * law, empirical, law)
    assert part.share.value == pytest.approx(0.3)
    assert part.share.stderr == pytest.approx(0, abs=1e-12)
    assert part.aside == pytest.approx(0, abs=1e-12)


def test_what_is_no_mixture_lies_aside():
    _, empirical, law = answers()
    other = np.random.default_rng(1).normal(size=law.shape)
    across = empirical - law
    other -= (other * across).sum() / (across * across).sum() * across
    found = empirical_share(law + 0.2 * across + other, empirical, law)
    assert found.share.value == pytest.approx(0.2)
    assert found.aside == pytest.approx(np.linalg.norm(other) / np.linalg.norm(across))


def test_shapes_of_pictures():
    _, empirical, law = answers(20)
    flat = empirical_share(0.5 * (empirical + law), empirical, law)
    shaped = [values.reshape(20, 3, 4) for values in (0.5 * (empirical + law), empirical, law)]
    assert empirical_share(*shaped) == flat


def test_the_error_is_that_of_repetition():
    """A denoiser whose share differs from row to row: 100 sets of 40 rows; the mean error is known to about 7 %."""
    shares, errors = [], []
    for seed in range(100):
        x, empirical, law = answers(40, seed)
        weight = 1 / (1 + np.exp(2 * x[:, :1]))
        found = empirical_share(law + weight * (empirical - law), empirical, law)
        shares.append(found.share.value)
        errors.append(found.share.stderr)
    ratio = np.mean(errors) / np.std(shares, ddof=1)
    assert abs(math.log(ratio)) < 0.3
    assert abs(math.log(ratio * math.sqrt(39))) > 0.3  # planted: the error of one row
    assert abs(math.log(ratio / math.sqrt(2))) > 0.3  # planted: of twice the rows


def test_bad_answers():
    _, empirical, law = answers(5)
    with pytest.raises(InvalidInput, match="same rows"):
        empirical_share(law[:4], empirical, law)
    with pytest.raises(InvalidInput, match="at least 2 rows"):
        empirical_share(law[:1], empirical[:1], law[:1])
    with pytest.raises(InvalidInput, match="must differ"):
        empirical_share(law, law, law)
