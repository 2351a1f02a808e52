"""Models side by side: the numbers of an audit, errors of differences that hold, and where memory first shows."""

import json

import numpy as np
import pytest

import remanifold as rm
from remanifold.audits import assert_no_memory, compare_models
from remanifold.audits.network.checkpoints import models_in, steps_of
from remanifold.measures.estimates.holm import holm

SCALES = np.array([2, 1, 0.5, 0.1])
LAW = rm.GaussianScore(np.zeros(4), np.diag(SCALES**2))


def drawn(n, seed):
    return np.random.default_rng(seed).normal(size=(n, 4)) * SCALES


ROWS, UNSEEN = drawn(60, 0), drawn(60, 1)
EXACT = rm.EmpiricalScore(ROWS)


def between(share):
    """A network on its way: the law's answer and that of memory, mixed."""
    return lambda x, t: (1 - share) * LAW(x, t) + share * EXACT(x, t)


PATH = {"step-0": LAW, "step-10": between(0.3), "step-20": between(0.8), "step-40": EXACT}


def compared(models=PATH, data=ROWS, holdout=UNSEEN, **options):
    return compare_models(data, models, holdout, threads=1, **{"max_queries": 30, **options})


@pytest.fixture(scope="module")
def report():
    return compared()


def test_every_model_has_the_numbers_of_its_own_audit(report):
    for model, denoiser in zip(report.models, PATH.values(), strict=True):
        task = rm.AuditedNetwork(denoiser, model.name, "ideal", evaluations=40_000, cheap=True)
        alone = rm.audit(ROWS, holdout=UNSEEN, model=task, max_queries=30, threads=1).model
        assert model.index.value == pytest.approx(alone.index.value, rel=1e-12)
        assert model.index.stderr == pytest.approx(alone.index.stderr, rel=1e-12, abs=1e-12)
        assert model.p_value == alone.p_value
        losses = [level.training_loss.value / level.t for level in alone.levels if level.used]
        assert model.training_loss.value == pytest.approx(np.mean(losses))


def test_memory_first_shows_where_it_does_and_p_values_are_those_of_all_models(report):
    adjusted = holm(np.array([model.p_value for model in report.models]))
    assert [model.adjusted for model in report.models] == adjusted.tolist()
    assert [model.remembers for model in report.models] == [False, True, True, True]
    assert report.first == "step-10" and report.least_holdout == "step-0"
    assert [model.step for model in report.models] == [0, 10, 20, 40]
    card = report.to_markdown()
    first, _, rest = card.partition("<details>")
    assert "first shows at step 10" in first and "p = " not in first and "±" not in first
    assert "adjusted p = " in rest.partition("</details>")[0] and "| memory index |" in rest
    numbers = report.scalars()
    assert numbers["n_remembering"] == 3 and numbers["first_remembering_step"] == 10
    assert numbers["step-40/index"] == 1.0 and numbers["step-20/evidence"] > 3


def test_changes_are_differences_and_a_page_and_json_hold_them(report):
    for before, model in zip(report.models, report.models[1:], strict=False):
        assert model.index_change.value == pytest.approx(model.index.value - before.index.value)
        assert model.holdout_change.value == pytest.approx(model.holdout_loss.value - before.holdout_loss.value)
        assert model.training_change.stderr < np.hypot(model.training_loss.stderr, before.training_loss.stderr)
    assert report.models[0].index_change is None
    tree = json.loads(report.to_json())
    assert tree["first"] == "step-10" and len(tree["models"]) == 4
    page = report.to_html()
    assert page.count('<figure class="card drawn"') == 2 and "http" not in page.replace("http-equiv", "")


def test_errors_of_differences_are_those_of_the_same_rows_and_noise():
    """Two models that know no row: their indices differ by chance alone; mean z^2 of 16 pairs, 1 +- 0.35."""
    other = rm.GaussianScore(np.zeros(4), np.diag(1.3 * SCALES**2))
    paired, alone = [], []
    for seed in range(16):
        told = compared({"a": LAW, "b": other}, drawn(60, 100 + seed), drawn(60, 500 + seed), seed=seed).models
        change = told[1].index_change
        paired.append(change.value / change.stderr)
        alone.append(change.value / np.hypot(told[0].index.stderr, told[1].index.stderr))
    assert 0.25 < np.mean(np.square(paired)) < 2.8
    assert np.mean(np.square(alone)) < 0.25  # errors of two audits apart would hide the difference


class Stopped(Exception):
    """What ends a run in its middle."""


def test_a_stopped_comparison_goes_on_to_the_same_numbers(report, tmp_path):
    def stop(stage, done, total):
        if stage == "denoising losses" and done == total:
            seen.append(stage)
            if len(seen) == 2:
                raise Stopped

    seen, parts = [], tmp_path / "parts"
    (tmp_path / "beside").touch()
    with pytest.raises(Stopped):
        compared(parts=parts, progress=stop)
    assert {path.name for path in parts.iterdir()} >= {"model-0", "model-1", "profile.part"}
    asked = []
    counted = {name: _counted(denoiser, asked) for name, denoiser in PATH.items()}
    again = compared(counted, parts=parts)
    assert again.models[2].index == report.models[2].index
    assert not parts.exists()
    fresh = []
    compared({name: _counted(denoiser, fresh) for name, denoiser in PATH.items()})
    assert sum(asked) < 0.6 * sum(fresh)


def _counted(denoiser, asked):
    def network(x, t):
        asked.append(len(x))
        return denoiser(x, t)

    return network


def test_a_holdout_of_another_source_says_nothing_of_memory():
    told = compared(holdout=UNSEEN + 1.5)
    assert told.first is None and not any(model.remembers for model in told.models)
    assert "cannot be told" in told.to_markdown()


def test_hold_out_rows_that_are_training_rows_are_left_out_with_a_note():
    told = compared(holdout=np.concatenate([UNSEEN, ROWS[:5]]))
    assert told.notes[0].startswith("5 hold-out rows are training rows") and told.n_training == 55


def test_classes_are_asked_for():
    labels, others = np.arange(60) % 2, np.arange(60) % 2

    def known(x, t, labels):
        return LAW(x, t)

    def memory(x, t, labels):
        return np.where(labels[:, None] == 0, given[0](x, t), given[1](x, t))

    given = [rm.EmpiricalScore(ROWS[labels == k]) for k in (0, 1)]
    options = {"labels": labels, "holdout_labels": others, "class_conditional": True}
    told = compared({"a": known, "b": memory}, **options)
    assert told.first == "b" and told.models[1].index.value == pytest.approx(1)


def untrained(x, t):
    return 3 + 0 * x


def test_an_untrained_checkpoint_passes_with_a_note_beside_a_trained_one_that_is_read_alike():
    def trained(x, t):
        return LAW(x, t)

    told = compared({"0": untrained, "1": trained})
    assert "does not beat shrinkage" in told.models[0].note and not told.models[1].note
    with pytest.raises(rm.InvalidInput, match="got first: a denoiser must beat shrinkage"):
        compared({"first": untrained, "second": LAW})


def test_what_cannot_be_compared_is_refused_by_name():
    for models, words in (
        ({"alone": LAW}, "two models at least"),
        ({"one": LAW, "wide": lambda x, t: np.zeros((len(x), 5))}, "got wide: "),
        ({"one": LAW, "none": "no-such-file.safetensors"}, "got none: "),
    ):
        with pytest.raises(rm.InvalidInput, match=words):
            compared(models)
    with pytest.raises(rm.InvalidInput, match="hold-out"):
        compared(holdout=None)


def test_models_of_other_noise_levels_are_refused():
    def model(clock):
        def f(y, k):
            abar = np.cumprod(1 - np.linspace(1e-4, clock, 1000))[np.asarray(k, int)][:, None]
            t = (1 - abar) / abar
            clean = (y / np.sqrt(abar)) * SCALES**2 / (SCALES**2 + t)
            return (y - np.sqrt(abar) * clean) / np.sqrt(1 - abar)

        alphas = np.cumprod(1 - np.linspace(1e-4, clock, 1000))
        return rm.from_callable(f, "noise", alphas, takes="numpy")

    told = compared({"a": model(0.02), "b": model(0.02), "any": LAW}).models
    assert told[0].index == told[1].index and told[0].index.value == pytest.approx(told[2].index.value, abs=1e-3)
    with pytest.raises(rm.InvalidInput, match="other levels in b than in a"):
        compared({"a": model(0.02), "b": model(0.03)})


def test_checkpoints_of_a_folder_come_in_the_order_of_their_numbers(tmp_path):
    for name in ("step-900", "step-1000", "notes"):
        (tmp_path / name).mkdir()
    for name in ("step-900", "step-1000"):
        (tmp_path / name / "unet").mkdir()
        (tmp_path / name / "unet" / "config.json").touch()
    (tmp_path / "step-20.safetensors").touch()
    names = [name.removeprefix(f"{tmp_path}/") for name in models_in(str(tmp_path))]
    assert names == ["step-20.safetensors", "step-900/unet", "step-1000/unet"]
    assert models_in("ground-truth:digits-100-seed0") == ["ground-truth:digits-100-seed0"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(rm.InvalidInput, match="must hold models"):
        models_in(str(tmp_path / "empty"))


@pytest.mark.parametrize(
    ("names", "steps"),
    [
        (["run2/step-5", "run2/step-10"], [5, 10]),
        (["a1b5", "a2b10"], [None, None]),
        (["digits-100-seed0", "digits-1400-seed0"], [None, None]),
        (["epoch=1-step=90.ckpt", "epoch=2-step=180.ckpt"], [90, 180]),
        (["run/100.safetensors", "run/2000.safetensors"], [100, 2000]),
        (["x", "y"], [None, None]),
        (["s-1", "s-1"], [None, None]),
    ],
)
def test_steps_are_the_one_number_that_differs(names, steps):
    assert steps_of(names) == steps


def test_checkpoints_are_told_in_the_order_of_their_steps():
    """However they are given; what does not remember is named as safer, also where it came later."""
    told = compared({"step 200": LAW, "step 100": EXACT})
    assert [model.step for model in told.models] == [100, 200]
    page = " ".join(told.to_markdown().split())
    assert "first shows at step 100" in page and "It is not shown in step 200, which came later." in page
    assert "Safer: step 200." in page and "earlier checkpoints" not in page


def test_names_without_steps_stay_in_their_order():
    told = compared({"b": EXACT, "a": EXACT})
    page = " ".join(told.to_markdown().split())
    assert [model.name for model in told.models] == ["b", "a"]
    assert "Train less long, or on more rows" in page and "The hold-out loss is the same for all" in page


def test_a_hold_out_full_of_training_rows_is_told_as_such():
    told = compared({"a": LAW, "b": EXACT}, holdout=np.concatenate([UNSEEN, ROWS[:30]]))
    assert told.first is None
    assert ": 30 of the 90 are training rows or near copies of such" in told.doubts[0]


def test_what_is_no_report_is_refused():
    for other in (None, {}, "report.json"):
        with pytest.raises(rm.InvalidInput, match="needs the report of audit, audit_copies or compare_models, but got"):
            assert_no_memory(other)
