"""A noise given as t or as sigma: the same level, and never both."""

import math

import numpy as np
import pytest
import torch

from remanifold import InvalidInput
from remanifold.noise import MeasuredLevel, NoiseLevel, noise_sigmas, noise_variance, noise_variances


@pytest.mark.parametrize("make", [float, np.float32, np.float64, torch.tensor])
def test_variance_and_root_name_one_level(make):
    for level in (noise_variance(make(0.25), None), noise_variance(None, make(0.5))):
        assert type(level) is NoiseLevel
        assert level == 0.25


@pytest.mark.parametrize("make", [NoiseLevel, MeasuredLevel])
def test_a_level_is_itself_whichever_keyword_names_it(make):
    """A level is a variance: it must not be squared again where it comes as sigma."""
    for level in (noise_variance(make(0.25), None), noise_variance(None, make(0.25))):
        assert type(level) is NoiseLevel
        assert level == 0.25
    assert noise_variances(None, [make(4.0), 0.5]).tolist() == [4.0, 0.25]
    assert noise_sigmas("it", [make(4.0), 0.5, np.float32(0.25), torch.tensor(0.25)]) == (2.0, 0.5, 0.25, 0.25)
    assert noise_sigmas("it", make(0.25)) == (0.5,)
    assert noise_sigmas("it", ()) == ()


def test_a_variance_taken_for_a_root_would_be_seen():
    assert noise_variance(None, 0.25) != noise_variance(0.25, None)


@pytest.mark.parametrize("make", [list, tuple, np.array, torch.tensor])
def test_several_levels_keep_their_order(make):
    for variances in (noise_variances(make([4.0, 0.25]), None), noise_variances(None, make([2.0, 0.5]))):
        assert variances.dtype == np.float64
        assert variances.tolist() == [4.0, 0.25]


@pytest.mark.parametrize("one", [4.0, NoiseLevel(4.0), np.float64(4.0), np.array(4.0), torch.tensor(4.0)])
def test_one_level_is_a_list_of_one(one):
    assert noise_variances(one, None).tolist() == [4.0]


@pytest.mark.parametrize("function", [noise_variance, noise_variances])
@pytest.mark.parametrize(
    ("t", "sigma", "message"),
    [
        (None, None, "a noise must be given as its variance t or as sigma, but got neither; pass one of the two"),
        (1.0, 1.0, "as sigma, but got both; pass one of the two, t = sigma**2."),
        (-1.0, None, "a noise variance t must be finite and not negative, but got -1.0;"),
        (None, math.nan, "sigma must be finite and not negative, but got nan;"),
        ("a", None, "a noise variance t must be a number, but got the text 'a';"),
    ],
)
def test_what_is_refused_and_how(function, t, sigma, message):
    with pytest.raises(InvalidInput) as caught:
        function(t, sigma)
    assert message in str(caught.value)


def test_no_level_at_all_is_refused():
    with pytest.raises(InvalidInput, match="there must be a noise level, but got none; pass"):
        noise_variances([], None)
