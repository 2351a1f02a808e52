"""Labels from folders and dataset.json, and splits that lie side by side."""

import json

import numpy as np
import pytest

from remanifold import InvalidInput
from remanifold.data import open_points

SAME = ("RGB", (5, 7))


def numbered(make_pictures, folders="{:05d}", stem="img{:08d}", n=12, each=4):
    """Pictures numbered through folders; the folder and their paths."""
    names = [f"{folders.format(i // each)}/{stem.format(i)}.png" for i in range(n)]
    return make_pictures(dict.fromkeys(names, SAME))[0], names


def write_labels(folder, labels):
    (folder / "dataset.json").write_text(json.dumps({"labels": labels}))


@pytest.mark.parametrize("order", [1, -1])
def test_labels_of_dataset_json_are_matched_by_name(make_pictures, order):
    folder, names = numbered(make_pictures)
    write_labels(folder, [[name, i % 3] for i, name in enumerate(names)][::order])
    points = open_points(folder)
    assert points.labels.tolist() == [i % 3 for i in range(12)]
    assert points.record.label_source == f"dataset.json of {folder}"
    assert points.reading == ("12 .png pictures", "labels matched by file name in dataset.json")


@pytest.mark.parametrize("labels", [None, [], "vectors", "missing"])
def test_shards_are_no_classes_where_dataset_json_has_none(make_pictures, labels):
    folder, names = numbered(make_pictures)
    if labels != "missing":
        write_labels(folder, [[name, [0.5, 1.0]] for name in names] if labels == "vectors" else labels)
    points = open_points(folder)
    assert points.labels is None
    assert "no labels from sub-folders: 00000, 00001, ... number shards" in points.reading
    assert any("dataset.json" in text for text in points.reading) == (labels != "missing")


def test_two_labels_of_one_file_are_refused(make_pictures):
    folder, _ = make_pictures({f"{k}.png": ("L", (4, 4)) for k in range(3)})
    labels = [["0.png", 1], ["1.png", 1], ["2.png", 0], ["1.png", 0]]
    (folder / "dataset.json").write_text(json.dumps({"labels": labels}))
    with pytest.raises(InvalidInput, match=r"dataset.json must give a file one label, but got two for 1\.png in"):
        open_points(folder)


def test_a_damaged_or_incomplete_dataset_json_is_refused(make_pictures):
    folder, names = numbered(make_pictures)
    write_labels(folder, [[name, 1] for name in names[2:]])
    with pytest.raises(InvalidInput, match=r"of every file .* but got none of 00000/img00000000.png \(2 missing\)"):
        open_points(folder)
    (folder / "dataset.json").write_text("{")
    with pytest.raises(InvalidInput, match=r"dataset.json must be JSON, but got a damaged .*dataset.json; write"):
        open_points(folder)


@pytest.mark.parametrize(
    ("folders", "stem", "classes"),
    [
        ("{:05d}", "{:09d}", None),
        ("{}000", "{:03d}", None),  # 0000, 1000, 2000: files numbered through, as in FFHQ
        ("shard-{}", "{}", None),
        ("part_{:02d}", "{}", None),
        ("{}", "{:03d}", None),  # numbered through
        ("{}", "{:03d}_a", None),
        ("s{}", "{}", None),
        ("data_batch_{}", "{}", None),
        ("class{}", "{}", ["class0", "class1", "class2"]),
        ("n0144{:04d}", "{}", ["n01440000", "n01440001", "n01440002"]),
    ],
)
def test_which_folders_are_classes(make_pictures, folders, stem, classes):
    folder, _ = numbered(make_pictures, folders, stem)
    labels = open_points(folder).labels
    assert (labels is None) == (classes is None)
    assert classes is None or sorted(set(labels.tolist())) == classes


def test_numbers_as_folders_are_classes_where_names_begin_anew(make_pictures):
    names = [f"{folder:05d}/{i:05d}_00000.png" for folder in range(3) for i in range(2)]
    folder, _ = make_pictures(dict.fromkeys(names, SAME))
    assert open_points(folder).labels.tolist() == [0, 0, 1, 1, 2, 2]


def test_pictures_beside_folders_have_no_labels_and_that_is_said(make_pictures):
    folder, _ = make_pictures(dict.fromkeys(["a/1.png", "b/2.png", "3.png"], SAME))
    points = open_points(folder)
    assert points.labels is None
    assert "no labels from sub-folders: 1 file lies in none" in points.reading


def test_splits_are_asked_about_and_chosen(make_pictures):
    sizes = {"train": 5, "test": 4}
    names = [f"{split}/{'cat' if i % 2 else 'dog'}/{i}.png" for split, n in sizes.items() for i in range(n)]
    folder, _ = make_pictures(dict.fromkeys(names, SAME))
    with pytest.raises(
        InvalidInput, match=r"one split, but got test, train in .*; pass `split` as test, or as all .*/test/\*'"
    ):
        open_points(folder)
    for split, n in sizes.items():
        points = open_points(folder, split=split)
        assert points.n_points == n
        assert sorted(set(points.labels.tolist())) == ["cat", "dog"]
        assert points.reading[0] == f"files of the split {split}"
        assert open_points(f"{folder}/{split}/*").n_points == n
    with pytest.raises(InvalidInput, match=r"the split must be one of test, train, or all, but got 'validation' for"):
        open_points(folder, split="validation")


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (["x_train", "x_test"], ["test", "train"]),
        (["train", "val"], ["train", "validation"]),
        (["training-0", "unlabeled-0"], ["train", "unlabeled"]),
        (["train-0", "train-1"], None),
        (["latent", "contest"], None),
        (["trainer", "evaluate"], None),
        (["Xtrain", "Xtest"], ["test", "train"]),
        (["trainX", "TestX"], ["test", "train"]),
        (["latentstrain", "latentstest"], ["test", "train"]),
        (["tr", "te"], ["te", "tr"]),
        (["dev", "eval"], ["dev", "eval"]),
        (["held_out", "train-0"], ["holdout", "train"]),
    ],
)
def test_which_names_are_splits(tmp_path, names, splits):
    for name in names:
        np.save(tmp_path / f"{name}.npy", np.eye(4))
    if splits is None:
        assert open_points(tmp_path, one_row_a_file=False).n_points == 8
        return
    with pytest.raises(InvalidInput, match=f"one split, but got {', '.join(splits)} in"):
        open_points(tmp_path)
    assert open_points(tmp_path, split=splits[0]).n_points == 4


def test_classes_may_be_named_like_splits(make_pictures):
    folder, _ = make_pictures(dict.fromkeys(["train_station/1.png", "dev_board/2.png", "cat/3.png"], SAME))
    with pytest.raises(InvalidInput, match=r"got train, validation and others, such as cat/3.png, in .* as all where"):
        open_points(folder)
    assert open_points(folder, split="all").labels.tolist() == ["cat", "dev_board", "train_station"]


@pytest.mark.parametrize(
    ("parts", "splits"),
    [
        (["DIV2K_train_HR", "DIV2K_valid_HR"], "train, validation"),
        (["trainA", "trainB", "testA", "testB"], "test, train"),
        (["imagesTr", "imagesTs"], "tr, ts"),
        (["gallery", "query"], "gallery, query"),
        (["train-clean-100", "test-clean"], "test, train"),
        (["1_train", "2_test"], "test, train"),
        (["faces", "test"], "test and others, such as faces/0.png,"),
        (["car", "bus", "train"], "train and others, such as bus/0.png,"),
        (["", "test"], "test and others, such as 0.png,"),
        (["val", "valid2"], "val, valid"),
    ],
)
def test_splits_are_found_in_names_of_folders(make_pictures, parts, splits):
    names = [f"{part}/{k}.png".lstrip("/") for part in parts for k in range(3)]
    folder, _ = make_pictures(dict.fromkeys(names, SAME))
    with pytest.raises(InvalidInput, match=f"one split, but got {splits} in"):
        open_points(folder)
    assert open_points(folder, split="all").n_points == len(names)
    first = splits.split(",")[0].split(" ")[0]
    assert 3 <= open_points(folder, split=first).n_points < len(names)


def test_a_file_named_as_a_split_beside_another_is_asked_about(tmp_path):
    for name, n in (("x", 5), ("x_test", 3)):
        np.save(tmp_path / f"{name}.npy", np.eye(n, 4))
    with pytest.raises(
        InvalidInput, match=r"got test and others, such as x.npy, in .* pattern of those meant, '.*/x.npy'"
    ):
        open_points(tmp_path)
    assert open_points(tmp_path, split="test").n_points == 3


def test_folders_by_the_first_letters_of_hashes_are_no_classes(make_pictures):
    names = [f"{name[:2]}/{name}.png" for name in ("3a7f01", "3abb12", "7f00cd", "e1e1e1")]
    folder, _ = make_pictures(dict.fromkeys(names, SAME))
    points = open_points(folder)
    assert points.labels is None and "3a, 7f, ... number shards" in points.reading[1]


def test_ranges_as_folders_are_no_classes_and_classes_are_named(make_pictures):
    folder, _ = make_pictures(dict.fromkeys([f"{3 * (k // 3)}-{3 * (k // 3) + 2}/{k}.png" for k in range(9)], SAME))
    assert open_points(folder).labels is None
    other, _ = make_pictures({f"c/{name}/{k}.png": SAME for name in "vwxyz" for k in range(2)})
    assert "labels from 5 sub-folders: v, w, x, y, ..." in open_points(other / "c").reading


@pytest.mark.parametrize("nested", [True, False])
def test_parquet_files_of_two_splits_are_not_joined(tmp_path, nested):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    for split in ("train", "test"):
        path = tmp_path / (f"{split}/0000.parquet" if nested else f"{split}-0000.parquet")
        path.parent.mkdir(exist_ok=True)
        parquet.write_table(arrow.table({"x": [[1.0, 2.0]] * (3 if split == "test" else 5)}), path)
    with pytest.raises(InvalidInput, match="one split, but got test, train in"):
        open_points(tmp_path)
    assert open_points(tmp_path, split="test").n_points == 3


def test_array_files_that_are_rows_have_the_labels_and_names_of_pictures(tmp_path, cube):
    names = [f"{i // 8:05d}/latent{i:08d}.npy" for i in range(20)]
    for name, row in zip(names, cube, strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        np.save(tmp_path / name, row)
    write_labels(tmp_path, [[name, i % 2] for i, name in enumerate(names)])
    points = open_points(tmp_path, one_row_a_file=True)
    assert points.labels.tolist() == [i % 2 for i in range(20)]
    assert points.row_names == tuple(names)
    assert points.reading[1:] == ("labels matched by file name in dataset.json",)
    assert np.array_equal(points.stored(0, 20), cube)


def test_one_folder_is_no_class(make_pictures):
    folder, _ = make_pictures(dict.fromkeys(["all/cat/1.png", "all/dog/2.png", "all/dog/3.png"], SAME))
    points = open_points(folder)
    assert points.labels is None
    assert "no labels from sub-folders: all files lie in all" in points.reading
