"""Whole numbers that float64 does not tell apart are refused in every format, and nowhere else."""

from decimal import Decimal

import numpy as np
import pytest
import torch

from remanifold import InvalidInput, open_points
from remanifold.measures import row_pairs

LARGE = np.array([[2**60 + k, 0] for k in range(8)], dtype=np.int64)
REFUSED = r"at most 2\^53 in size, since float64 tells larger ones no longer apart, but got -?\d{16,} in .*; subtract"


@pytest.mark.parametrize("array", [LARGE, -LARGE, LARGE.astype(np.uint64) + np.uint64(2**63)], ids=["+", "-", "u"])
def test_rows_that_would_be_called_equal_are_refused(tmp_path, array):
    np.save(tmp_path / "x.npy", array)
    for source in (array, tmp_path / "x.npy"):
        with pytest.raises(InvalidInput, match=REFUSED):
            row_pairs(source)
        with pytest.raises(InvalidInput, match=REFUSED):
            open_points(source).take([0])


def test_tensors_lists_and_frames_too(tmp_path):
    frame = pytest.importorskip("pandas").DataFrame({"id": LARGE[:, 0], "x": np.linspace(0, 1, 8)})
    for source in (torch.tensor(LARGE), [[2**63 + k, -1] for k in range(4)], frame):
        with pytest.raises(InvalidInput, match=REFUSED):
            open_points(source).chunk(0, 3)
    pytest.importorskip("pyarrow")
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv", index=False)
    for name in ("t.parquet", "t.csv"):
        with pytest.raises(InvalidInput, match=REFUSED):
            open_points(tmp_path / name)
        assert open_points(tmp_path / name, ignore="id").ambient_dim == 1


def test_what_float64_holds_is_read(tmp_path):
    edge = np.array([[2**53, 1], [-(2**53), 2], [0, 3]])
    assert np.array_equal(open_points(edge).chunk(0, 3), edge)
    (tmp_path / "t.csv").write_text("9007199254740994,1.5\n1e300,2.5\n123456789012345678.5,3.5\n")
    assert open_points(tmp_path / "t.csv").chunk(0, 1)[0, 0] == 9007199254740994
    assert open_points([[1e300, 2], [3, 4], [5, 6]]).chunk(0, 1)[0, 0] == 1e300


@pytest.mark.parametrize(("ending", "second"), [(".0", ",1.5"), ("e0", ",1.5"), ("00E-2", ",1.5"), (",0", ";1,5")])
def test_whole_numbers_are_refused_in_whatever_form_they_are_written(tmp_path, ending, second):
    lines = [f"{2**53 + k}{ending}{second}" for k in range(1, 9)]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    with pytest.raises(InvalidInput, match=r"at most 2\^53 in size, .* but got 90071992547409"):
        open_points(tmp_path / "t.csv")


@pytest.mark.parametrize("form", ["%.17g", "%.18e", "%r", "%.9g"])
def test_large_floats_are_read_as_they_were_written(tmp_path, form):
    rows = 10 ** np.random.default_rng(0).uniform(16, 300, (200, 2))
    (tmp_path / "t.csv").write_text("\n".join(",".join(form % float(value) for value in row) for row in rows))
    points = open_points(tmp_path / "t.csv")
    assert np.allclose(points.chunk(0, 200), rows, rtol=1e-8 if form == "%.9g" else 0, atol=0)


def test_large_labels_keep_their_names():
    labels = open_points(np.eye(3), labels=[2**62 + 1, 2**62 + 2, 7]).labels
    assert labels is not None and labels.tolist() == [2**62 + 1, 2**62 + 2, 7]
    with pytest.raises(InvalidInput, match=r"must be below 2\^63, but got 9223372036854775813"):
        open_points(np.eye(3), labels=np.array([2**63 + 5, 1, 2], np.uint64))


@pytest.mark.parametrize("scale", [0, 2])
def test_decimals_of_tables_are_refused_as_other_whole_numbers(tmp_path, scale):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pandas = pytest.importorskip("pandas")
    large, small = ([Decimal(base + k) for k in range(6)] for base in (2**60, 2**52))
    for numbers, fits in ((large, False), (small, True), ([*small[:-1], None], True)):
        table = arrow.table({"a": arrow.array(numbers, arrow.decimal128(24, scale)), "b": [0.5 * k for k in range(6)]})
        parquet.write_table(table, tmp_path / "x.parquet")
        for source in (tmp_path / "x.parquet", pandas.DataFrame({"a": numbers, "b": range(6)})):
            if fits:
                assert open_points(source).chunk(0, 2)[1, 0] == 2**52 + 1
            else:
                with pytest.raises(InvalidInput, match=REFUSED):
                    open_points(source)


def test_moments_to_the_nanosecond_are_read(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    moments = arrow.array([86_400 * 10**9 * k + 1 for k in range(6)], arrow.timestamp("ns", "UTC"))
    parquet.write_table(arrow.table({"when": moments, "b": [0.5 * k for k in range(6)]}), tmp_path / "x.parquet")
    assert open_points(tmp_path / "x.parquet").chunk(0, 6)[:, 0].tolist() == [0, 1, 2, 3, 4, 5]
