"""What separates the columns of a text table, and which of its first lines is a header: found, said, or refused."""

import numpy as np
import pytest

from remanifold import InvalidInput, open_points

ROWS = np.random.default_rng(3).normal(size=(30, 4)).round(3)


def _text(rows, separator=",", ending="\n"):
    return ending.join(separator.join(f"{value:.3f}" for value in row) for row in rows)


def _opened(folder, text, **options):
    path = folder / "t.csv"
    path.write_bytes(text.encode())
    return open_points(path, **options)


def _same(points, rows):
    return points.shape == rows.shape[1:] and np.array_equal(points.chunk(0, points.n_points), rows)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ()),
        ({"header": "u v w x"}, ("u", "v", "w", "x")),
        ({"header": "made on a Monday\nu v w x", "footer": "the end"}, ("u", "v", "w", "x")),
        ({"header": "u,v,w,x", "delimiter": ","}, ("u", "v", "w", "x")),
        ({"header": "u v w x", "comments": ""}, ("u", "v", "w", "x")),
        ({"header": "u v w x", "comments": "% "}, ("u", "v", "w", "x")),
        ({"fmt": "%15.3f"}, ()),
        ({"fmt": "%-12.3f"}, ()),
    ],
)
def test_what_numpy_writes_as_text_is_read_back(tmp_path, options, names):
    np.savetxt(tmp_path / "t.txt", ROWS, **options)
    points = open_points(tmp_path / "t.txt")
    assert _same(points, ROWS)
    assert points.record.value_names == names


@pytest.mark.parametrize("separator", [";", "\t", " ", ",", "|"])
def test_commas_inside_quotes_do_not_separate(tmp_path, separator):
    head = separator.join(['"flow, l/s"', '"p, mbar"', '"T"', '"F"'])
    points = _opened(tmp_path, f"{head}\n{_text(ROWS, separator)}")
    assert _same(points, ROWS)
    assert points.record.value_names == ("flow, l/s", "p, mbar", "T", "F")


@pytest.mark.parametrize(("separator", "words"), [(";", "semicolons"), ("\t", "tabs"), (" ", "spaces")])
def test_decimal_commas_are_understood_and_said(tmp_path, separator, words):
    points = _opened(tmp_path, _text(ROWS, separator).replace(".", ","))
    assert _same(points, ROWS)
    assert points.reading[0] == f"columns separated by {words}; numbers have decimal commas"


def test_commas_that_may_part_thousands_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"decimal points, but got 1,234, which may be a thousand or a decimal"):
        _opened(tmp_path, "3,141;1,234\n1,234;2,345\n3,456;4,567")
    with pytest.raises(InvalidInput, match=r"decimal points, but got 1,234,567, in"):
        _opened(tmp_path, "3,1;1,2\n1,234,567;2,3\n3,4;4,5")
    with pytest.raises(InvalidInput, match=r"a cell must be a number, but got '1\.234,5' in line 1, column 1"):
        _opened(tmp_path, "1.234,5;1,2\n2,5;2,3\n3,4;4,5")


@pytest.mark.parametrize("ending", ["\r\n", "\n\n", "\r"])
def test_ends_of_lines_and_a_byte_order_mark_are_no_cells(tmp_path, ending):
    assert _same(_opened(tmp_path, "\ufeff" + _text(ROWS, ending=ending) + ending), ROWS)


def test_separators_at_the_ends_of_lines_make_no_column(tmp_path):
    for head in ("a,b,c,d,\n", "a,b,c,d\n", ""):
        points = _opened(tmp_path, head + _text(ROWS).replace("\n", ",\n") + ",")
        assert _same(points, ROWS)
        assert any("left out 1 empty at the ends of all lines" in text for text in points.reading)


def test_a_number_below_an_empty_column_is_refused(tmp_path):
    many = "\n".join([_text(ROWS).replace("\n", ",\n") + ","] * 8)
    with pytest.raises(InvalidInput, match=r"must stay empty, but got '7' in line 241, column 5 of .*; name the"):
        _opened(tmp_path, f"{many}\n1,2,3,4,7\n")


def test_a_line_of_separators_is_told_at_the_end_and_refused_before_it(tmp_path):
    points = _opened(tmp_path, f"{_text(ROWS)}\n,,,\n,,,\n")
    assert _same(points, ROWS)
    assert "left out 2 at the end without any number (line 31, 32)" in points.reading
    with pytest.raises(InvalidInput, match=r"a line must have a cell, but got none in line 3 of .*; remove the line"):
        _opened(tmp_path, f"{_text(ROWS[:2])}\n,,,\n{_text(ROWS[2:])}")


@pytest.mark.parametrize("cell", ["", "NA", "n/a", "-", "?"])
@pytest.mark.parametrize("line", [0, 7])
def test_missing_cells_are_told_wherever_they_are(tmp_path, cell, line):
    lines = _text(ROWS).split("\n")
    lines[line] = ",".join(["1", cell, "2", "3"])
    points = _opened(tmp_path, "\n".join(lines))
    assert points.n_points == 30 and points.record.value_names == ("0", "1", "1 is missing", "2", "3")
    assert np.flatnonzero(points.chunk(0, 30)[:, 2]).tolist() == [line]
    assert any("column 1: 1 cells are missing" in text for text in points.reading)


@pytest.mark.parametrize("cell", ["1_0", "1.O5", "<0.1", "0x1f"])
def test_a_number_written_badly_makes_no_header(tmp_path, cell):
    with pytest.raises(InvalidInput, match=f"a cell must be a number, but got '{cell}' in line 1, column 1"):
        _opened(tmp_path, f"{cell},1,2,3\n{_text(ROWS)}")


@pytest.mark.parametrize(
    "head", ["sample_id,9.997,9.991,9.985", "x,1,2,3", "1,2,3,total", '"",9.997,9.991,9.985', "id,label_,0,1"]
)
def test_one_word_above_numbers_makes_a_header(tmp_path, head):
    counted = ROWS.copy()
    counted[:, 0] = 100 + np.arange(30)
    points = _opened(tmp_path, f"{head}\n{_text(counted).replace('.000,', ',')}")
    assert points.n_points == 30
    assert any("line 1 is the header" in text for text in points.reading)


@pytest.mark.parametrize("head", ["0,1,2,3", "1,2,3,4"])
def test_counted_columns_are_a_header(tmp_path, head):
    points = _opened(tmp_path, f"{head}\n{_text(ROWS)}")
    assert _same(points, ROWS)
    assert points.record.value_names == tuple(head.split(","))
    two = _opened(tmp_path, f"{head[:3]}\n{_text(ROWS[:, :2])}")
    assert _same(two, ROWS[:, :2])
    counts = np.random.default_rng(0).integers(0, 256, (30, 4))
    if head[0] == "0":
        assert _opened(tmp_path, f"{head}\n" + "\n".join(",".join(map(str, row)) for row in counts)).n_points == 30


def test_a_table_that_counts_throughout_has_no_header(tmp_path):
    rows = np.arange(12).reshape(4, 3)
    assert _same(_opened(tmp_path, "\n".join(",".join(map(str, row)) for row in rows)), rows)


def test_a_first_line_that_may_be_a_ranking_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"a header or a point, but got 0, 1, 2, 3 above whole numbers in"):
        _opened(tmp_path, "0,1,2,3\n3,1,0,2\n0,2,1,3\n1,0,2,3\n")


def test_a_first_line_of_numbers_is_said_to_be_a_point(tmp_path):
    plain = _opened(tmp_path, _text(ROWS))
    assert "no header: the first line is a point" in plain.reading
    even = _opened(tmp_path, f"9.997,9.991,9.985,9.979\n{_text(ROWS)}")
    assert even.n_points == 31
    assert any("its even steps may make it a header" in text for text in even.reading)


def test_row_names_that_the_header_leaves_out(tmp_path):
    body = "\n".join(f'"{k + 1}" {line}' for k, line in enumerate(_text(ROWS, " ").split("\n")))
    points = _opened(tmp_path, f'"a" "b" "c" "d"\n{body}')
    assert _same(points, ROWS)
    assert points.row_names is not None and points.row_names[:2] == ("1", "2")
    with pytest.raises(InvalidInput, match="every line must have 3 cells like the first, but got 4 in line 2"):
        _opened(tmp_path, f"a,b,c\n{_text(ROWS)}")  # decimals are no names of rows


def test_an_index_that_was_saved_twice_is_left_out(tmp_path):
    frame = pytest.importorskip("pandas").DataFrame(ROWS, columns=list("abcd"))
    frame.insert(0, "Unnamed: 0", range(30))
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert _same(open_points(tmp_path / "t.csv"), ROWS)
    frame.to_csv(tmp_path / "t.csv")
    points = open_points(tmp_path / "t.csv")
    assert _same(points, ROWS)
    assert "left out Unnamed: 0, an index of pandas" in points.reading


def test_long_lines_are_split_by_the_separator_that_they_have(tmp_path):
    rows = np.random.default_rng(0).normal(size=(3, 20_000)).round(3)
    points = _opened(tmp_path, _text(rows, ";"))
    assert _same(points, rows)
    with pytest.raises(InvalidInput, match="cells of few letters, but got field larger than field limit"):
        _opened(tmp_path, "1" * 200_000 + "\n2\n3\n")


def test_the_line_that_tells_excel_the_separator_is_none_of_the_table(tmp_path):
    assert _same(_opened(tmp_path, f"sep=;\n{_text(ROWS, ';')}"), ROWS)
