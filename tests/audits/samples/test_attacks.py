"""Predicates of singling out, of which a word is one comparison, hold of the rows that their definition says."""

import numpy as np
import pytest

from remanifold import open_points
from remanifold.audits.samples.attacks import compared_lines, held

pandas = pytest.importorskip("pandas")
WORDS = ["Rome", "Oslo", "Bonn", "Lima"]


def mixed(n=300):
    """Numbers, whole ones with ties, dates, yes or no and words, a tenth of the cells missing in most columns."""
    random = np.random.default_rng(0)
    frame = pandas.DataFrame(
        {
            "pay": random.normal(3, 1, n),
            "age": random.integers(20, 30, n).astype(float),
            "day": pandas.Timestamp("2010-01-01") + pandas.to_timedelta(random.integers(0, 50, n), unit="D"),
            "member": random.choice(["yes", "no"], n),
            "city": random.choice(WORDS, n),
            "many": [f"w{k}" for k in random.integers(0, 60, n)],
        }
    )
    return frame.mask(random.random(frame.shape) < [0, 0.1, 0.1, 0.1, 0.1, 0])


def test_predicates_hold_of_the_rows_of_their_definition():
    points = open_points(mixed())
    assert points.cells is not None
    x, measured = points.chunk(0, points.n_points), points.cells.measured
    sizes = [len(column.names) for column in points.cells.embedding.columns]
    columns = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
    assert len(columns) == 6 and sum(sizes) > 70
    sets = np.split(x, [80, 200])
    lines_of, lines, ordered = compared_lines(sets, columns, measured)
    assert [len(rows) for rows in lines_of] == [len(ordered)] * 3 and len(ordered) < 10
    medians, random, counts = np.median(sets[0], axis=0), np.random.default_rng(1), set()
    of_lines = np.median(lines_of[0], axis=1)
    for _ in range(500):
        k, chosen = random.integers(80), random.choice(6, random.integers(1, 4), replace=False)
        row, terms = sets[0][k], [line for column in chosen for line in lines[column]]
        for rows, as_lines in zip(sets, lines_of):
            holds = np.ones(len(rows), bool)
            for j in np.concatenate([columns[column] for column in chosen]):
                value = rows[:, j]
                more = value >= row[j] if row[j] > medians[j] else value <= row[j]
                holds &= more if measured[j] else value == row[j]
            counts.add(found := held(as_lines, lines_of[0][:, k], terms, ordered, of_lines))
            assert found == holds.sum()
    assert len(counts) > 20
