"""Pictures that a table names instead of holding: only files below the data set's own folder are opened."""

import os

import pytest
from PIL import Image

from remanifold import InvalidInput
from remanifold.data import open_points

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def own(tmp_path):
    """A folder of a data set with pictures, beside one that is not its own."""
    for place in ("own/pictures", "other"):
        (tmp_path / place).mkdir(parents=True)
        for i in range(3):
            Image.new("RGB", (4, 4), (i, 50, 60)).save(tmp_path / place / f"{i}.png")
    return tmp_path / "own"


def named(own, names):
    rows = [{"bytes": None, "path": str(name)} for name in names]
    parquet.write_table(arrow.table({"image": rows}), own / "x.parquet")
    return own / "x.parquet"


def test_files_below_the_folder_are_read(own):
    for root in ("pictures", own / "pictures"):
        assert open_points(named(own, [f"{root}/{i}.png" for i in range(3)])).n_points == 3


@pytest.mark.parametrize(
    "name",
    [
        *("../other/0.png", "{0}/other/0.png", "pictures/../../other/0.png", "out.png", "pictures", "pipe.png"),
        *("none.png", "/dev/zero", "/proc/self/environ", "http://localhost/0.png", "file://{0}/other/0.png"),
        *("zip://0.png::{0}/x.zip", "a\0b", "x" * 5000, "~/x.png", "circle.png"),
    ],
)
def test_nothing_else_is_opened(own, name):
    (own / "out.png").symlink_to(own.parent / "other/0.png")
    (own / "circle.png").symlink_to(own / "circle.png")
    os.mkfifo(own / "pipe.png")
    with pytest.raises(
        InvalidInput, match=r"a picture must be in the table, or a file below .*; embed the files"
    ) as caught:
        open_points(named(own, [name.format(own.parent)] * 3))
    assert len(str(caught.value)) < 1000


def test_text_in_the_place_of_bytes_is_no_name_of_a_file(own):
    rows = [{"bytes": str(own.parent / "other/0.png"), "path": None}] * 3
    parquet.write_table(arrow.table({"image": rows}), own / "x.parquet")
    with pytest.raises(InvalidInput, match="a picture must have its bytes in the table"):
        open_points(own / "x.parquet")


def test_a_saved_hugging_face_data_set_opens_nothing_elsewhere(own):
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    rows = [{"bytes": None, "path": str(own.parent / "other/0.png")}] * 3
    data = datasets.Dataset.from_dict({"image": rows})
    data.save_to_disk(own / "set")
    with pytest.raises(InvalidInput, match=r"or a file below .*own/set, but got"):
        open_points(own / "set")
    assert open_points(data).n_points == 3  # opened by the caller, whose program reads these files anyway
