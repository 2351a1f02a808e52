"""A folder of .npy files is one data set: the same rows, fingerprint and refusals as the array in one piece."""

import numpy as np
import pytest

from remanifold._core.errors import InvalidInput
from remanifold.data import open_points, survey


@pytest.fixture
def folder(tmp_path, cube):
    for name, rows in (("b", cube[7:8]), ("a", cube[:7]), ("c", cube[8:8]), ("d", cube[8:])):
        np.save(tmp_path / f"{name}.npy", rows)
    return tmp_path


def test_rows_come_in_the_order_of_the_names(folder, cube):
    points = open_points(folder)
    assert points.shape == (4, 3) and points.n_points == 20 and points.record.kind == "npy folder"
    for start in range(21):
        for stop in range(start, 21):
            assert np.array_equal(points.stored(start, stop), cube[start:stop]), (start, stop)
    wanted = np.array([19, 0, 7, 6, 8, 7])
    assert np.array_equal(points.take(wanted), cube[wanted].reshape(6, 12).astype(float))
    assert points.take([]).shape == (0, 12)
    assert survey(points).fingerprint == survey(open_points(cube)).fingerprint


def test_fortran_order_is_read_as_rows(tmp_path, cube):
    np.save(tmp_path / "a.npy", np.asfortranarray(cube[:9]))
    np.save(tmp_path / "b.npy", cube[9:])
    assert np.array_equal(open_points(tmp_path).stored(0, 20), cube)


@pytest.mark.parametrize(
    ("other", "got"),
    [
        (np.zeros((5, 4, 2), np.float32), r"rows of shape \(4, 2\) and type float32 in .*e.npy; move it elsewhere"),
        (np.zeros((5, 4, 3)), r"rows of shape \(4, 3\) and type float64 in .*e.npy"),
        (np.zeros(20, np.int64), r"rows of shape \(\) and type int64 in .*e.npy"),
    ],
)
def test_unequal_shards_are_refused_in_one_sentence(folder, other, got):
    np.save(folder / "e.npy", other)
    need = r"the files of a folder must have rows of one shape and type, \(4, 3\) float32 as in a.npy, but got "
    with pytest.raises(InvalidInput, match=need + got):
        open_points(folder)


def test_a_truncated_shard_is_refused(folder):
    content = (folder / "d.npy").read_bytes()
    (folder / "d.npy").write_bytes(content[:-4])
    with pytest.raises(InvalidInput, match=r"a numpy file must be complete, but got \d+ bytes of \d+ in .*d.npy"):
        open_points(folder)


def test_pictures_with_an_array_beside_them_stay_pictures(make_pictures):
    folder, _ = make_pictures({f"{k}.png": ("L", (4, 4)) for k in range(3)})
    np.save(folder / "labels.npy", np.arange(3))
    assert open_points(folder).record.kind == "pictures"


def test_options_that_do_not_fit_are_refused(folder):
    for options in ({"key": "a"}, {"resize": 4}):
        with pytest.raises(InvalidInput, match="leave"):
            open_points(folder, **options)
