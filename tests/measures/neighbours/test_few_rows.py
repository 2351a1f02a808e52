"""Few wide rows: the noise drawn in the space that they span has the law of noise drawn number by number."""

import numpy as np
import pytest
import torch

from remanifold import noise_profile
from remanifold.data import open_points
from remanifold.measures.neighbours import few_rows
from remanifold.measures.neighbours.few_rows import FewRows, are_few

HOW = {"device": torch.device("cpu"), "threads": 1, "column_bytes": 2**20}
WIDE = np.random.default_rng(0).normal(size=(6, 4096)) * np.linspace(0.1, 2, 4096)
WIDE[5] = WIDE[4] + 0.02 * WIDE[3]  # nearly a copy, and in the span of the others
DRAWS = 20_000


def test_projections_have_the_covariance_of_the_rows() -> None:
    """Each product of two of 20000 normal draws within 5 of its standard errors: fails by chance in 1 of 10^5 runs."""
    few = FewRows(open_points(WIDE), np.arange(6), 4, HOW)
    assert few.resolved
    for query in (0, 4):
        panel = few.panel(np.array([query]), DRAWS, 0, HOW["device"])
        b = panel.projection.numpy()[0]
        gaps = WIDE[query] - WIDE
        wanted = gaps @ gaps.T
        got = b.T @ b / DRAWS
        size = np.sqrt((wanted**2 + np.outer(np.diag(wanted), np.diag(wanted))) / DRAWS)
        assert (np.abs(got - wanted) <= 5 * size + 1e-9 * wanted.max()).all()
        others = np.delete(np.arange(6), query)
        assert (np.abs(1.1 * got - wanted) > 5 * size)[others, others].all()  # planted: a tenth too much
        assert (b[:, query] == 0).all()
        assert panel.half_squared.numpy()[0] == pytest.approx((gaps**2).sum(1) / 2, rel=1e-12)


def test_results_do_not_depend_on_how_many_rows_are_read_at_once() -> None:
    rows = np.array([0, 2, 3, 5])
    one, all_at_once = (FewRows(open_points(WIDE), rows, k, HOW).panel(rows[1:3], 2, 0, HOW["device"]) for k in (1, 9))
    assert one.projection.numpy() == pytest.approx(all_at_once.projection.numpy(), rel=1e-9, abs=1e-9)
    assert one.own.tolist() == [1, 2]


def test_rows_that_the_root_would_blur_take_noise_drawn_in_full() -> None:
    near = WIDE.copy()
    near[1] = near[0] + 1e-5 * near[2]
    assert not FewRows(open_points(near), np.arange(6), 6, HOW).resolved
    assert not FewRows(open_points(near[[0, 0, 2]]), np.arange(3), 6, HOW).resolved
    profile = noise_profile(near, threads=1)
    assert profile.nearest_distances[0] == pytest.approx(np.linalg.norm(near[1] - near[0]), rel=1e-9)


def test_the_levels_are_those_of_noise_drawn_in_full(monkeypatch) -> None:
    """Within 5 standard errors of either: fails by chance in 1 of 10^5 runs."""
    rows = np.random.default_rng(1).normal(size=(60, 4096))
    assert are_few(*rows.shape)
    few = noise_profile(rows, n_draws=4, threads=1)
    monkeypatch.setattr(few_rows, "_MOST_ROWS", 0)  # private: no public way to the other path
    full = noise_profile(rows, n_draws=4, threads=1)
    assert few.t_onset is not None and full.t_onset is not None
    assert few.t_collapse is not None and full.t_collapse is not None
    assert few.t_onset.value == pytest.approx(full.t_onset.value, rel=1e-6)  # it takes no noise
    error = np.hypot(few.t_collapse.stderr, full.t_collapse.stderr)
    assert abs(few.t_collapse.value - full.t_collapse.value) <= 5 * error
    assert few.t_collapse.stderr == pytest.approx(full.t_collapse.stderr, rel=0.5)
