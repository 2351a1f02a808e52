"""Where the law behind the rows is known, the report tells whether a network follows it or its rows."""

import numpy as np
import pytest

from remanifold import AuditReport, EmpiricalScore, GaussianScore, HiddenManifold, InvalidInput, audit
from remanifold.audits import AuditedNetwork, answers_of
from remanifold.audits.pages.level_tables import levels_table

LAW = HiddenManifold(ambient_dim=12, latent_dim=4, n_points=60, ensemble="isometric", seed=3)
TRAIN, FRESH = LAW.points(), LAW.fresh(50)
pytestmark = pytest.mark.usefixtures("without_theory")
EXACT, POPULATION = EmpiricalScore(TRAIN), GaussianScore.of(LAW)


def report_of(share, population=POPULATION):
    def network(x, t):
        return POPULATION(x, t) + share * (EXACT(x, t) - POPULATION(x, t))

    task = AuditedNetwork(network, "it", "as given", evaluations=20_000, population=population)
    return audit(TRAIN, holdout=FRESH, model=task)


@pytest.mark.parametrize(("share", "nearer"), [(0.2, "the law behind them"), (0.9, "its rows")])
def test_a_network_on_the_straight_way_has_its_share_of_the_distance(share, nearer):
    report = report_of(share)
    model = report.model
    assert len(model.population_distance) == len(model.scores_apart) == len(model.distance) == len(model.levels)
    for own, law, apart in zip(model.distance, model.population_distance, model.scores_apart):
        assert law.value == pytest.approx(share * apart.value, rel=1e-6)
        assert own.value == pytest.approx((1 - share) * apart.value, rel=1e-6)
    detail = answers_of(report)[0].detail
    assert f"nearer to that of {nearer}. At " in detail
    assert model.evaluations <= model.budget
    assert AuditReport.from_json(report.to_json()) == report
    assert "distance to the population score" in report.to_html() and nearer in report.to_markdown()


def test_distances_are_those_of_brute_force():
    model = report_of(0.2).model
    rng, level = np.random.default_rng(0), model.levels[3]
    x = np.repeat(FRESH, 200, axis=0)
    x = x + np.sqrt(level.t) * rng.normal(size=x.shape)
    gap = ((EXACT(x, level.t) - POPULATION(x, level.t)) ** 2).mean(axis=1).reshape(len(FRESH), -1).mean(axis=1)
    brute = np.sqrt(gap.mean() / level.t)
    value, error = model.scores_apart[3].value, model.scores_apart[3].stderr
    assert abs(value - brute) < 4.5 * np.hypot(error, 0.5 * gap.std() / np.sqrt(len(gap)) / level.t / brute)
    assert abs(1.5 * value - brute) > 4.5 * error, "a factor 1.5 would be seen"


def test_without_a_law_nothing_is_said_of_one():
    report = report_of(0.5, population=None)
    assert report.model.population_distance == () == report.model.scores_apart and len(report.model.distance) == 8
    assert "law behind them" not in answers_of(report)[0].detail
    assert levels_table(report).columns[-1] == "distance to the empirical score"


def test_a_law_of_other_rows_is_one_sentence():
    with pytest.raises(InvalidInput, match="the population must be a denoiser of the data's rows: the queries"):
        report_of(0.5, population=GaussianScore.of(HiddenManifold(ambient_dim=9, latent_dim=4, n_points=60, seed=3)))
