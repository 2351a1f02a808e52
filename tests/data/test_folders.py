"""What a folder holds is read, said with counts, or asked about; nothing is passed over in silence."""

import os

import numpy as np
import pytest
import torch
from PIL import Image

from remanifold import InvalidInput
from remanifold.data import open_points

SAME = ("RGB", (5, 7))


def refused(source, **options):
    with pytest.raises(InvalidInput) as caught:
        open_points(source, **options)
    return str(caught.value)


def test_pictures_of_every_ending_are_read(make_pictures):
    endings = ["png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "gif", "tif", "TIFF", "ppm"]
    folder, _ = make_pictures({f"{i}.{end}": SAME for i, end in enumerate(endings)})
    points = open_points(folder)
    assert points.n_points == len(endings)
    assert points.reading[0].startswith("1 .png, 1 .jpg") or "1 .png" in points.reading[0]


def test_all_that_lies_beside_is_counted(make_pictures):
    folder, _ = make_pictures({f"{i}.png": SAME for i in range(3)} | {".thumbs/1.png": SAME, "._2.png": SAME})
    for name in ("notes.json", "more.json", "README"):
        (folder / name).write_text("{}")
    (folder / "away").symlink_to("/etc")
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "circle.png").symlink_to(folder / "circle.png")
    os.mkfifo(folder / "pipe.png")
    points = open_points(folder)
    assert points.n_points == 3
    assert points.reading == (
        "3 .png pictures",
        "left out in the folder: 2 .json, 1 without a suffix, 2 hidden files or folders, "
        "3 links that lead to folders or nowhere, 1 pipes or devices",
    )


def test_pictures_that_cannot_be_read_are_named(make_pictures):
    folder, _ = make_pictures({f"{i}.png": SAME for i in range(3)})
    for name in ("a.heic", "b.HEIC", "c.avif"):
        (folder / name).write_bytes(b"")
    assert "but got 2 .heic, 1 .avif in" in refused(folder)
    assert open_points(f"{folder}/*.png").n_points == 3


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a.tar", "b.tar"], "2 .tar in {}; unpack it, several into one folder"),
        (["a.h5"], "1 .h5 in {}; save the array as .npy"),
        (["a.csv", "b.csv"], "2 .csv in {}; pass one of the files"),
        (["data.arrow"], "1 .arrow in {}; pass the folder that save_to_disk wrote"),
        (["a.heic"], "1 .heic in {}; convert them to png of 8 bits"),
        (["a.pkl"], "1 .pkl in {}; save the arrays as .npy: pickles can run code"),
        ([], "none in {}; check the path"),
    ],
)
def test_a_folder_without_data_is_told_by_what_it_holds(tmp_path, names, words):
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    assert words.format(tmp_path) in refused(tmp_path)


@pytest.mark.parametrize(("shape", "read"), [((5,), True), ((3, 9), True), ((50,), True), ((50, 9), False)])
def test_an_array_beside_pictures_is_about_them_if_it_has_no_more_rows(make_pictures, shape, read):
    folder, _ = make_pictures({f"{i}.png": SAME for i in range(3)})
    np.save(folder / "beside.npy", np.zeros(shape))
    if read:
        points = open_points(folder)
        assert points.shape == (3, 5, 7)
        assert "left out in the folder: 1 .npy" in points.reading
        return
    assert f"3 .png, 1 .npy in {folder}; pass a pattern of the files meant, '{folder}/*.npy' or" in refused(folder)
    assert open_points(f"{folder}/*.png").shape == (3, 5, 7)
    assert open_points(f"{folder}/*.npy").shape == (9,)


def test_an_array_for_every_picture_is_asked_about(make_pictures):
    folder, _ = make_pictures({f"{i}.png": SAME for i in range(3)})
    for i in range(3):
        np.save(folder / f"{i}.npy", np.zeros((2, 4)))
    assert "data of one kind, but got 3 .png, 3 .npy in" in refused(folder)


def test_a_table_about_pictures_is_left_out_and_a_table_of_points_is_asked_about(make_pictures):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    folder, _ = make_pictures({f"{i}.png": SAME for i in range(3)})
    parquet.write_table(arrow.table({"width": [7] * 9, "caption": ["x"] * 9}), folder / "00000.parquet")
    points = open_points(folder)
    assert (points.record.kind, points.n_points) == ("pictures", 3)
    assert "left out in the folder: 1 .parquet" in points.reading
    parquet.write_table(arrow.table({"width": [7.0, 8.0, 9.0]}), folder / "00001.parquet")
    assert "left out in the folder: 2 .parquet" in open_points(folder).reading
    for columns in ({"latent": [[1.0, 2.0]] * 3}, {"a": [1.0] * 9, "b": [2.0] * 9}):
        parquet.write_table(arrow.table(columns), folder / "00001.parquet")
        assert "3 .png, 2 .parquet in" in refused(folder)
        assert open_points(f"{folder}/00001*").shape == (2,)


def test_files_of_two_array_formats_are_asked_about(tmp_path):
    np.save(tmp_path / "a.npy", np.eye(4))
    torch.save(torch.eye(4), tmp_path / "b.pt")
    assert "1 .npy, 1 .pt in" in refused(tmp_path)
    assert open_points(f"{tmp_path}/*.pt").record.source == f"{tmp_path}/*.pt"
    assert "files of" in refused(f"{tmp_path}/*.npz")


def test_partitions_whose_columns_are_names_of_folders_are_refused(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    for name in ("label=0", "label=1"):
        (tmp_path / name).mkdir()
        parquet.write_table(arrow.table({"x": [[1.0, 2.0]] * 3}), tmp_path / name / "0.parquet")
    assert "folders such as label=0/0.parquet in" in refused(tmp_path)


def test_a_single_picture_is_one_row(tmp_path):
    Image.new("RGB", (4, 4), (9, 8, 7)).save(tmp_path / "x.png")
    points = open_points(tmp_path / "x.png", least=1)
    assert (points.n_points, points.shape, points.row_names) == (1, (3, 4, 4), ("x.png",))
    assert "at least 3 points, but got 1 in" in refused(tmp_path / "x.png")


@pytest.mark.parametrize("kind", ["array", "file", "zarr"])
def test_a_split_of_what_has_none_is_refused(tmp_path, kind):
    if kind == "zarr":
        pytest.importorskip("zarr").save_array(str(tmp_path / "x.zarr"), np.eye(4))
    np.save(tmp_path / "x.npy", np.eye(4))
    source = {"array": np.eye(4), "file": tmp_path / "x.npy", "zarr": tmp_path / "x.zarr"}[kind]
    assert "`split` is for folders of several splits" in refused(source, split="train")


@pytest.mark.parametrize("name", [b"\xff.png", b"a\nb.png", b"\x1b[2J.png"])
def test_names_that_no_report_can_hold_are_refused_at_once(make_pictures, name):
    folder, _ = make_pictures({f"{i}.png": SAME for i in range(3)})
    os.rename(folder / "0.png", os.path.join(os.fsencode(folder), name))  # noqa: PTH104, PTH118
    words = refused(folder)
    assert "must be UTF-8 without control characters, but got" in words and "?" in words and "\n" not in words
    assert words.isprintable() and words.isascii()
