"""Cosine coefficients of pictures, and pictures flipped and shifted."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from remanifold import InvalidInput, open_points
from remanifold.data.maps.features import featured
from remanifold.data.pictures.coefficients import cosine_coefficients
from remanifold.data.pictures.layout import picture_layout
from remanifold.data.pictures.views import View, invariance_kinds, viewed, views_of


def drawn(n: int, *shape: int) -> NDArray[np.float64]:
    """Smooth random pictures, 0 to 255."""
    rows = np.random.default_rng(1).normal(size=(n, *shape))
    for axis in (1, 2):
        for _ in range(3):
            rows = rows + np.roll(rows, 1, axis) + np.roll(rows, 2, axis)
    rows -= rows.min(axis=(1, 2), keepdims=True)
    return 255 * rows / rows.max(axis=(1, 2), keepdims=True)


def coefficients(rows: NDArray[np.generic]) -> NDArray[np.float64]:
    points = open_points(rows)
    return cosine_coefficients(picture_layout(points, "x"), points.chunk(0, len(rows)))


def test_brightness_and_contrast_do_not_matter_and_size_and_jpeg_hardly() -> None:
    rows = drawn(40, 28, 28)
    own = coefficients(rows)
    assert own.shape == (40, 63) and np.allclose(np.linalg.norm(own, axis=1), 1)
    assert np.abs(coefficients(0.3 * rows - 7) - own).max() < 1e-6
    gaps = np.linalg.norm(own[:, None] - own, axis=2)
    apart = gaps[~np.eye(40, dtype=bool)].min()

    def changed(picture: NDArray[np.float64]) -> list[NDArray[np.generic]]:
        image, file = Image.fromarray(picture.astype(np.uint8)), io.BytesIO()
        image.save(file, "JPEG", quality=40)
        return [np.array(Image.open(file)), np.array(image.resize((14, 14))), np.array(image.resize((61, 45)))]

    for versions in zip(*map(changed, rows), strict=True):
        assert np.linalg.norm(coefficients(np.array(versions)) - own, axis=1).max() < apart / 2


def test_channels_first_and_last_are_one_and_colour_counts() -> None:
    rows = drawn(5, 12, 16, 3)
    last, first = coefficients(rows), coefficients(np.moveaxis(rows, -1, 1))
    assert last.shape == (5, 95) and np.allclose(last, first)
    swapped = coefficients(rows[..., ::-1])
    assert np.linalg.norm(swapped - last, axis=1).min() > 0.1
    assert coefficients(drawn(5, 12, 16, 4)).shape == (5, 110)
    grey = coefficients(np.repeat(rows[..., :1], 3, axis=3))
    assert np.allclose(grey[:, :63], coefficients(rows[..., 0]), atol=1e-6)


def test_a_picture_of_a_single_grey_has_no_features() -> None:
    rows = np.stack([np.full((8, 8), 200.0), np.full((8, 8), 3.0), np.eye(8)])
    own = coefficients(rows)
    assert not own[:2].any() and own[2].any()


def test_blocks_do_not_change_the_features() -> None:
    rows = drawn(30, 9, 9)
    assert np.array_equal(featured({"a": open_points(rows)}, "dct")["a"].chunk(3, 8), coefficients(rows[3:8]))


@pytest.mark.parametrize("axis", [None, 1, 3])
def test_views_flip_and_shift_with_repeated_edges(axis: int | None) -> None:
    grey = np.arange(3 * 8 * 9.0).reshape(3, 8, 9)
    rows = grey if axis is None else np.stack([grey] * 3, axis=axis)
    flipped = viewed(open_points(rows), View(flipped=True)).chunk(0, 3).reshape(rows.shape)
    moved = viewed(open_points(rows), View(down=1, right=-2)).chunk(0, 3).reshape(rows.shape)
    wanted = np.pad(grey, ((0, 0), (1, 0), (0, 2)), mode="edge")[:, :8, 2:]
    one = flipped if axis is None else np.moveaxis(flipped, axis, 0)[0]
    other = moved if axis is None else np.moveaxis(moved, axis, 0)[0]
    assert np.array_equal(one, grey[:, :, ::-1]) and np.array_equal(other, wanted)
    assert View(True, 1, -2).name == "flipped and shifted 1 down and 2 left"


def test_there_are_few_views_of_any_size() -> None:
    for side, most in ((28, 2), (64, 5), (256, 18), (8, 1)):
        views = views_of(open_points(np.zeros((3, side, side))), ("flips", "shifts"))
        assert max(view.right for view in views) == most and len(views) == len(set(views)) <= 49
        assert View() not in views
    assert views_of(open_points(np.zeros((3, 5))), ()) == ()


def test_what_is_no_picture_or_no_transform_is_refused() -> None:
    with pytest.raises(
        InvalidInput, match=r"`invariances` is for rows that are pictures .* but got rows of shape \(9,\)"
    ):
        views_of(open_points(np.zeros((3, 9))), ("flips",))
    with pytest.raises(InvalidInput, match=r"`features` dct is for rows that are pictures"):
        featured({"a": open_points(np.zeros((4, 5, 6, 7)))}, "dct")
    with pytest.raises(InvalidInput, match=r"`invariances` must be some of flips, shifts, crops, but got 'turns'"):
        invariance_kinds("flips,turns")
    with pytest.raises(InvalidInput, match=r"`invariances` must be some of"):
        invariance_kinds("")
    assert invariance_kinds(["shifts", "flips"]) == ("flips", "shifts")
