"""Directions of largest variance, with and without the matrix of moments."""

import numpy as np
import pytest
import torch

from remanifold.scores.centred import CentredData
from remanifold.scores.index import principal


@pytest.mark.parametrize("dim", [60, 4100])  # from 4097 on the matrix of moments is not built
def test_directions_are_those_of_the_covariance(dim):
    rng = np.random.default_rng(0)
    spread = 2.0 ** -np.arange(40)
    rotation = np.linalg.qr(rng.normal(size=(dim, 40)))[0]
    data = CentredData((rng.normal(size=(500, 40)) * spread) @ rotation.T + 3, torch.device("cpu"), 10**7)
    basis = principal.principal_directions(data, 8, 100).numpy()
    rows = data.scaled(data.raw(0, 500)).numpy()
    _, singular, vectors = np.linalg.svd(rows, full_matrices=False)
    assert basis.T @ basis == pytest.approx(np.eye(8), abs=1e-12)
    overlap = np.abs(basis[:, :6].T @ vectors[:6].T)
    assert overlap == pytest.approx(np.eye(6), abs=1e-3)
    captured = np.linalg.norm(rows @ basis) ** 2
    assert captured == pytest.approx((singular[:8] ** 2).sum(), rel=1e-5)
