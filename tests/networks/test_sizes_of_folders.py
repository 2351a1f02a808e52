"""Sizes in the configurations of a model's folder are held to its weights before anything of that size is made."""

import json
import shutil
import time
import tracemalloc
import warnings

import pytest
import torch

from remanifold import InvalidInput, from_diffusers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    diffusers = pytest.importorskip("diffusers")
    transformers = pytest.importorskip("transformers")

from tiny_text_to_image import Lora, save, tiny_pipeline

from remanifold.networks.pipelines.sizes import require_modest, require_weights_for

pytestmark = pytest.mark.filterwarnings("ignore")
UNET, VAE, ENCODER = "unet/config.json", "vae/config.json", "text_encoder/config.json"
SCHEDULER, TOKENIZER = "scheduler/scheduler_config.json", "tokenizer/tokenizer_config.json"
_LONG = 10**400
HUGE = [
    *[(ENCODER, key, 10**9) for key in ("vocab_size", "max_position_embeddings", "intermediate_size")],
    *[(ENCODER, "hidden_size", size) for size in (10**7, 10**9, _LONG, -1, 0, 1.5, True, "16", [16], {"a": 16})],
    *[(ENCODER, "num_hidden_layers", size) for size in (10**6, _LONG, -1, 0, 1.5)],
    *[(ENCODER, "num_attention_heads", size) for size in (10**9, 0, -2, 3)],
    *[(ENCODER, "eos_token_id", size) for size in (-1, 1.5, "x")],
    *[(ENCODER, "layer_norm_eps", size) for size in (1, -1.0, "x")],
    *[(UNET, "block_out_channels", [size]) for size in (10**7, 10**9, -32, 0, "x", [32])],
    (UNET, "block_out_channels", [32] * 10**5),
    *[(UNET, "layers_per_block", size) for size in (10**6, [10**6], _LONG, "x")],
    *[(UNET, "transformer_layers_per_block", size) for size in (10**6, [10**6], [[10**6]])],
    *[(UNET, key, 10**9) for key in ("cross_attention_dim", "attention_head_dim", "norm_num_groups")],
    *[(UNET, key, 10**9) for key in ("in_channels", "out_channels", "num_class_embeds", "time_embedding_dim")],
    *[(VAE, key, 10**9) for key in ("latent_channels", "in_channels", "out_channels", "norm_num_groups")],
    *[(VAE, "block_out_channels", [size, 8]) for size in (10**9, _LONG, -8)],
    *[(VAE, "layers_per_block", size) for size in (10**6, "x")],
    *[(SCHEDULER, "num_train_timesteps", size) for size in (10**9, _LONG, -5, 0, "x", [1000])],
    *[(TOKENIZER, "model_max_length", size) for size in (0, 1, -1, "x", [16])],
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return save(tiny_pipeline(folder / "tokenizer"), folder / "sd")


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "sd")


def edit(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.mark.parametrize(("file", "key", "value"), HUGE, ids=lambda value: str(value)[:24])
def test_sizes_that_no_weights_have_are_refused_before_memory_is_taken(folder, file, key, value):
    edit(folder / file, **{key: value})
    began = time.process_time()
    tracemalloc.start()  # tensors of this size would not fit any machine
    try:
        with pytest.raises(InvalidInput) as caught:
            from_diffusers(folder)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value) and ", but got " in str(caught.value)
    assert peak < 2**27 and time.process_time() - began < 20


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_a_network_somewhat_larger_than_its_weights_is_not_made(folder, monkeypatch, part):
    """What decides is the number of its parameters, not any one size."""
    changes = {"unet": {"block_out_channels": [512]}, "vae": {"block_out_channels": [256, 256]}}
    edit(folder / part / "config.json", **changes.get(part, {"hidden_size": 512, "intermediate_size": 2048}))
    name = {"unet": "UNet2DConditionModel", "vae": "AutoencoderKL", "text_encoder": "CLIPTextModel"}[part]
    package = transformers if part == "text_encoder" else diffusers

    def made(*_, **__):
        raise AssertionError("it was made")

    monkeypatch.setattr(getattr(package, name), "from_pretrained", made)
    with pytest.raises(InvalidInput, match=rf"the weights .* but got \S+ numbers beside \d+ bytes in .*{part}; save"):
        from_diffusers(folder)


def test_sizes_of_public_models_are_modest(tmp_path):
    for config in (
        {"block_out_channels": [320, 640, 1280, 1280], "layers_per_block": 2, "down_block_types": ["x"] * 4},
        {"transformer_layers_per_block": [1, 2, 10], "down_block_types": ["x"] * 3, "sample_size": 128},
        {"num_layers": 57, "num_single_layers": 38, "patch_size": 2, "sample_size": 256, "num_attention_heads": 24,
         "attention_head_dim": 128},
        {"num_hidden_layers": 48, "hidden_size": 1664, "vocab_size": 49408},
        {"num_train_timesteps": 10_000},
    ):  # fmt: skip
        require_modest(config, tmp_path)
    with pytest.raises(InvalidInput, match=r"a table of 1e\+16 positions"):
        require_modest({"patch_size": 1, "sample_size": 10**8}, tmp_path)


def test_a_network_that_reads_numbers_while_it_is_made_is_left_to_its_loader(tmp_path):
    (tmp_path / "x.safetensors").write_bytes(bytes(8))

    def network():
        torch.zeros(1).item()
        raise AssertionError

    require_weights_for(tmp_path, network)
    with pytest.raises(InvalidInput, match="but got 12 numbers beside 8 bytes"):
        require_weights_for(tmp_path, lambda: torch.nn.Linear(3, 3))


# LoRA


@pytest.mark.parametrize(
    ("alpha", "rank", "said"),
    [
        ("nan", 4, "must change its base model, but got alpha nan at rank 4"),
        ("1e308", 4, "alpha nan at rank 4"),
        (10**400, 4, "alpha nan at rank 4"),
        (1e29, 4, "a LoRA must be finite, but got nan or inf"),
        ('"16"', 4, "alpha nan at rank 4"),
        ("true", 4, "alpha nan at rank 4"),
        ("[16]", 4, "alpha nan at rank 4"),
        (0, 4, "alpha 0 at rank 4"),
        (16, 0, "rank 0"),
    ],
)
def test_a_lora_with_an_alpha_or_a_rank_that_is_none(made, tmp_path, alpha, rank, said):
    from safetensors.torch import load_file, save_file

    lora = Lora(diffusers.UNet2DConditionModel.from_pretrained(made / "unet"), 4)
    for _, up in lora.pairs.values():
        up.data.fill_(1e10)
    file = lora.save(tmp_path / "lora") / "pytorch_lora_weights.safetensors"
    alpha = str(alpha).replace("nan", "NaN")
    state = {
        key: (value if rank else value[..., :0] if "up" in key else value[:0]) for key, value in load_file(file).items()
    }
    save_file(
        {key: value.contiguous() for key, value in state.items()},
        file,
        {"lora_adapter_metadata": f'{{"unet.lora_alpha": {alpha}}}'},
    )
    with pytest.raises(InvalidInput, match=said):
        from_diffusers(made, lora=str(tmp_path / "lora"))


def test_a_rank_larger_than_the_layers_is_merged(made, tmp_path):
    lora = Lora(diffusers.UNet2DConditionModel.from_pretrained(made / "unet"), 10_000)
    lora.save(tmp_path / "lora")
    assert "with the LoRA" in from_diffusers(made, lora=str(tmp_path / "lora")).description
