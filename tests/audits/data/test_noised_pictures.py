"""A row noised to the three levels, and what comes back: what is computed is the posterior mean."""

import numpy as np

import remanifold as rm
from remanifold.audits.data import noised_pictures
from remanifold.audits.data.noised_pictures import posterior_means

ROWS = np.random.default_rng(0).random((60, 6, 6)).astype(np.float32)


def test_means_are_those_of_the_exact_score_whatever_is_read_at_a_time(monkeypatch):
    far = ROWS.astype(np.float64) + 1e6  # an origin far away costs no digits
    points = rm.open_points(far)
    x = points.take(np.arange(3)) + np.random.default_rng(1).normal(size=(3, 36))
    t = np.array([1e-6, 0.3, 50.0])
    for block in (36, 500, 10**6):
        monkeypatch.setattr(noised_pictures, "_BLOCK_NUMBERS", block)  # private: what is read at a time
        found = posterior_means(points, np.arange(60), x, t)
        assert np.abs(found - rm.EmpiricalScore(far).denoise(x.reshape(3, 6, 6), t).reshape(3, -1)).max() < 1e-8


def test_a_report_on_pictures_shows_one_row_brought_back():
    report = rm.audit(ROWS, max_queries=20, threads=1)
    names = [name for name in report.pictures if name.split(":")[0] in ("clean", "noised", "returned")]
    row = names[0].removeprefix("clean:")
    levels = ("onset", "collapse", "generalization")
    assert names == [f"clean:{row}", *(f"{what}:{level}:{row}" for what in ("noised", "returned") for level in levels)]
    assert {name: uri for name, uri in report.pictures.items() if name in names} == {
        name: uri for name, uri in rm.audit(ROWS, max_queries=20, threads=2).pictures.items() if name in names
    }


def test_rows_that_are_no_pictures_have_none(monkeypatch):
    assert rm.audit(ROWS.reshape(60, -1), max_queries=20, threads=1).pictures == {}
    monkeypatch.setattr(noised_pictures, "_MOST_NUMBERS", 100)  # private: beyond which a picture costs too much
    assert not any(name.startswith("noised") for name in rm.audit(ROWS, max_queries=20, threads=1).pictures)
