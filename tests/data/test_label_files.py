"""Labels in files: read by the rules of data, matched to rows by name, refused where position is a guess."""

import json

import numpy as np
import pytest
import safetensors.numpy
import torch

from remanifold import InvalidInput, open_points
from remanifold.data import open_labels

N = 12
NAMES = [f"img_{k}.png" for k in range(N)]
BY_LETTERS = sorted(range(N), key=lambda k: NAMES[k])  # 0, 1, 10, 11, 2, ...
ROWS = np.random.default_rng(0).normal(size=(N, 3))


@pytest.fixture
def pictures(make_pictures):
    return make_pictures(dict.fromkeys(NAMES, ("L", (4, 4))))[0]


def _write(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def _lines(form, order=range(N), head=""):
    return head + "\n".join(form.format(k=k, name=NAMES[k]) for k in order)


SHUFFLED = [7, 3, 11, 0, 1, 2, 10, 9, 8, 6, 5, 4]
TEXTS = [
    ("l.csv", _lines("{name},{k}", head="file,label\n")),
    ("l.csv", _lines("{k},{name}", SHUFFLED, head="label,id\n")),
    ("l.csv", _lines("img_{k},{k}", SHUFFLED, head="id,label\n")),
    ("l.csv", _lines("data\\train\\{name},{k}", head="path,labels\n")),
    ("l.csv", _lines("{name};{k}", SHUFFLED, head="file;class\n")),
    ("l.tsv", _lines("{name}\t{k}", SHUFFLED)),
    ("l.txt", _lines("./{name} {k}")),
    ("l.json", json.dumps({name: k for k, name in enumerate(NAMES)})),
    ("l.json", json.dumps({"labels": [[NAMES[k], k] for k in SHUFFLED]})),
    ("l.json", json.dumps([[NAMES[k], k] for k in SHUFFLED])),
    ("l.jsonl", "\n".join(json.dumps({"file_name": NAMES[k], "label": k}) for k in SHUFFLED)),
]


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_labels_are_matched_by_name(tmp_path, pictures, name, text):
    points = open_points(pictures, labels=_write(tmp_path, name, text))
    assert points.labels is not None and points.labels.tolist() == BY_LETTERS
    assert any(text.startswith("labels matched by name") for text in points.reading)


def test_a_dictionary_and_a_parquet_file_are_matched_by_name(tmp_path, pictures):
    given = {name: k for k, name in enumerate(NAMES)} | {"img_99.png": 99}
    points = open_points(pictures, labels=given)
    assert points.labels is not None and points.labels.tolist() == BY_LETTERS
    assert any("1 names of the labels are no rows" in text for text in points.reading)
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"label": SHUFFLED, "file": [NAMES[k] for k in SHUFFLED], "site": ["a"] * N})
    parquet.write_table(table, tmp_path / "l.parquet")
    points = open_points(pictures, labels=tmp_path / "l.parquet")
    assert points.labels is not None and points.labels.tolist() == BY_LETTERS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (_lines("{name},{k}", range(11), "file,label\n"), r"every row \(12\) must have its label by name, but got 1"),
        (
            _lines("pic_{k}.png,{k}", head="file,label\n"),
            "matched to rows by name, but got 'pic_0.png' in the column file",
        ),
        (
            _lines("{name},{k}", head="file,label\n") + "\nimg_3.png,9",
            "must have one label, but got two that differ for img_3.png",
        ),
        (_lines("{k},{k}", SHUFFLED, "id,label\n"), "must be matched to rows by name, but got '7' in the column id"),
        (_lines("{name},{k},x", head="file,a,b\n"), "one column, or one named label, but got 3 columns"),
        (_lines("{k}"), "without names need one order of the pictures, but got rows in the order of the letters"),
    ],
)
def test_labels_that_may_belong_to_other_rows_are_refused(tmp_path, pictures, text, message):
    with pytest.raises(InvalidInput, match=message):
        open_points(pictures, labels=_write(tmp_path, "l.csv", text))


def test_the_order_of_the_rows_must_be_asked_for(tmp_path, pictures):
    for given in (_write(tmp_path, "l.txt", _lines("{k}")), list(range(N)), _write(tmp_path, "l.csv", TEXTS[0][1])):
        points = open_points(pictures, labels=given, labels_from="order")
        assert points.labels is not None and points.labels.tolist() == list(range(N))
    with pytest.raises(InvalidInput, match="labels without names need one order of the pictures"):
        open_points(pictures, labels=list(range(N)))


def test_pictures_of_one_order_take_labels_by_position(make_pictures):
    folder, _ = make_pictures({f"img_{k:02}.png": ("L", (4, 4)) for k in range(N)})
    points = open_points(folder, labels=list(range(N)))
    assert points.labels is not None and points.labels.tolist() == list(range(N))
    assert "labels stand in the order of the rows" in points.reading


def test_names_of_files_beside_rows_without_names_are_refused(tmp_path):
    labels = _write(tmp_path, "l.csv", TEXTS[0][1])
    with pytest.raises(InvalidInput, match=r"'img_0\.png' in the column file of .*, while the rows have no names"):
        open_points(ROWS, labels=labels)
    points = open_points(ROWS, labels=labels, labels_from="order")
    assert points.labels is not None and points.labels.tolist() == list(range(N))
    assert "labels stand in the order of the rows; not used: file" in points.reading


def test_rows_of_a_table_have_names_too(tmp_path):
    frame = pytest.importorskip("pandas").DataFrame(ROWS, index=[f"s{k}" for k in range(N)])
    frame.to_csv(tmp_path / "t.csv")
    labels = _write(tmp_path, "l.csv", _lines("s{k},{k}", SHUFFLED, "sample,label\n"))
    points = open_points(tmp_path / "t.csv", labels=labels)
    assert points.labels is not None and points.labels.tolist() == list(range(N))


def test_one_of_several_columns_is_named(tmp_path, pictures):
    path = _write(tmp_path, "l.csv", _lines("{name},{k},x", SHUFFLED, "file,age,site\n"))
    for labels, column in ((path, "age"), (f"{path}::age", None)):
        points = open_points(pictures, labels=labels, labels_from=column)
        assert points.labels is not None and points.labels.tolist() == BY_LETTERS
    with pytest.raises(InvalidInput, match="must name one of the columns file, age, site, but got 'sex'"):
        open_points(pictures, labels=path, labels_from="sex")


@pytest.mark.parametrize("name", ["m.npz", "c.npz", "m.pt", "m.safetensors"])
def test_an_array_of_a_file_holds_labels_in_either_shape(tmp_path, name):
    arrays = {"x": ROWS, "flat": np.arange(N) % 3, "tall": (np.arange(N) % 3).reshape(-1, 1)}
    if name.endswith(".npz"):
        (np.savez if name == "m.npz" else np.savez_compressed)(tmp_path / name, **arrays)
    elif name == "m.pt":
        torch.save({key: torch.tensor(array) for key, array in arrays.items()}, tmp_path / name)
    else:
        safetensors.numpy.save_file(arrays, tmp_path / name)
    for key in ("flat", "tall"):
        points = open_points(f"{tmp_path / name}::x", labels=f"{tmp_path / name}::{key}")
        assert points.labels is not None and points.labels.tolist() == [0, 1, 2] * 4
    with pytest.raises(InvalidInput, match="a file of several arrays needs a key"):
        open_labels(tmp_path / name, N)
    with pytest.raises(InvalidInput, match="must be one per point in a one-dimensional array"):
        open_labels(f"{tmp_path / name}::x", N)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"labels": null}', "names to labels, but got NoneType"),
        ('[["a", 1], 3]', "but got some with names and some without"),
        ("[]", "names to labels, but got list"),
        ("{]", "a file of labels must be JSON, but got something else"),
        ('[{"file": "a", "x": 1}, {"file": "b", "y": 2}]', "but got 3 columns"),
    ],
)
def test_json_of_other_kinds_is_refused(tmp_path, text, message):
    with pytest.raises(InvalidInput, match=message):
        open_labels(_write(tmp_path, "l.json", text), None)


def test_two_columns_of_names_that_disagree_are_refused(tmp_path):
    frame = pytest.importorskip("pandas").DataFrame(ROWS)
    frame.to_csv(tmp_path / "t.csv")
    lines = "rank,id,label\n" + "\n".join(f"{rank},{k},{k}" for rank, k in enumerate(SHUFFLED))
    with pytest.raises(
        InvalidInput, match=r"one column must hold the names of the rows, but got rank and id of .*which"
    ):
        open_points(tmp_path / "t.csv", labels=_write(tmp_path, "l.csv", lines))
    agreed = "rank,id,label\n" + "\n".join(f"{k},{k},{k % 3}" for k in SHUFFLED)
    points = open_points(tmp_path / "t.csv", labels=_write(tmp_path, "l.csv", agreed))
    assert points.labels is not None and points.labels.tolist() == [0, 1, 2] * 4


def test_text_that_names_rows_is_never_taken_by_position(tmp_path):
    labels = _write(tmp_path, "l.csv", _lines("s{k},{k}", SHUFFLED, "name,label\n"))
    with pytest.raises(InvalidInput, match=r"'s7' in the column name of .*, while the rows have no names; .* 'order'"):
        open_points(ROWS, labels=labels)
    points = open_points(ROWS, labels=labels, labels_from="order")
    assert points.labels is not None and points.labels.tolist() == SHUFFLED
    sites = _write(tmp_path, "l.csv", _lines("north,{k}", head="site,label\n"))
    assert "labels stand in the order of the rows; not used: site" in open_points(ROWS, labels=sites).reading


def test_a_first_line_that_may_be_the_header_of_labels_is_refused(tmp_path):
    letters = [letter for letter in "abc" for _ in range(4)]
    for lines in (["class", *letters], ["class", *letters[1:]]):
        with pytest.raises(InvalidInput, match="a label or the header, but got 'class', which no other line of"):
            open_points(ROWS, labels=_write(tmp_path, "l.txt", "\n".join(lines)))
    for head in ("label\n", ""):
        labels = open_labels(_write(tmp_path, "l.txt", head + "\n".join(letters)), N)
        assert labels.tolist() == letters


def test_labels_that_begin_like_comments_are_labels(tmp_path):
    colours = ["#ff0000", "#00ff00", "%"] * 4
    for head in ("", "# made on Monday\n", "colour,label\n"):
        lines = [f"x,{colour}" if "," in head else colour for colour in colours]
        labels = _write(tmp_path, "l.csv", head + "\n".join(lines))
        points = open_points(ROWS, labels=labels)
        assert points.labels is not None and points.labels.tolist() == colours
        assert ("1 lines of comments skipped" in points.reading) == head.startswith("#")


@pytest.mark.parametrize("missing", ["", "nan", "NA"])
def test_labels_that_are_missing_are_refused(tmp_path, missing):
    lines = ["x,label", *(f"a,{missing if k == 3 else k % 2}" for k in range(N))]
    with pytest.raises(InvalidInput, match=f"every row must have its label, but got '{missing}' for row 3"):
        open_points(ROWS, labels=_write(tmp_path, "l.csv", "\n".join(lines)))


def test_an_index_without_a_name_is_called_so(tmp_path):
    frame = pytest.importorskip("pandas").DataFrame({"label": range(N)})
    frame.to_csv(tmp_path / "l.csv")
    points = open_points(ROWS, labels=tmp_path / "l.csv")
    assert "labels stand in the order of the rows; not used: the column without a name" in points.reading
    pytest.importorskip("pandas").DataFrame(ROWS).to_csv(tmp_path / "t.csv")
    reading = open_points(tmp_path / "t.csv", labels=tmp_path / "l.csv").reading
    assert "labels matched by name (the column without a name)" in reading


def test_two_labels_of_one_name_in_json_are_refused(tmp_path, pictures):
    path = _write(tmp_path, "l.json", '{"img_0.png": 1, "img_0.png": 2}')
    with pytest.raises(InvalidInput, match=r"a row must have one label, but got two that differ for 'img_0\.png'"):
        open_points(pictures, labels=path)


def test_bytes_are_text_or_refused(tmp_path):
    np.save(tmp_path / "l.npy", np.array(["größe".encode(), b"b"] * 6))
    assert open_labels(tmp_path / "l.npy", N)[0] == "größe"
    np.save(tmp_path / "l.npy", np.array([b"\xff", b"b"] * 6))
    with pytest.raises(InvalidInput, match="labels that are bytes must be UTF-8 text, but got others; convert"):
        open_labels(tmp_path / "l.npy", N)


def test_numbers_that_python_does_not_read_are_text(tmp_path):
    for cell in ("²", "9" * 5000):
        labels = _write(tmp_path, "l.csv", "x,label\n" + "\n".join(f"{cell}{k},{cell}" for k in range(N)))
        with pytest.raises(InvalidInput, match=r"must be matched to rows by name|must name one of the columns"):
            open_points(ROWS, labels=labels, labels_from=None if cell == "²" else cell)


def test_leading_zeros_tell_labels_apart():
    assert open_labels(["007", "7", "007"], 3).tolist() == ["007", "7", "007"]
    assert open_labels(["03", "1", "2"], 3).tolist() == [3, 1, 2]
