"""Close, equal and nearest rows of one and two sets against all pairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from point_sets import hard_sets

import remanifold.measures.neighbours.nearest_pairs as nearest_module
from remanifold._core.errors import InvalidInput
from remanifold.measures import row_pairs
from remanifold.measures.neighbours import contraction

SETS = hard_sets(60)


def gaps_of(a, b):
    return np.linalg.norm(np.asarray(a, float)[:, None] - np.asarray(b, float)[None], axis=2)


def listed(pairs):
    return list(zip(pairs.rows_a.tolist(), pairs.rows_b.tolist()))


def by_all_pairs(a, b, within):
    """Every (i, j) at ``within`` or less, i < j where b is None."""
    gaps = gaps_of(a, a if b is None else b)
    return {(i, j) for i, j in zip(*np.nonzero(gaps <= within)) if b is not None or i < j}


def with_copies(rng, n, dim, others):
    """Rows of which some are copies of rows here or of ``others``, some near them, some plain."""
    rows = rng.normal(size=(n, dim))
    pool = np.concatenate([rows, others]) if len(others) else rows
    rows[: n // 4] = pool[rng.integers(len(pool), size=n // 4)]
    rows[n // 4 : n // 2] = pool[rng.integers(len(pool), size=n // 2 - n // 4)] + 1e-3 * rng.normal(size=dim)
    return rng.permutation(rows)


@given(st.integers(0, 10**6), st.integers(1, 20), st.sampled_from([0.0, 1e-3, 0.01, 2.0]))
@settings(max_examples=30, deadline=None)
def test_two_sets_link_the_rows_that_all_pairs_link(seed, dim, within):
    rng = np.random.default_rng(seed)
    a = with_copies(rng, 40, dim, [])
    b = with_copies(rng, 30, dim, a)
    pairs = row_pairs(a, b, within=within, memory="64MB")
    want = by_all_pairs(a, b, within)
    got = set(listed(pairs))
    assert len(got) == len(pairs) == pairs.found
    assert got <= want
    assert {i for i, _ in got} == {i for i, _ in want}
    assert {j for _, j in got} == {j for _, j in want}
    # the pairs left out are combinations of later copies
    first_a, first_b = [np.array([np.flatnonzero(row == 0)[0] for row in gaps_of(x, x)]) for x in (a, b)]
    assert all(first_a[i] != i and first_b[j] != j for i, j in want - got)
    assert np.all(np.diff(pairs.distances) >= 0)
    gaps = gaps_of(a, b)
    for i, j, distance in zip(pairs.rows_a, pairs.rows_b, pairs.distances):
        assert distance == pytest.approx(gaps[i, j], rel=1e-12)
        assert (distance == 0) == np.array_equal(a[i], b[j])


@pytest.mark.parametrize("name", SETS)
def test_one_set_gives_all_pairs_of_its_distinct_rows(name):
    data = SETS[name]
    gaps = gaps_of(data, data)
    within = float(np.quantile(gaps[np.triu_indices(len(data), 1)], 0.05))
    first = np.array([np.flatnonzero(row == 0)[0] for row in gaps])
    want = {(i, j) for i, j in by_all_pairs(data, None, within) if first[i] == i and (first[j] == j or first[j] == i)}
    assert set(listed(row_pairs(data, within=within, memory="64MB"))) == want


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("two", [False, True])
def test_nearest_rows_are_the_nearest(name, two, monkeypatch):
    monkeypatch.setattr(nearest_module, "_MOST_ROWS", 17)  # several pieces of the small hard sets
    data = SETS[name]
    a, b = (data[::2], data[1::2]) if two else (data, None)
    pairs = row_pairs(a, b, nearest=True, memory="64MB")
    gaps = gaps_of(a, b if two else a)
    if not two:
        np.fill_diagonal(gaps, np.inf)
    assert sorted(pairs.rows_a.tolist()) == list(range(len(a)))
    for i, j, distance in zip(pairs.rows_a, pairs.rows_b, pairs.distances):
        assert distance == pytest.approx(gaps[i].min(), rel=1e-12)
        assert gaps[i, j] == pytest.approx(gaps[i].min(), rel=1e-12)
        assert (distance == 0) == (gaps[i].min() == 0)


def test_ties_go_to_the_first_row_and_copies_have_distance_zero():
    data = np.array([[0, 0], [2, 0], [0, 2], [0, 0], [2, 0], [0, 0], [9, 9]], dtype=np.uint8)
    pairs = row_pairs(data, nearest=True, memory="64MB")
    got = dict(zip(pairs.rows_a.tolist(), zip(pairs.rows_b.tolist(), pairs.distances.tolist())))
    assert got == {0: (3, 0), 3: (0, 0), 5: (0, 0), 1: (4, 0), 4: (1, 0), 2: (0, 2), 6: (1, np.sqrt(130))}
    assert listed(row_pairs(data, nearest=True, within=0.0, memory="64MB")) == [(0, 3), (1, 4), (3, 0), (4, 1), (5, 0)]


def test_equal_rows_of_one_set_are_listed_with_the_first():
    data = np.arange(60.0).reshape(20, 3)
    data[[4, 9, 13]] = data[2]
    data[17] = data[5]
    pairs = row_pairs(data, memory="64MB")
    assert listed(pairs) == [(2, 4), (2, 9), (2, 13), (5, 17)]
    assert pairs.distances.tolist() == [0] * 4
    assert (pairs.found, pairs.limit) == (4, None)


def test_sets_of_different_types_are_compared_as_numbers():
    a = np.arange(12, dtype=np.uint8).reshape(4, 3)
    b = np.stack([a[2], a[0] + 0.25, a[3]]).astype(np.float16)
    assert listed(row_pairs(a, b, memory="64MB")) == [(2, 0), (3, 2)]
    near = row_pairs(a, b, within=0.5, memory="64MB")
    assert listed(near) == [(2, 0), (3, 2), (0, 1)]
    assert near.distances[-1] == np.sqrt(3) / 4


def test_a_limit_keeps_the_closest_and_tells_how_many_there_were():
    data = np.random.default_rng(0).normal(size=(80, 2))
    every, few = row_pairs(data, within=0.5, memory="64MB"), row_pairs(data, within=0.5, limit=7, memory="64MB")
    assert listed(few) == listed(every)[:7]
    assert few.found == every.found > 7


@pytest.mark.parametrize("memory", ["3MB", "20MB", "2GB"])
def test_results_do_not_depend_on_memory(memory):
    rng = np.random.default_rng(1)
    a = rng.normal(size=(3000, 5))
    b = np.concatenate([a[:50] + 1e-4, rng.normal(size=(2000, 5))])
    one, other = row_pairs(a, b, within=0.15, memory=memory), row_pairs(a, b, within=0.15, memory="500MB")
    assert listed(one) == listed(other)
    assert np.array_equal(one.distances, other.distances)


def test_the_coordinates_need_the_norm_outside_and_their_margin(monkeypatch):
    rng = np.random.default_rng(2)
    far = 1e7 + rng.normal(size=(200, 30))  # float64 steps of 2e-9
    far[100:] = far[:100] + 1e-6
    honest = set(listed(row_pairs(far, within=6e-6, memory="64MB")))
    assert honest == {(i, i + 100) for i in range(100)}
    original = contraction.Contraction._mapped  # the mistake planted below cannot come from data

    def stretched(self, values):
        table, largest = original(self, values)
        return table * (1 + 1e-3 * np.arange(len(table))[:, None]), largest

    monkeypatch.setattr(contraction.Contraction, "_mapped", stretched)  # planted: coordinates that do not contract
    assert set(listed(row_pairs(far, within=6e-6, memory="64MB"))) != honest


def test_finished_rows_are_kept_and_used(tmp_path, monkeypatch):
    monkeypatch.setattr(nearest_module, "_MOST_ROWS", 16)  # several pieces of 50 rows
    data, part = np.random.default_rng(3).normal(size=(50, 4)), tmp_path / "pairs.csv.part"
    original, calls = nearest_module._nearest, []  # the interrupt must come between two pieces, which are counted

    def interrupted(score, a, b, own):
        calls.append(int(own[0]))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(score, a, b, own)

    monkeypatch.setattr(nearest_module, "_nearest", interrupted)  # planted
    with pytest.raises(KeyboardInterrupt):
        row_pairs(data, nearest=True, memory="64MB", part_file=part)
    assert part.exists()
    resumed = row_pairs(data, nearest=True, memory="64MB", part_file=part)
    assert calls == [0, 16, 32, 32, 48]
    assert not part.exists()
    plain = row_pairs(data, nearest=True, memory="64MB")
    assert listed(resumed) == listed(plain) and np.array_equal(resumed.distances, plain.distances)


def test_the_table_says_where_the_pairs_come_from():
    data = np.eye(4)
    table = row_pairs(data, np.ones((1, 4)) * np.arange(3)[:, None], nearest=True, memory="64MB").to_table()
    assert list(table.columns) == ["row_a", "row_b", "distance"]
    assert table.parameters["n_points"] == [4, 3]
    assert table.parameters["within"] is None
    assert len(set(table.parameters["fingerprints"])) == 2
    assert '"kind": "row pairs"' in table.to_json()


@pytest.mark.parametrize(
    ("other", "options", "sentence"),
    [
        (np.eye(5), {}, "the second set must have rows of the data's shape (4,), but got (5,) in array in memory"),
        (None, {"within": -1.0}, "`within` must be a distance >= 0, but got -1.0; pass e.g. 0.01"),
        (None, {"within": float("nan")}, "`within` must be a distance >= 0, but got nan"),
        (None, {"within": float("inf")}, "`within` must be a distance >= 0, but got inf"),
        (None, {"limit": 0}, "`limit` must be a whole number of at least 1, but got 0; pass e.g. 100"),
        (
            None,
            {"memory": "0.1kB"},
            "the search needs a memory budget of at least 0.01 MB for these rows, but got 0.0001",
        ),
        (np.full((3, 4), np.nan), {}, "data must be finite numbers, but got nan in row 0"),
    ],
)
def test_bad_input_is_one_sentence(other, options, sentence):
    with pytest.raises(InvalidInput) as caught:
        row_pairs(np.eye(4), other, **options)
    assert str(caught.value).startswith(sentence)


def test_pairs_without_end_are_refused_unless_limited(monkeypatch):
    monkeypatch.setattr("remanifold.measures.neighbours.close_pairs._MOST_PAIRS", 100)  # 20 million take too long
    data = np.random.default_rng(4).normal(size=(60, 2))
    with pytest.raises(InvalidInput, match=r"at most 100 where all are kept, but got more .* `within` or a `limit`\."):
        row_pairs(data, within=50.0, memory="64MB")
    assert row_pairs(data, within=50.0, limit=5, memory="64MB").found == 60 * 59 // 2


def test_a_set_of_copies_and_tiny_differences_are_taken_as_they_are():
    found = row_pairs(np.ones((4, 3)))
    assert list(zip(found.rows_a, found.rows_b)) == [(0, 1), (0, 2), (0, 3)]
    near = row_pairs(np.array([[1e-200, 0], [0, 0], [1, 0], [2, 0]]), within=1e-250)
    assert len(near.distances) == 0
    assert row_pairs(np.array([[1e-200, 0], [0, 0], [1, 0], [2, 0]]), within=1e-190).distances.tolist() == [1e-200]
