"""Folders and lists of pictures: order, modes, sizes, labels, range."""

import numpy as np
import pytest
from PIL import Image

from remanifold.data import open_points, survey

SAME = (5, 7)


def test_a_folder_is_read_in_the_order_of_paths_and_mapped_to_minus_one_to_one(make_pictures):
    folder, pictures = make_pictures({"b/2.png": ("RGB", SAME), "b/10.PNG": ("RGB", SAME), "a.png": ("RGB", SAME)})
    points = open_points(folder)
    order = ["a.png", "b/10.PNG", "b/2.png"]
    assert points.row_names == tuple(order)
    assert points.shape == (3, *SAME)
    assert points.rows.dtype == np.uint8
    expected = np.stack([np.moveaxis(np.asarray(pictures[name]), 2, 0) for name in order])
    assert np.array_equal(points.stored(0, 3), expected)
    assert points.chunk(0, 3) == pytest.approx(expected.reshape(3, -1) / 127.5 - 1, abs=1e-15)
    assert points.chunk(0, 3, np.float32).dtype == np.float32
    assert points.record.preprocessing == "RGB pictures; channels first; 0..255 mapped to [-1, 1]"
    assert points.labels is None


def test_black_is_minus_one_and_white_is_one():
    points = open_points([Image.new("L", (2, 2), colour) for colour in (0, 128, 255)])
    assert points.chunk(0, 3)[[0, 2], 0] == pytest.approx([-1, 1], abs=1e-15)


def test_grey_pictures_keep_one_channel(make_pictures):
    folder, _ = make_pictures({f"{i}.png": ("L", SAME) for i in range(3)})
    assert open_points(folder).shape == (1, *SAME)


def test_grey_among_coloured_becomes_coloured_in_any_order(make_pictures):
    modes = ["L", "L", "RGB", "L", "RGBA", "1", "P"]
    folder, pictures = make_pictures({f"{i}.png": (mode, SAME) for i, mode in enumerate(modes)})
    points = open_points(folder)
    expected = [np.moveaxis(np.asarray(p.convert("RGB")), 2, 0) for p in pictures.values()]
    assert np.array_equal(points.stored(0, 7), expected)
    assert points.record.preprocessing.startswith("1, L, P, RGBA converted to RGB;")


def test_sizes_are_brought_together_by_resize(make_pictures):
    folder, pictures = make_pictures({"0.png": ("RGB", (5, 7)), "1.bmp": ("RGB", (9, 4)), "2.gif": ("L", (6, 6))})
    points = open_points(folder, resize=(4, 6))
    assert points.shape == (3, 4, 6)
    assert "resized to 4 x 6 (bicubic)" in points.record.preprocessing
    second = pictures["1.bmp"].resize((6, 4), Image.Resampling.BICUBIC)
    assert np.array_equal(points.stored(1, 2)[0], np.moveaxis(np.asarray(second), 2, 0))
    assert open_points(folder, resize=8).shape == (3, 8, 8)


def test_every_format_is_read(make_pictures):
    folder, _ = make_pictures(
        {f"{i}.{s}": ("RGB", SAME) for i, s in enumerate(["png", "jpg", "jpeg", "webp", "bmp", "gif"])}
    )
    assert open_points(folder).n_points == 6


def test_an_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("L", (4, 4), colour) for colour in (10, 200)]
    for i in range(3):
        frames[0].save(tmp_path / f"{i}.gif", save_all=True, append_images=frames[1:])
    assert set(open_points(tmp_path).stored(0, 3).ravel()) == {10}


def test_sub_folders_are_labels_only_where_all_pictures_are_in_one(make_pictures):
    folder, _ = make_pictures({f"{name}.png": ("L", SAME) for name in ("cat/1", "cat/deep/2", "dog/1")})
    points = open_points(folder)
    assert points.labels is not None
    assert list(points.labels) == ["cat", "cat", "dog"]
    assert points.record.label_source == "names of the sub-folders"


def test_hidden_files_are_left_out(make_pictures):
    names = ("1", "2", "3", ".thumb/1", "__MACOSX/1", "._3")
    folder, _ = make_pictures({f"{name}.png": ("L", SAME) for name in names})
    assert open_points(folder).n_points == 3


def test_a_list_of_pictures_is_the_folder(make_pictures):
    folder, pictures = make_pictures({f"{i}.png": ("RGB", SAME) for i in range(4)})
    assert survey(open_points(list(pictures.values()))).fingerprint == survey(open_points(folder)).fingerprint


def test_pictures_beyond_the_limit_go_to_a_temporary_file(make_pictures, monkeypatch):
    folder, _ = make_pictures({f"{i}.png": ("RGB", SAME) for i in range(4)})
    in_memory = survey(open_points(folder))
    monkeypatch.setattr("remanifold.data.rows._IN_MEMORY_BYTES", 10)  # else two gigabytes of pictures
    spilled = open_points(folder)
    assert isinstance(spilled.rows, np.memmap)
    assert survey(spilled).fingerprint == in_memory.fingerprint
