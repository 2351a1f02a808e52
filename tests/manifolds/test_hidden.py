"""Hidden manifolds: slices are parts of the whole, and the first two moments are those of the model."""

import json
import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold._core.errors import InvalidInput
from remanifold.manifolds import ACTIVATIONS, HiddenManifold, LatentMixture

_MIXED = LatentMixture(np.eye(3, 7) * 4, [0.5, 0.3, 0.2], 0.7)


@settings(max_examples=60, deadline=None)
@given(
    start=st.integers(0, 300),
    length=st.integers(0, 300),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    mixture=st.sampled_from([None, _MIXED]),
)
def test_a_slice_is_bit_for_bit_a_part_of_the_whole(start, length, activation, mixture):
    args = {"ambient_dim": 23, "latent_dim": 7, "activation": activation, "mixture": mixture, "seed": 5}
    stop = min(300, start + length)
    whole = HiddenManifold(n_points=300, **args)
    longer = HiddenManifold(n_points=10**12, **args)  # P decides nothing but the end
    assert np.array_equal(whole.points(start, stop), whole.points()[start:stop])
    assert np.array_equal(longer.points(start, stop), whole.points(start, stop))
    assert np.array_equal(whole.latents(start, stop), whole.latents()[start:stop])
    assert np.array_equal(whole.labels(start, stop), whole.labels()[start:stop])
    assert np.array_equal(whole.fresh(length, start), whole.fresh(600)[start : start + length])


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_points_follow_the_definition(activation):
    g = {
        "linear": lambda u: u,
        "tanh": math.tanh,
        "relu": lambda u: max(u, 0.0),
        "sign": lambda u: math.copysign(1.0, u),
        "erf": lambda u: math.erf(u / math.sqrt(2)),
        "leaky-relu": lambda u: u if u > 0 else 0.1 * u,
        "sine": math.sin,
    }[activation]
    manifold = HiddenManifold(ambient_dim=6, latent_dim=3, n_points=4, activation=activation)
    z, f = manifold.latents(), manifold.factor
    by_hand = [[g(sum(f[i, k] * z[m, k] for k in range(3)) / math.sqrt(3)) for i in range(6)] for m in range(4)]
    assert manifold.points() == pytest.approx(np.array(by_hand), rel=1e-12)


def test_sign_of_zero_is_one():
    assert ACTIVATIONS["sign"](np.zeros(2)).tolist() == [1.0, 1.0]


def _covariance_z(points, covariance):
    """Largest deviation of the sample second moments from ``covariance``, in standard errors of Gaussian data."""
    n = len(points)
    diagonal = np.diag(covariance)
    error = np.sqrt((covariance**2 + np.outer(diagonal, diagonal)) / n)  # var(x_i x_j) = C_ij^2 + C_ii C_jj
    return np.abs((points.T @ points / n - covariance) / error).max()


@pytest.mark.parametrize("ensemble", ["gaussian", "isometric", "power-law"])
def test_linear_points_have_covariance_of_the_factor(ensemble):
    exponent = 1.5 if ensemble == "power-law" else None
    manifold = HiddenManifold(ambient_dim=12, latent_dim=5, n_points=20000, ensemble=ensemble, exponent=exponent)
    points, covariance = manifold.points(), manifold.factor @ manifold.factor.T / 5
    assert _covariance_z(points, covariance) < 5
    assert np.abs(points.mean(0) / np.sqrt(np.diag(covariance) / len(points))).max() < 5
    assert _covariance_z(points, covariance * 1.1) > 5  # planted: 10 % too large
    assert _covariance_z(points, np.diag(np.diag(covariance))) > 5  # planted: no correlations


def test_held_out_points_are_others_of_the_same_law():
    manifold = HiddenManifold(ambient_dim=12, latent_dim=5, n_points=20000)
    fresh = manifold.fresh(20000)
    assert _covariance_z(fresh, manifold.factor @ manifold.factor.T / 5) < 5
    train = manifold.points()
    correlation = (fresh * train).sum(1).mean() / (train**2).sum(1).mean()
    assert abs(correlation) < 5 * math.sqrt(1 / (20000 * 3))  # about 3-4 effective directions: sd of the overlap
    same = (train * manifold.points()).sum(1).mean() / (train**2).sum(1).mean()
    assert same > 5 * math.sqrt(1 / (20000 * 3))  # planted: the training points themselves


def test_trace_is_one_per_coordinate_in_every_ensemble():
    sizes = {"ambient_dim": 200, "latent_ratio": 0.3, "n_points": 1}
    exact = [HiddenManifold(ensemble="isometric", **sizes), HiddenManifold(ensemble="power-law", exponent=1.2, **sizes)]
    for manifold in exact:
        assert (manifold.factor**2).sum() / 60 / 200 == pytest.approx(1, rel=1e-12)
    drawn = HiddenManifold(**sizes)
    error = math.sqrt(2 / (200 * 60))  # of a mean of squares of N D normal numbers
    assert abs((drawn.factor**2).sum() / 60 / 200 - 1) < 5 * error


def test_isometric_columns_are_orthogonal_and_uniform():
    manifold = HiddenManifold(ambient_dim=30, latent_dim=10, n_points=1, ensemble="isometric")
    assert manifold.factor.T @ manifold.factor == pytest.approx(30 * np.eye(10), abs=1e-11)
    assert manifold.spectrum == pytest.approx(np.full(10, 3.0))
    entries = np.array(
        [
            HiddenManifold(ambient_dim=3, latent_dim=2, n_points=1, ensemble="isometric", seed=s).factor[0, 0]
            for s in range(400)
        ]
    )
    assert abs(entries.mean()) < 5 * entries.std() / 20  # Haar: no preferred sign (QR alone gives one)


def test_gaussian_spectrum_ends_at_the_marchenko_pastur_edges():
    n, d = 400, 120
    ends = np.array(
        [HiddenManifold(ambient_dim=n, latent_dim=d, n_points=1, seed=s).spectrum[[0, -1]] for s in range(12)]
    )
    # Johnstone's centring: d * eigenvalue = edge + width * Tracy-Widom, mean -1.21, sd 1.27; .2 for finite size
    for end, sign in zip(ends.T * d, (1, -1)):
        edge = (math.sqrt(n) + sign * math.sqrt(d)) ** 2
        width = sign * (math.sqrt(n) + sign * math.sqrt(d)) * (1 / math.sqrt(d) + sign / math.sqrt(n)) ** (1 / 3)
        assert abs((end.mean() - edge) / width + 1.21) < 5 * 1.27 / math.sqrt(12) + 0.2
        assert abs((end.mean() - 1.1 * edge) / width + 1.21) > 5 * 1.27 / math.sqrt(12) + 0.2  # planted: 10 % off


def test_power_law_and_own_spectra_are_the_spectra_of_the_factor():
    manifold = HiddenManifold(ambient_dim=50, latent_dim=8, n_points=1, ensemble="power-law", exponent=1.0)
    l = 1 / np.arange(1, 9)
    assert manifold.spectrum == pytest.approx(50 * l / l.sum(), rel=1e-10)
    own = HiddenManifold(ambient_dim=50, spectrum=[5.0, 2.0, 0.0], n_points=1)
    assert own.spectrum == pytest.approx([5, 2, 0], abs=1e-12)
    covariance = own.factor @ own.factor.T / 3
    assert np.linalg.eigvalsh(covariance)[-3:] == pytest.approx([0, 2, 5], abs=1e-12)
    steep = HiddenManifold(ambient_dim=50, latent_dim=40, n_points=1, ensemble="power-law", exponent=300.0)
    assert steep.spectrum[0] == pytest.approx(50)


def test_own_factor_with_more_latents_than_coordinates():
    f = np.arange(12.0).reshape(2, 6)
    manifold = HiddenManifold(factor=f, n_points=3)
    assert (manifold.ambient_dim, manifold.latent_dim, manifold.ensemble) == (2, 6, "factor")
    assert manifold.points() == pytest.approx(manifold.latents() @ f.T / math.sqrt(6))
    assert manifold.spectrum == pytest.approx(np.linalg.eigvalsh(f @ f.T / 6)[::-1])


def test_two_modes_on_the_identity():
    n = 16
    manifold = HiddenManifold(
        factor=math.sqrt(n) * np.eye(n), n_points=20000, mixture=LatentMixture.two_modes(n, squared_norm=n)
    )
    points, labels = manifold.points(), manifold.labels()
    assert abs(labels.mean() - 0.5) < 5 * 0.5 / math.sqrt(20000)
    for k, sign in enumerate((1, -1)):
        mode = points[labels == k]
        assert np.abs((mode.mean(0) - sign) * math.sqrt(len(mode))).max() < 5  # |m|^2 = N: every coordinate +-1
        assert abs(mode.var(axis=0).mean() - 1) < 5 * math.sqrt(2 / mode.size)


def test_sizes_from_load_and_ratio():
    manifold = HiddenManifold(ambient_dim=40, latent_ratio=0.3, load=0.15)
    assert (manifold.latent_dim, manifold.n_points) == (12, round(math.exp(6)))
    assert manifold.load == pytest.approx(0.15, abs=1e-4)
    assert manifold.latent_ratio == 0.3


def test_description_is_json_and_says_what_was_drawn():
    described = json.loads(
        json.dumps(HiddenManifold(ambient_dim=9, latent_dim=7, n_points=4, mixture=_MIXED).describe())
    )
    assert described["ensemble"] == "gaussian"
    assert described["n_points"] == 4
    assert described["mixture"] == {"weights": [0.5, 0.3, 0.2], "scale": 0.7}
    assert json.loads(json.dumps(HiddenManifold(ambient_dim=9, latent_dim=7, n_points=4).describe()))["mixture"] is None


def test_a_manifold_is_frozen_and_prints_its_sizes():
    manifold = HiddenManifold(ambient_dim=9, latent_dim=3, n_points=4)
    with pytest.raises(FrozenInstanceError):
        manifold.seed = 1
    assert repr(manifold) == "HiddenManifold(N=9, D=3, P=4, linear, gaussian, seed=0)"


def test_seeds_change_the_factor_and_the_points():
    one, two = (HiddenManifold(ambient_dim=9, latent_dim=3, n_points=4, seed=s) for s in (1, 2))
    assert not np.allclose(one.factor, two.factor)
    assert not np.allclose(one.latents(), two.latents())


def test_own_activation_is_applied():
    manifold = HiddenManifold(ambient_dim=9, latent_dim=3, n_points=4, activation=np.square)
    linear = HiddenManifold(ambient_dim=9, latent_dim=3, n_points=4)
    assert manifold.activation == "square"
    assert manifold.points() == pytest.approx(linear.points() ** 2)


_OK = {"ambient_dim": 10, "latent_dim": 3, "n_points": 5}


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({"n_points": 5, "latent_dim": 3}, "the ambient dimension must be a whole number of at least 1, but got None"),
        ({**_OK, "ambient_dim": 2.5}, "the ambient dimension must be a whole number of at least 1, but got 2.5"),
        ({**_OK, "latent_dim": 11}, "the latent dimension must be a whole number from 1 to 10, but got 11"),
        ({**_OK, "latent_dim": 0}, "the latent dimension must be a whole number from 1 to 10, but got 0"),
        ({**_OK, "latent_ratio": 0.3}, "one of latent_dim and latent_ratio, but got both"),
        ({"ambient_dim": 10, "n_points": 5}, "one of latent_dim and latent_ratio, but got neither"),
        (
            {"ambient_dim": 10, "n_points": 5, "latent_ratio": 1.5},
            "D/N must be a number above 0 and at most 1, but got 1.5",
        ),
        (
            {"ambient_dim": 10, "n_points": 5, "latent_ratio": math.nan},
            "D/N must be a number above 0 and at most 1, but got nan",
        ),
        ({"ambient_dim": 10, "latent_dim": 3}, "one of n_points and load, but got neither"),
        ({**_OK, "load": 0.1}, "one of n_points and load, but got both"),
        ({**_OK, "n_points": 0}, "the number of points must be a whole number from 1 to 9007199254740992, but got 0"),
        ({**_OK, "n_points": True}, "the number of points must be a whole number .*, but got True"),
        ({**_OK, "n_points": 2**60}, "the number of points must be a whole number from 1 to 9007199254740992"),
        ({"ambient_dim": 10, "latent_dim": 3, "load": -1}, "the load .* must be a number of at least 0, but got -1"),
        ({"ambient_dim": 1000, "latent_dim": 3, "load": 0.5}, r"must be at most 2\^53, but got exp\(500\)"),
        ({**_OK, "activation": "gelu"}, "the activation must be one of linear, .*, but got 'gelu'"),
        ({**_OK, "activation": 3}, "the activation must be a name or a callable, but got int"),
        ({**_OK, "activation": np.sum}, r"activation sum must map .*, but got shape \(\)"),
        ({**_OK, "activation": np.sqrt}, "activation sqrt must map .* not finite"),
        ({**_OK, "activation": np.cumsum}, "activation cumsum must map"),
        ({**_OK, "activation": np.sort}, "entries that depend on one another"),
        ({**_OK, "activation": math.tanh}, "activation tanh must map .*, but got an error"),
        (
            {**_OK, "ensemble": "wishart"},
            "the ensemble must be one of gaussian, isometric, power-law, but got 'wishart'",
        ),
        ({**_OK, "ensemble": "power-law"}, "a power-law ensemble needs an exponent, but got None"),
        (
            {**_OK, "ensemble": "power-law", "exponent": -1},
            "the exponent .* must be a number of at least 0, but got -1",
        ),
        ({**_OK, "exponent": 1.0}, "an exponent belongs to the power-law ensemble only, but got 1.0"),
        ({**_OK, "seed": -1}, "the seed must be a whole number"),
        (
            {"factor": np.eye(3), "spectrum": [1], "n_points": 2},
            "one of ensemble, factor and spectrum, but got 2 of them",
        ),
        ({**_OK, "factor": np.eye(10)}, "come with factor or spectrum"),
        (
            {"ambient_dim": 4, "factor": np.eye(3), "n_points": 2},
            "the ambient dimension of this factor is 3, but got 4",
        ),
        ({"factor": np.ones(3), "n_points": 2}, r"the factor must be an \(N, D\) array, but got shape \(3,\)"),
        ({"factor": np.full((2, 2), np.nan), "n_points": 2}, "the factor must be finite"),
        (
            {"ambient_dim": 2, "spectrum": [1, 2, 3], "n_points": 2},
            "at most 2 values, the ambient dimension, but got 3",
        ),
        ({"ambient_dim": 4, "spectrum": [1, -2], "n_points": 2}, "the spectrum must be >= 0, but got -2"),
        ({**_OK, "mixture": LatentMixture([[1.0, 2.0]])}, "must have the latent dimension 3, but got 2"),
    ],
)
def test_bad_input_is_one_sentence(args, sentence):
    with pytest.raises(InvalidInput, match=sentence) as caught:
        HiddenManifold(**args)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_bad_slices_and_spectra_are_one_sentence():
    manifold = HiddenManifold(**_OK, activation="tanh")
    for start, stop in ((-1, 2), (3, 2), (0, 6)):
        with pytest.raises(InvalidInput, match="a slice must satisfy 0 <= start <= stop <= 5"):
            manifold.points(start, stop)
    with pytest.raises(InvalidInput, match="the number of hold-out points must be a whole number of at least 0"):
        manifold.fresh(-1)
    with pytest.raises(InvalidInput, match="linear manifold without mixture only, but got tanh"):
        _ = manifold.spectrum
