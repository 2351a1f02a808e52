"""Tables that were read as something else than they are: each kind is read right, or refused in one sentence."""

import numpy as np
import pytest

from remanifold import InvalidInput, open_points

N = 30
ROWS = np.random.default_rng(3).normal(size=(N, 3)).round(3)
LINES = [",".join(map(str, row)) for row in ROWS]
CLASSES = [f"c{k % 2}" for k in range(N)]


def _opened(folder, lines, **options):
    (folder / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    return open_points(folder / "t.csv", **options)


def _same(points, rows):
    return points.shape == rows.shape[1:] and np.array_equal(points.chunk(0, points.n_points), rows)


def test_rows_whose_names_or_labels_begin_like_comments_are_rows(tmp_path):
    names = [f"{'#' if k % 7 == 0 else 's'}{k}" for k in range(N)]
    points = _opened(tmp_path, [",a,b,c", *(f"{name},{line}" for name, line in zip(names, LINES))])
    assert _same(points, ROWS) and points.row_names == tuple(names)
    for first, second in (("cat", "%dog"), ("#ff0000", "#00ff00"), ('"#1"', '"#2"')):
        labels = [first, second] * (N // 2)
        points = _opened(tmp_path, ["label,a,b,c", *(f"{label},{line}" for label, line in zip(labels, LINES))])
        assert _same(points, ROWS)
        assert points.labels is not None and points.labels.tolist() == [label.strip('"') for label in labels]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!"])
@pytest.mark.parametrize("header", [["a,b,c"], []])
def test_the_errors_of_spreadsheets_are_no_numbers(tmp_path, error, header):
    for k in (0, 7):
        lines = [*LINES[:k], f"{error},1,2", *LINES[k:]]
        place = k + 1 + len(header)
        with pytest.raises(InvalidInput, match=f"a cell must be a number, but got '{error}' in line {place}, column 1"):
            _opened(tmp_path, [*header, *lines])


def test_a_header_may_begin_like_a_comment(tmp_path):
    counted = [f"{k},{k % 2},{line}" for k, line in enumerate(LINES)]
    points = _opened(tmp_path, ["#,label,a,b,c", *counted], ignore="#")
    assert _same(points, ROWS)
    assert points.labels is not None and points.labels[:3].tolist() == [0, 1, 0]
    assert _opened(tmp_path, ["#x,y,z", *LINES]).record.value_names == ("x", "y", "z")


def test_comments_stand_above_the_first_point_or_below_the_last(tmp_path):
    points = _opened(tmp_path, ["# made on Monday", "a,b,c", "% units: m", *LINES, "# the end"])
    assert _same(points, ROWS)
    assert "3 more lines of comments skipped" in points.reading
    with pytest.raises(InvalidInput, match="every line must have 3 cells like the first, but got 1 in line 3"):
        _opened(tmp_path, [*LINES[:2], "# a pause", *LINES[2:]])


@pytest.mark.parametrize("place", [0, 2])
def test_a_quote_that_swallows_lines_is_refused(tmp_path, place):
    for quotes in ([10], [10, 20]):
        lines = [line.split(",") for line in LINES]
        for k in quotes:
            lines[k].insert(place, '"x')
        lines = [
            ",".join(cells if k in quotes else [*cells[:place], "y", *cells[place:]]) for k, cells in enumerate(lines)
        ]
        with pytest.raises(InvalidInput, match="a quote must close in its line, but got one that opens in line 12"):
            _opened(tmp_path, [",".join(["label" if k == place else "abc"[k - (k > place)] for k in range(4)]), *lines])


def test_line_breaks_inside_quotes_are_told(tmp_path):
    points = _opened(tmp_path, ["a,b,c,note", *(f'{line},"x\ny"' for line in LINES)], labels_from="note")
    assert _same(points, ROWS)
    assert any("line breaks inside quotes of 30 rows" in text for text in points.reading)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("head", ["", ",a,b,c"])
def test_separators_at_the_beginnings_of_lines_make_no_column(tmp_path, separator, head):
    lines = [f",{line}" for line in LINES]
    points = _opened(tmp_path, [line.replace(",", separator) for line in ([head] if head else []) + lines])
    assert _same(points, ROWS) and points.row_names is None
    assert any("left out 1 empty at the beginnings of all lines" in text for text in points.reading)


@pytest.mark.parametrize("head", ["400,405,410,class", "0.5,7,2,class"])
def test_a_header_of_numbers_and_a_word_is_known_by_the_word(tmp_path, head):
    lines = [head, *(f"{line},{name}" for line, name in zip(LINES, CLASSES))]
    with pytest.raises(
        InvalidInput, match=r"told to be a header or a point, but got .*, class above .*`ignore` 'class'"
    ):
        _opened(tmp_path, lines)
    with pytest.raises(InvalidInput, match="told to be a header or a point"):
        _opened(tmp_path, lines, ignore="3")
    assert _same(_opened(tmp_path, lines, ignore="class"), ROWS)
    points = _opened(tmp_path, lines, labels_from="class")
    assert _same(points, ROWS)
    assert points.labels is not None and points.labels.tolist() == CLASSES


def test_counted_columns_beside_a_word_are_a_header(tmp_path):
    lines = ["0,1,2,class", *(f"{line},{name}" for line, name in zip(LINES, CLASSES))]
    for ignore in ("3", "class"):
        assert _same(_opened(tmp_path, lines, ignore=ignore), ROWS)


def test_points_beside_text_stay_points(tmp_path):
    lines = [f"{line},{name}" for line, name in zip(LINES, CLASSES)]
    assert _same(_opened(tmp_path, lines, ignore="3"), ROWS)
    names = [f"g{k},{line}" for k, line in enumerate(LINES)]
    assert _same(_opened(tmp_path, names, ignore="0"), ROWS)


@pytest.mark.parametrize("index", [True, False])
def test_columns_of_several_levels_are_refused(tmp_path, index):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(ROWS[:, [0, 1, 2, 0]], columns=pandas.MultiIndex.from_product([["a", "b"], [0, 1]]))
    frame.to_csv(tmp_path / "t.csv", index=index)
    with pytest.raises(InvalidInput, match=r"one line of names, but got a second .*; join the names of several lines"):
        open_points(tmp_path / "t.csv")


def test_an_index_of_several_levels_is_left_out(tmp_path):
    pandas = pytest.importorskip("pandas")
    levels = pandas.MultiIndex.from_product([range(10), range(3)])
    pandas.DataFrame(ROWS, columns=list("abc"), index=levels).to_csv(tmp_path / "t.csv")
    points = open_points(tmp_path / "t.csv")
    assert _same(points, ROWS)
    assert "left out the first 2 columns, without names: an index of several levels" in points.reading


@pytest.mark.parametrize("head", [["x"], []])
def test_blanks_that_may_part_thousands_are_refused(tmp_path, head):
    lines = [f"{k} {k * 37 % 1000:03d}" for k in range(1, N)]
    with pytest.raises(InvalidInput, match=r"numbers without blanks in them, but got [12] 0"):
        _opened(tmp_path, [*head, *lines])
    assert _opened(tmp_path, ["1 37", "2 740", "3 11"]).shape == (2,)


def test_a_column_is_a_coordinate_or_the_labels(tmp_path):
    lines = ["a,b,label", *LINES]
    with pytest.raises(InvalidInput, match="must name a column that is no coordinate, but got b in both for"):
        _opened(tmp_path, lines, columns="a,b", labels_from="b")
    points = _opened(tmp_path, lines, columns="a,label")
    assert points.labels is None
    assert "column label is a coordinate as asked, so it gives no labels" in points.reading
    frame = pytest.importorskip("pandas").DataFrame(ROWS, columns=list("abc"))
    with pytest.raises(InvalidInput, match="must name a column that is no coordinate"):
        open_points(frame, columns="0-2", labels_from="b")
    with pytest.raises(InvalidInput, match="one column must hold the labels, but got several called y in"):
        _opened(tmp_path, ["a,y,y", *LINES], labels_from="y")


@pytest.mark.parametrize("cell", ["", "nan", "NA", "#N/A"])
def test_labels_that_are_missing_are_no_class(tmp_path, cell):
    lines = ["label,a,b,c", *(f"{cell if k == 4 else k % 2},{line}" for k, line in enumerate(LINES))]
    with pytest.raises(InvalidInput, match=f"every row must have its label, but got '{cell}' for row 4"):
        _opened(tmp_path, lines)
    points = _opened(tmp_path, lines, ignore="label")
    assert _same(points, ROWS) and points.labels is None


@pytest.mark.parametrize("text", ["<html><td>1</td></html>", "a,b,c", "# none\nx y z"])
def test_a_table_without_points_is_told(tmp_path, text):
    with pytest.raises(
        InvalidInput, match=r"a table must have lines of numbers, but got none below its first in .*t.csv"
    ):
        _opened(tmp_path, [text])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_how_to_save_text_of_other_encodings_is_told(tmp_path, encoding):
    (tmp_path / "t.csv").write_bytes("\n".join(["größe,b,c", *LINES]).encode(encoding))
    with pytest.raises(InvalidInput, match=r"must be UTF-8 text, but got .*; save it as text in UTF-8"):
        open_points(tmp_path / "t.csv")


@pytest.mark.parametrize("option", ["9" * 5000, f"0-{'9' * 5000}", "²", "1-²"])
def test_numbers_of_columns_without_end_are_refused(tmp_path, option):
    for options in ({"columns": option}, {"ignore": option}):
        with pytest.raises(InvalidInput, match=r"must name columns of .*t\.csv \(a, b, c\), but got"):
            _opened(tmp_path, ["a,b,c", *LINES], **options)


def test_a_cell_of_many_digits_is_refused_in_short(tmp_path):
    with pytest.raises(InvalidInput, match=r"but got 1{40}\.\.\. \(4301 characters\) in line 3") as error:
        _opened(tmp_path, ["a,b", "1,2", "1" * 4301 + ",3", "4,5"])
    assert len(str(error.value)) < 400
