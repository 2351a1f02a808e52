"""Data larger than the budget: peak memory stays within it, from every container, and the numbers are the same."""

import sys

import numpy as np
import pytest
from peak_memory import peak_growth

from remanifold import EmpiricalScore
from remanifold.data import open_points

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="anonymous memory is read from /proc")

P, N, BUDGET = 8000, 3072, 40_000_000  # a file of 98 MB

IMPORTS = """
import numpy as np
import torch
import zarr
from remanifold import EmpiricalScore, noise_profile, open_points
zarr.array(np.ones((50, 300)), chunks=(5, 300))[:]  # starts its threads
for size in ((50, 300), (9000, 4)):  # the larger one loads compiled kernels, which are imports too
    small = np.random.default_rng(0).normal(size=size)
    EmpiricalScore(small).sums(small[:4].astype("f4"), 1.0)
    noise_profile(open_points(small), max_queries=4, levels=[0.5, 1.0], threads=1)
"""
SCORE = """
points = open_points(sys.argv[1])
score = EmpiricalScore(points, memory=int(sys.argv[2]))
x = points.take(np.arange(0, 8000, 1500), np.float32)
for t in (1.0, 100.0):
    noise = np.random.default_rng(1).normal(size=x.shape).astype("f4")
    found = score.denoise(x + np.float32(t**0.5) * noise, t)
np.save(sys.argv[3], found)
"""
PROFILE = """
points = open_points(sys.argv[1])
profile = noise_profile(points, max_queries=10, levels=[1.0, 10.0], threads=2, memory=int(sys.argv[2]))
np.save(sys.argv[3], profile.gap.value)
"""
INDEXED = """
score = EmpiricalScore(sys.argv[1], memory=int(sys.argv[2]))
plan = score.plan(0.1)
assert plan.indexed and "built and kept" in str(plan)
"""


STRATA = """
from remanifold._core.compute import Compute
from remanifold.measures.profile.strata import stratified_queries
points = open_points(sys.argv[1])
queries, weights = stratified_queries(points, np.arange(points.n_points), 200, 0, Compute(int(sys.argv[2]), 2))
assert weights is not None
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A file of points near a linear manifold, written a piece at a time."""
    path = tmp_path_factory.mktemp("large") / "x.npy"
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(40, N)).astype(np.float32)
    rows = np.lib.format.open_memmap(path, "w+", np.float32, (P, N))
    for start in range(0, P, 1000):
        latent = rng.normal(size=(1000, 40)).astype(np.float32)
        rows[start : start + 1000] = latent @ factor + 0.05 * rng.standard_normal((1000, N), np.float32)
    rows.flush()
    return path


@pytest.fixture(scope="module")
def folders(path):
    """The same rows as a zarr array and as shards of unequal length."""
    zarr = pytest.importorskip("zarr")
    rows = np.load(path, mmap_mode="r")
    stored = zarr.create_array(str(path.parent / "z"), shape=(P, N), chunks=(50, N), dtype="float32", compressors=None)
    (path.parent / "shards").mkdir()
    for k, (start, stop) in enumerate(((0, 5000), (5000, 5001), (5001, P))):
        np.save(path.parent / "shards" / f"{k}.npy", rows[start:stop])
    for start in range(0, P, 1000):
        stored[start : start + 1000] = rows[start : start + 1000]
    return {"zarr": path.parent / "z", "shards": path.parent / "shards"}


def test_the_score_stays_within_its_budget(path, folders, tmp_path):
    answers = {}
    for name, source in (("npy", path), ("zarr", folders["zarr"])):
        assert peak_growth(IMPORTS, SCORE, source, BUDGET, tmp_path / f"{name}.npy") < BUDGET, name
        answers[name] = np.load(tmp_path / f"{name}.npy")
    assert np.array_equal(answers["npy"], answers["zarr"])
    points = open_points(path)
    x = points.take(np.arange(0, P, 1500), np.float32)
    x += np.float32(10) * np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
    rows = np.load(path).astype(np.float64)
    logits = np.stack([-((rows - one) ** 2).sum(1) / 200 for one in x])
    weights = np.exp(logits - logits.max(1, keepdims=True))
    exact = weights @ rows / weights.sum(1, keepdims=True)
    assert np.abs(answers["npy"] - exact).max() <= 2e-6 * (1 + np.abs(exact).max())


def test_the_profile_stays_within_its_budget(path, folders, tmp_path):
    answers = {}
    for name, source in (("npy", path), ("shards", folders["shards"])):
        assert peak_growth(IMPORTS, PROFILE, source, BUDGET, tmp_path / f"{name}.npy") < BUDGET, name
        answers[name] = np.load(tmp_path / f"{name}.npy")
    assert np.array_equal(answers["npy"], answers["shards"])


def test_the_choice_of_queries_stays_within_the_budget(tmp_path):
    random = np.random.default_rng(0)
    rows = random.standard_normal((100_000, 100)) / np.sqrt(random.chisquare(2, (100_000, 1)) / 2)
    np.save(tmp_path / "x.npy", rows)  # 80 MB
    assert peak_growth(IMPORTS, STRATA, tmp_path / "x.npy", BUDGET) < BUDGET


def test_building_an_index_stays_within_the_budget(tmp_path):
    budget = 100_000_000  # an index of 43 MB, and what it is made of
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(20000, 256)).astype(np.float32))
    assert peak_growth(IMPORTS, INDEXED, tmp_path / "x.npy", budget) < budget


def test_the_meter_sees_data_that_are_loaded():
    """Planted: an array of the size of the budget and a little more."""
    assert peak_growth("import numpy as np", f"rows = np.ones({BUDGET // 8 + 10**6})") > BUDGET
    assert not EmpiricalScore(np.eye(4), memory=BUDGET).plan(1.0).indexed
