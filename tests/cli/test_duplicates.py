"""``remanifold duplicates``: files in, pairs out, each mistake in one sentence."""

import csv
import json

import numpy as np
import pytest
from command import runner


@pytest.fixture(autouse=True)
def sets(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    a = rng.integers(0, 256, size=(40, 6)).astype(np.uint8)
    a[7] = a[3]
    b = rng.integers(0, 256, size=(20, 6)).astype(np.float32)
    b[5] = a[3]
    b[11] = a[20] + 0.5
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", b)
    np.save(tmp_path / "wide.npy", np.eye(9))
    monkeypatch.chdir(tmp_path)


run = runner("duplicates")


def test_equal_rows_are_told(capsys):
    code, out, err = run(capsys, "a.npy")
    assert (code, err) == (0, "")
    said = "  read as 40 rows of shape (6,) and type uint8 (npy)\n"
    assert out == f"a.npy: 40 rows\n{said}1 pair of equal rows\n  row 3 and row 7: 0\n"


def test_json_alone_on_stdout(capsys):
    code, out, err = run(capsys, "a.npy", "b.npy", "--within", 2, "--json")
    assert (code, err) == (0, "")
    plain = json.loads(out)
    assert plain["columns"]["row_a"] == [3, 7, 20]
    assert plain["columns"]["row_b"] == [5, 5, 11]
    assert plain["columns"]["distance"] == pytest.approx([0, 0, np.sqrt(6) / 2])
    assert plain["parameters"]["sources"] == ["a.npy", "b.npy"]
    assert plain["version"]


def test_csv_holds_every_row_with_its_nearest(capsys, tmp_path):
    code, out, err = run(capsys, "a.npy", "b.npy", "--nearest", "--out", "new/pairs.csv")
    assert (code, err) == (0, "")
    assert out.endswith("  and 30 more, none of them closer\nwrote new/pairs.csv\n")
    lines = [line for line in (tmp_path / "new/pairs.csv").read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert sorted(int(row["row_a"]) for row in rows) == list(range(40))
    a, b = np.load("a.npy").astype(float), np.load("b.npy").astype(float)
    gaps = np.linalg.norm(a[:, None] - b[None], axis=2)
    assert all(float(row["distance"]) == pytest.approx(gaps[int(row["row_a"])].min()) for row in rows)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["pairs.csv"]


def test_names_of_pictures_are_listed(capsys, tmp_path):
    from PIL import Image

    (tmp_path / "pictures").mkdir()
    for k, grey in enumerate([0, 90, 90, 200]):
        Image.new("L", (4, 4), grey).save(tmp_path / "pictures" / f"{k}.png")
    plain = json.loads(run(capsys, "pictures", "--json")[1])["columns"]
    assert (plain["name_a"], plain["name_b"], plain["distance"]) == (["1.png"], ["2.png"], [0])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "remanifold duplicates needs A, but got none"),
        (("gone.npy",), "the data must be an existing file or folder, but got gone.npy, which does not exist"),
        (("a.npy", "wide.npy"), "the second set must have rows of the data's shape (6,), but got (9,) in wide.npy"),
        (("a.npy", "--within", "-1"), "--within must be a distance >= 0, but got -1; pass e.g. 0.01"),
        (("a.npy", "--limit", "0"), "--limit must be a whole number of at least 1, but got 0"),
        (("a.npy", "--memory", "lots"), "a memory budget must be a positive size, but got 'lots'"),
        (("a.npy", "--out", "pairs.txt"), "--out must end in one of .csv, .json, but got pairs.txt; change the name."),
        (("a.npy", "--out", "a.npy/x.csv"), "the output must go to a directory that can be written"),
    ],
)
def test_a_mistake_is_one_sentence_and_code_2(capsys, words, sentence):
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert err.startswith("remanifold: " + sentence)
    assert err.count("\n") == 1


def test_one_picture_is_asked_of_a_split_of_a_folder(capsys, tmp_path):
    from PIL import Image

    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        (tmp_path / "pictures" / split).mkdir(parents=True)
        for i in range(4):
            picture = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8))
            picture.save(tmp_path / "pictures" / split / f"{i}.png")
    (tmp_path / "pictures/train/2.png").rename(tmp_path / "one.png")
    Image.open("one.png").save(tmp_path / "pictures/train/2.png")
    code, out, err = run(capsys, "one.png", "pictures/train", "--nearest")
    assert (code, err) == (0, "")
    assert "one.png: 1 image\n" in out and "  B: 4 .png pictures\n" in out
    assert out.endswith("1 pair of nearest images\n  image 0 and image 2: 0 (one.png and 2.png)\n")
    code, out, err = run(capsys, "pictures")
    assert (code, out) == (2, "")
    assert "pass --split as test, or as all where it is one set, or a pattern of those meant, 'pictures/test/*'" in err
    code, out, _ = run(capsys, "pictures", "one.png", "--split", "train")
    assert code == 0 and out.endswith("1 pair of equal images\n  image 2 and image 0: 0 (train/2.png and one.png)\n")


def test_files_that_may_be_rows_are_asked_about(capsys, tmp_path):
    (tmp_path / "rows").mkdir()
    for i in range(5):
        np.save(tmp_path / "rows" / f"{i}.npy", np.full((3, 2), i % 4))
    code, out, err = run(capsys, "rows")
    assert (code, out) == (2, "")
    assert "pass --one-row-a-file for 5 rows of shape (3, 2), or its opposite for 15 rows of shape (2,)" in err
    assert run(capsys, "rows", "--one-row-a-file")[1].endswith(
        "1 pair of equal rows\n  row 0 and row 4: 0 (0.npy and 4.npy)\n"
    )
    assert "rows: 15 rows\n" in run(capsys, "rows", "--many-rows-a-file")[1]


def test_columns_in_another_order_are_ordered_by_name_and_channels_elsewhere_are_refused(capsys, tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,4\n5,6\n")
    (tmp_path / "b.csv").write_text("y,x\n2,1\n4,3\n5,6\n")
    code, out, _ = run(capsys, "a.csv", "b.csv")
    assert code == 0 and "2 pairs of equal rows" in out and "columns brought to the order of the others by their" in out
    (tmp_path / "b.csv").write_text("y,z\n2,1\n4,3\n5,6\n")
    code, out, err = run(capsys, "a.csv", "b.csv")
    assert (code, out) == (2, "") and "columns of the data in their order, but got y where the data have x" in err
    pictures = np.random.default_rng(0).normal(size=(5, 3, 8, 8))
    np.save("first.npy", pictures)
    np.save("last.npy", np.moveaxis(pictures, 1, -1))
    np.save("single.npy", pictures[2])
    assert "shape (3, 8, 8), but got (8, 8, 3) in last.npy" in run(capsys, "first.npy", "last.npy")[2]
    assert "but got (8, 8) in single.npy; pass it as array[None]" in run(capsys, "first.npy", "single.npy")[2]


def test_one_row_has_a_nearest_one_and_a_limit_leaves_the_rest_to_be_counted(capsys):
    np.save("one.npy", np.load("b.npy")[5:6])
    code, out, err = run(capsys, "a.npy", "one.npy", "--nearest", "--limit", 2)
    assert (code, err) == (0, "")
    assert out.endswith(
        "40 pairs of nearest rows\n  row 3 and row 0: 0\n  row 7 and row 0: 0\n  and 38 more, none of them closer\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a.npy", ""), "an argument must not be empty"),
        (("a.npy", "--out", ""), "--out must not be empty"),
        (("a.npy", "--out="), "--out must not be empty"),
        (("a.npy", "--one-row-a-file"), "is for folders of array files"),
        (("a.npy", "--one-row-a-file", "--many-rows-a-file"), "must be given, but got both"),
    ],
)
def test_empty_words_and_options_without_effect_are_refused(capsys, words, said):
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "") and said in err


def test_control_characters_of_names_do_not_reach_the_terminal(capsys, tmp_path):
    (tmp_path / "names.csv").write_text("a,\x1b[31mb\x9d,label\n1,2,u\n3,4,v\n5,6,u\n")
    np.savez(tmp_path / "x.npz", **{"\x1b]0;t\x07": np.eye(4), "other": np.eye(4)})
    seen = "".join(text for words in (("names.csv",), ("x.npz",)) for text in run(capsys, *words)[1:])
    assert "\\x1b" in seen
    assert not any(letter in seen for letter in "\x1b\x07\x9d")


def test_one_way_of_crops_is_said_where_there_are_two_sets(capsys, tmp_path):
    rows = np.random.default_rng(1).random(size=(5, 8, 8)).astype(np.float32)
    np.save(tmp_path / "one.npy", rows)
    np.save(tmp_path / "two.npy", rows[:3])
    words = "Rows of A are sought among crops of rows of B, not the other way: swap the sets for crops of A."
    for sets, there in ((("one.npy", "two.npy"), True), (("one.npy",), False)):
        _, out, _ = run(capsys, *sets, "--invariances", "crops")
        assert (words in " ".join(out.split())) == there
