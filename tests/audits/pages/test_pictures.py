"""Thumbnails show the sample: right shape, right brightness, right order; what is no image gets none."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from remanifold.audits.data.pictures import thumbnails

RNG = np.random.default_rng(0)


def opened(uri: str) -> np.ndarray:
    """The pixels of a data URI."""
    head, body = uri.split(",", 1)
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(body))))


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((8, 8), (64, 64)),
        ((28, 28), (56, 56)),
        ((8, 8, 1), (64, 64)),
        ((16, 8, 3), (64, 32, 3)),
        ((3, 8, 16), (32, 64, 3)),
        ((1, 8, 8), (64, 64)),
        ((4, 8, 8), (64, 64, 4)),
        ((8, 8, 4), (64, 64, 4)),
        ((200, 100, 3), (64, 32, 3)),
    ],
)
def test_image_shapes(shape: tuple[int, ...], size: tuple[int, ...]) -> None:
    found = thumbnails(RNG.random((3, *shape)))
    assert found is not None and len(found) == 3
    assert opened(found[0]).shape == size


@pytest.mark.parametrize("shape", [(64,), (), (2, 8, 8), (5, 5, 2), (1, 500), (3, 3), (2, 3, 8, 8)])
def test_what_is_no_image_has_no_thumbnail(shape: tuple[int, ...]) -> None:
    assert thumbnails(RNG.random((2, *shape))) is None


def test_no_rows_no_thumbnails() -> None:
    assert thumbnails(np.empty((0, 8, 8))) is None


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (0.0, 16.0), (-3.0, 40.0)])
def test_the_range_of_the_data_becomes_black_to_white_without_smoothing(low: float, high: float) -> None:
    ramp = np.linspace(low, high, 64).reshape(1, 8, 8)
    pixels = opened((thumbnails(ramp) or [""])[0])
    assert (pixels[::8, ::8] == pixels[7::8, 7::8]).all()  # enlarged by whole blocks
    assert np.abs(pixels[::8, ::8].ravel() - np.linspace(0, 255, 64)).max() <= 3
    assert pixels.min() == 0 and pixels.max() == 255


def test_bytes_keep_their_values_and_all_rows_share_one_brightness() -> None:
    rows = np.stack([np.full((8, 8), 10), np.full((8, 8), 250)]).astype(np.uint8)
    dark, bright = map(opened, thumbnails(rows) or [])
    assert (dark == 10).all() and (bright == 250).all()


def test_a_single_wild_number_does_not_make_everything_black() -> None:
    rows = RNG.random((10, 20, 20))
    rows[0, 0, 0] = 1e6
    assert opened((thumbnails(rows) or [""])[1]).mean() > 100


def test_a_constant_image_is_drawn_and_colours_stay_in_place() -> None:
    assert (opened((thumbnails(np.full((1, 8, 8), 7.0)) or [""])[0]) == 0).all()
    red = np.zeros((1, 3, 8, 8))
    red[:, 0] = 1.0
    assert (opened((thumbnails(red) or [""])[0]) == [255, 0, 0]).all()


def test_alpha_that_is_constant_is_opaque_and_half_floats_work() -> None:
    rows = RNG.random((1, 8, 8, 4)).astype(np.float16)
    rows[..., 3] = 0.25
    assert (opened((thumbnails(rows) or [""])[0])[..., 3] == 255).all()
