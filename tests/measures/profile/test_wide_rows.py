"""A few wide rows: within the default budget, and with the same numbers under a small one."""

import numpy as np
import pytest

from remanifold import InvalidInput, noise_profile
from remanifold.data import open_points
from remanifold.measures import covariance_spectrum, find_duplicates, row_pairs
from remanifold.measures.neighbours.near_rows import near_rows

WIDE = np.random.default_rng(0).normal(size=(40, 20_000)).astype(np.float32)
WIDE[7] = WIDE[3]
WIDE[9] = WIDE[4] + 1e-4


def test_the_least_budget_is_that_of_a_few_rows() -> None:
    with pytest.raises(InvalidInput, match="at least") as refused:
        noise_profile(WIDE[10:], max_queries=20, memory="1MB", threads=1)
    least = float(str(refused.value).split("at least ")[1].split(" MB")[0])
    assert least < 8  # the rows are 2.4 MB; once it was 2 GB, for a batch of more queries than there are rows


def test_a_profile_of_queries_a_few_at_a_time_is_the_same() -> None:
    levels = [5e3, 1e4, 3e4]
    few, all_at_once = (noise_profile(WIDE[10:], levels=levels, memory=memory, threads=1) for memory in ("9MB", "2GB"))
    assert few.gap.value == pytest.approx(all_at_once.gap.value, rel=1e-5)
    assert few.local_dimension.value == pytest.approx(all_at_once.local_dimension.value, rel=1e-4)
    assert few.nearest_rows.tolist() == all_at_once.nearest_rows.tolist()


def test_the_spectrum_is_exact_from_blocks_of_rows() -> None:
    shifted = WIDE.astype(np.float64) + 1000.0
    few, exact = covariance_spectrum(shifted, memory=32 * 8 * 20_000)
    whole, _ = covariance_spectrum(shifted)
    assert exact
    assert few[:38] == pytest.approx(whole[:38], rel=1e-9)
    centred = shifted - shifted.mean(0)
    assert few[:38] == pytest.approx(np.linalg.svd(centred, compute_uv=False)[:38] ** 2 / len(WIDE), rel=1e-9)


def test_duplicates_and_neighbours_do_not_depend_on_the_budget() -> None:
    found, wanted = (find_duplicates(WIDE, 0.1, memory=memory) for memory in ("12MB", "2GB"))
    assert [group.members for group in found.groups] == [group.members for group in wanted.groups] == [(3, 7), (4, 9)]
    assert [group.max_distance for group in found.groups] == [group.max_distance for group in wanted.groups]
    points, rows = open_points(WIDE), np.arange(len(WIDE))
    near, want = (near_rows(points, rows, points, rows, 3, same=True, memory=m) for m in (6_000_000, 10**9))
    assert near.rows.tolist() == want.rows.tolist()
    assert near.distances == pytest.approx(want.distances)
    pairs = row_pairs(WIDE, within=0.1, memory="12MB")
    assert list(zip(pairs.rows_a.tolist(), pairs.rows_b.tolist())) == [(3, 7), (4, 9)]


def test_many_equal_rows_cost_no_comparison_of_all_with_all() -> None:
    copies = np.repeat(np.arange(12.0).reshape(3, 4), 20_000, axis=0)
    found = find_duplicates(copies, 0.0)
    assert [len(group.members) for group in found.groups] == [20_000] * 3
    assert all(group.max_distance == 0 for group in found.groups)
    with pytest.raises(InvalidInput, match="equal others need a memory budget of at least"):
        find_duplicates(copies, 0.0, memory="10MB")


def test_distances_are_computed_once_for_all_levels() -> None:
    passes: list[int] = []
    noise_profile(WIDE[10:], threads=1, progress=lambda stage, *now: passes.append(1) if stage == "distances" else None)
    assert len(passes) == 1  # of all pairs: those that choose the levels, and all, share it


def test_every_row_finds_its_nearest() -> None:
    pairs = row_pairs(WIDE, nearest=True)
    gaps = np.array([np.linalg.norm(WIDE.astype(np.float64) - row, axis=1) for row in WIDE.astype(np.float64)])
    np.fill_diagonal(gaps, np.inf)
    order = np.argsort(pairs.rows_a)
    assert pairs.rows_b[order].tolist() == gaps.argmin(1).tolist()
    assert pairs.distances[order] == pytest.approx(gaps.min(1), rel=1e-12)
