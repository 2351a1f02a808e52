"""Text-conditional pipelines: asked as diffusers asks them, with captions, the empty one, and a LoRA of any layout."""

import json
import os
import shutil
import socket
import warnings

import numpy as np
import pytest
import torch

from remanifold import InvalidInput, from_diffusers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    diffusers = pytest.importorskip("diffusers")
    pytest.importorskip("transformers")

from tiny_text_to_image import LATENT, TOKENS, Lora, captions_of, save, tiny_pipeline

from remanifold.audits.network.source import open_model
from remanifold.networks.pipelines.prompts import EMPTY, number_of

X = np.random.default_rng(0).normal(size=(5, 4, LATENT, LATENT))
CAPTIONS = captions_of(5)
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    """Whoever asks the network fails the test."""

    def connect(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return tiny_pipeline(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(scope="module")
def folder(live, tmp_path_factory):
    return save(live, tmp_path_factory.mktemp("saved") / "sd")


def direct(pipeline, x, t, captions):
    """The posterior mean as diffusers' own code would reach it."""
    abar = pipeline.scheduler.alphas_cumprod.double()
    k = int(torch.argmin((((1 - abar) / abar).log() - np.log(t)).abs()))
    a, b = abar[k].sqrt(), (1 - abar[k]).sqrt()
    hidden, _ = pipeline.encode_prompt(captions, "cpu", 1, False)
    y = a * torch.tensor(x)
    with torch.no_grad():
        out = pipeline.unet(y.float(), k, encoder_hidden_states=hidden).sample.double()
    kind = pipeline.scheduler.config.prediction_type
    return ((y - b * out) / a if kind == "epsilon" else a * y - b * out).numpy()


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_it_is_asked_as_diffusers_asks_it(tmp_path, prediction):
    pipeline = tiny_pipeline(tmp_path, prediction=prediction)
    denoiser = from_diffusers(save(pipeline, tmp_path / "sd"))
    numbers = denoiser.prompts.numbers(CAPTIONS)
    t = denoiser.snapped(0.5)
    assert np.abs(denoiser(X, t, numbers) - direct(pipeline, X, t, CAPTIONS)).max() < 1e-5
    assert np.abs(denoiser(X, t) - direct(pipeline, X, t, [""] * 5)).max() < 1e-5
    assert np.abs(denoiser(X, t) - denoiser(X, t, numbers)).max() > 1e-3
    assert "asked with captions" in denoiser.description and denoiser.shape == (4, LATENT, LATENT)
    wrong = denoiser(X, t, numbers[::-1].copy())
    assert np.abs(wrong - denoiser(X, t, numbers)).max() > 1e-3, "captions of other rows would not be seen"


def test_guidance_leaves_the_caption_out(live):
    denoiser = from_diffusers(live)
    numbers = denoiser.prompts.numbers(CAPTIONS)
    own, empty = denoiser(X, 0.5, numbers), denoiser(X, 0.5)
    np.testing.assert_allclose(denoiser.guided(3)(X, 0.5, numbers), empty + 3 * (own - empty), atol=1e-6)
    assert denoiser.no_class == EMPTY == number_of("")


def test_a_number_tells_its_caption_and_unknown_ones_are_refused(live):
    denoiser = from_diffusers(live)
    assert len(set(denoiser.prompts.numbers(captions_of(200)))) == 200
    with pytest.raises(InvalidInput, match="asked with captions that it was told"):
        denoiser(X, 0.5, np.arange(5))
    with pytest.raises(InvalidInput, match="asked with numbers, but got vectors"):
        denoiser(X, 0.5, np.ones((5, 2)))


def test_captions_longer_than_the_text_encoder_reads_are_counted_and_cut(live):
    denoiser = from_diffusers(live)
    long = "a dog " * TOKENS
    assert denoiser.prompts.cut([long, "a dog", long]) == 1
    one, other = denoiser.prompts.numbers([long, f"{long} and a cat"])
    assert np.array_equal(denoiser(X[:1], 0.5, np.array([one])), denoiser(X[:1], 0.5, np.array([other])))


def test_an_embedding_that_is_given_is_taken_as_before(live, folder):
    hidden, _ = live.encode_prompt([CAPTIONS[0]], "cpu", 1, False)
    for model in (live, folder):
        denoiser = from_diffusers(model, model_kwargs={"encoder_hidden_states": hidden})
        assert denoiser.prompts is None
        assert np.abs(denoiser(X, 0.5) - direct(live, X, denoiser.snapped(0.5), [CAPTIONS[0]] * 5)).max() < 1e-5


# LoRA


@pytest.fixture
def lora(tmp_path):
    """A pipeline with a LoRA on it whose two matrices are both not zero; its hooks are those of a trainer."""
    pipeline = tiny_pipeline(tmp_path / "tokenizer")
    held = Lora(pipeline.unet)
    for _, up in held.pairs.values():
        up.data.normal_(0, 0.1)
    return pipeline, held


@pytest.mark.parametrize("layout", ["diffusers", "kohya", "peft"])
def test_a_lora_of_every_layout_is_what_its_trainer_had(lora, folder, tmp_path, layout):
    pipeline, held = lora
    place = held.save(tmp_path / "lora", layout)
    found, base = from_diffusers(folder, lora=str(place)), from_diffusers(folder)
    numbers = found.prompts.numbers(CAPTIONS)
    expected = direct(pipeline, X, found.snapped(0.5), CAPTIONS)
    assert np.abs(found(X, 0.5, numbers) - expected).max() < 1e-4
    base.prompts.numbers(CAPTIONS)
    assert np.abs(base(X, 0.5, numbers) - expected).max() > 0.05, "without it the answers must be others"
    assert "with the LoRA lora on its unet" in found.description


def _edit_header(place, **changes):
    from safetensors.torch import load_file, save_file

    file = place / "pytorch_lora_weights.safetensors"
    told = {f"unet.{key}": value for key, value in changes.items()}
    save_file(load_file(file), file, {"lora_adapter_metadata": json.dumps(told)})


def test_ranks_and_scales_are_those_of_the_file(lora, folder, tmp_path):
    """alpha / r, alpha over the root of r, an alpha of a layer's own, and the rank where nothing is told."""
    pipeline, held = lora
    place = held.save(tmp_path / "lora")
    t = from_diffusers(folder).snapped(0.5)
    layer = next(iter(held.pairs))
    for told, alpha in (
        ({"lora_alpha": 4}, 4),
        ({}, held.rank),
        ({"lora_alpha": 4, "use_rslora": True}, 4 * held.rank**0.5),
    ):
        _edit_header(place, **told)
        held.alpha = alpha
        found = from_diffusers(folder, lora=str(place))
        assert np.abs(found(X, t, found.prompts.numbers(CAPTIONS)) - direct(pipeline, X, t, CAPTIONS)).max() < 1e-4
    held.alpha = 4
    plain = direct(pipeline, X, t, CAPTIONS)
    _edit_header(place, lora_alpha=4, alpha_pattern={f"^{layer}": 400})
    found = from_diffusers(folder, lora=str(place))
    assert np.abs(found(X, t, found.prompts.numbers(CAPTIONS)) - plain).max() > 1e-3
    held.pairs[layer][1].data *= 100
    assert np.abs(found(X, t, found.prompts.numbers(CAPTIONS)) - direct(pipeline, X, t, CAPTIONS)).max() < 1e-4


def test_a_lora_on_both_parts_is_what_peft_makes_of_it(folder, tmp_path):
    """Written by peft and diffusers themselves, as their training scripts do."""
    peft = pytest.importorskip("peft")
    from diffusers.utils import convert_state_dict_to_diffusers

    pipeline = tiny_pipeline(tmp_path / "tokenizer")
    layers = {}
    for name, targets in (("unet", ["to_k", "to_out.0", "conv1"]), ("text_encoder", ["q_proj", "out_proj", "fc1"])):
        part = getattr(pipeline, name)
        config = peft.LoraConfig(r=2, lora_alpha=2, init_lora_weights="gaussian", target_modules=targets)
        peft.inject_adapter_in_model(config, part)
        for key, weight in part.named_parameters():
            if "lora_B" in key:
                weight.data.normal_(0, 0.3)
        layers[f"{name}_lora_layers"] = convert_state_dict_to_diffusers(peft.get_peft_model_state_dict(part))
    diffusers.StableDiffusionPipeline.save_lora_weights(tmp_path / "lora", **layers)
    found = from_diffusers(folder, lora=str(tmp_path / "lora"))
    expected = direct(pipeline, X, found.snapped(0.5), CAPTIONS)
    assert np.abs(found(X, 0.5, found.prompts.numbers(CAPTIONS)) - expected).max() < 1e-4
    assert "on its unet and text_encoder" in found.description


def _changed(change):
    """Weights with ``change`` of the two of the first layer, its name without the ending, and all of them."""
    from safetensors.torch import load_file, save_file

    def damage(place):
        file = place / "pytorch_lora_weights.safetensors"
        state = load_file(file)
        down = min(state)
        change(state, down, down.replace("down", "up"))
        save_file({key: value.clone() for key, value in state.items()}, file)

    return damage


def _moved(layer):
    def change(state, down, up):
        for side, key in (("down", down), ("up", up)):
            state[f"{layer}.lora.{side}.weight"] = state[key]

    return change


def _with_dora(state, down, up):
    state[down.replace("lora.down.weight", "lora_magnitude_vector")] = torch.ones(3)


def _pickle(place):
    torch.save({"x": torch.ones(1)}, place / "adapter_model.bin")
    (place / "pytorch_lora_weights.safetensors").unlink()


def _half(state, down, up):
    del state[down]


def _narrow(state, down, up):
    state[down] = torch.ones(8, 3)


def _not_finite(state, down, up):
    state[down] *= torch.nan


def _whole(state, down, up):
    state[down] = state[down].to(torch.int8)


def _flat(state, down, up):
    state[down] = torch.tensor(1.0)


def _cut(place):
    (place / "pytorch_lora_weights.safetensors").write_bytes(b"12345678x")


DAMAGED = {
    "a layer more": (_changed(_moved("unet.x")), r"weights of unet\.x, which it lacks"),
    "half a layer": (_changed(_half), r"two matrices a layer and no more, but got .* without unet\."),
    "another model": (_changed(_narrow), "a LoRA must fit its base model, but got"),
    "DoRA": (_changed(_with_dora), "no more, but got .*lora_magnitude_vector"),
    "SDXL": (_changed(_moved("text_encoder_2.x")), r"weights of text_encoder_2\.x, which it lacks"),
    "nan": (_changed(_not_finite), "a LoRA must be finite"),
    "whole numbers": (_changed(_whole), "must hold floating-point numbers, but got int8 and float32 for unet"),
    "no matrix": (_changed(_flat), r"but got (alpha|.*matrices of)"),
    "empty": (_changed(lambda state, down, up: state.clear()), "but got none in"),
    "a pickle alone": (_pickle, "must be a .safetensors file of its weights, but got .* without any"),
    "cut short": (_cut, "a damaged"),
    "another adapter": (lambda place: _edit_header(place, peft_type="LOHA"), "but got LOHA in"),
    "another base": (
        lambda place: _edit_header(place, init_lora_weights="pissa_niter_4"),
        "but got pissa_niter_4 in .*own w",
    ),
    "pooled inputs": (lambda place: _edit_header(place, use_qalora=True), "but got use_qalora in"),
    "scales of many layers": (
        lambda place: _edit_header(place, alpha_pattern={".*attn1.*": 400}),
        "an alpha_pattern that stands for several layers",
    ),
    "code of megatron": (lambda place: _edit_header(place, megatron_config={"x": 1}), "but got megatron_config in"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_lora_that_does_not_fit_is_refused(lora, folder, tmp_path, kind):
    place = lora[1].save(tmp_path / "lora")
    damage, said = DAMAGED[kind]
    damage(place)
    with pytest.raises(InvalidInput, match=said) as caught:
        from_diffusers(folder, lora=str(place))
    assert "\n" not in str(caught.value)


def test_files_of_a_lora_that_are_none(lora, folder, live, tmp_path):
    file = tmp_path / "lora.pt"
    torch.save({}, file)
    held = lora[1]
    several = held.save(tmp_path / "several", "kohya")
    (several / "other.safetensors").write_bytes((several / "mine.safetensors").read_bytes())
    for source, said in {
        file: "which can be a pickle and is never loaded",
        several: "but got 2 such files",
        tmp_path / "nowhere": "a LoRA must be a local folder",
    }.items():
        with pytest.raises(InvalidInput, match=said):
            from_diffusers(folder, lora=str(source))
    alone = from_diffusers(folder, lora=str(several / "mine.safetensors"))
    assert "with the LoRA mine.safetensors" in alone.description
    for model in (live, folder / "unet"):
        with pytest.raises(InvalidInput, match="a LoRA must come with the folder of its base model"):
            from_diffusers(model, diffusers.DDPMScheduler(), lora=str(several))


# A tokenizer of another model


def _renumbered(tokens):
    for name in ("vocab.json", "tokenizer.json"):
        if (tokens / name).exists():
            content = json.loads((tokens / name).read_text())
            held = content.get("model", {"vocab": content})
            moved = {token: number + 1000 for token, number in held["vocab"].items()}
            held["vocab"] = moved
            (tokens / name).write_text(json.dumps(content if "model" in content else moved))


def _configured(**changes):
    def change(tokens):
        file = tokens / "tokenizer_config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return change


FOREIGN = {
    "numbers": (_renumbered, r"that of its text encoder, but got token \d+ in .* beside \d+ embeddings"),
    "length 0": (_configured(model_max_length=0), "a model_max_length of 0 in"),
    "length of words": (_configured(model_max_length="x"), "tokenizer"),
    "code": (_configured(auto_map={"AutoTokenizer": ["evil.T", None]}), "auto_map in .*, which can lead to code"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_tokenizer_that_does_not_fit_is_refused_when_it_is_read(folder, tmp_path, kind):
    change, said = FOREIGN[kind]
    shutil.copytree(folder, tmp_path / "sd")
    change(tmp_path / "sd" / "tokenizer")
    with pytest.raises(InvalidInput, match=said) as caught:
        from_diffusers(tmp_path / "sd")
    assert "\n" not in str(caught.value)


def test_a_pipe_in_the_place_of_a_configuration_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "model_index.json")
    with pytest.raises(InvalidInput):
        open_model(str(tmp_path))
