"""A class-conditional model is asked with each row's own class, and held against the score of that class alone."""

import numpy as np
import pytest
import torch

from remanifold import EmpiricalScore, GaussianScore, HiddenManifold, InvalidInput, audit
from remanifold.audits import AuditedNetwork, answers_of
from remanifold.audits.inputs import open_inputs
from remanifold.audits.network.check import classes_of
from remanifold.cli.audited_model import model_task
from remanifold.measures import Reversal, TrainingPoints, return_basin, returns
from remanifold.measures.memory.row_classes import OwnClass, row_classes
from remanifold.networks import from_edm
from remanifold.sampling import ClassScores

LAWS = [HiddenManifold(ambient_dim=10, latent_dim=4, n_points=40, ensemble="isometric", seed=seed) for seed in (2, 3)]
SHIFT = np.linspace(-1, 1, 10)
TRAIN = np.concatenate([law.points() + k * SHIFT for k, law in enumerate(LAWS)])
FRESH = np.concatenate([law.fresh(30) + k * SHIFT for k, law in enumerate(LAWS)])
LABELS, HELD = np.repeat([0, 1], 40), np.repeat([0, 1], 30)
EXACT = ClassScores(TRAIN, LABELS)
pytestmark = pytest.mark.usefixtures("without_theory")
SCORES = [GaussianScore.of(law) for law in LAWS]


def population(x, t, labels):
    """Of the law of each class."""
    out = np.empty_like(x)
    for k, score in enumerate(SCORES):
        rows = np.asarray(labels) == k
        if rows.any():
            out[rows] = score(x[rows] - k * SHIFT, t) + k * SHIFT
    return out


class Asked:
    """Counts rows and tells whether each was asked with a class that there is."""

    def __init__(self, denoiser):
        self.denoiser, self.rows = denoiser, 0

    def __call__(self, x, t, labels):
        assert np.shape(labels) == (len(x),)
        self.rows += len(x)
        return self.denoiser(x, t, labels)


def report_of(denoiser, *, labels=LABELS, holdout_labels=HELD, holdout=FRESH, **options):
    task = AuditedNetwork(
        denoiser, "it", "", evaluations=12_000, class_conditional=True, holdout_labels=holdout_labels, **options
    )
    return audit(TRAIN, holdout=holdout, labels=labels, model=task)


@pytest.fixture(scope="module")
def memorizer():
    asked = Asked(EXACT)
    return report_of(asked, population=population, other=population), asked.rows


def test_the_class_conditional_empirical_score_is_a_perfect_memorizer(memorizer):
    report, rows = memorizer
    model = report.model
    assert model.index.value == pytest.approx(1, abs=1e-9) and model.p_value < 1e-10
    assert max(far.value for far in model.distance) < 1e-12 < min(far.value for far in model.population_distance)
    assert model.flow_same[0] == 1.0 and model.flow_distance[0] < 1e-9 < model.flow_distance[1]
    for turn in model.turns:
        error = np.hypot(turn.training.stderr, turn.exact_training.stderr)
        assert abs(turn.training.value - turn.exact_training.value) < 4.5 * error + 0.03  # and the step of the sampler
    assert rows == model.evaluations <= model.budget
    assert any("each row's own class" in note for note in model.notes)
    assert answers_of(report)[0].concern


def test_the_law_of_each_class_remembers_nothing():
    model = report_of(population, cheap=True).model
    assert abs(model.index.value) < 4.5 * model.index.stderr and model.p_value > 1e-3


def test_asked_with_the_other_class_it_would_not_be_a_memorizer():
    """The planted mistake: labels of the other class reach the model in the losses."""

    def swapped(x, t, labels):
        return EXACT(x, t, 1 - np.asarray(labels))

    try:
        index = report_of(swapped, cheap=True).model.index.value
    except InvalidInput as error:
        assert "denoiser must beat" in str(error)
    else:
        assert index < 0.5


def test_weights_of_a_class_are_those_of_its_points_alone():
    classes = row_classes(TRAIN, LABELS, HELD)
    rng = np.random.default_rng(0)
    for own, labels, among in ((TRAIN, LABELS, True), (FRESH, HELD, False)):
        x = own + 0.5 * rng.normal(size=own.shape)
        found = OwnClass(classes, labels).weight(x, 0.25, own, among=among)
        for k in (0, 5, len(x) - 1):
            points = TRAIN[labels[k] == LABELS]
            points = points if among else np.concatenate([points, own[k : k + 1]])
            weights = np.exp(-((x[k] - points) ** 2).sum(axis=1) / 0.5)
            at = int(np.argmin(((points - own[k]) ** 2).sum(axis=1)))
            assert found[k] == pytest.approx(weights[at] / weights.sum(), abs=1e-6)


def test_the_basin_is_that_of_the_class():
    """Of the class-conditional score the share that returns is the weight in its class; 4.5 errors."""
    points, classes = TrainingPoints(TRAIN), row_classes(TRAIN, LABELS, HELD)
    way = Reversal(EXACT, steps_per_e=8)
    found = return_basin(points, 0.3, [0.03, 0.1, 0.3, 0.9], reversal=way, classes=classes)
    error = np.hypot(found.returned.stderr, found.own_weight.stderr)
    assert np.all(np.abs(found.returned.value - found.own_weight.value) < 4.5 * error)
    assert found.static_basin is None and found.exact_basin is not None


def test_one_class_is_as_no_class():
    """With a single label the class-conditional audit is the plain one, U-turn by U-turn."""
    points, ones = TrainingPoints(TRAIN[:40]), np.zeros(40, dtype=int)
    plain, exact = EmpiricalScore(TRAIN[:40]), ClassScores(TRAIN[:40], ones)
    classes = row_classes(TRAIN[:40], ones, np.zeros(30, dtype=int))
    options = {"evaluations": 4000, "repeats": 1}
    one = returns(points, FRESH[:30], [0.3], reversal=Reversal(plain, steps_per_e=4), **options)
    two = returns(points, FRESH[:30], [0.3], reversal=Reversal(exact, steps_per_e=4), classes=classes, **options)
    assert np.array_equal(one.training_back, two.training_back) and np.array_equal(one.holdout_back, two.holdout_back)
    assert two.training_weight.value == pytest.approx(one.training_weight.value, rel=1e-9)
    assert two.holdout_weight.value == pytest.approx(one.holdout_weight.value, rel=1e-9)


def test_a_network_behind_its_adaptor_gives_the_same(memorizer):
    def net(y, sigma, class_labels=None):
        assert class_labels is not None and len(class_labels) == len(y)
        t = sigma.double().reshape(-1) ** 2
        return torch.from_numpy(EXACT(y.double().numpy(), t.numpy(), class_labels.numpy()))

    model = report_of(from_edm(net), cheap=True).model
    assert model.index.value == pytest.approx(1, abs=1e-5)
    assert model.p_value < 1e-10


def test_killed_it_goes_on_to_the_same_numbers(memorizer, tmp_path):
    class Killed(Asked):
        def __call__(self, x, t, labels):
            if self.rows > 0.8 * memorizer[1]:
                raise KeyboardInterrupt
            return super().__call__(x, t, labels)

    options = {"population": population, "other": population, "parts": tmp_path / "parts"}
    with pytest.raises(KeyboardInterrupt):
        report_of(Killed(EXACT), **options)
    again = Asked(EXACT)
    found = report_of(again, **options).model
    assert {**vars(found), "evaluations": 0} == {**vars(memorizer[0].model), "evaluations": 0}
    assert again.rows < 0.4 * memorizer[1] and not (tmp_path / "parts").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"labels": None}, "asked with the class of every training row, but got data without labels"),
        ({"holdout_labels": None}, "asked with the class of every hold-out row, but got a hold-out without labels"),
        ({"holdout_labels": HELD[:-1]}, "there must be as many labels of the hold-out as rows"),
        ({"holdout_labels": HELD + 1}, "the hold-out must have classes of the training data, but got class 2 in"),
        ({"holdout": None}, "classes of the hold-out must come with a hold-out"),
    ],
)
def test_missing_classes_are_one_sentence(options, sentence):
    with pytest.raises(InvalidInput, match=sentence) as caught:
        report_of(EXACT, cheap=True, **options)
    assert "\n" not in str(caught.value)


def test_classes_for_a_model_that_takes_none_are_refused():
    task = AuditedNetwork(EmpiricalScore(TRAIN), "it", "", evaluations=12_000, holdout_labels=HELD)
    with pytest.raises(InvalidInput, match="classes of the hold-out are for a model that takes them"):
        audit(TRAIN, holdout=FRESH, labels=LABELS, model=task)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"model": None, "class_conditional": True}, "--class-conditional must come with --model"),
        ({"model": None, "cheap": True}, "--cheap must come with --model"),
        ({"model": None, "clock": "vp"}, "--clock must come with --model FILE.py:NAME"),
        ({"model": None, "holdout_labels": "x.npy"}, "--holdout-labels must come with --model"),
        ({"model": "m.py:net", "holdout_labels": "x.npy"}, "--holdout-labels must come with --class-conditional"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_any_work(options, sentence):
    given = {"other": None, "predicts": None, "clock": None, "evaluations": 100_000, "cheap": False}
    with pytest.raises(InvalidInput, match=sentence):
        model_task(**{**given, "seed": 0, "out": None, **options})


def test_the_command_line_hands_classes_over(tmp_path):
    np.save(tmp_path / "held.npy", HELD)
    (tmp_path / "mine.py").write_text("def net(y, sigma, class_labels): return y")
    task = model_task(
        f"{tmp_path}/mine.py:net", None, "denoised", "sigma", 10_000, True, 0, tmp_path, True, f"{tmp_path}/held.npy"
    )
    inputs = open_inputs(TRAIN, FRESH, LABELS)
    labels, held = classes_of(task, inputs)
    assert np.array_equal(labels, LABELS) and np.array_equal(held, HELD) and task.parts == tmp_path / "model.parts"
