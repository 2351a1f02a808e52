"""The profile over a cluster against that of one process, whatever the partition."""

import os
import signal

import numpy as np
import pytest
import torch

from remanifold import noise_profile, open_points
from remanifold._core.errors import InvalidInput
from remanifold.cluster import cluster_profile, connect
from remanifold.cluster.level_sums import LevelSums, ProfileQueries, merged_levels, shard_levels
from remanifold.cluster.shard_sums import Options, opened
from remanifold.cluster.shards import plan_shards
from remanifold.cluster.walks import Tails, Walk

SINGLE = 1e-5  # nats, or relative where larger than 1: the sweep's logits of size 30 carry 2e-6 in float32


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(6)
    rows = rng.normal(size=(500, 4)) @ rng.normal(size=(4, 10)) + 0.05 * rng.normal(size=(500, 10))
    rows[400:] += 30
    return rows


@pytest.fixture(scope="module")
def path(tmp_path_factory, points):
    path = tmp_path_factory.mktemp("profile") / "points.npy"
    np.save(path, points)
    return path


def close(got, expected):
    np.testing.assert_allclose(got, expected, rtol=SINGLE, atol=SINGLE)


def agree(got, expected):
    np.testing.assert_allclose(got.t, expected.t, rtol=1e-12)
    np.testing.assert_array_equal(got.queries, expected.queries)
    np.testing.assert_array_equal(got.nearest_rows, expected.nearest_rows)
    np.testing.assert_allclose(got.nearest_distances, expected.nearest_distances, rtol=1e-9)
    for name in ("gap", "trap", "nll", "own_surprisal", "own_weight", "participation", "local_dimension"):
        close(getattr(got, name).value, getattr(expected, name).value)
        np.testing.assert_allclose(getattr(got, name).stderr, getattr(expected, name).stderr, rtol=1e-3, atol=SINGLE)
    for one, other in zip(got.sums, expected.sums):
        np.testing.assert_array_equal(one.t, other.t)
    for name in ("t_onset", "t_collapse", "t_generalization"):
        assert getattr(got, name).value == pytest.approx(getattr(expected, name).value, rel=SINGLE)


@pytest.mark.parametrize("shards", [1, 3, 50])
def test_any_partition_gives_the_profile_of_one_process(cluster, points, path, shards):
    levels = np.exp(np.linspace(-3, 5, 12))
    options = {"max_queries": 60, "seed": 3, "levels": levels}
    agree(cluster_profile(path, cluster, shards=shards, **options), noise_profile(open_points(points), **options))


def test_levels_are_chosen_as_by_one_process(cluster, points, path):
    got = cluster_profile(path, cluster, max_queries=50, shards=4)
    agree(got, noise_profile(open_points(points), max_queries=50))


def test_far_rows_of_heavy_tails_are_queries_as_in_one_process(cluster, points, tmp_path):
    rows = points / np.sqrt(np.random.default_rng(1).chisquare(2, (500, 1)) / 2)
    np.save(tmp_path / "heavy.npy", rows)
    options = {"max_queries": 40, "seed": 2, "levels": np.exp(np.linspace(-3, 9, 12))}
    got = cluster_profile(tmp_path / "heavy.npy", cluster, shards=3, **options)
    expected = noise_profile(open_points(rows), **options)
    assert got.weights is not None and expected.weights is not None
    np.testing.assert_array_equal(got.weights, expected.weights)
    agree(got, expected)


def test_few_wide_rows_have_the_noise_of_one_process(cluster, tmp_path):
    rows = np.random.default_rng(4).normal(size=(12, 5000))
    np.save(tmp_path / "wide.npy", rows)
    agree(cluster_profile(tmp_path / "wide.npy", cluster, shards=3), noise_profile(open_points(rows)))


def test_rows_left_out_count_nowhere(cluster, points, path):
    rows = np.flatnonzero(np.arange(500) % 7 != 2)
    options = {"rows": rows, "max_queries": 40, "levels": np.array([0.1, 1.0, 10.0])}
    got = cluster_profile(path, cluster, shards=5, **options)
    expected = noise_profile(open_points(points), **options)
    close(got.gap.value, expected.gap.value)
    assert not set(got.nearest_rows % 7) & {2}


def _asked(points, rows, levels):
    return ProfileQueries(np.array(rows), points[rows], np.array(levels), 2, 0)


def test_small_budgets_divide_rows_and_queries_without_a_trace(points, path):
    asked, none = _asked(points, range(0, 500, 9), [0.1, 1.0, 10.0]), np.empty(0, dtype=np.int64)
    found = []
    for memory in (60_000, 10**8):
        options = Options(1e-6, memory, 5)
        parts = []
        for shard in plan_shards(path, 3).shards:
            parts.append(shard_levels(shard, asked, options, opened(shard, options).fingerprint, none))
        found.append(merged_levels(*parts))
    close(found[0].tables(asked), found[1].tables(asked))
    np.testing.assert_array_equal(found[0].nearest_rows, found[1].nearest_rows)
    gaps = np.linalg.norm(points[asked.rows][:, None] - points[None], axis=2)
    gaps[np.arange(len(asked.rows)), asked.rows] = np.inf
    np.testing.assert_allclose(np.sqrt(2 * found[0].nearest), gaps.min(1), rtol=1e-9)


def test_sums_over_nothing_are_neutral(points, path):
    asked, options = _asked(points, [3, 200], [0.5]), Options(1e-6, 10**8, 5)
    shard = plan_shards(path, 1).shards[0]
    sums = shard_levels(shard, asked, options, opened(shard, options).fingerprint, np.empty(0, dtype=np.int64))
    both = merged_levels(LevelSums.empty(asked), sums, LevelSums.empty(asked))
    np.testing.assert_array_equal(both.tables(asked), sums.tables(asked))
    assert torch.isneginf(LevelSums.empty(asked).sums.log_max).all()


def test_a_query_that_meets_itself_is_noticed(points, path, monkeypatch):
    asked, options = _asked(points, [3, 200], [0.5]), Options(1e-6, 10**8, 5)
    shard = plan_shards(path, 1).shards[0]
    call = (shard, asked, options, opened(shard, options).fingerprint)
    honest = shard_levels(*call, np.empty(0, dtype=np.int64)).tables(asked)
    moved = ProfileQueries(asked.rows + 1, asked.values, asked.levels, 2, 0)  # planted: the wrong column is left out
    assert (
        np.abs(shard_levels(*call[:1], moved, *call[2:], np.empty(0, dtype=np.int64)).tables(asked) - honest).max() > 1
    )


def test_walks_ask_only_for_what_is_needed():
    levels = np.array([1.0, 2.0])
    tails = Tails(levels)
    walk = Walk(levels)
    for t in tails.first(levels):
        walk.known[float(t)] = np.full((4, 5), np.log(t))  # log S > 0 above t = 1 and < 0 below
    used, wanted = walk.used(tails)
    assert wanted == []
    assert used == [tails.down[0], 1.0, 2.0]
    for t in tails.first(levels):
        walk.known[float(t)] -= 4.0  # the sign changes at t = 55, beyond the first six steps
    used, wanted = walk.used(tails)
    assert used == [1.0, 2.0, *tails.up[:6]]
    assert wanted == tails.up[6:18]
    for t in wanted:
        walk.known[t] = np.full((4, 5), np.log(t) - 4)
    used, wanted = walk.used(tails)
    assert wanted == []
    assert np.log(used[-1]) > 4 > np.log(used[-2])
    assert walk.sums(tails).t.tolist() == used


def test_copies_and_bad_numbers_are_one_sentence(cluster, tmp_path, path):
    rows = np.random.default_rng(0).normal(size=(40, 3))
    np.save(tmp_path / "copies.npy", np.concatenate([rows, rows]))
    with pytest.raises(InvalidInput, match="the points of a profile must be distinct, but got 24 of 24 query rows"):
        cluster_profile(tmp_path / "copies.npy", cluster, shards=2)
    with pytest.raises(InvalidInput, match="the number of queries must be a whole number of at least 2, but got 1"):
        cluster_profile(path, cluster, max_queries=1)
    with pytest.raises(InvalidInput, match="noise levels must be at least 2 positive numbers"):
        cluster_profile(path, cluster, levels=np.array([1.0]))


def _profile_in_groups(cluster, path, part, progress=lambda *now: None):
    options = {"max_queries": 280, "levels": np.array([0.1, 1.0, 10.0]), "shards": 3}  # 256 are kept together
    return cluster_profile(path, cluster, part_file=part, progress=progress, **options)


def test_an_interrupted_profile_goes_on_to_the_same_bits(cluster, path, tmp_path):
    expected = _profile_in_groups(cluster, path, tmp_path / "whole.part")
    assert not (tmp_path / "whole.part").exists()

    def stop(stage, done, total):
        if stage == "noise levels" and done > 256:
            raise KeyboardInterrupt

    part = tmp_path / "part"
    with pytest.raises(KeyboardInterrupt):
        _profile_in_groups(cluster, path, part, stop)
    assert part.exists()
    told = []
    got = _profile_in_groups(cluster, path, part, lambda *now: told.append(now))
    swept = [done for stage, done, _ in told if stage == "noise levels"]
    assert swept[0] == 256 <= min(swept), "what was finished is not done again"
    for one, other in zip(got.sums, expected.sums):
        np.testing.assert_array_equal(one.log_sum, other.log_sum)
    assert not part.exists()


def test_a_killed_worker_costs_a_profile_time_and_nothing_else(points, path):
    levels, told = np.exp(np.linspace(-3, 5, 12)), []
    with connect("local", workers=2) as own:
        pids = list(own.client.run(os.getpid).values())

        def kill(stage, done, total):
            told.append((stage, done))
            if len(told) == 15:  # in the middle of the sweep: the first twelve open the shards
                os.kill(pids[0], signal.SIGKILL)

        got = cluster_profile(path, own, max_queries=60, levels=levels, shards=12, progress=kill)
        assert len(told) > 15
        assert set(own.client.run(os.getpid).values()) != set(pids)
    agree(got, noise_profile(open_points(points), max_queries=60, levels=levels))
