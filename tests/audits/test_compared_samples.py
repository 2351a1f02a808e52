"""Samples of compared models: the same numbers as drawn and searched alone, in order of memory, in every output."""

import json
from dataclasses import replace

import numpy as np
import pytest

import remanifold as rm
from remanifold._core.errors import InvalidInput
from remanifold.audits import ModelComparison, audit_copies, compare_models, sample_model
from remanifold.audits.answers.compared import compared_state
from remanifold.audits.compared_samples import drawn_conditions, samples_of
from remanifold.networks import load_ground_truth

FEW = {"max_queries": 60, "evaluations": 3000, "threads": 1}
NAMES = {"step 100": "ground-truth:digits-100-seed0", "step 1400": "ground-truth:digits-1400-seed0"}


@pytest.fixture(scope="module")
def digits():
    known = load_ground_truth("digits-100-seed0")
    return known.training, known.held_out


@pytest.fixture(scope="module")
def report(digits):
    return compare_models(digits[0], NAMES, digits[1], n_samples=60, **FEW)


def test_samples_are_those_of_each_model_drawn_and_searched_alone(report, digits):
    for model, name in zip(report.models, NAMES.values(), strict=True):
        made = sample_model(name, 60, seed=0).samples
        alone = audit_copies(digits[0], made, digits[1], seed=0, threads=1)
        assert model.samples.closer_share == alone.scalars()["closer_share"]
        assert model.samples.named == len(alone.flagged) and model.samples.verdict == alone.verdict.state
        assert model.samples.closer_null == alone.number("closer_share").null


def test_a_network_that_knows_its_rows_gives_them_back_and_one_of_many_rows_does_not(report):
    knows, other = (model.samples for model in report.models)
    assert (knows.verdict, other.verdict) == ("remembers", "no sign")
    assert knows.named > 50 and other.named == 0 and knows.n == other.n == 60


def test_every_output_has_them(report):
    numbers = report.scalars()
    assert numbers["step 100/closer_share"] > 0.9 and numbers["step 100/named_samples"] > 0.8
    assert numbers["step 1400/named_samples"] == numbers["step 1400/exact_copies"] == 0
    words = "Among 60 samples of each, copying is shown at step 100 (each tested at 5 %)."
    page = report.to_html().replace("\u00a0", " ")
    assert words in report.to_markdown() and words in page and ">Samples<" in page
    assert json.loads(report.to_json())["models"][0]["samples"]["verdict"] == "remembers"


def test_without_samples_nothing_speaks_of_them(digits):
    bare = compare_models(digits[0], NAMES, digits[1], **FEW)
    assert all(model.samples is None for model in bare.models)
    assert "samples of each" not in bare.to_markdown() and "named copies" not in bare.to_html()


def test_models_that_tell_no_noise_levels_are_sampled_at_those_of_edm_and_named_safer_by_both():
    scales = np.array([2, 1, 0.5, 0.1])
    rows = np.random.default_rng(0).normal(size=(160, 4)) * scales
    law = rm.GaussianScore(np.zeros(4), np.diag(scales**2))
    models = {"step 1": law, "step 2": rm.EmpiricalScore(rows[:60])}
    report = compare_models(rows[:60], models, rows[60:], n_samples=40, threads=1, max_queries=30)
    honest, exact = (model.samples for model in report.models)
    assert exact.named == 40 and exact.verdict == "remembers" and honest.named == 0
    assert "Safer: step 1." in report.to_markdown()


def test_where_losses_show_nothing_and_samples_do_the_page_says_remembers(report):
    silent = tuple(replace(model, remembers=False) for model in report.models)
    told = ModelComparison(**{**vars(report), "models": silent, "first": None})
    assert compared_state(told) == "remembers"
    assert "Losses show memory in none of the 2 models" in told.to_markdown()
    assert "Safer: step 1400." in told.to_markdown()


def test_samples_of_captions_are_no_proof(digits):
    copies = audit_copies(digits[0], digits[0][:40] + 1e-3, digits[1], seed=0, threads=1)
    plain, captioned = (samples_of(copies, 40, captioned=given) for given in (False, True))
    assert (plain.verdict, captioned.verdict) == ("remembers", "cannot tell") and "caption" in captioned.told


def test_conditions_are_drawn_from_both_sides_in_their_proportion():
    model = rm.AuditedNetwork(lambda y, t: y, "m", "m", seed=0, class_conditional=True)
    drawn = drawn_conditions(model, (np.zeros(300, int), np.ones(100, int)), 4000)["classes"]
    assert abs(np.mean(drawn) - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 4000) and drawn[:40] != sorted(drawn[:40])
    assert drawn_conditions(model, (None, None), 10) == {}


def test_a_network_with_classes_is_sampled_with_those_of_its_rows():
    name = "digits-200-classes-seed0"
    known = load_ground_truth(name)
    models = {"a": f"ground-truth:{name}", "b": known.denoiser}
    labels, other = known.card.training_classes, known.card.held_out_classes
    sides = {"labels": np.array(labels), "holdout_labels": np.array(other)}
    report = compare_models(
        known.training, models, known.held_out, class_conditional=True, n_samples=20, **sides, **FEW
    )
    first, second = (model.samples for model in report.models)
    assert first == second and first.closer_share > 0.3


def test_finished_samples_are_kept_until_all_is_done(digits, tmp_path, monkeypatch):
    from remanifold.audits import compared_samples

    asked = []

    def stops(*args, **options):
        asked.append(options["part_file"])
        if len(asked) == 2:
            raise KeyboardInterrupt
        return sample_model(*args, **options)

    monkeypatch.setattr(compared_samples, "sample_model", stops)
    with pytest.raises(KeyboardInterrupt):
        compare_models(digits[0], NAMES, digits[1], n_samples=20, parts=tmp_path / "parts", **FEW)
    assert (tmp_path / "parts" / "samples-0.part").exists()
    monkeypatch.undo()
    again = compare_models(digits[0], NAMES, digits[1], n_samples=20, parts=tmp_path / "parts", **FEW)
    plain = compare_models(digits[0], NAMES, digits[1], n_samples=20, **FEW)
    assert again.to_json() == plain.to_json() and not (tmp_path / "parts").exists()


@pytest.mark.parametrize(("given", "said"), [({"n_samples": 5}, "from 20 to"), ({"n_samples": -1}, "from 20 to")])
def test_too_few_samples_are_refused_before_any_work(digits, given, said):
    with pytest.raises(InvalidInput, match=said):
        compare_models(digits[0], NAMES, digits[1], **given, **FEW)


def test_more_samples_than_the_budget_holds_are_refused_with_the_least(digits):
    with pytest.raises(InvalidInput, match=r"at least \d+ MB"):
        compare_models(digits[0], NAMES, digits[1], n_samples=1_000_000, memory="200MB", **FEW)
