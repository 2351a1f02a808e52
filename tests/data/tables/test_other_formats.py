"""Text of other formats is no table of words."""

import pytest

from remanifold._core.errors import InvalidInput
from remanifold.data import open_points

OBJECTS = "".join(f'{{"a": {k}, "b": {k / 2}}}\n' for k in range(9))
LISTS = "".join(f"[{k}, {k / 2}],\n" for k in range(9))
SPARSE = "".join(f"{k % 2} 1:{k / 4} 3:{k}\n" for k in range(9))
RANKED = "".join(f"{k % 3} qid:{k} 1:{k / 4} 3:-{k}e-1 # document {k}\n" for k in range(9))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (OBJECTS, "a table must have lines of cells, but got JSON lines in "),
        ("\ufeff" + LISTS, "a table must have lines of cells, but got JSON lines in "),
        (SPARSE, "a table must have a cell for each column, but got sparse rows "),
        ("# made by a script\n" + RANKED, "a table must have a cell for each column, but got sparse rows "),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path, content, said):
    (tmp_path / "rows.txt").write_text(content)
    with pytest.raises(InvalidInput, match=said.replace("(", r"\(")):
        open_points(tmp_path / "rows.txt")


def test_times_of_the_day_are_no_sparse_rows(tmp_path):
    (tmp_path / "rows.txt").write_text("".join(f"{k / 4} 12:30 07:15\n" for k in range(9)))
    assert open_points(tmp_path / "rows.txt").record.shape != ()
