"""The audit of a network: the empirical score is a perfect memorizer, the population score remembers nothing."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from remanifold import AuditReport, EmpiricalScore, GaussianScore, HiddenManifold, InvalidInput, audit
from remanifold._core.estimate import Estimate
from remanifold.audits import AuditedNetwork, answers_of, known_scalars
from remanifold.audits.network.source import open_model
from remanifold.cli import main
from remanifold.networks import from_callable, from_edm

MODEL = HiddenManifold(ambient_dim=16, latent_dim=5, n_points=300, ensemble="isometric", seed=2)
TRAIN, FRESH = MODEL.points(), MODEL.fresh(200)
SIGMAS = 4.5
pytestmark = pytest.mark.usefixtures("without_theory")


def task(denoiser, **options):
    return AuditedNetwork(denoiser, "a model", "as given", evaluations=60_000, **options)


@pytest.fixture(scope="module")
def memorizer():
    return audit(TRAIN, holdout=FRESH, model=task(EmpiricalScore(TRAIN), other=GaussianScore.of(MODEL)))


def test_the_empirical_score_has_index_one_and_returns_as_the_weights_say(memorizer):
    model = memorizer.model
    assert model.index.value == pytest.approx(1, abs=1e-6)
    assert model.p_value < 1e-10 and model.told_apart.value > 0.9
    assert model.control_p_value > 1e-3
    assert model.evaluations <= model.budget
    for turn in model.turns:
        error = np.hypot(turn.training.stderr, turn.exact_training.stderr)
        assert (
            abs(turn.training.value - turn.exact_training.value) < SIGMAS * error + 0.03
        )  # and the step of the sampler
        assert turn.holdout.value < turn.training.value
    assert max(distance.value for distance in model.distance) < 1e-9
    assert model.flow_same[0] == 1.0 and model.flow_distance[0] < 1e-6 < model.flow_distance[1]
    assert model.turns[0].captured[-1] > 0.8 > 0.2 > model.turns[0].captured[0]
    basin, exact = model.basin
    assert abs(np.log(basin / exact)) < SIGMAS * np.hypot(basin.log_stderr, exact.log_stderr)


def test_the_population_score_remembers_nothing():
    model = audit(TRAIN, holdout=FRESH, model=task(GaussianScore.of(MODEL))).model
    assert abs(model.index.value) < SIGMAS * model.index.stderr
    assert model.p_value > 1e-3 and not model.remembered
    middle = model.turns[1]
    assert abs(middle.training.value - middle.holdout.value) < SIGMAS * np.hypot(
        middle.training.stderr, middle.holdout.stderr
    )


def test_words_page_numbers_and_json_carry_the_model(memorizer):
    keys = [answer.key for answer in answers_of(memorizer)]
    assert keys[:3] == ["memory", "remembered", "turns"]
    first = answers_of(memorizer)[0]
    assert first.concern and first.answer.startswith("Yes: below the collapse") and "100 %" in first.answer
    assert AuditReport.from_json(memorizer.to_json()) == memorizer
    page = memorizer.to_html()
    assert "The network" in page and "How much does it remember" in page
    assert AuditReport.from_json(page).model == memorizer.model
    assert "Does this model remember" in memorizer.to_markdown()
    noted = replace(memorizer, model=replace(memorizer.model, notes=("What else to know.",)))
    assert "- What else to know." in noted.to_markdown()
    scalars = memorizer.scalars()
    assert scalars["model_memory_index"] == pytest.approx(1, abs=1e-6)
    assert set(scalars) <= set(known_scalars(True, True))


def test_without_a_hold_out_the_report_says_what_cannot_be_known():
    report = audit(TRAIN, model=task(EmpiricalScore(TRAIN)))
    assert report.model.index is None and report.model.turns == ()
    first = answers_of(report)[0]
    assert first.answer.startswith("It cannot be known: without rows that it was not trained on")
    assert "The network" in report.to_html()
    assert not [name for name in report.scalars() if name.startswith("model")]


def test_leaked_rows_are_left_out_and_told():
    leaky = np.concatenate([FRESH, TRAIN[:7]])
    model = audit(TRAIN, holdout=leaky, model=task(EmpiricalScore(TRAIN), cheap=True)).model
    assert model.n_holdout == 200 and model.turns == ()
    assert "7 hold-out rows that are training rows" in model.notes[0]


@pytest.mark.parametrize("left", [0, 2])
def test_with_next_to_no_held_out_row_left_nothing_can_be_known(left):
    leaky = np.concatenate([FRESH[:left], TRAIN[:5]])
    model = audit(TRAIN, holdout=leaky, max_queries=40, model=task(EmpiricalScore(TRAIN), cheap=True)).model
    assert model.index is None and model.reason.startswith("fewer than 3 of the hold-out rows are neither")


def test_a_hold_out_from_elsewhere_is_warned_of(memorizer):
    stretched = audit(TRAIN, holdout=1.6 * FRESH, model=task(GaussianScore.of(MODEL), cheap=True))
    assert stretched.model.control_p_value < 0.01
    assert "the hold-out may come from elsewhere" in answers_of(stretched)[0].answer
    assert "the hold-out may come from elsewhere" not in answers_of(memorizer)[0].answer


def test_no_memory_in_words(memorizer):
    changes = {
        "p_value": 0.4,
        "index": Estimate(0.01, 0.02, 0),
        "interval": (-0.03, 0.05),
        "remembered": (),
        "agreement": None,
        "tests": (),
        "outstanding": (),
    }
    none = replace(memorizer.model, **changes, agreement_reason="too few rows")
    first, second = answers_of(replace(memorizer, model=none))[:2]
    assert first.answer.startswith("No memory was found") and not first.concern
    odd_rows = replace(memorizer, model=replace(none, outstanding=(3,)))
    assert answers_of(odd_rows)[0].answer.startswith("It cannot be told: no test is significant, but 1 row (3)")
    shifted = replace(memorizer.holdout, closer_share=Estimate(0.12, 0.02, 0))
    doubted = [answer.answer for answer in answers_of(replace(memorizer, holdout=shifted))[:2]]
    assert doubted[0].startswith("It cannot be told for certain. Hold-out rows lie at other distances")
    assert doubted[1].startswith("Only if the hold-out is from the same source: ")
    assert answers_of(memorizer)[0].answer.startswith("Yes")
    odd = replace(memorizer, model=replace(none, p_value=0.001, index=Estimate(-0.1, 0.02, 0)))
    assert answers_of(odd)[0].answer.startswith("No memory was found")
    assert second.answer.startswith("No row can be named.") and "too few rows" in second.answer
    reverse = replace(memorizer.model, agreement=replace(memorizer.model.agreement, value=-0.5, interval=(-0.7, -0.2)))
    assert "did not come true" in answers_of(replace(memorizer, model=reverse))[1].answer


def test_a_function_in_a_file_is_read_as_told(tmp_path):
    (tmp_path / "mine.py").write_text(
        "def net(y, sigma):\n    return (y - y / (1 + sigma.reshape(-1, 1) ** 2)) / sigma.reshape(-1, 1)\n"
    )
    denoiser, words = open_model(f"{tmp_path}/mine.py:net", predicts="noise", clock="sigma")
    x = np.ones((3, 4))
    assert denoiser(x, 0.25) == pytest.approx(x / 1.25, rel=1e-5)
    assert "predicts noise" in words


@pytest.mark.parametrize(
    ("text", "content", "options", "sentence"),
    [
        ("gone.py:net", None, {}, "a model must be a diffusers folder, a .safetensors file"),
        ("mine.py:other", "net = 1", {}, "must hold a callable other"),
        ("mine.py:net", "net = 1 / 0", {}, "the file of a model must run, but got ZeroDivisionError"),
        ("mine.py:net", "def net(y, s): return y", {"predicts": "x"}, "--predicts must be one of denoised"),
        ("mine.py:net", "def net(y, s): return y", {"clock": "x"}, "--clock must be one of"),
        ("mine.safetensors", "no", {}, "a network must be a whole .safetensors file"),
        ("ground-truth:x", None, {}, "the model must be one of digits"),
    ],
)
def test_a_model_that_cannot_be_opened_is_one_sentence(tmp_path, monkeypatch, text, content, options, sentence):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / text.partition(":")[0]).write_text(content)
    with pytest.raises(InvalidInput, match=sentence) as caught:
        open_model(text, **options)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_a_wrong_adaptor_stops_the_audit():
    with pytest.raises(InvalidInput, match="denoise"):
        audit(TRAIN, holdout=FRESH, model=task(lambda x, t: 0 * x + 9.0))


def test_on_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("train.npy", TRAIN)
    np.save("fresh.npy", FRESH)
    (tmp_path / "mine.py").write_text(
        "import numpy as np\nfrom remanifold import EmpiricalScore\nimport torch\nscore = EmpiricalScore('train.npy')\n"
        "def net(y, sigma):\n    return score(y, sigma.double() ** 2).to(y.dtype)\n"
    )
    words = ["audit", "train.npy", "--holdout", "fresh.npy", "--model", "mine.py:net", "--cheap", "--out", "report"]
    assert main([*words, "--fail-above", "model_memory_index=0.5"]) == 1
    out, err = capsys.readouterr()
    assert "Does this model remember its training rows?" in out and "above the limit 0.5" in err
    assert json.loads((tmp_path / "report/report.json").read_text())["model"]["index"][0] == pytest.approx(1, abs=1e-3)
    assert main(["audit", "train.npy", "--other", "mine.py:net"]) == 2
    assert main([*words, "--evaluations", "7"]) == 2
    err = capsys.readouterr().err
    assert "--other must come with --model" in err and "--evaluations must be a whole number of at least 10000" in err


def test_one_function_in_two_parametrisations_gives_one_audit():
    """As a network that predicts noise on the variance-preserving clock, and as an EDM network of the same function."""
    exact = EmpiricalScore(TRAIN)

    def edm(y, sigma, class_labels=None):
        return exact(y.double(), sigma.double().reshape(-1) ** 2)

    def ddpm(y, s):
        shrink = torch.exp(-s.double())[:, None]
        t = torch.expm1(2 * s.double())
        return (y.double() / shrink - exact(y.double() / shrink, t)) / t.sqrt()[:, None]

    audits = [
        audit(TRAIN, holdout=FRESH, model=task(denoiser, cheap=True)).model
        for denoiser in (from_edm(edm), from_callable(ddpm, "noise", "vp", dtype=torch.float64))
    ]
    assert audits[0].index.value == pytest.approx(audits[1].index.value, abs=1e-5)
    assert audits[0].p_value == pytest.approx(audits[1].p_value, rel=0.01)


@pytest.mark.parametrize("evaluations", [10_000, 40_000])
def test_the_budget_is_kept_and_what_was_spent_is_counted(evaluations):
    score, asked = GaussianScore.of(MODEL), []

    def counted(x, t):
        asked.append(len(x))
        return score(x, t)

    model = audit(TRAIN, holdout=FRESH, model=AuditedNetwork(counted, "counted", "", score, evaluations)).model
    assert sum(asked) == model.evaluations <= model.budget == evaluations
    assert model.turns and model.basin is not None


def stepped(levels):
    """A memorizer that was trained at few noise levels, as a network of DDPM steps."""
    score, t = EmpiricalScore(TRAIN), np.asarray(levels)

    def denoised(y, step):
        return score(y * np.sqrt(1 + t[step])[:, None], t[step])

    return from_callable(denoised, "denoised", 1 / (1 + t), takes="numpy")


def test_levels_that_the_model_was_not_trained_at_are_left_out_and_told(memorizer):
    collapse = memorizer.t_collapse.value
    model = audit(TRAIN, holdout=FRESH, model=task(stepped(np.geomspace(collapse / 6, 1000, 20)), cheap=True)).model
    assert model.levels[0].t == pytest.approx(collapse / 4, rel=0.2)
    assert model.index.value == pytest.approx(1, abs=1e-4)  # each level is judged at the noise that was used
    assert "lie outside those that the network was trained at" in model.notes[-1]


def test_a_model_that_knows_no_noise_below_the_collapse_is_refused(memorizer):
    high = stepped(np.geomspace(2 * memorizer.t_collapse.value, 1000, 20))
    with pytest.raises(InvalidInput, match="the model must be trained at noise below the collapse"):
        audit(TRAIN, holdout=FRESH, max_queries=40, model=task(high))


def _shrunk(x, t):
    variance = torch.tensor([1.0, 0.01] * (x.shape[1] // 2), dtype=x.dtype)
    return x * variance / (variance + t.reshape(-1, 1))


def test_rows_so_wide_that_they_collapse_far_above_the_variance_of_a_coordinate():
    rows = np.random.default_rng(8).standard_normal((120, 12_000), np.float32)
    rows[:, 1::2] /= 10
    network = task(from_callable(_shrunk, predicts="denoised", clock="variance"))
    network = replace(network, evaluations=10_000)
    with pytest.raises(InvalidInput, match="at least 123 MB"):
        audit(rows[:60], holdout=rows[60:], model=network, memory="48MB")
    few = audit(rows[:60], holdout=rows[60:], model=network, memory="130MB").model
    assert any("began at 67 rows a side at most" in note for note in few.notes)
    assert few.flow_distance[0] > 0.01 and few.p_value > 1e-3
