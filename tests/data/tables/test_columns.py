"""Columns that are no coordinates: left out where the file says so, named where they look so, chosen by the user."""

import numpy as np
import pytest

from remanifold import InvalidInput, open_points
from remanifold.data.tables.columns import require_same_columns

ROWS = np.random.default_rng(3).normal(size=(30, 3)).round(3)
IDS = np.random.default_rng(1).permutation(10**6)[:30]


@pytest.fixture
def frame():
    return pytest.importorskip("pandas").DataFrame(ROWS, columns=list("abc"))


def _same(points, rows):
    return points.shape == rows.shape[1:] and np.array_equal(points.chunk(0, points.n_points), rows)


def _parquet(folder, frame):
    pytest.importorskip("pyarrow")
    frame.to_parquet(folder / "t.parquet")
    return folder / "t.parquet"


@pytest.mark.parametrize("index", ["shuffled", "range", "named", "text", "two"])
def test_an_index_of_pandas_is_no_coordinate(tmp_path, frame, index):
    pandas = pytest.importorskip("pandas")
    if index == "shuffled":
        frame = frame.sample(frac=1, random_state=0)
    indices = {
        "named": pandas.Index(IDS, name="patient"),
        "text": pandas.Index([f"s{k}" for k in range(30)], name="sample"),
        "two": pandas.MultiIndex.from_arrays([IDS, IDS], names=["site", "visit"]),
    }
    frame.index = indices.get(index, frame.index)
    points = open_points(_parquet(tmp_path, frame))
    assert _same(points, frame.to_numpy())
    assert points.record.value_names == ("a", "b", "c")
    assert any("an index of pandas" in text for text in points.reading) == (index != "range")
    if index == "text":
        assert points.row_names is not None and points.row_names[:2] == ("s0", "s1")


def test_an_index_is_known_by_its_name_alone_and_read_where_it_is_asked_for(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"a": ROWS[:, 0], "__index_level_0__": np.arange(30), "b": ROWS[:, 1]})
    for metadata in ({}, {b"pandas": b"{}"}, {b"pandas": b"no json"}, {b"pandas": b'{"index_columns": 3}'}):
        parquet.write_table(table.replace_schema_metadata(metadata), tmp_path / "t.parquet")
        assert _same(open_points(tmp_path / "t.parquet"), ROWS[:, :2])
    assert open_points(f"{tmp_path}/t.parquet::__index_level_0__").chunk(0, 3).ravel().tolist() == [0, 1, 2]


def test_an_index_of_labels_is_labels(tmp_path, frame):
    frame["label"] = list("xyz") * 10
    points = open_points(_parquet(tmp_path, frame.set_index("label")))
    assert _same(points, ROWS)
    assert points.labels is not None and points.labels[:3].tolist() == ["x", "y", "z"]


@pytest.mark.parametrize("form", ["csv", "parquet", "frame"])
@pytest.mark.parametrize(
    ("values", "does"), [(IDS, "holds another whole number in every row"), (range(5, 35), "counts the rows")]
)
def test_a_column_like_an_id_is_named_and_left_out_when_asked(tmp_path, frame, form, values, does):
    frame.insert(0, "patient_id", values)
    source = frame
    if form == "csv":
        source = tmp_path / "t.csv"
        frame.to_csv(source, index=False)
    if form == "parquet":
        source = _parquet(tmp_path, frame)
    points = open_points(source)
    assert points.shape == (4,)
    told = next(text for text in points.reading if "patient_id" in text)
    assert does in told and "--ignore patient_id" in told
    for ignore in ("patient_id", 0, [0], ["patient_id"]):
        without = open_points(source, ignore=ignore)
        assert _same(without, ROWS)
        assert "left out as asked: patient_id" in without.reading


def test_numbers_that_repeat_or_are_not_whole_are_no_ids(tmp_path, frame):
    frame["age"] = [30, 31, 32] * 10
    assert not any("whole number" in text or "counts" in text for text in open_points(frame).reading)
    whole = np.arange(60).reshape(30, 2)
    assert open_points(pytest.importorskip("pandas").DataFrame(whole, columns=["a", "b"])).reading == ()


def test_columns_are_chosen_in_the_order_given(tmp_path, frame):
    frame["ward"] = ["north", "south", "east"] * 10
    frame.to_csv(tmp_path / "t.csv", index=False)
    parquet = _parquet(tmp_path, frame)
    for source in (tmp_path / "t.csv", parquet, frame):
        assert _same(open_points(source, columns="c,a"), ROWS[:, [2, 0]])
        assert _same(open_points(source, columns=["0-2"]), ROWS)
        points = open_points(source, labels_from="ward")
        assert _same(points, ROWS)
        assert points.labels is not None and points.labels[0] == "north"
        embedded = open_points(source)  # with a column of words
        assert embedded.record.value_names == ("a", "b", "c", "ward=east", "ward=north", "ward=south")
    array = open_points(ROWS, columns=[2, 0])
    assert _same(array, ROWS[:, [2, 0]])
    assert np.array_equal(array.take([3, 29]), ROWS[[3, 29]][:, [2, 0]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ignore": "d"}, r"`ignore` must name columns of .*t\.csv \(a, b, c\), but got 'd'; pass names, or numbers"),
        ({"columns": "3"}, "`columns` must name columns"),
        ({"columns": "2-7"}, "but got '2-7'"),
        ({"columns": "a,a"}, "`columns` must name each column once"),
        ({"columns": [True]}, "columns must be names or whole numbers, but got True"),
        ({"ignore": "a,b,c"}, "a point must have at least one number, but got no column left of"),
        ({"labels_from": "d"}, "`labels_from` must name a column of the table, but got 'd' for"),
    ],
)
def test_columns_that_are_not_there_are_refused(tmp_path, frame, options, message):
    frame.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InvalidInput, match=message):
        open_points(tmp_path / "t.csv", **options)


def test_columns_of_what_has_none_are_refused():
    with pytest.raises(InvalidInput, match=r"where a row is a list of numbers, but got rows of shape \(2, 2\)"):
        open_points(np.zeros((4, 2, 2)), columns=0)
    with pytest.raises(InvalidInput, match="`labels_from` must come with a table or with labels"):
        open_points(ROWS, labels_from="a")


def test_a_name_of_two_columns_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("a,a,b\n" + "\n".join(",".join(map(str, row)) for row in ROWS))
    with pytest.raises(InvalidInput, match="must name one column, but got a, the name of 2 columns of"):
        open_points(tmp_path / "t.csv", ignore="a")


def test_two_tables_must_have_their_columns_in_one_order(frame):
    data, other = open_points(frame), open_points(frame[["b", "a", "c"]])
    with pytest.raises(InvalidInput, match=r"the hold-out must have the columns .* but got b where the data have a in"):
        require_same_columns(data, other, "the hold-out")
    require_same_columns(data, open_points(frame[["b", "a", "c"]], columns="a,b,c"), "the hold-out")
    require_same_columns(data, open_points(ROWS), "the hold-out")


@pytest.mark.parametrize("name", ["quality", "outcome", "group", "is_fraud", "z"])
@pytest.mark.parametrize("headed", [True, False])
def test_a_column_that_looks_like_labels_is_told(tmp_path, name, headed):
    classes = np.random.default_rng(0).integers(2, 5, 30)
    head = [f"a,b,c,{name}"] if headed else []
    lines = [*head, *(f"{','.join(map(str, row))},{label}" for row, label in zip(ROWS, classes))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    told = [text for text in open_points(tmp_path / "t.csv").reading if "looks like labels" in text]
    assert len(told) == 1
    assert (f"--labels-from {name} " if headed else "--ignore 3 ") in told[0]


def test_pixels_after_their_digit_are_told_and_pixels_alone_are_not(tmp_path):
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 256, (200, 64)) * (draw.random((200, 64)) < 0.3) * (draw.random(64) < 0.7)
    for k, rows in enumerate((np.column_stack([draw.integers(0, 10, 200), pixels]), pixels)):
        np.savetxt(tmp_path / "t.csv", rows, delimiter=",", fmt="%d")
        told = [text for text in open_points(tmp_path / "t.csv").reading if "looks like labels" in text]
        assert len(told) == 1 - k


def test_counts_and_ages_do_not_look_like_labels():
    pandas, draw = pytest.importorskip("pandas"), np.random.default_rng(0)
    tables = {
        "counts": draw.integers(0, 10, (300, 5)),
        "flags": draw.integers(0, 2, (300, 5)),
        "ages": np.column_stack([draw.normal(size=(300, 2)), draw.integers(18, 80, 300)]),
        "constant": np.column_stack([draw.normal(size=(300, 2)), np.ones(300)]),
    }
    for rows in tables.values():
        frame = pandas.DataFrame(rows, columns=[f"x{k}" for k in range(rows.shape[1])])
        assert not any("looks like labels" in text for text in open_points(frame).reading)


@pytest.mark.parametrize("kind", ["open", "parquet"])
def test_a_column_that_a_data_set_marks_as_classes_is_the_labels(tmp_path, kind):
    datasets = pytest.importorskip("datasets")
    marked = {"target": datasets.ClassLabel(2), "coarse": datasets.ClassLabel(3)}
    table = {"a": ROWS[:, 0], "b": ROWS[:, 1], "target": [0, 1] * 15, "coarse": [0, 1, 2] * 10}
    value = datasets.Value("float64")

    def made(*names):
        columns = {name: table[name] for name in ("a", "b", *names)}
        features = datasets.Features(a=value, b=value, **{name: marked[name] for name in names})
        dataset = datasets.Dataset.from_dict(columns, features=features)
        if kind == "open":
            return dataset
        pytest.importorskip("pyarrow.parquet").write_table(dataset.data.table, tmp_path / "t.parquet")
        return tmp_path / "t.parquet"

    points = open_points(made("target"))
    assert _same(points, ROWS[:, :2])
    assert points.labels is not None and points.labels.tolist() == [0, 1] * 15
    assert "column target is taken as the labels: the data set marks it as classes" in points.reading
    both = open_points(made("target", "coarse"))
    assert _same(both, ROWS[:, :2]) and both.labels is None
    assert "left out target, coarse, which the data set marks as classes" in both.reading
    assert open_points(made("target"), columns="a,target").shape == (2,)


SAME = {"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0, 3.0]}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (SAME | {"c": [1.0, 2.0, 3.0]}, r"the same columns, but got none called c in .*p-0\.parquet"),
        ({"a": [1.0, 2.0, 3.0]}, r"the same columns, but got none called b in .*p-1\.parquet"),
        (SAME | {"a": ["1", "2", "3"]}, r"one type in all parquet files, but got double in .* and string in .* for a"),
        (SAME | {"a": [1, 2, 2**60 + 1]}, r"one type in all parquet files, but got numbers that do not fit \(column a"),
    ],
)
def test_parquet_files_of_other_columns_are_refused(tmp_path, other, message):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    for k, columns in enumerate((SAME, other)):
        parquet.write_table(arrow.table(columns), tmp_path / f"p-{k}.parquet")
    with pytest.raises(InvalidInput, match=message):
        open_points(tmp_path)
    parquet.write_table(arrow.table(SAME | {"a": [1, 2, 3]}), tmp_path / "p-1.parquet")
    assert any("column a is double in" in text and "int64 in" in text for text in open_points(tmp_path).reading)


def test_parquet_columns_of_one_name_are_not_called_damaged(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.Table.from_arrays([arrow.array([1.0, 2, 3]), arrow.array([0, 1, 0])], names=["label", "label"])
    parquet.write_table(table, tmp_path / "t.parquet")
    for call in (
        lambda: open_points(tmp_path / "t.parquet"),
        lambda: open_points(ROWS[:3], labels=tmp_path / "t.parquet"),
    ):
        with pytest.raises(InvalidInput, match="columns must have different names, but got several called label in"):
            call()
