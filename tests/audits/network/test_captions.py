"""Text-conditional models and LoRAs: planted memory is found, captions of others are seen, refusals are sentences."""

import json
import math
import warnings
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from scipy.stats import combine_pvalues

from remanifold import InvalidInput, audit, from_callable, from_diffusers
from remanifold.audits import AuditedNetwork, AuditReport, answers_of, compare_models, sample_model
from remanifold.audits.answers.verdict import verdict_of
from remanifold.audits.network.source import open_model
from remanifold.networks.pipelines.prompts import EMPTY, Prompts, number_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("diffusers")
    pytest.importorskip("transformers")

from tiny_text_to_image import Lora, captions_of, pictures, save, tiny_pipeline, train

ROWS, HELD = pictures(16, 0), pictures(64, 1)
ALL = captions_of(280)
OWN, OTHER = ALL[200:216], ALL[216:]
pytestmark = [pytest.mark.usefixtures("without_theory"), pytest.mark.filterwarnings("ignore")]


class World(NamedTuple):
    """A base model trained on other pictures, and a LoRA that memorized the 16 training rows with their captions."""

    base: str
    lora: str


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text to image")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = tiny_pipeline(folder / "tokenizer")
        train(pipeline, pictures(200, 5), ALL[:200], 200)
        save(pipeline, folder / "sd")
        lora = Lora(pipeline.unet, 16)
        train(pipeline, ROWS, OWN, 300, parameters=lora.parameters(), rate=1e-2, last=250)
        lora.save(folder / "lora")
    return World(str(folder / "sd"), str(folder / "lora"))


def report_of(world, *, lora=True, rows=ROWS, holdout=HELD, captions=OWN, others=OTHER, **options):
    denoiser = from_diffusers(world.base, lora=world.lora if lora else None)
    options = {"evaluations": 10_000, "captions": captions, "holdout_captions": others} | options
    return audit(rows, holdout=holdout, model=AuditedNetwork(denoiser, "it", denoiser.description, **options))


@pytest.fixture(scope="module")
def remembered(world):
    return report_of(world)


def test_a_lora_that_memorized_is_found_and_its_captions_lead_to_the_rows(remembered):
    model = remembered.model
    assert remembered.verdict.state == "remembers" and model.p_value < 1e-2
    added = model.captions
    assert added.gain_training.value > 4 * added.gain_training.stderr > 0 > added.gain_holdout.value
    assert added.p_value < 1e-6 and model.index.value > added.index_empty.value > 0
    assert (added.n_training, added.n_holdout, added.cut) == (16, 64, 0)
    assert model.turns == () and model.evaluations <= model.budget
    question = next(answer for answer in answers_of(remembered) if answer.key == "captions")
    assert question.concern and "They lead to training images" in question.answer
    assert added.p_value_bound < 1e-3 and added.bound_training.value > 3 * added.bound_training.stderr


def _without_memory(style: list[str]):
    """The mean of two blobs, off by a vector that a caption draws; by less of it where captions are of ``style``."""
    weak, waves = {number_of(text) for text in style}, torch.arange(1, 7, dtype=torch.float64)

    def denoised(y, sigma, labels=None):
        noise = torch.as_tensor(sigma, dtype=y.dtype).reshape(-1, 1)
        t = noise**2
        mean = (2 * torch.tanh(2 * y / (t + 0.09)) * t + y * 0.09) / (t + 0.09)
        if labels is None:
            return mean
        off = torch.sin((labels.reshape(-1, 1).double() % 10007) * waves) * (labels != EMPTY).reshape(-1, 1)
        share = torch.tensor([0.4 if int(number) in weak else 1.0 for number in labels]).reshape(-1, 1)
        return mean + (0.3 * off * share * torch.clamp(noise, max=1)).to(y.dtype)

    prompts = Prompts(
        lambda texts: {"x": torch.zeros(len(texts), 1)}, lambda texts: [len(text) for text in texts], 1000
    )
    return replace(from_callable(denoised, "denoised", "sigma", batch=4096), prompts=prompts, no_class=EMPTY)


def test_captions_of_another_style_are_no_memory():
    """8 draws, of which at most 3 may reject at 5 % (error 0.04 %); beside the empty caption all do.

    Without the doubt a quarter of such draws were called "remembers".
    """
    led, styled, remembers = 0, 0, 0
    for seed in range(8):
        random = np.random.default_rng(seed)
        rows, held = (2 * random.choice([-1, 1], (n, 6)) + 0.3 * random.standard_normal((n, 6)) for n in (40, 60))
        own, others = (
            [f"{word} {random.integers(1 << 40)}" for _ in side] for word, side in (("b", rows), ("a", held))
        )
        options = {"evaluations": 10_000, "batch": 4096, "captions": own, "holdout_captions": others}
        found = audit(rows, holdout=held, model=AuditedNetwork(_without_memory(own), "it", "told", **options))
        led += found.model.captions.p_value_bound < 0.05
        styled += found.model.captions.p_value < 0.05
        remembers += found.verdict.state == "remembers"
        answer = next(answer for answer in answers_of(found) if answer.key == "captions")
        assert answer.concern == (found.model.captions.p_value_bound < 0.05)
    assert led <= 3 and styled == 8 and remembers <= 3
    assert "difference of style" in answer.answer or led


def test_a_verdict_asks_for_more_than_own_captions(remembered):
    """The record of a memorizer, as it would be if own captions alone told the sides apart."""
    for bound, empty, state in ((0.3, 0.3, "cannot tell"), (0.001, 0.3, "remembers"), (0.3, 0.001, "remembers")):
        captions = replace(remembered.model.captions, p_value_bound=bound, p_value_empty=empty)
        report = replace(remembered, model=replace(remembered.model, captions=captions))
        assert verdict_of(report).state == state
    assert "differ in style" in verdict_of(replace(
        remembered, model=replace(remembered.model, captions=replace(captions, p_value_bound=0.3, p_value_empty=0.3))
    )).headline  # fmt: skip


def test_its_base_model_is_not_said_to_remember(world):
    """Three draws of pictures, pooled: each has 16 rows only, and one of them lies three errors below nothing."""
    drawn = [(ROWS, HELD)] + [(pictures(16, 100 + seed), pictures(64, 200 + seed)) for seed in (1, 2)]
    models = []
    for rows, held in drawn:
        report = report_of(world, lora=False, rows=rows, holdout=held)
        assert report.verdict.state == "cannot tell" and report.model.p_value > 0.05  # too few for an all-clear
        models.append(report.model)
    values, errors = (np.array([getattr(model.index, name) for model in models]) for name in ("value", "stderr"))
    assert abs(values.mean()) < 3 * math.sqrt((errors**2).sum()) / len(drawn)
    for name in ("p_value", "p_value_empty"):
        assert combine_pvalues([getattr(model.captions, name) for model in models]).pvalue > 0.01


@pytest.fixture(scope="module")
def misread(world):
    """The captions of the training rows are shifted by five rows."""
    return report_of(world, captions=OWN[5:] + OWN[:5])


def test_captions_of_other_rows_are_seen(misread, remembered):
    model = misread.model
    assert model.captions.gain_training.value < -2 * model.captions.gain_training.stderr
    assert any("check that they are those of these pictures" in note for note in model.notes)
    assert model.index.value < remembered.model.index.value - 3 * remembered.model.index.stderr
    assert model.captions.index_empty == remembered.model.captions.index_empty
    assert not any("check that they are" in note for note in remembered.model.notes)


def test_one_prompt_for_all_rows(world):
    model = report_of(world, lora=False, captions=None, others=None, prompt="a photo of a dog").model
    assert (model.captions.n_training, model.captions.n_holdout) == (1, 1)
    assert model.captions.reading == ("one prompt for every row",)


def test_latents_that_are_given_are_taken_as_they_are(world, remembered):
    encode = from_diffusers(world.base).encode
    model = report_of(world, rows=encode(ROWS), holdout=encode(HELD)).model
    assert model.index.value == pytest.approx(remembered.model.index.value, rel=1e-4)
    assert remembered.data.shape == (4, 4, 4) and "encoded by AutoencoderKL" in remembered.data.preprocessing


def test_pictures_are_shown_as_pictures(remembered):
    assert remembered.pictures and not any("noised" in name for name in remembered.pictures)


def test_the_report_is_read_back_and_others_have_no_such_key(remembered, sample):
    again = AuditReport.from_json(remembered.to_json())
    assert again.model.captions == remembered.model.captions
    plain = json.loads(remembered.to_json())
    assert plain["model"]["captions"]["n_training"] == 16
    assert "What do captions add to its memory?" in remembered.to_html()


def test_work_on_other_captions_is_never_used(world, remembered, misread, tmp_path):
    options = {"parts": tmp_path / "parts"}
    progress = []

    def kill(stage, done, total):
        progress.append(stage)
        if stage == "denoising losses" and progress.count(stage) > 5:
            raise KeyboardInterrupt

    denoiser = from_diffusers(world.base, lora=world.lora)
    task = AuditedNetwork(
        denoiser, "it", denoiser.description, None, 10_000, captions=OWN, holdout_captions=OTHER, **options
    )
    with pytest.raises(KeyboardInterrupt):
        audit(ROWS, holdout=HELD, model=task, progress=kill)
    assert (tmp_path / "parts" / "losses.part").exists()
    swapped = report_of(world, captions=OWN[5:] + OWN[:5], **options).model
    assert swapped.index == misread.model.index != remembered.model.index


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"captions": None}, "asked with the caption of every training row, but got none"),
        ({"others": None}, "asked with the caption of every hold-out row, but got none"),
        ({"captions": OWN[:-1]}, r"as many captions as rows \(16\), but got 15"),
        ({"others": OTHER[:-1]}, r"as many captions of the hold-out as rows \(64\), but got 63"),
        ({"class_conditional": True}, "asked with captions, but got classes; leave classes out"),
        ({"rows": ROWS[:, :2], "holdout": HELD[:, :2]}, "(?i)model must"),
        ({"rows": ROWS[:6], "captions": OWN[:6]}, "must be checked on at least 8 training rows, but got 6 in"),
    ],
)
def test_what_is_missing_is_one_sentence(world, options, said):
    with pytest.raises(InvalidInput, match=said) as caught:
        report_of(world, **options)
    assert "\n" not in str(caught.value)


def test_captions_for_a_model_that_takes_none_are_refused():
    network = from_callable(lambda y, sigma: y, "denoised", "sigma")
    for given in ({"captions": OWN}, {"holdout_captions": OTHER}, {"prompt": "x"}):
        with pytest.raises(
            InvalidInput, match="captions are for a text-conditional model, but got it, which takes none"
        ):
            audit(ROWS, holdout=HELD, model=AuditedNetwork(network, "it", "", **given))


# Compared


def test_loras_are_compared_with_their_base(world):
    options = {"captions": OWN, "holdout_captions": OTHER, "evaluations": 5000}
    report = compare_models(ROWS, {"base": world.base}, HELD, loras=[world.lora], **options)
    base, lora = report.models
    assert report.first == lora.name == world.lora and not base.remembers
    assert lora.index_change.value > 4 * lora.index_change.stderr
    assert any("each image's own caption" in note for note in report.notes)


def test_what_cannot_be_compared(world, tmp_path):
    other = save(tiny_pipeline(tmp_path / "tokenizer", seed=3), tmp_path / "other")
    options = {"captions": OWN, "holdout_captions": OTHER, "evaluations": 5000}
    with pytest.raises(InvalidInput, match="one latent space to be compared on the same rows, but got another in b"):
        compare_models(ROWS, {"a": world.base, "b": str(other)}, HELD, **options)
    with pytest.raises(InvalidInput, match="`loras` must come with one base model"):
        compare_models(ROWS, {"a": world.base, "b": str(other)}, HELD, loras=[world.lora], **options)


# Sampled


def test_samples_take_the_prompts_in_turn(world):
    options = {"steps": 6, "latents": True, "guidance": 2.0, "threads": 1, "lora": world.lora}
    made = sample_model(world.base, 4, prompts=OWN[:2], **options)
    for k in range(2):
        alone = sample_model(world.base, 4, prompts=[OWN[k]], **options).samples
        np.testing.assert_allclose(made.samples[k::2], alone[k::2], atol=1e-4)
        assert np.abs(made.samples[1 - k :: 2] - alone[1 - k :: 2]).max() > 1e-2
    assert made.parameters["prompts"] == OWN[:2] and made.parameters["lora"] == world.lora
    empty = sample_model(world.base, 2, steps=3, threads=1)
    assert empty.samples.shape == (2, 3, 8, 8) and empty.parameters["prompts"] is None
    assert np.array_equal(empty.samples, sample_model(world.base, 2, prompts=[""], steps=3, threads=1).samples)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"guidance": 2.0}, "`guidance` needs `prompts`, but got none"),
        ({"classes": [1]}, "`classes` are for a network that takes them"),
        ({"prompts": []}, "`prompts` must hold one at least"),
        ({"prompts": "nowhere.txt"}, "captions must be in an existing file"),
    ],
)
def test_prompts_that_are_not_told_whole(world, options, said):
    with pytest.raises(InvalidInput, match=said):
        sample_model(world.base, 4, steps=2, **options)


def test_prompts_and_loras_of_networks_that_take_none():
    with pytest.raises(InvalidInput, match="`prompts` are for a text-conditional network"):
        sample_model("ground-truth:digits-100-seed0", 4, prompts=["x"])
    with pytest.raises(InvalidInput, match="a LoRA must come with the folder of its base model"):
        open_model("ground-truth:digits-100-seed0", lora="x")
