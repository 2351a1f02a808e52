"""The same table reads the same from text, frames and parquet, however its words are spelled."""

import datetime
import unicodedata

import numpy as np
import pytest

from remanifold import InvalidInput, open_points
from remanifold.data import survey
from remanifold.data.tables.embedded import embedded_alike, like_embedding
from remanifold.data.tables.facts import table_facts

pandas = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")
RNG = np.random.default_rng(3)
N = 48


def frame(**columns):
    """A table of numbers and cities, with ``columns`` beside them."""
    random = np.random.default_rng(1)
    return pandas.DataFrame({"x": random.normal(size=N), "city": random.choice(["Orléans", "Oslo"], N)} | columns)


def everywhere(table, folder, **csv):
    """The table in memory, as parquet and as text."""
    table.to_parquet(folder / "t.parquet")
    table.to_csv(folder / "t.csv", index=False, **csv)
    return open_points(table), open_points(folder / "t.parquet"), open_points(folder / "t.csv")


def kinds(points):
    return [(column.name, column.kind, column.categories, column.n_missing) for column in table_facts(points).columns]


def drawn(*words):
    return RNG.choice(np.array(words, dtype=object), N)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (drawn("2024-05-31", "2023-01-01", "1969-12-31"), "date"),
        (drawn("2024-05-31 12:30", "2023-01-01T00:00:05.25"), "date"),
        (drawn("2024-05-31 12:30:00+02:00", "2023-01-01 00:00:00Z"), "date"),
        (drawn("1.5", "-2e3", "7"), "number"),
        (drawn(" 1.5", "2.5 "), "number"),
        (drawn("True", "False"), "yes or no"),
        (drawn("TRUE", "false"), "yes or no"),
        (drawn("yes", "no", None), "yes or no"),
        (RNG.random(N) < 0.5, "yes or no"),
        (drawn("1", "2", None), "number"),
        (drawn("NA", "DE", "FR"), "category"),
        (drawn("Oslo ", " Oslo", "Rome"), "category"),
        (drawn("only"), "category"),
        (pandas.Series(drawn("1", "2")).astype("category"), "number"),
        (pandas.Series(RNG.integers(0, 3, N)).astype("category"), "number"),
        (pandas.Series(RNG.integers(0, 3, N), dtype="Int64").mask(np.arange(N) % 5 == 0), "number"),
    ],
)
def test_every_container_gives_the_same_kinds_rows_and_fingerprint(tmp_path, cells, kind):
    first, *others = everywhere(frame(column=cells), tmp_path)
    assert dict(column[:2] for column in kinds(first))["column"] == kind
    for points in others:
        assert kinds(points) == kinds(first)
        assert np.array_equal(points.chunk(0, N), first.chunk(0, N))
        assert survey(points).as_read == survey(first).as_read


def test_numbers_beside_text_are_read_as_text_files_have_them(tmp_path):
    table = frame(column=drawn(1, 2.5, "3", None), flag=drawn(True, "false"))
    table.to_csv(tmp_path / "t.csv", index=False)
    assert np.array_equal(open_points(table).chunk(0, N), open_points(tmp_path / "t.csv").chunk(0, N))
    with pytest.raises(InvalidInput, match="but got bytes, str in column of array in memory"):
        open_points(frame(column=drawn(b"x", "y")))


def test_decimal_commas_are_numbers_and_ambiguous_ones_are_refused(tmp_path):
    table = frame(pay=[f"{k},{k % 10}" for k in range(N)])
    written = table.assign(x=[f"{x:.6f}".replace(".", ",") for x in table["x"]])
    written.to_csv(tmp_path / "t.csv", index=False, sep=";")
    assert np.array_equal(open_points(written).chunk(0, N), open_points(tmp_path / "t.csv").chunk(0, N))
    with pytest.raises(
        InvalidInput, match=r"decimal points, but got .,..., which may be a thousand or a decimal, in col"
    ):
        open_points(frame(pay=drawn("1,037", "2,500")))


@pytest.mark.parametrize("cell", ["12 kg", "#REF!", "twelve"])
def test_a_cell_that_is_no_number_is_refused_with_its_row_in_every_container(tmp_path, cell):
    table = frame(pay=["1.5", cell] * (N // 2))
    table.to_csv(tmp_path / "t.csv", index=False)
    for source, place in ((table, "in row 1 of column pay"), (tmp_path / "t.csv", r"in line 3, column 3 \(pay\)")):
        with pytest.raises(InvalidInput, match=f"a cell must be a number, but got '{cell}' {place}"):
            open_points(source)


def test_words_that_were_taken_as_missing_are_named_and_missing_may_be_a_word(tmp_path):
    table = frame(code=drawn("NA", "n/a", "DE", "missing", None))
    for points in everywhere(table, tmp_path):
        assert "column code: taken as missing: NA, n/a" in points.reading
        names = points.record.value_names
        assert names[-3:] == ("code=DE", "code=missing", "code is missing")
        gap = points.cells.columns[-1].missing
        word = np.array([cell == "missing" for cell in table["code"]])
        one, other = points.chunk(0, N)[gap][0], points.chunk(0, N)[word][0]
        assert np.linalg.norm((one - other)[-3:]) == pytest.approx(1)
        assert table_facts(points).columns[-1].categories == ("DE", "missing")


@pytest.mark.parametrize(
    "respell", [str.upper, str.lower, lambda w: unicodedata.normalize("NFD", w), lambda w: f" {w}\xa0"]
)
def test_other_spellings_of_a_word_are_that_word_where_they_are_of_no_other(respell):
    train = frame()
    other = train.assign(city=[respell(city) for city in train["city"]])
    ours, theirs = embedded_alike({"train": open_points(train), "other": open_points(other)}).values()
    assert np.array_equal(ours.chunk(0, N), theirs.chunk(0, N))
    again = open_points(other, embedding=theirs.cells.embedding)
    assert np.array_equal(again.chunk(0, N), theirs.chunk(0, N))


def test_case_is_kept_where_it_tells_two_training_words_apart():
    train = frame(code=["us", "US", "de"] * (N // 3))
    other = train.assign(code=["us", "Us", "DE"] * (N // 3))
    ours, theirs = embedded_alike({"train": open_points(train), "other": open_points(other)}).values()
    apart = np.linalg.norm(ours.chunk(0, 3) - theirs.chunk(0, 3), axis=1)
    assert apart == pytest.approx([0, 1, 0])  # "Us" may be either
    told = " ".join(theirs.reading)
    assert "read as words of train that are spelled otherwise: DE as de" in told
    assert f"column code: {N // 3} of {N} cells hold words that train lacks, such as Us" in told


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (RNG.random(N) < 0.5, ("no", "yes")),
        (RNG.random(N) < 0.5, (0, 1)),
        (RNG.random(N) < 0.5, (0.0, 1.0)),
        (RNG.integers(0, 2, N), (False, True)),
        (RNG.integers(0, 2, N), ("FALSE", "True")),
        (drawn("yes", "no", "unknown") == "yes", ("False", "True")),
    ],
)
def test_yes_or_no_is_the_same_however_it_is_written(ours, theirs):
    train, other = frame(flag=ours), frame(flag=np.array(theirs, dtype=object)[np.asarray(ours).astype(int)])
    a, b = embedded_alike({"train": open_points(train), "other": open_points(other)}).values()
    assert np.array_equal(a.chunk(0, N), b.chunk(0, N))


def test_yes_or_no_beside_more_words_is_a_category():
    train, other = frame(flag=drawn("Yes", "No")), frame(flag=drawn("Yes", "No", "maybe"))
    a, b = embedded_alike({"train": open_points(train), "other": open_points(other)}).values()
    assert a.record.value_names[-3:] == b.record.value_names[-3:] == ("flag=No", "flag=Yes", "flag=maybe")
    c, d = embedded_alike({"train": open_points(other), "other": open_points(train)}).values()
    assert c.record.value_names == d.record.value_names
    assert np.array_equal(d.chunk(0, N)[:, -3:].any(axis=1), np.ones(N, bool))


def test_an_embedding_refuses_words_and_gaps_that_it_has_no_coordinate_for():
    embedding = open_points(frame()).cells.embedding
    for other in (frame().assign(city="Kyiv"), frame().assign(x=np.where(np.arange(N) == 3, np.nan, 1.0))):
        with pytest.raises(InvalidInput, match="a table must have cells that its embedding holds"):
            like_embedding(open_points(other), embedding)


def test_a_column_that_one_table_lacks_is_refused_by_name_unless_chance_empties_it():
    train, gaps = open_points(frame()), np.arange(N) % 10 > 0
    for name, other in (("x", frame(x=np.full(N, np.nan))), ("city", frame(city=[None] * N))):
        for points in (open_points(other), open_points(other[:3], least=1)):
            with pytest.raises(InvalidInput, match=f"but got none in column {name} of samples, which train fills"):
                embedded_alike({"train": train, "samples": points})
    rare = open_points(frame(x=np.where(gaps, np.nan, 1.0)))
    few = open_points(frame(x=np.full(N, np.nan))[:2], least=1)
    _, theirs = embedded_alike({"train": rare, "samples": few}).values()
    assert "column x: 2 of 2 cells are missing" in theirs.reading


def test_two_columns_of_one_name_are_refused_where_cells_are_words(tmp_path):
    table = frame()
    table.columns = ["a", "a"]
    table.to_csv(tmp_path / "t.csv", index=False)
    for source in (table, tmp_path / "t.csv"):
        with pytest.raises(InvalidInput, match="columns must have different names, but got several called a"):
            open_points(source)
    assert open_points(tmp_path / "t.csv", columns="0").record.value_names == ("a",)


def test_polars_frames_give_the_rows_of_pandas():
    polars = pytest.importorskip("polars")
    table = frame(day=drawn("2024-05-31", "2023-01-01"), flag=RNG.random(N) < 0.5, code=drawn("NA", "DE", None))
    cells = {name: [None if cell is None or cell != cell else cell for cell in table[name].tolist()] for name in table}
    ours, whole = open_points(table), polars.DataFrame(cells)
    for theirs in (open_points(whole), open_points(whole.lazy())):
        assert kinds(ours) == kinds(theirs) and np.array_equal(ours.chunk(0, N), theirs.chunk(0, N))


def test_polars_columns_of_every_type_are_told_from_each_other():
    polars = pytest.importorskip("polars")
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=k) for k in range(N)]
    table = polars.DataFrame(
        {
            "x": RNG.normal(size=N),
            "code": polars.Series(np.arange(N) % 2).cast(polars.UInt8),
            "price": polars.Series([f"{k}.25" for k in range(N)]).cast(polars.Decimal(10, 2)),
            "city": polars.Series(["Oslo", "Rome"] * (N // 2)).cast(polars.Categorical),
            "sort": polars.Series(["a", "b"] * (N // 2)).cast(polars.Enum(["a", "b"])),
            "day": days,
            "gaps": [None if k % 10 == 0 else float(k) for k in range(N)],
        }
    )
    told = [(name, kind, missing) for name, kind, _, missing in kinds(open_points(table))]
    numbers = [("x", "number", 0), ("code", "number", 0), ("price", "number", 0)]
    words = [("city", "category", 0), ("sort", "category", 0)]
    assert told == [*numbers, *words, ("day", "date", 0), ("gaps", "number", -(-N // 10))]


def test_fingerprints_are_of_the_rows_as_read_whatever_stands_beside_them():
    train, other = frame(), frame(city=drawn("Kyiv", "Oslo"))
    alone = survey(open_points(train)).as_read
    for one in (train.assign(x=np.where(np.arange(N) == 3, np.nan, 1.0)), other):
        ours, _ = embedded_alike({"train": open_points(train), "other": open_points(one)}).values()
        assert survey(ours).as_read == alone
    assert survey(open_points(train, standardize="sd")).as_read == alone
    assert survey(open_points(train.assign(x=train["x"] + 1e-9))).as_read != alone
    numbers = train[["x"]].assign(y=np.arange(N) ** 2.0)
    plain = survey(open_points(numbers))
    assert plain.as_read == plain.fingerprint == survey(open_points(numbers, standardize="quantile")).as_read
    gaps = numbers.assign(y=np.where(np.arange(N) == 3, np.nan, 1.0))
    ours, _ = embedded_alike({"train": open_points(numbers), "other": open_points(gaps)}).values()
    assert survey(ours).as_read == plain.as_read


def test_columns_are_matched_by_name_in_any_order_and_unicode_form():
    train = frame()[["x"]].assign(größe=np.arange(N) * 1.5, last=np.arange(N) ** 2.0)
    names = {"größe": unicodedata.normalize("NFD", "größe"), "x": " x "}
    for ours, beside in ((train, {}), (train.assign(city=drawn("Oslo", "Rome")), {"city": "City "})):
        other = ours.rename(columns=names)[[names.get(name, name) for name in reversed(list(ours))]]
        a, b = embedded_alike({"train": open_points(ours), "other": open_points(other)}).values()
        assert a.record.value_names == b.record.value_names and np.array_equal(a.chunk(0, N), b.chunk(0, N))
        assert survey(b).as_read == survey(open_points(other)).as_read
        if beside:
            with pytest.raises(InvalidInput, match="all tables must have the same columns, but got none called city"):
                embedded_alike({"train": open_points(ours), "other": open_points(other.rename(columns=beside))})


def test_letters_and_words_of_yes_and_no_are_those_of_any_table():
    flag = RNG.random(N) < 0.5
    train = open_points(frame(flag=flag))
    for words in (("n", "y"), ("F", "T"), ("No ", "YES"), (0, 1)):
        other = open_points(frame(flag=np.array(words, dtype=object)[flag.astype(int)]))
        a, b = embedded_alike({"train": train, "other": other}).values()
        assert np.array_equal(a.chunk(0, N), b.chunk(0, N))
