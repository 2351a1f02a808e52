"""The latent mixture: its weights, its moments, its sentences."""

import math

import numpy as np
import pytest

from remanifold._core.errors import InvalidInput
from remanifold.manifolds import HiddenManifold, LatentMixture


def test_weights_means_and_scale_are_those_asked_for():
    mixture = LatentMixture([[3.0, 0.0], [0.0, 3.0], [-3.0, 0.0]], [0.6, 0.3, 0.1], scale=0.5)
    manifold = HiddenManifold(ambient_dim=2, latent_dim=2, n_points=30000, mixture=mixture)
    labels, z = manifold.labels(), manifold.latents()
    for k, weight in enumerate(mixture.weights):
        error = math.sqrt(weight * (1 - weight) / len(labels))
        share = (labels == k).mean()
        assert abs(share - weight) < 5 * error
        assert abs(share - 1 / 3) > 5 * error  # planted: equal weights
        deviation = z[labels == k] - mixture.means[k]
        assert np.abs(deviation.mean(0)).max() < 5 * 0.5 / math.sqrt(len(deviation))
        assert abs(deviation.var() - 0.25) < 5 * 0.25 * math.sqrt(2 / deviation.size)


def test_held_out_labels_have_their_own_stream():
    mixture = LatentMixture([[50.0], [-50.0]])
    manifold = HiddenManifold(ambient_dim=1, latent_dim=1, n_points=2000, mixture=mixture)
    agree = (np.sign(manifold.fresh(2000)) == np.sign(manifold.points())).mean()
    assert abs(agree - 0.5) < 5 * 0.5 / math.sqrt(2000)


def test_two_modes_are_opposite_with_the_norm_asked_for():
    mixture = LatentMixture.two_modes(7, squared_norm=5.0)
    assert (mixture.means**2).sum(1) == pytest.approx([5, 5])
    assert mixture.means.sum(0) == pytest.approx(np.zeros(7))
    assert mixture.weights.tolist() == [0.5, 0.5]
    assert mixture.scale == 1.0


def test_scale_zero_gives_the_means_themselves():
    mixture = LatentMixture([[1.0, 2.0]], scale=0)
    manifold = HiddenManifold(ambient_dim=2, latent_dim=2, n_points=3, mixture=mixture)
    assert (manifold.latents() == [1.0, 2.0]).all()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (([1.0, 2.0],), r"the means must be a \(K, D\) array, but got shape \(2,\)"),
        (([[math.inf]],), "the means must be finite"),
        (([[1.0], [2.0]], [1.0]), r"the weights must be 2 numbers, one per mode, but got shape \(1,\)"),
        (([[1.0], [2.0]], [0.5, 0.6]), "the weights must be positive and sum to 1"),
        (([[1.0], [2.0]], [1.5, -0.5]), "the weights must be positive and sum to 1"),
        (([[1.0], [2.0]], [math.nan, 0.5]), "the weights must be positive and sum to 1"),
        (([[1.0]], [1.0], -1.0), "the scale must be a number of at least 0, but got -1.0"),
    ],
)
def test_bad_mixtures_are_one_sentence(args, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        LatentMixture(*args)


def test_bad_two_modes_are_one_sentence():
    with pytest.raises(InvalidInput, match="the latent dimension must be a whole number of at least 1, but got 0"):
        LatentMixture.two_modes(0, 1.0)
    with pytest.raises(InvalidInput, match="the squared norm must be a number of at least 0, but got -1"):
        LatentMixture.two_modes(3, -1)
