"""Pairs of pictures in features and up to transforms, within multiples of the median nearest distance."""

import numpy as np
import pytest

from remanifold import InvalidInput, open_points
from remanifold.data.pictures.views import View, crops_of, viewed, views_of
from remanifold.measures import row_pairs
from remanifold.measures.neighbours.near_rows import near_rows
from remanifold.measures.neighbours.transformed import nearer

ROWS = np.random.default_rng(0).random((60, 8, 8))
OTHERS = np.random.default_rng(1).random((40, 8, 8))
OTHERS[:3] = ROWS[5:8, :, ::-1]


def test_the_union_of_two_searches_is_that_of_all_versions() -> None:
    points, others = open_points(ROWS), open_points(OTHERS)
    versions = [others, *(viewed(others, view) for view in views_of(others, ("flips", "shifts")))]
    columns, every = np.arange(60), np.arange(40)
    found = [near_rows(points, columns, rows, every, 4) for rows in versions]
    near = found[0]
    for more in found[1:]:
        near = nearer(near, more)
    each = np.stack([np.linalg.norm(v.chunk(0, 40)[:, None] - points.chunk(0, 60), axis=2) for v in versions])
    least = each.min(axis=0)
    assert np.allclose(near.distances, np.sort(least, axis=1)[:, :4])
    assert np.array_equal(near.rows, np.argsort(least, axis=1, kind="stable")[:, :4])


def test_flipped_rows_are_found_once_with_their_transform() -> None:
    pairs = row_pairs(OTHERS, ROWS, invariances="flips")
    assert list(zip(pairs.rows_a, pairs.rows_b, pairs.distances)) == [(0, 5, 0), (1, 6, 0), (2, 7, 0)]
    assert pairs.transforms == ("flipped",) * 3
    assert len(row_pairs(OTHERS, ROWS)) == 0
    both = np.concatenate([ROWS, OTHERS, (ROWS[:1] + ROWS[:1, :, ::-1])])  # the last is its own mirror image
    within = row_pairs(both, invariances="flips")
    assert list(zip(within.rows_a, within.rows_b)) == [(5, 60), (6, 61), (7, 62)]
    nearest = row_pairs(both, invariances="flips", nearest=True)
    assert len(nearest) == len(both) and (nearest.rows_a != nearest.rows_b).all()
    table = within.to_table()
    assert table.columns["transform"] == ["flipped"] * 3 and table.parameters["invariances"] == ["flips"]


def test_a_crop_of_a_slope_is_the_slope_of_its_part() -> None:
    height, width = np.arange(12.0)[:, None], np.arange(16.0)
    points = open_points(np.stack([3 * height + 5 * width] * 3))
    for kept, top, left in ((0.8, 0.0, 0.1), (22 / 28, 3 / 28, 6 / 28)):
        seen = viewed(points, View(kept=kept, top=top, left=left)).chunk(0, 1).reshape(12, 16)
        down, right = (start * n + (k + 0.5) * kept - 0.5 for start, n, k in ((top, 12, height), (left, 16, width)))
        inside = (down >= 0) & (down <= 11) & (right >= 0) & (right <= 15)
        assert np.allclose(seen[inside], (3 * down + 5 * right)[inside])


def test_cropped_rows_are_found_from_either_side() -> None:
    smooth = np.random.default_rng(4).normal(size=(20, 3, 3)).repeat(4, axis=1).repeat(4, axis=2)
    points = open_points(smooth)
    crops = crops_of(points, ("crops",))
    assert len(crops) == len(set(crops)) == 139
    cut = viewed(points, crops[100]).chunk(0, 3).reshape(3, 12, 12)
    assert len(row_pairs(cut, smooth)) == 0
    for a, b, wanted in ((cut, smooth, "a crop of the other, "), (np.concatenate([smooth, cut]), None, None)):
        pairs = row_pairs(a, b, invariances="crops", within=1e-9)
        expected = [(k, k) for k in range(3)] if b is not None else [(k, 20 + k) for k in range(3)]
        assert list(zip(pairs.rows_a, pairs.rows_b)) == expected
        assert pairs.transforms is not None and all(word.startswith(wanted or "a crop") for word in pairs.transforms)
    turned = np.ascontiguousarray(cut[:, :, ::-1])
    assert len(row_pairs(turned, smooth, invariances="crops", within=1e-9)) == 0
    assert len(row_pairs(turned, smooth, invariances="flips,crops", within=1e-9)) == 3


def test_distances_are_told_in_median_nearest_distances() -> None:
    rows = np.concatenate([ROWS, ROWS[:2] + 1e-3])
    pairs = row_pairs(rows, within="0.1x")
    assert list(zip(pairs.rows_a, pairs.rows_b)) == [(0, 60), (1, 61)]
    gaps = np.linalg.norm((rows[:, None] - rows).reshape(62, 62, -1), axis=2) + np.diag(np.full(62, np.inf))
    assert pairs.median_nearest == pytest.approx(np.median(gaps.min(axis=1)))
    assert pairs.within == pytest.approx(0.1 * np.median(gaps.min(axis=1)))
    assert pairs.multiples == pytest.approx(pairs.distances / pairs.median_nearest)
    assert row_pairs(rows, within=0.1).median_nearest is None
    assert "median_distances" not in row_pairs(rows, within=0.1).to_table().columns


def test_features_are_built_in_saved_or_a_function() -> None:
    brighter = np.concatenate([0.5 * ROWS[:4] + 3, OTHERS[5:]])
    built_in = row_pairs(brighter, ROWS, within="0.01x", features="dct")
    assert list(zip(built_in.rows_a, built_in.rows_b)) == [(i, i) for i in range(4)]
    assert built_in.to_table().units["distance"] == "units of the features"
    flat = {"a": brighter.reshape(39, -1)[:, :5], "b": ROWS.reshape(60, -1)[:, :5]}
    saved = row_pairs(brighter, ROWS, nearest=True, features=flat)
    made = row_pairs(brighter, ROWS, nearest=True, features=lambda rows: rows.reshape(len(rows), -1)[:, :5])
    assert np.array_equal(saved.rows_b, made.rows_b) and np.array_equal(saved.distances, made.distances)


def test_features_of_a_transform_are_made_once_a_search() -> None:
    made: list[int] = []

    def features(rows: np.ndarray) -> np.ndarray:
        made.append(len(rows))
        return rows.reshape(len(rows), -1)[:, :20]

    row_pairs(ROWS, within=0.1, invariances="flips", features=features)
    assert sum(made) == 60 + (60 + 60)  # as they are; flipped for the median and for the pairs
    made.clear()
    found = row_pairs(ROWS, within=0.1, invariances="flips", features=features, memory="20kB")
    assert sum(made) > 3 * 60 and len(found) == 0  # what does not fit is made again


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"within": "0.1y"}, r"`within` must be a distance >= 0, but got 0.1y; pass e.g. 0.01, or 0.1x for a tenth"),
        ({"within": "infx"}, r"`within` must be a distance >= 0"),
        ({"within": float("nan")}, r"`within` must be a distance >= 0"),
        ({"invariances": "turns"}, r"`invariances` must be some of"),
        ({"invariances": "flips", "standardize": "sd"}, r"`standardize` must come without `invariances`"),
        ({"features": "dct", "standardize": "sd"}, r"`standardize` must come without features"),
        ({"features": {"b": ROWS}}, r"features must hold an array for every set, but got none named a"),
        ({"features": {"a": ROWS[:5]}}, r"features of a must have its 60 rows, but got 5"),
        ({"features": {"a": ROWS}, "invariances": "flips"}, r"but got saved features"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        row_pairs(ROWS, **options)
