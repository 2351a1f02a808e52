"""Directions of largest variance, with and without the matrix of moments."""

import numpy as np
import pytest
import torch

from remanifold.scores.centred import CentredData
from remanifold.scores.index import principal


@pytest.mark.parametrize("largest", [0, 4096])
def test_directions_are_those_of_the_covariance(monkeypatch, largest):
    monkeypatch.setattr(principal, "_LARGEST_MATRIX", largest)
    rng = np.random.default_rng(0)
    spread = 2.0 ** -np.arange(40)
    rotation = np.linalg.qr(rng.normal(size=(60, 60)))[0][:, :40]
    data = CentredData((rng.normal(size=(500, 40)) * spread) @ rotation.T + 3, torch.device("cpu"), 10**7)
    basis = principal.principal_directions(data, 8, 100).numpy()
    rows = data.scaled(data.raw(0, 500)).numpy()
    values, vectors = np.linalg.eigh(rows.T @ rows)
    assert basis.T @ basis == pytest.approx(np.eye(8), abs=1e-12)
    overlap = np.abs(basis[:, :6].T @ vectors[:, ::-1][:, :6])
    assert overlap == pytest.approx(np.eye(6), abs=1e-3)
    captured = np.linalg.norm(rows @ basis) ** 2
    assert captured == pytest.approx(values[::-1][:8].sum(), rel=1e-5)
