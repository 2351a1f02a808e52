"""A film: one frame a state, the states in their places, the axis with its mark moving to the left."""

import io
import subprocess
from itertools import pairwise

import numpy as np
import pytest
from browser_waits import wait_for
from page_checks import open_page, serious
from PIL import Image

from remanifold.plots.film import Reel, film
from remanifold.plots.film_formats import video_program

T = np.geomspace(9.0, 1e-4, 6)
MARKS = {"onset": 0.9, "collapse": 0.3, "generalization": 0.4}


def reel(shape, n=5, marks=MARKS):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(20, *shape))
    states = points[:n] + np.sqrt(T)[:, *[None] * (1 + len(shape))] * rng.normal(size=(len(T), n, *shape))
    return Reel(states, T, points, marks, "5 samples")


def frames(data):
    image = Image.open(io.BytesIO(data))
    found = []
    for k in range(image.n_frames):
        image.seek(k)
        found.append(np.asarray(image.convert("RGB"), dtype=float))
    return found


@pytest.mark.parametrize("kind", ["webp", "gif"])
@pytest.mark.parametrize("shape", [(2,), (1, 8, 8), (3, 8, 9), (4, 9, 8)])
def test_every_state_is_a_frame(shape, kind):
    shown = frames(film(reel(shape), kind))
    assert len(shown) == len(T) and {frame.shape for frame in shown} == {(518, 640, 3)}
    assert all(np.abs(one - other).max() > 100 for one, other in pairwise(shown))


def test_the_place_on_the_axis_moves_to_less_noise():
    shown = frames(film(reel((2,), marks={}), "webp"))
    dark = [np.flatnonzero((frame[455:470].min(axis=2) < 90).any(axis=0)).mean() for frame in shown]
    assert all(later < earlier - 20 for earlier, later in pairwise(dark))


def test_a_sample_that_is_a_training_point_covers_it():
    """At the last frame blue lies on each of the points that samples ended at, vermilion on the others."""
    last = frames(film(reel((2,), n=20), "gif"))[-1][:400]
    blue = (last[..., 2] > 150) & (last[..., 0] < 90)
    red = (last[..., 0] > 180) & (last[..., 2] < 90)
    assert blue.sum() > 0.2 * red.sum() > 0  # half as wide
    none = frames(film(reel((2,), n=1), "gif"))[-1][:400]
    assert ((none[..., 2] > 150) & (none[..., 0] < 90)).sum() < 0.2 * blue.sum()


def test_points_that_are_all_equal_and_no_marks_still_make_a_film():
    assert len(frames(film(Reel(np.ones((6, 3, 2)), T, np.ones((4, 2)), {}, ""), "webp"))) >= 1


@pytest.mark.skipif(video_program() is None, reason="no ffmpeg here")
def test_a_video_holds_all_frames_at_even_sides():
    video = film(reel((2,)), "mp4")
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    command = [str(video_program()), "-loglevel", "error", "-i", "pipe:0", "-fps_mode", "passthrough", *raw]
    pixels = subprocess.run(command, input=video, capture_output=True, check=True).stdout
    shown = np.frombuffer(pixels, np.uint8).reshape(-1, 518, 640, 3).astype(float)
    still = frames(film(reel((2,)), "webp"))
    assert len(shown) > len(T), "the last frame is held"
    assert all(np.abs(one - other).mean() < 4 for one, other in zip(shown, still))
    assert film(reel((2,)), "mp4") == video


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (390, "dark")])
def test_a_page_plays_steps_by_keyboard_and_asks_nobody(browser, tmp_path, width, scheme):
    file = tmp_path / "fall.html"
    file.write_bytes(film(reel((2,)), "html"))
    page, seen = open_page(browser, file, width, scheme)
    wait_for(page, "document.querySelector('.film button').textContent === 'Play'")  # it has played to its end
    shown = "[document.querySelector('.film output').textContent, document.querySelector('.film img').src.length]"
    end = page.evaluate(shown)
    assert end[0] == "noise of standard deviation 0.01"
    page.locator(".film input").focus()
    page.keyboard.press("Home")
    start = page.evaluate(shown)
    assert start[0] == "noise of standard deviation 3" and start[1] != end[1]
    page.keyboard.press("ArrowRight")
    assert page.evaluate(shown)[0] not in (start[0], end[0])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen == [f"request {file.as_uri()}"] and serious(page) == []


@pytest.mark.browser
def test_a_page_does_not_move_for_those_who_want_rest(browser, tmp_path):
    file = tmp_path / "fall.html"
    file.write_bytes(film(reel((2,)), "html"))
    page = browser.new_page(reduced_motion="reduce")
    page.goto(file.as_uri())
    assert page.locator(".film button").text_content() == "Play"
    assert page.locator(".film output").text_content() == "noise of standard deviation 0.01"
