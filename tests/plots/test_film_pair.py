"""Two denoisers from the same noise: samples above the training images nearest to where they end."""

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from remanifold.plots.film_pair import Side, film_pair

T = np.geomspace(9.0, 1e-6, 6)
MARKS = {"collapse": 0.3, "generalization": 0.1}
README_FILM = Path(__file__).parents[2] / "docs/images/beside.webp"


def frames(content):
    image = Image.open(io.BytesIO(content))
    found = []
    for k in range(image.n_frames):
        image.seek(k)
        found.append(np.asarray(image.convert("RGB"), dtype=float))
    return found


def side(ends, points, seed):
    noise = np.random.default_rng(seed).normal(size=ends.shape)
    return Side(np.stack([ends + np.sqrt(t) * noise for t in T]), points, "a denoiser")


@pytest.mark.parametrize("channels", [1, 3])
def test_the_left_samples_end_at_their_rows_and_the_right_ones_beside_theirs(channels):
    points = np.random.default_rng(0).uniform(-1, 1, (20, channels, 8, 8))
    ends = points[3:5], -points[3:5]
    content = film_pair(side(ends[0], points, 1), side(ends[1], points, 1), T, MARKS, ("same noise", "note"), "webp")
    shown = frames(content)
    assert len(shown) == len(T) and {frame.shape for frame in shown} == {(518, 640, 3)}
    last = shown[-1]
    for left, alike in ((28, True), (28 + 134, True), (334, False), (334 + 134, False)):
        sample, row = (last[top + 4 : top + 120, left + 4 : left + 120] for top in (76, 228))
        assert (np.abs(sample - row).mean() < 6) == alike
    assert np.abs(shown[0][228:352] - last[228:352]).max() < 60, "the rows stay"


def test_the_place_on_the_axis_moves_to_less_noise():
    points = np.random.default_rng(0).uniform(-1, 1, (20, 1, 8, 8))
    one = side(points[:1], points, 1)
    shown = frames(film_pair(one, one, T, {}, ("", ""), "webp"))
    dark = [np.flatnonzero((frame[455:470].min(axis=2) < 90).any(axis=0)).mean() for frame in shown]
    assert all(later < earlier - 20 for earlier, later in pairwise(dark))


def test_the_film_of_the_readme_is_small():
    assert README_FILM.stat().st_size < 1_500_000


def test_the_film_of_the_readme_opens_on_its_end_and_holds_it():
    image = Image.open(README_FILM)
    image.load()
    assert image.info["timestamp"] == 0 and image.info["duration"] > 1000  # milliseconds
    shown = frames(README_FILM.read_bytes())
    assert np.abs(shown[0] - shown[-1]).mean() < 1 < np.abs(shown[len(shown) // 2] - shown[-1]).mean()
