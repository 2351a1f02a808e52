"""What the tests of commands share."""

import numpy as np
import pytest
from planted import ROWS


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder of honest rows to work in; what is planted leaves its mark beside it."""
    monkeypatch.setenv("REMANIFOLD_CACHE", "")
    monkeypatch.chdir(tmp_path)
    np.save("train.npy", ROWS)
    np.save("fresh.npy", ROWS + 1)
    return tmp_path
