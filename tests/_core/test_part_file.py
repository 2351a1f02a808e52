"""What was finished survives a kill; what belongs to other parameters, or was cut off, does not count."""

import json

import pytest

from remanifold._core.errors import InvalidInput
from remanifold._core.kept.part_file import PartFile, is_table


def part_file(path, stamp, fits=lambda *_: True):
    return PartFile(path, stamp, fits)


STAMP = {"loads": [0.1, 0.2], "version": "1"}


def test_pieces_come_back_exactly(tmp_path):
    path = tmp_path / "x.part"
    kept = part_file(path, STAMP)
    assert kept.pieces == {} and not path.exists()
    kept.add(3, [0.1 + 0.2, None, "why"])
    kept.add(1, {"t": 1e-300})
    assert part_file(path, dict(reversed(STAMP.items()))).pieces == {3: [0.1 + 0.2, None, "why"], 1: {"t": 1e-300}}
    kept.remove()
    assert not path.exists()
    kept.remove()


@pytest.mark.parametrize("changed", [{"loads": [0.1, 0.3]}, {"version": "2"}, {"more": 1}])
def test_another_stamp_starts_afresh(tmp_path, changed):
    path = tmp_path / "x.part"
    part_file(path, STAMP).add(0, 1)
    other = part_file(path, STAMP | changed)
    assert other.pieces == {}
    other.add(5, 2)
    assert part_file(path, STAMP | changed).pieces == {5: 2}
    assert part_file(path, STAMP).pieces == {}


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_line_that_was_cut_off_is_dropped_and_the_file_can_go_on(tmp_path, cut):
    path = tmp_path / "x.part"
    kept = part_file(path, STAMP)
    kept.add(0, "first")
    whole = len(path.read_bytes())
    kept.add(1, "second piece of work")
    path.write_bytes(path.read_bytes()[: whole + cut])
    again = part_file(path, STAMP)
    assert again.pieces == {0: "first"}
    again.add(2, "third")
    assert part_file(path, STAMP).pieces == {0: "first", 2: "third"}


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"not json\n", b'{"stamp": 1}\n[]\n', b"\n\n"])
def test_a_file_of_another_kind_counts_as_empty(tmp_path, content):
    path = tmp_path / "x.part"
    path.write_bytes(content)
    assert part_file(path, STAMP).pieces == {}


def test_a_line_that_is_no_piece_ends_the_reading(tmp_path):
    path = tmp_path / "x.part"
    part_file(path, STAMP).add(0, 1)
    with path.open("a") as stream:
        stream.write(json.dumps({"key": "x"}) + "\n" + json.dumps({"key": 2, "value": 2}) + "\n")
    assert part_file(path, STAMP).pieces == {0: 1}


def test_a_piece_that_changed_on_the_disk_ends_the_reading(tmp_path):
    path = tmp_path / "x.part"
    kept = part_file(path, STAMP)
    for key in range(3):
        kept.add(key, [key, 0.5])
    path.write_text(path.read_text().replace("[1, 0.5]", "[1, 0.25]"))
    assert part_file(path, STAMP).pieces == {0: [0, 0.5]}


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="the output must go to a file that can be written"):
        part_file(tmp_path / "file" / "x.part", STAMP).add(0, 1)


def test_a_file_that_another_run_finished_and_removed_comes_back_whole(tmp_path):
    path = tmp_path / "parts" / "x.part"
    first, second = part_file(path, STAMP), part_file(path, STAMP)
    first.add(0, "a")
    second.add(0, "a")
    second.add(1, "b")
    first.remove()
    path.parent.rmdir()
    second.add(2, "c")
    assert part_file(path, STAMP).pieces == {0: "a", 1: "b", 2: "c"}


def test_runs_of_two_stamps_in_one_file_never_take_pieces_of_each_other(tmp_path):
    """The second writes its file in the place of the first's, which goes on to add lines to it."""
    path = tmp_path / "x.part"
    first, second = part_file(path, STAMP), part_file(path, STAMP | {"seed": 1})
    first.add(0, "first")
    second.add(0, "second")
    first.add(1, "first")
    second.add(2, "second")
    assert part_file(path, STAMP | {"seed": 1}).pieces == {0: "second"}
    assert part_file(path, STAMP).pieces == {}


def test_what_is_read_back_keeps_the_order_of_its_keys(tmp_path):
    part_file(tmp_path / "work.part", {"b": 1, "a": 2}).add(0, [{"z": 1, "a": 2}])
    read = part_file(tmp_path / "work.part", {"a": 2, "b": 1}).pieces
    assert [list(row) for row in read[0]] == [["z", "a"]]


def test_pieces_that_nobody_could_have_written_are_dropped_with_all_after_them(tmp_path):
    """A checksum tells damage; whoever knows the format can write anything with the right one."""
    path = tmp_path / "work.part"
    kept = part_file(path, STAMP)
    for key, value in enumerate([[1.0, 2.0], [3.0], {"x": 1}, [4.0, 5.0]]):
        kept.add(key, value)
    assert part_file(path, STAMP, lambda _, value: is_table(value, (2,))).pieces == {0: [1.0, 2.0]}
    assert part_file(path, STAMP, lambda key, value: value["y"]).pieces == {}


@pytest.mark.parametrize(
    "value", [[1.0], [[1.0, 2.0]], [1.0, None], [1.0, 1e999], ["1", "2"], [True, False], 1, [1, []]]
)
def test_a_table_is_of_finite_numbers_of_one_shape(value):
    assert is_table([1, 2.5], (2,))
    try:
        assert not is_table(value, (2,))
    except ValueError:  # as a piece that does not fit
        assert value == [1, []]
