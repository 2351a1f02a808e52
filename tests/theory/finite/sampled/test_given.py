"""Generators that are no functions of their latents, and those in odd units."""

import numpy as np
import pytest
import torch

from remanifold._core.errors import InvalidInput
from remanifold.theory import finite_size_of_generator

_FACTOR = np.random.default_rng(0).standard_normal((4, 10)) / 2


def _bent(z):
    return np.tanh(np.asarray(z, dtype=np.float64) @ _FACTOR)


@pytest.mark.parametrize(("unit", "offset"), [(1e-9, 0.0), (1e7, 0.0), (1.0, 1e6)])
def test_times_do_not_depend_on_units_or_origin(unit, offset):
    here = finite_size_of_generator(_bent, 100, 4, accuracy=0.2)
    there = finite_size_of_generator(lambda z: offset + unit * _bent(z), 100, 4, accuracy=0.2)
    for name in ("t_onset", "t_collapse", "t_generalization"):
        # round-off of single precision turns some moves of the sweeps; far less than the error of 20 %
        assert float(getattr(there, name)) / unit**2 == pytest.approx(float(getattr(here, name)), rel=0.01)


def test_noise_in_a_generator_is_refused():
    random = np.random.default_rng(1)
    with pytest.raises(InvalidInput, match="same point for the same latent"):
        finite_size_of_generator(lambda z: _bent(z) + 0.1 * random.standard_normal((len(z), 10)), 100, 4)


@pytest.mark.parametrize("layer", [torch.nn.Dropout(0.3), torch.nn.BatchNorm1d(10)])
def test_a_module_left_in_training_is_refused(layer):
    module = torch.nn.Sequential(torch.nn.Linear(4, 10), torch.nn.Tanh(), layer)
    with pytest.raises(InvalidInput, match=r"\.eval\(\)"):
        finite_size_of_generator(module, 100, 4)


@pytest.mark.parametrize("unit", [0.0, 1e-14, 1e14])
def test_a_spread_that_single_precision_does_not_hold_is_refused(unit):
    with pytest.raises(InvalidInput, match="must spread its points"):
        finite_size_of_generator(lambda z: unit * _bent(z), 100, 4)


def test_points_of_single_precision_far_from_0_are_refused():
    with pytest.raises(InvalidInput, match="take the mean off"):
        finite_size_of_generator(lambda z: (1e6 + _bent(z)).astype(np.float32), 100, 4)
