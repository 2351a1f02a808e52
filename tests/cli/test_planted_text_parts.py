"""Code planted in the parts of a text-to-image model and in a LoRA does not run, and nobody outside is asked."""

import json
import os
import shutil
import socket
import struct
import warnings

import numpy as np
import pytest
import torch
from PIL import Image
from planted import MARKER, plant_bytes, plant_pt, refused, script

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("diffusers")
    pytest.importorskip("transformers")

from tiny_text_to_image import LATENT, Lora, save, tiny_pipeline

from remanifold import from_diffusers

pytestmark = pytest.mark.filterwarnings("ignore")
WORDS = ["audit", "train", "--holdout", "held", "--model", "own", "--evaluations", "10000", "--threads", "1"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A pipeline and a LoRA on it."""
    folder = tmp_path_factory.mktemp("made")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = save(tiny_pipeline(folder / "tokenizer"), folder / "own")
        lora = Lora(tiny_pipeline(folder / "tokenizer").unet)
    for _, up in lora.pairs.values():
        up.data.normal_(0, 0.003)
    lora.save(folder / "lora")
    return pipeline.parent


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    """The pipeline, copied, with Python files in all of its folders, and pictures with captions."""
    monkeypatch.setenv("REMANIFOLD_CACHE", "")
    monkeypatch.chdir(tmp_path)

    def connect(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)
    for name in ("own", "lora"):
        shutil.copytree(made / name, tmp_path / name)
    for place in ("own", "own/unet", "own/vae", "own/text_encoder", "own/tokenizer", "lora"):
        for name in ("modeling.py", "tokenization.py", "pipeline.py", "__init__.py"):
            (tmp_path / place / name).write_text(script(tmp_path))
    for side in ("train", "held"):
        (tmp_path / side).mkdir()
        for k in range(3):
            Image.fromarray(np.full((8, 8, 3), 50 * k, np.uint8)).save(tmp_path / side / f"{side}{k}.png")
            (tmp_path / side / f"{side}{k}.txt").write_text("a dog")
    return tmp_path


def _edit(file, **changes):
    content = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(content | changes))


def _index(**changes):
    return lambda here: _edit(here / "own" / "model_index.json", **changes)


def _config(place, **changes):
    return lambda here: _edit(here / "own" / place, **changes)


def _written(place, content):
    return lambda here: (here / place).write_bytes(content if isinstance(content, bytes) else content.encode())


def _linked(place, target):
    def link(here):
        (here / place).unlink(missing_ok=True)
        (here / place).symlink_to(target)

    return link


def _pipe(place):
    def make(here):
        (here / place).unlink(missing_ok=True)
        os.mkfifo(here / place)

    return make


def _pickled_encoder(here):
    (here / "own" / "text_encoder" / "model.safetensors").unlink()
    plant_pt(here, here / "own" / "text_encoder" / "pytorch_model.bin")


def _header(text, length=None):
    """A safetensors file with the header ``text``, which says that it is so long."""
    content = text.encode()
    return struct.pack("<Q", len(content) if length is None else length) + content + bytes(64)


_ENCODER, _TOKENIZER = "text_encoder/config.json", "tokenizer/tokenizer_config.json"
_WEIGHTS = "own/text_encoder/model.safetensors"
_UNET = "own/unet/diffusion_pytorch_model.safetensors"
_GIANT = json.dumps({"a": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 64]}})
_TWICE = {"dtype": "F32", "shape": [4, 4], "data_offsets": [0, 64]}
PLANTED = {
    "pickle": _pickled_encoder,
    "renamed pickle": lambda here: plant_bytes(here, here / _WEIGHTS),
    "adapter": _config("text_encoder/adapter_config.json", base_model_name_or_path="some/body"),
    "auto map": _config(_ENCODER, auto_map={"AutoModel": "modeling.Net"}),
    "remote code": _config(_ENCODER, trust_remote_code=True),
    "quantized": _config(_ENCODER, quantization_config={"quant_method": "gguf"}),
    "activation": _config(_ENCODER, hidden_act="modeling.act"),
    "activation list": _config(_ENCODER, hidden_act=["gelu"]),
    "sizes": _config(_ENCODER, hidden_size="x"),
    "tokenizer": _config(_TOKENIZER, auto_map={"AutoTokenizer": ["modeling.T", None]}),
    "remote code of the tokenizer": _config(_TOKENIZER, trust_remote_code=True),
    "auto tokenizer": _index(tokenizer=["transformers", "AutoTokenizer"]),
    "auto model": _index(text_encoder=["transformers", "AutoModel"]),
    "own encoder": _index(text_encoder=["modeling", "Net"]),
    "another encoder": _index(text_encoder=["transformers", "T5EncoderModel"]),
    "own network": _index(unet=["modeling", "Net"]),
    "encoder as autoencoder": _index(vae=["transformers", "CLIPTextModel"]),
    "own pipeline": _index(custom_pipeline="pipeline.py"),
    "SDXL": _index(_class_name="StableDiffusionXLPipeline"),
    "broken vocabulary": _written("own/tokenizer/tokenizer.json", "{"),
    "pipe of weights": _pipe(_WEIGHTS),
    "pipe of the vocabulary": _pipe("own/tokenizer/vocab.json"),
    "pipe of the tokenizer": _pipe("own/tokenizer/tokenizer.json"),
    "pipe of a configuration": _pipe("own/text_encoder/generation_config.json"),
    "device": _linked(_UNET, "/dev/zero"),
    "header of 4 EB": _written(_WEIGHTS, _header("{}", 2**62)),
    "header of 4 EB in the network": _written(_UNET, _header("{}", 2**62)),
    "giant tensor": _written(_UNET, _header(_GIANT)),
    "long configuration": _written("own/text_encoder/config.json", '{"x": "' + "x" * 2**24 + '"}'),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_code_in_a_text_encoder_does_not_run(here, capsys, kind):
    PLANTED[kind](here)
    refused(capsys, here, *WORDS)


HONEST = {  # read, while what is beside is not
    "code beside": lambda here: None,
    "kernel": _config(_ENCODER, _attn_implementation="some/kernel", attn_implementation="some/kernel"),
    "architecture": _config(_ENCODER, architectures=["modeling.Net"], model_type="own"),
    "class of the tokenizer": _config(_TOKENIZER, tokenizer_class="OwnTokenizer"),
    "configuration of the tokenizer": _config(
        "tokenizer/config.json", auto_map={"AutoTokenizer": ["tokenization.T", None]}, model_type="mistral"
    ),
    "name of another": _config(_TOKENIZER, name_or_path="some/body", _commit_hash="x"),
    "file elsewhere": _config(_TOKENIZER, vocab_file="/etc/passwd", merges_file="/etc/passwd", tokenizer_file="/etc/x"),
    "template": _written("own/tokenizer/chat_template.jinja", "{{ ''.__class__.__mro__[1].__subclasses__() }}"),
    "template in the configuration": _config(_TOKENIZER, chat_template="{{ cycler.__init__.__globals__.os }}"),
    "checker": _index(safety_checker=["modeling", "Net"], feature_extractor=["modeling", "Net"]),
    "pickle beside": lambda here: plant_pt(here, here / "own" / "text_encoder" / "pytorch_model.bin"),
    "link to weights": lambda here: _linked(_WEIGHTS, shutil.move(here / _WEIGHTS, here / "elsewhere"))(here),
}


@pytest.mark.parametrize("kind", HONEST)
def test_what_lies_beside_an_honest_model_is_not_run(here, kind, capfd):
    before = from_diffusers(here / "own")
    HONEST[kind](here)
    x, denoiser = np.ones((1, 4, LATENT, LATENT)), from_diffusers(here / "own", lora=None)
    asked = [one(x, 1.0, one.prompts.numbers(["a dog"])) for one in (before, denoiser)]
    assert np.array_equal(*asked) and not (here / MARKER).exists()
    assert capfd.readouterr().err == ""


def _lora(name, plant):
    def make(here):
        (here / "odd").mkdir()
        plant(here, here / "odd" / name)
        return f"odd/{name}"

    return make


def _file(content):
    return lambda here, path: path.write_bytes(content)


LORAS = {
    "pickle in a folder": lambda here: (_lora("pytorch_lora_weights.bin", plant_pt)(here), "odd")[1],
    "any pickle": lambda here: (_lora("x.pt", lambda here, path: torch.save({}, path))(here), "odd")[1],
    "renamed pickle": _lora("x.safetensors", plant_bytes),
    "bin": _lora("adapter.bin", plant_bytes),
    "header of 4 EB": _lora("x.safetensors", _file(_header("{}", 2**62))),
    "giant tensor": _lora("x.safetensors", _file(_header(_GIANT))),
    "one place twice": _lora("x.safetensors", _file(_header(json.dumps({"a": _TWICE, "b": _TWICE})))),
    "no type": _lora("x.safetensors", _file(_header(json.dumps({"a": _TWICE | {"dtype": "X9"}})))),
    "device": lambda here: "/dev/zero",
    "a name of the hub": lambda here: "some/body",
}


@pytest.mark.parametrize("kind", LORAS)
def test_code_in_a_lora_does_not_run(here, capsys, kind):
    refused(capsys, here, *WORDS, "--lora", LORAS[kind](here))


def test_code_beside_an_honest_lora_is_not_run(here):
    assert "with the LoRA lora" in from_diffusers(here / "own", lora="lora").description
    assert not (here / MARKER).exists()
