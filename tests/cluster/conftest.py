"""One local cluster of two processes for all tests of this room."""

import numpy as np
import pytest

from remanifold.cluster import connect


@pytest.fixture(scope="module")
def cluster():
    with connect("local", workers=2) as held:
        yield held


@pytest.fixture(scope="session")
def data():
    """400 points near a plane with a far cluster, some copies, and 50 equal rows in a run."""
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 8))
    rows[300:] += 20
    rows[100:150] = rows[100]
    rows[7] = rows[390]
    return rows


@pytest.fixture
def file(tmp_path, data):
    np.save(tmp_path / "data.npy", data)
    return tmp_path / "data.npy"
