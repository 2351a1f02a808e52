"""Words, dates, yes or no and missing cells: the distance means what docs/howto/tables.md says, in every container."""

import csv

import numpy as np
import pytest

from remanifold import InvalidInput, open_points
from remanifold.data.tables.embedded import embedded_alike, like_embedding
from remanifold.data.tables.facts import table_facts

RNG = np.random.default_rng(0)
N = 60
TABLE = {
    "name": [f"person {k}" for k in range(N)],
    "age": RNG.integers(18, 80, N).tolist(),
    "city": RNG.choice(["Rome", "Oslo", "Bonn"], N).tolist(),
    "born": (np.datetime64("1980-01-01") + RNG.integers(0, 9000, N)).astype(str).tolist(),
    "bmi": [None if k % 7 == 0 else round(float(x), 1) for k, x in enumerate(RNG.normal(25, 3, N))],
}
AGES = np.array(TABLE["age"], dtype=float)


def written(folder, name="t.csv", **columns):
    table = TABLE | columns
    with (folder / name).open("w", newline="") as file:
        rows = zip(*([("" if cell is None else cell) for cell in column] for column in table.values()))
        csv.writer(file).writerows([list(table), *rows])
    return folder / name


def coordinate(points, name):
    return points.chunk(0, points.n_points)[:, points.record.value_names.index(name)]


def test_two_words_are_one_apart_and_a_missing_number_is_the_mean_with_a_mark(tmp_path):
    points = open_points(written(tmp_path))
    rows, names = points.chunk(0, N), points.record.value_names
    city = rows[:, [k for k, name in enumerate(names) if name.startswith("city=")]]
    apart = np.linalg.norm(city[:, None] - city[None], axis=2)
    differ = np.array(TABLE["city"])[:, None] != np.array(TABLE["city"])[None]
    assert np.allclose(apart, differ)
    known = [x for x in TABLE["bmi"] if x is not None]
    missing = np.array([x is None for x in TABLE["bmi"]])
    assert np.allclose(coordinate(points, "bmi")[missing], np.mean(known))
    assert np.array_equal(coordinate(points, "bmi is missing"), missing)
    days = (np.array(TABLE["born"], dtype="datetime64[D]") - np.datetime64("1970-01-01")).astype(float)
    assert np.array_equal(coordinate(points, "born"), days)
    assert np.array_equal(coordinate(points, "age"), AGES)


def test_what_was_done_is_said_and_recorded(tmp_path):
    points = open_points(written(tmp_path))
    told = "; ".join(points.reading)
    assert "column city: 3 categories" in told and "column born: dates" in told and "units of the embedding" in told
    assert "left out column name: 60 different words in 60 rows" in told and "column bmi: 9 cells are missing" in told
    facts = {column.name: column for column in table_facts(points).columns}
    assert facts["city"].categories == ("Bonn", "Oslo", "Rome") and facts["name"].left_out
    assert (facts["bmi"].n_missing, facts["bmi"].fill) == (9, pytest.approx(coordinate(points, "bmi").mean(), abs=0.5))


def test_standardized_numbers_and_dates_have_unit_variance_and_words_keep_theirs(tmp_path):
    points = open_points(written(tmp_path), standardize="sd")
    assert coordinate(points, "age").std() == pytest.approx(1)
    assert coordinate(points, "born").std() == pytest.approx(1)
    assert set(np.unique(coordinate(points, "city=Rome"))) == {0.0, 1 / np.sqrt(2)}
    assert set(np.unique(coordinate(points, "bmi is missing"))) == {0.0, 1.0}


def test_sets_are_embedded_by_the_training_rows_and_hold_words_that_these_lack(tmp_path):
    train = open_points(written(tmp_path))
    other = open_points(written(tmp_path, "o.csv", city=["Rome", "Kyiv", "Lima"] * 20, age=[None, *TABLE["age"][1:]]))
    ours, theirs = embedded_alike({"train": train, "other": other}).values()
    assert ours.record.value_names == theirs.record.value_names
    assert coordinate(theirs, "age")[0] == pytest.approx(AGES.mean())
    city = [k for k, name in enumerate(ours.record.value_names) if name.startswith("city=")]
    rows = theirs.chunk(0, 3)[:, city]
    assert np.linalg.norm(rows[1] - rows[2]) == pytest.approx(1)  # two words that training lacks
    assert np.array_equal(ours.take([4, 2]), ours.chunk(0, N)[[4, 2]])
    again = like_embedding(train, ours.cells.embedding)
    assert np.array_equal(again.chunk(0, N), ours.chunk(0, N))


def test_a_table_of_numbers_and_one_with_missing_numbers_fit_each_other(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n" + "\n".join(f"{k},{k * k}" for k in range(20)))
    (tmp_path / "b.csv").write_text("y,x\n" + "\n".join(f"{k * k},{'' if k == 3 else k}" for k in range(20)))
    a, b = embedded_alike({n: open_points(tmp_path / f"{n}.csv") for n in "ab"}).values()
    assert a.record.value_names == b.record.value_names == ("x", "x is missing", "y")
    same = np.arange(20) != 3
    assert np.array_equal(a.chunk(0, 20)[same], b.chunk(0, 20)[same])


def test_frames_and_parquet_give_the_rows_of_the_text(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    expected = open_points(written(tmp_path))
    frame = pandas.read_csv(tmp_path / "t.csv", parse_dates=["born"])
    frame["city"] = frame["city"].astype("category")
    frame.to_parquet(tmp_path / "t.parquet")
    for points in (open_points(frame), open_points(tmp_path / "t.parquet")):
        assert points.record.value_names == expected.record.value_names
        assert np.allclose(points.chunk(0, N), expected.chunk(0, N))


def test_yes_or_no_and_whole_numbers_with_gaps_of_frames(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": range(9), "flag": [True, False, True] * 3})
    frame["gap"] = pandas.array([1, None, 3] * 3, dtype="Int64")
    points = open_points(frame)
    assert points.record.value_names == ("x", "flag", "gap", "gap is missing")
    assert coordinate(points, "flag").tolist() == [1, 0, 1] * 3
    assert coordinate(points, "gap").tolist() == [1, 2, 3] * 3


def test_polars_frames_are_read():
    polars = pytest.importorskip("polars")
    points = open_points(polars.DataFrame({key: TABLE[key] for key in ("age", "city", "bmi")}))
    assert points.record.value_names == ("age", "city=Bonn", "city=Oslo", "city=Rome", "bmi", "bmi is missing")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"age": ["41 y", *TABLE["age"][1:]]}, r"a cell must be a number, but got '41 y' in line 2"),
        ({"age": ["#REF!", *TABLE["age"][1:]]}, "but got '#REF!' in line 2"),
        ({"age": [f"{k} kg" for k in range(60)]}, "but got '0 kg' in line 2"),
        ({"born": ["2020-02-31"] * 60}, "dates must be days that exist, like 2024-05-31, but got 2020-02-31"),
        ({"age": [2**54 + 1, *TABLE["age"][1:]]}, r"at most 2\^53"),
    ],
)
def test_cells_that_may_be_misread_are_refused(tmp_path, columns, words):
    with pytest.raises(InvalidInput, match=words):
        open_points(written(tmp_path, **columns))


def test_tables_that_do_not_fit_are_refused(tmp_path):
    train = open_points(written(tmp_path))
    for columns, words in (
        ({"city": list(range(60))}, "column city must hold the same in all tables, but got numbers in other beside"),
        ({"more": list(range(60))}, "all tables must have the same columns, but got more in other alone"),
    ):
        with pytest.raises(InvalidInput, match=words):
            embedded_alike({"train": train, "other": open_points(written(tmp_path, "o.csv", **columns))})
    with pytest.raises(InvalidInput, match="columns of numbers or of categories that repeat"):
        open_points(written_names(tmp_path))


def written_names(folder):
    (folder / "n.csv").write_text("name,code\n" + "\n".join(f"p{k},q{k}" for k in range(9)))
    return folder / "n.csv"
