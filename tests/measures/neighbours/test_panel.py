"""Own columns leave a panel, in stretches or number by number."""

import numpy as np
import pytest
import torch

from remanifold.measures.neighbours.panel import without_own


@pytest.mark.parametrize(("queries", "columns"), [(2, 1000), (40, 50)])  # stretches; numbers
def test_every_column_but_the_own_one_stays(queries, columns):
    random = np.random.default_rng(0)
    half, projection = random.normal(size=(queries, columns)), random.normal(size=(queries, 3, columns))
    own = np.arange(queries) * (columns - 1) // (queries - 1)  # the first and the last among them
    got, along = without_own(torch.from_numpy(half), torch.from_numpy(projection), own)
    for k, place in enumerate(own):
        assert np.array_equal(got[k].numpy(), np.delete(half[k], place))
        assert np.array_equal(along[k].numpy(), np.delete(projection[k], place, axis=1))
