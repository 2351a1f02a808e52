"""Columns scaled by the training rows: reversible, the same whatever the chunks, and not moved by one far row."""

import numpy as np
import pytest
from scipy.special import ndtri

from remanifold import InvalidInput, open_points
from remanifold.data import survey
from remanifold.data.maps.standardized import scaling_of, standardized, standardized_alike

RNG = np.random.default_rng(5)
ROWS = RNG.normal(size=(400, 3)) * [1.0, 1e4, 1e-3] + [0.0, 5.0, 1e3]
OTHER = RNG.normal(size=(50, 3)) * [1.0, 1e4, 1e-3] + [0.0, 5.0, 1e3]


def _all(points):
    return points.chunk(0, points.n_points)


@pytest.mark.parametrize("kind", ["sd", "quantile"])
def test_every_column_has_mean_zero_and_unit_variance_and_comes_back(kind):
    points = open_points(ROWS, standardize=kind)
    assert np.allclose(_all(points).mean(axis=0), 0, atol=1e-3)
    assert np.allclose(_all(points).std(axis=0), 1, atol=0.02)
    assert np.allclose(points.scaling.own(_all(points)), ROWS, rtol=1e-9)
    assert np.array_equal(_all(points.own), ROWS)
    assert np.array_equal(points.take([7, 3, 7]), _all(points)[[7, 3, 7]])


def test_other_sets_are_scaled_by_the_training_rows():
    train, other = standardized_alike({"train": open_points(ROWS), "other": open_points(OTHER)}, "sd").values()
    assert np.allclose(_all(other), (OTHER - ROWS.mean(axis=0)) / ROWS.std(axis=0))
    assert other.scaling == train.scaling


def test_quantiles_are_moved_by_no_far_row_and_rise_with_ties_and_beyond_the_range():
    far = ROWS.copy()
    far[0, 0] = 1e12
    far[1:60, 0] = 0.25  # ties
    points = open_points(far, standardize="quantile")
    assert _all(points)[1:, 0].std() > 0.9
    assert len(np.unique(_all(points)[1:60, 0])) == 1
    line = np.sort(np.concatenate([np.linspace(-50, 50, 4001), [-1e15, 1e15]]))
    probe = np.column_stack([line, np.zeros((len(line), 2))])
    scores = points.scaling.scaled(probe)[:, 0]
    assert np.all(np.diff(scores) > 0)
    assert open_points(far, standardize="sd").chunk(1, 400)[:, 0].std() < 1e-6  # what quantiles are there for


def test_large_sets_of_ranks_keep_their_tails():
    heavy = np.random.default_rng(0).standard_t(1.5, size=(20_000, 1))
    scores = np.sort(_all(open_points(heavy, standardize="quantile"))[:, 0])
    expected = np.sort(np.random.default_rng(1).normal(size=20_000))
    assert np.abs(scores[200:-200] - expected[200:-200]).max() < 0.15  # 6 errors of an empirical quantile there
    assert scores[-1] > 3.5 and scores[0] < -3.5


def test_constant_columns_keep_their_scale_and_are_told():
    rows = np.column_stack([ROWS, np.full(400, 0.1)])
    for kind in ("sd", "quantile"):
        points = open_points(rows, standardize=kind)
        assert points.scaling.constant == ("3",)
        assert np.abs(_all(points)[:, 3]).max() < 1e-12
        assert any("one value" in text for text in points.scaling.words)


def test_the_fingerprint_tells_the_choice_but_not_the_chunks():
    points = open_points(ROWS)
    prints = {kind: survey(open_points(ROWS, standardize=kind)).fingerprint for kind in ("sd", "quantile", "none")}
    assert len(set(prints.values())) == 3 and prints["none"] == survey(points).fingerprint
    assert survey(open_points(ROWS, standardize="sd"), chunk_rows=7).fingerprint == prints["sd"]


def test_points_of_a_file_are_opened_again_with_the_same_numbers(tmp_path):
    np.save(tmp_path / "rows.npy", ROWS)
    points = open_points(tmp_path / "rows.npy", standardize="quantile")
    again = open_points(**dict(points.record.opened))
    assert np.array_equal(_all(points), _all(again))
    assert hash(points.record.opened) == hash(again.record.opened)  # a worker keeps what it has opened by it


def test_bad_input_is_one_sentence():
    with pytest.raises(InvalidInput, match="`standardize` must be one of sd, quantile, none, but got 'zscore'"):
        open_points(ROWS, standardize="zscore")
    with pytest.raises(InvalidInput, match="rows must have 3 numbers"):
        standardized(open_points(np.eye(4)), scaling_of(open_points(ROWS), "sd"))
    broken = ROWS.copy()
    broken[9, 1] = np.nan
    with pytest.raises(InvalidInput, match="finite numbers, but got nan in row 9"):
        open_points(broken, standardize="sd")
    with pytest.raises(InvalidInput, match="must have a standard deviation"):
        open_points(ROWS * 1e200, standardize="sd")


def test_scales_are_those_of_the_cells_that_are_there(tmp_path):
    rows = np.random.default_rng(8).normal(5, 3, size=1000)
    there = np.random.default_rng(9).random(1000) < 0.1
    lines = [f"{x:.6f},a" if known else ",a" for x, known in zip(rows, there)]
    (tmp_path / "t.csv").write_text("\n".join(["x,w", *lines]))
    known = np.round(rows[there], 6)
    scaling = open_points(tmp_path / "t.csv", standardize="sd").scaling
    assert scaling.scale[:2] == pytest.approx((known.std(), 1)) and scaling.shift[0] == pytest.approx(known.mean())
    points = open_points(tmp_path / "t.csv", standardize="quantile")
    scores = _all(points)[there, 0]
    ranks = np.argsort(np.argsort(known)) + 0.5
    assert np.allclose(scores, ndtri(ranks / len(known)), atol=1e-9)  # no tie of those that are missing


def test_a_column_that_varies_by_rounding_is_constant_and_whole_numbers_are_exact():
    sums = np.where(np.arange(400) % 2, 0.1 + 0.2, 0.3)
    large = 2.0**52 + np.arange(400) % 2
    for kind in ("sd", "quantile"):
        scaling = open_points(np.column_stack([ROWS, sums, large]), standardize=kind).scaling
        assert scaling.constant == ("3",) and scaling.scale[3] == 1
    assert scaling_of(open_points(np.column_stack([ROWS, large])), "sd").scale[3] == pytest.approx(0.5)
