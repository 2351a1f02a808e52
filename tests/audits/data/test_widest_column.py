"""One column that is nearly all of the variance: the audit ends, says so, and names the column."""

import csv
import time
from pathlib import Path

import numpy as np
import pytest

import remanifold as rm
from remanifold.data import open_points, survey

COLUMNS = ["age", "dose", "visit", "weight"]


def rows_with_counter(at: int) -> np.ndarray:
    random = np.random.default_rng(1)
    rows = random.normal(size=(200, len(COLUMNS)))
    rows[:, at] = random.permutation(10**6)[:200]
    return rows


def test_the_column_is_named_and_the_reference_does_not_hold_up_the_audit(tmp_path: Path) -> None:
    with (tmp_path / "visits.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows_with_counter(2).tolist()])
    before = time.process_time()
    report = rm.audit(tmp_path / "visits.csv", max_queries=30, threads=1, standardize="none")
    assert time.process_time() - before < 20  # minutes, where the integral of the reference was carried to its end
    note = next(note for note in report.notes if "of the variance" in note)
    assert note.startswith("visit (column 2, from 0) holds a share of 1.00000")
    assert report.gaussian_reference is not None and report.gaussian_reference.finite_size is None
    assert "too long a tail" in str(report.gaussian_reference.finite_size_reason)


def test_columns_without_names_go_by_number_and_ordinary_ones_are_not_spoken_of() -> None:
    found = rm.audit(rows_with_counter(0), max_queries=20, threads=1)
    assert any(note.startswith("Column 0 (from 0) holds") for note in found.notes)
    plain = rm.audit(np.random.default_rng(0).normal(size=(120, 3)) * [1, 3, 8], max_queries=20, threads=1)
    assert not any("of the variance" in note for note in plain.notes)


@pytest.mark.parametrize("chunk", [7, 100])
def test_the_share_does_not_depend_on_chunks_or_on_a_large_mean(chunk: int) -> None:
    rows = np.random.default_rng(2).normal(size=(100, 3)) * [1, 2, 5] + [1e6, -3, 1e7]
    facts = survey(open_points(rows), chunk_rows=chunk)
    assert facts.widest == 2
    assert facts.widest_share == pytest.approx(rows.var(0)[2] / rows.var(0).sum(), rel=1e-9)
