"""Mapped points: the same numbers whatever the chunk, the fingerprint of what is stored, and nothing read at once."""

import numpy as np
import pytest

from remanifold import InvalidInput, open_points
from remanifold.data import survey
from remanifold.data.maps.mapped import colour_axis, map_option, mapped_points, moving_map
from remanifold.data.maps.moments import moments_of

RNG = np.random.default_rng(0)
TRAIN = RNG.normal(3, 2, (50, 4, 5, 3)) * np.array([1, 5, 9])
ROWS = RNG.normal(-1, 7, (40, 4, 5, 3))


def mapped(text, rows=ROWS, train=TRAIN):
    return mapped_points(open_points(rows), text, open_points(train))


def all_of(points):
    return points.chunk(0, points.n_points).reshape(points.n_points, *points.shape)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x * 255", ROWS * 255),
        ("x * std + mean", ROWS * TRAIN.std() + TRAIN.mean()),
        ("(x - column_mean) / column_std", (ROWS - TRAIN.mean(0)) / TRAIN.std(0)),
        ("standardise", (ROWS - ROWS.mean()) / ROWS.std() * TRAIN.std() + TRAIN.mean()),
        ("standardise columns", (ROWS - ROWS.mean(0)) / ROWS.std(0) * TRAIN.std(0) + TRAIN.mean(0)),
        ("reverse channels", ROWS[..., ::-1]),
        ("channels last to first", np.moveaxis(ROWS, 3, 1)),
        ("channels last to first then reverse channels then x + 1", np.moveaxis(ROWS, 3, 1)[:, ::-1] + 1),
        ("channels first to last", np.moveaxis(ROWS, 1, 3)),
    ],
)
def test_a_map_gives_the_numbers_it_names_in_every_way_of_reading(text, value):
    points = mapped(text)
    assert points.shape == value.shape[1:] and points.record.shape == value.shape
    np.testing.assert_allclose(all_of(points), value, rtol=1e-12, atol=1e-12)
    flat, rows = value.reshape(40, -1), [7, 3, 7]
    np.testing.assert_allclose(points.take(rows), flat[rows], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(points.chunk(5, 9, np.float32), flat[5:9], rtol=1e-5, atol=1e-4)
    assert text.split(" then ")[-1] in points.record.preprocessing
    assert survey(points).fingerprint == survey(open_points(ROWS)).fingerprint
    np.testing.assert_allclose(survey(points, chunk_rows=7).mean, flat.mean(axis=0), rtol=1e-10, atol=1e-10)


def test_a_constant_column_survives_standardisation():
    rows = ROWS.reshape(40, -1).copy()
    rows[:, 0] = 0.1
    train = TRAIN.reshape(50, -1)
    assert np.allclose(mapped("standardise columns", rows, train).chunk(0, 40)[:, 0], train[:, 0].mean())


def test_maps_that_cannot_be_are_refused_in_one_sentence():
    for text, words in (
        ("channels up", "must be a known map, but got 'channels up'"),
        ("x * hello", "must be arithmetic of x"),
        ("x * 255 then", "must be arithmetic of x"),
        ("x / 0", "must give finite numbers, but got others from 'x / 0'"),
    ):
        with pytest.raises(InvalidInput, match=words):
            mapped(text).chunk(0, 3)
    for text in ("reverse channels", "channels last to first"):
        with pytest.raises(InvalidInput, match="rows must have three axes"):
            mapped(text, ROWS.reshape(40, -1))
    with pytest.raises(InvalidInput, match="three channels to reverse them"):
        mapped("reverse channels", ROWS[:, :, :, :2])


def test_a_mapped_file_is_read_a_chunk_at_a_time(tmp_path):
    path = tmp_path / "samples.npy"
    np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(60_000, 1000)).flush()
    opened = open_points(path)
    stored, seen = opened.rows, []

    class Watched:
        shape, dtype = stored.shape, stored.dtype

        def __getitem__(self, key):
            rows = stored[key]
            seen.append(len(rows))
            return rows

    opened.rows = Watched()
    for text in ("x / 255", "standardise"):
        points = mapped_points(opened, text, open_points(TRAIN.reshape(150, -1)[:, :20]))
        assert seen == []  # not before a row is asked for
        if text == "x / 255":
            assert np.array_equal(points.take([5, 59_999]), np.zeros((2, 1000))) and max(seen) == 2
        else:
            points.chunk(0, 10)
            assert max(seen) <= 2**25 // 8000 and sum(seen) <= 60_010
        seen.clear()


def test_moments_of_blocks_are_those_of_all_rows():
    rows = np.random.default_rng(1).normal(1e6, 1, (9000, 700))
    found = moments_of(open_points(rows))
    np.testing.assert_allclose(found.column_std, rows.std(axis=0), rtol=1e-9)
    assert found.mean == pytest.approx(rows.mean(), rel=1e-13) and found.std == pytest.approx(rows.std(), rel=1e-9)


def test_which_move_of_channels_brings_one_shape_to_another():
    assert moving_map((32, 32, 3), (3, 32, 32)) == "channels last to first"
    assert moving_map((1, 28, 30), (28, 30, 1)) == "channels first to last"
    assert moving_map((3, 32, 32), (3, 32, 32)) is moving_map((32, 32), (32, 32, 1)) is None
    assert moving_map((5, 6, 7), (7, 6, 5)) is None
    assert (colour_axis((3, 9, 9)), colour_axis((9, 9, 3)), colour_axis((9, 9, 1)), colour_axis((9,))) == (
        0,
        2,
        None,
        None,
    )
    assert map_option("x / 2", "x * 2").startswith('pass --samples-map "x * 2 then x / 2"')
