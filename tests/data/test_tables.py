"""Text tables and labels."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from remanifold.data import open_labels, open_points


def _write(folder, content, name="x.csv"):
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("1,2\n3,4\n5,6\n", ()),
        ("1,2\r\n3,4\r\n5,6", ()),
        ("a,b\n1,2\n3,4\n5,6\n", ("a", "b")),
        ("\ufeffa, b\n\n1, 2\n3, 4\n\n5, 6\n", ("a", "b")),
        ("1;2\n3;4\n5;6\n", ()),
        ("1\t2\n3\t4\n5\t6\n", ()),
        ("1.0e0 2\n3 4\n5   6\n", ()),
        ('"1","2"\n"3","4"\n"5","6"\n', ()),
    ],
)
def test_a_table_is_read_with_any_separator_and_with_or_without_header(tmp_path, content, names):
    points = open_points(_write(tmp_path, content))
    assert np.array_equal(points.chunk(0, 3), [[1, 2], [3, 4], [5, 6]])
    assert points.record.value_names == names
    assert (points.record.kind, points.record.dtype) == ("csv", "float64")


def test_a_label_column_is_labels_and_not_a_number(tmp_path):
    points = open_points(_write(tmp_path, "0,Label,1\n1,cat,2\n3,dog,4\n5,cat,6\n"))
    assert np.array_equal(points.chunk(0, 3), [[1, 2], [3, 4], [5, 6]])
    assert points.labels is not None
    assert list(points.labels) == ["cat", "dog", "cat"]
    assert points.record.value_names == ("0", "1")


@pytest.mark.parametrize("columns", [["a", "b"], [0, 1]])
def test_the_index_of_pandas_is_row_names(tmp_path, columns):
    frame = pytest.importorskip("pandas").DataFrame([[1.0, 2], [3, 4], [5, 6]], columns=columns, index=["u", "v", "w"])
    frame.to_csv(tmp_path / "x.csv")
    points = open_points(tmp_path / "x.csv")
    assert points.row_names == ("u", "v", "w")
    assert points.shape == (2,)
    assert points.record.preprocessing == "first column taken as row names"


@given(st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=3, max_size=9))
def test_numbers_survive_text_exactly(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("t") / "x.csv"
    np.savetxt(path, rows, delimiter=",", fmt="%.17g")
    assert np.array_equal(open_points(path).chunk(0, len(rows)), rows)


@pytest.mark.parametrize(
    "source",
    [
        [3, 1, 2],
        (3, 1, 2),
        np.array([3, 1, 2], np.uint8),
        np.array([3.0, 1, 2]),
        torch.tensor([3, 1, 2]),
        ["3", "1", "2"],
    ],
)
def test_whole_numbers_in_any_form_are_int64(source):
    labels = open_labels(source, 3)
    assert labels.dtype == np.int64
    assert list(labels) == [3, 1, 2]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("l.txt", "3\n1\n2\n", [3, 1, 2]),
        ("l.csv", "label\n3\n1\n2\n", [3, 1, 2]),
        ("l.csv", "digit\n3\n1\n2\n", [3, 1, 2]),
        ("l.tsv", "site\tlabel\na\t3\nb\t1\na\t2\n", [3, 1, 2]),
        ("l.txt", "cat\ndog\n-1\n", ["cat", "dog", "-1"]),
    ],
)
def test_labels_from_text(tmp_path, name, content, expected):
    assert list(open_labels(_write(tmp_path, content, name), 3)) == expected


def test_labels_from_npy_replace_those_of_the_source(tmp_path):
    np.save(tmp_path / "l.npy", np.array(["u", "v", "w"]))
    table = _write(tmp_path, "label,x\n1,1\n2,2\n3,4\n")
    points = open_points(table, labels=tmp_path / "l.npy")
    assert points.labels is not None
    assert list(points.labels) == ["u", "v", "w"]
    assert points.record.label_source == str(tmp_path / "l.npy")
    assert open_points(table, labels=[7, 8, 9]).record.label_source == "labels in memory"
