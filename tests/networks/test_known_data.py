"""The data of the known networks: as they are described, the same on every machine, and missing in one sentence."""

import gzip
import sys

import numpy as np
import pytest

from remanifold import InvalidInput
from remanifold.networks.known import derived_digits, fashion, sklearn_data
from remanifold.networks.known.data_sets import DATA_SETS
from remanifold.networks.known.derived_digits import LATENTS, SHIFTS
from remanifold.networks.known.fashion import FASHION
from remanifold.networks.known.sklearn_data import DIGITS, N_DIGITS

BROUGHT = [one for one in DATA_SETS.values() if one is not FASHION]  # by scikit-learn


@pytest.mark.parametrize("data", BROUGHT, ids=lambda data: data.name)
def test_rows_have_their_shape_and_follow_their_numbers(data):
    numbers = [0, data.count - 1, 5]
    rows = data.rows_at(numbers)
    assert rows.shape == (3, *data.shape) and rows.dtype == np.float32
    assert np.array_equal(rows[::-1], data.rows_at(numbers[::-1]))
    for wrong in (-1, data.count, 1.0, "1", True):
        with pytest.raises(InvalidInput, match=f"numbers of rows of {data.name} must be whole"):
            data.rows_at([0, wrong])


def test_a_shifted_digit_is_the_digit_moved():
    digit = DIGITS.rows_at([7])[0]
    for k, (down, across) in enumerate(SHIFTS):
        moved = DATA_SETS["shifted-digits"].rows_at([7 + k * N_DIGITS])[0]
        inside = np.roll(digit, (down, across), axis=(0, 1))
        rows = slice(max(down, 0), 8 + min(down, 0))
        columns = slice(max(across, 0), 8 + min(across, 0))
        assert np.array_equal(moved[rows, columns], inside[rows, columns])
        outside = np.ones((8, 8), dtype=bool)
        outside[rows, columns] = False
        assert (moved[outside] == -1).all()


def test_near_copies_differ_slightly_and_each_in_its_own_way():
    near = DATA_SETS["near-digits"].rows_at([7 + k * N_DIGITS for k in range(20)])
    assert np.array_equal(near[0], DIGITS.rows_at([7])[0])
    off = np.abs(near[1:] - near[0])
    assert set(np.unique(off)) <= {0, 0.125} and 0.02 < (off > 0).mean() < 0.1  # background cannot go down
    assert len(np.unique(near.reshape(20, -1), axis=0)) == 20


def test_latents_are_principal_components():
    digits = DIGITS.rows_at(list(range(N_DIGITS))).reshape(N_DIGITS, -1).astype(float)
    latents = DATA_SETS["digit-latents"].rows_at(list(range(N_DIGITS))).astype(float)
    assert np.abs(np.cov(latents.T) - np.diag(latents.var(axis=0, ddof=1))).max() < 0.01  # rounded to 1/256
    values = np.linalg.svd(digits - digits.mean(axis=0), compute_uv=False)[:LATENTS]
    assert np.allclose(latents.std(axis=0), values / N_DIGITS**0.5, rtol=1e-3)
    assert np.array_equal(latents * 256, np.rint(latents * 256))


def test_columns_of_the_table_have_one_scale_and_patches_one_range():
    table = DATA_SETS["tumours"].rows_at(list(range(569)))
    assert np.allclose(table.mean(axis=0), 0, atol=1e-3) and np.allclose(table.std(axis=0), 1, atol=1e-3)
    patches = DATA_SETS["patches"].rows_at(list(range(600)))
    assert np.abs(patches).max() <= 1 and len(np.unique(patches.reshape(600, -1), axis=0)) == 600


def test_classes_belong_to_the_rows():
    for name in ("digits", "shifted-digits", "near-digits", "digit-latents"):
        classes = DATA_SETS[name].classes_at([3, 4])
        assert classes is not None and classes.tolist() == [3, 4]  # the digits begin in order
    assert DATA_SETS["tumours"].classes_at([0]) is None


@pytest.fixture
def fashion_folder(tmp_path, monkeypatch):
    """Ten thousand made pictures of 28 x 28 in the files of Fashion-MNIST."""
    monkeypatch.setattr(fashion, "FOLDER", tmp_path)
    fashion._read.cache_clear()  # what other tests read
    pixels = np.arange(10_000 * 784).astype(np.uint8)
    for kind, header, values in (("images-idx3", 16, pixels), ("labels-idx1", 8, pixels[:10_000] % 10)):
        (tmp_path / f"t10k-{kind}-ubyte.gz").write_bytes(gzip.compress(bytes(header) + values.tobytes(), 1))
    yield tmp_path
    fashion._read.cache_clear()  # what this test read


def test_fashion_is_halved(fashion_folder):
    row = FASHION.rows_at([9_999])[0]
    pixels = np.arange(9_999 * 784, 10_000 * 784).astype(np.uint8).reshape(28, 28).astype(float)
    assert np.allclose(row, pixels.reshape(14, 2, 14, 2).mean(axis=(1, 3)) / 127.5 - 1, atol=1e-6)
    assert FASHION.classes_at([9_999]) == np.arange(10_000).astype(np.uint8)[9_999] % 10


@pytest.mark.parametrize(
    "content",
    [None, b"no gzip", gzip.compress(b"short", mtime=0), gzip.compress(bytes(99), mtime=0)[:20]],
    ids=["missing", "no gzip", "short", "cut"],
)
def test_missing_or_damaged_fashion_is_said_with_where_to_get_it(fashion_folder, content):
    path = fashion_folder / "t10k-images-idx3-ubyte.gz"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    sentence = "must be read from Fashion-MNIST on this machine, but got .*install the package dataset-fashion-mnist"
    with pytest.raises(InvalidInput, match=sentence):
        FASHION.rows_at([0])


@pytest.mark.parametrize("data", BROUGHT, ids=lambda data: data.name)
def test_without_scikit_learn_the_extra_is_named(data, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    caches = sklearn_data._all_patches, sklearn_data._all_tumours, derived_digits._all_latents  # filled by other tests
    for cached in (sklearn_data.digits_and_classes, *caches):
        cached.cache_clear()
    with pytest.raises(InvalidInput, match=r"run pip install 'remanifold\[demo\]'"):
        data.rows_at([0])
