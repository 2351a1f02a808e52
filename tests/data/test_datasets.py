"""torch data sets, Hugging Face data sets and parquet."""

import sys

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset, Subset, TensorDataset

from remanifold import InvalidInput
from remanifold.data import open_points, survey


class Listed(Dataset):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


@pytest.fixture
def fingerprint(cube):
    return survey(open_points(cube)).fingerprint


@pytest.mark.parametrize("form", ["tensor", "array", "labelled", "dict", "tensors", "subset"])
def test_every_form_of_torch_data_set_gives_the_same_points(form, cube, fingerprint):
    rows = [torch.from_numpy(row) for row in cube]
    key = "x" if form == "dict" else None
    source = {
        "tensor": Listed(rows),
        "array": Listed(list(cube)),
        "labelled": Listed([(row, i % 3, "more") for i, row in enumerate(rows)]),
        "dict": Listed([{"x": row, "label": torch.tensor(i % 3)} for i, row in enumerate(rows)]),
        "tensors": TensorDataset(torch.from_numpy(cube), torch.arange(20) % 3),
        "subset": Subset(TensorDataset(torch.from_numpy(cube), torch.arange(20) % 3), range(20)),
    }[form]
    points = open_points(source, key=key)
    assert survey(points).fingerprint == fingerprint
    assert points.record.kind == "dataset"
    if form in ("tensor", "array"):
        assert points.labels is None
    else:
        assert points.labels is not None
        assert list(points.labels) == [i % 3 for i in range(20)]


def test_targets_that_are_no_labels_are_left_out(cube):
    assert open_points(Listed([(row, row > 0) for row in cube])).labels is None


def test_pictures_of_a_data_set_are_mapped_like_a_folder(make_pictures):
    folder, pictures = make_pictures({f"{i}.png": ("RGB", (5, 7)) for i in range(4)})
    points = open_points(Listed([(picture, i) for i, picture in enumerate(pictures.values())]))
    assert survey(points).fingerprint == survey(open_points(folder)).fingerprint
    assert points.record.scale == 1 / 127.5
    assert open_points(Listed(list(pictures.values())), resize=3).shape == (3, 3, 3)


def test_bfloat16_items_are_widened(cube):
    points = open_points(Listed([torch.from_numpy(row).bfloat16() for row in cube]))
    assert points.record.preprocessing == "bfloat16 widened to float32"


@pytest.fixture
def hugging(cube):
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    features = datasets.Features({"x": datasets.Array2D((4, 3), "float32"), "label": datasets.ClassLabel(20)})
    return datasets.Dataset.from_dict({"x": cube.tolist(), "label": list(range(20))}, features=features)


@pytest.mark.parametrize("form", ["memory", "disk", "parquet", "folder"])
def test_arrays_of_hugging_face_give_the_same_points(form, hugging, fingerprint, tmp_path):
    source = hugging
    if form == "disk":
        source = tmp_path / "set"
        hugging.save_to_disk(source)
    if form == "parquet":
        source = tmp_path / "x.parquet"
        hugging.to_parquet(source)
    if form == "folder":
        source = tmp_path / "hub"
        (source / "data").mkdir(parents=True)
        for part in range(2):
            hugging.select(range(10 * part, 10 * part + 10)).to_parquet(
                source / "data" / f"train-0000{part}-of-00002.parquet"
            )
    points = open_points(source)
    assert survey(points).fingerprint == fingerprint
    assert points.labels is not None
    assert list(points.labels) == list(range(20))
    assert points.record.kind == ("parquet" if form in ("parquet", "folder") else "huggingface")


def test_a_selection_of_hugging_face_is_followed(hugging, cube):
    points = open_points(hugging.select([7, 3, 5]))
    assert np.array_equal(points.chunk(0, 3), cube.reshape(20, 12)[[7, 3, 5]])


@pytest.mark.parametrize("form", ["memory", "disk", "parquet"])
def test_pictures_of_hugging_face_are_mapped_like_a_folder(form, make_pictures, tmp_path):
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    folder, pictures = make_pictures({f"{i}.png": ("RGB", (5, 7)) for i in range(4)})
    source = datasets.Dataset.from_dict({"image": list(pictures.values()), "label": [0, 1, 0, 1]})
    if form == "disk":
        source.save_to_disk(tmp_path / "set")
        source = tmp_path / "set"
    if form == "parquet":
        source.to_parquet(tmp_path / "x.parquet")
        source = tmp_path / "x.parquet"
    assert survey(open_points(source)).fingerprint == survey(open_points(folder)).fingerprint
    assert open_points(source, resize=3).shape == (3, 3, 3)


def test_a_parquet_table_of_numbers(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"a": [1, 2, 3], "b": [4.5, 5.5, 6.5], "label": ["u", "v", "u"]})
    parquet.write_table(table, tmp_path / "x.parquet")
    points = open_points(tmp_path / "x.parquet")
    assert np.array_equal(points.chunk(0, 3), [[1, 4.5], [2, 5.5], [3, 6.5]])
    assert points.record.value_names == ("a", "b")
    assert points.labels is not None
    assert list(points.labels) == ["u", "v", "u"]
    assert open_points(f"{tmp_path}/x.parquet::a").shape == ()


@pytest.mark.parametrize(
    ("columns", "key", "message"),
    [
        (
            {"x": [[1.0], [2.0], [3.0, 4.0]]},
            None,
            "the lists of a column must have one length, but got lengths [1, 2] in column x",
        ),
        ({"x": [[1.0], [2.0], None]}, None, "data must be complete, but got missing values in column x"),
        ({"a": [None, None, None]}, None, "columns of numbers or of categories that repeat, but got a: every cell is"),
        ({"a": [1, 2, 3], "t": [{"u": 1}] * 3}, None, "only numbers, words, dates, and yes or no, but got a, t in"),
        ({"x": [[1], [2], [3]], "y": [[1], [2], [3]]}, None, "but got x, y in"),
        ({"t": [f"word {k}" for k in range(40)]}, "t", "or of categories that repeat, but got t: 40 diff"),
        ({"a": [1, 2, 3]}, "b", "the key must be one of a, but got 'b' for"),
        ({"a": [1, 2, 3]}, "a::resize", "resize is for pictures, but got numbers in"),
        ({"i": [b"no", b"picture", b"here"]}, None, "a picture must be a complete image file, but got picture 0 of"),
        (
            {"i": [{"bytes": None, "path": None}] * 3},
            None,
            "a picture must have its bytes in the table, but got none for",
        ),
        ({"a": [1, 2]}, None, "data must have at least 3 points, but got 2 in"),
    ],
)
def test_columns_that_cannot_be_points_are_refused(tmp_path, columns, key, message):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table(columns), tmp_path / "x.parquet")
    resize = 4 if key == "a::resize" else None
    with pytest.raises(InvalidInput) as caught:
        open_points(tmp_path / "x.parquet", key="a" if resize else key, resize=resize)
    assert message in str(caught.value)


def test_several_splits_are_refused(hugging, tmp_path):
    datasets = pytest.importorskip("datasets")
    splits = datasets.DatasetDict({"train": hugging, "test": hugging})
    splits.save_to_disk(tmp_path / "set")
    with pytest.raises(InvalidInput, match=r"one split, but got train, test in .*; name one, such as .*/train\."):
        open_points(tmp_path / "set")
    with pytest.raises(InvalidInput, match="but got DatasetDict; pass an array"):
        open_points(splits)
    for split in ("train", "test"):
        (tmp_path / "tables").mkdir(exist_ok=True)
        hugging.to_parquet(tmp_path / "tables" / f"{split}-0000.parquet")
    with pytest.raises(
        InvalidInput,
        match=r"files of a folder must be of one split, but got test, train in .*; pass `split` as test, or",
    ):
        open_points(tmp_path / "tables")
    assert open_points(tmp_path / "tables", split="test").n_points == 20
    assert open_points(tmp_path / "set", split="test").n_points == 20
    assert open_points(splits, split="test").n_points == 20


@pytest.mark.parametrize(
    ("items", "key", "message"),
    [
        (
            [torch.ones(2), torch.ones(3), torch.ones(2)],
            None,
            "one shape and type, (2,) float32 like the first, but got (3,) float32",
        ),
        (
            [np.ones(2, np.float32), np.ones(2), np.ones(2)],
            None,
            "but got (2,) float64 in item 1 of Listed in memory; make them",
        ),
        (
            [torch.ones(2), Image.new("L", (2, 2)), torch.ones(2)],
            None,
            "items must be all pictures or all arrays, but got both",
        ),
        ([{"x": 1, "y": 2}] * 3, None, "items with several entries need a key, one of x, y, but got None; pass key=."),
        ([torch.ones(2)] * 3, "x", "a key is for items that are dicts, but got 'x'; leave it out."),
        ([()] * 3, None, "an item must be x or (x, label), but got an empty one;"),
        ([torch.ones(2)] * 2, None, "data must have at least 3 points, but got 2 in Listed in memory; pass more rows."),
        (["text"] * 3, None, "data must be real numbers, but got text"),
    ],
)
def test_items_that_cannot_be_points_are_refused(items, key, message):
    with pytest.raises(InvalidInput) as caught:
        open_points(Listed(items), key=key)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("module", "name"), [("pyarrow.dataset", "x.parquet"), ("zarr", "x.zarr/.zarray"), ("datasets", "x/state.json")]
)
def test_a_missing_extra_is_named_with_its_command(monkeypatch, tmp_path, module, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("{}")
    monkeypatch.setitem(sys.modules, module, None)
    source = tmp_path / name.split("/")[0]
    with pytest.raises(InvalidInput, match=r"but got no such package here; run pip install 'remanifold\[formats\]'\."):
        open_points(source)


def test_a_saved_dictionary_of_one_split_is_read_and_named(tmp_path):
    datasets = pytest.importorskip("datasets")
    table = datasets.Dataset.from_dict({"a": [0.0, 1.0, 4.0, 9.0], "b": [1.0, 2.0, 3.0, 5.0]})
    datasets.DatasetDict({"validation": table}).save_to_disk(tmp_path / "set")
    points = open_points(tmp_path / "set")
    assert points.chunk(0, 4).tolist() == [[0, 1], [1, 2], [4, 3], [9, 5]]
    assert any("its one split, validation" in text for text in points.record.reading)
