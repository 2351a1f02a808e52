"""Code planted in the folder of a model does not run: exit code 2, one sentence, nothing written."""

import json
import sys
from pathlib import Path

import pytest
from fake_networks import smallest_unet
from planted import FILES, MARKER, ROWS, plant_bytes, plant_pt, refused, script


@pytest.fixture
def pipeline(here):
    diffusers = pytest.importorskip("diffusers")
    folder = here / "pipeline"
    diffusers.DDPMPipeline(smallest_unet(), diffusers.DDPMScheduler()).save_pretrained(folder)
    for place in (folder, folder / "unet", folder / "scheduler"):
        for name in ("pipeline.py", "my_code.py", "unet.py", "modeling.py", "modular_blocks.py", "__init__.py"):
            (place / name).write_text(script(here))
    return folder


def _edit(file: Path, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def _index(**changes):
    return lambda here, folder: _edit(folder / "model_index.json", **changes)


def _config(part, name, **changes):
    return lambda here, folder: _edit(folder / part / name, **changes)


def _bin(here, folder):
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    plant_pt(here, folder / "unet" / "diffusion_pytorch_model.bin")


def _renamed_bin(here, folder):
    plant_pt(here, folder / "unet" / "diffusion_pytorch_model.safetensors")


def _sharded(shard):
    def plant(here, folder):
        weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
        weights.rename(folder / "unet" / "other.safetensors")
        plant_pt(here, folder / "shard.bin")
        plant_pt(here, folder / "unet" / "shard.bin")
        index = {"metadata": {"total_size": 1}, "weight_map": {"conv_in.weight": shard}}
        (folder / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))

    return plant


def _encoder(here, folder):
    (folder / "vae").mkdir()
    (folder / "vae" / "config.json").write_text('{"_class_name": "AutoencoderKL"}')
    plant_pt(here, folder / "vae" / "diffusion_pytorch_model.bin")
    _edit(folder / "model_index.json", vae=["diffusers", "AutoencoderKL"])


def _nested(here, folder):
    """A pipeline where the network should be, with a class of its own."""
    nested = folder / "unet"
    (nested / "model_index.json").write_text(
        json.dumps({"_class_name": ["pipeline", "Mine"], "unet": ["my_code", "Net"]})
    )
    _edit(folder / "model_index.json", unet=["diffusers", "DiffusionPipeline"])


PLANTED = {
    "bin": _bin,
    "renamed bin": _renamed_bin,
    "shard beside": _sharded("shard.bin"),
    "shard elsewhere": _sharded("../shard.bin"),
    "shard far": _sharded("/etc/x.safetensors"),
    "encoder": _encoder,
    "nested": _nested,
    "own pipeline": _index(_class_name=["pipeline", "Mine"]),
    "unknown pipeline": _index(_class_name="MyPipeline"),
    "any pipeline": _index(_class_name="DiffusionPipeline"),
    "custom pipeline": _index(custom_pipeline="pipeline"),
    "auto model": _index(unet=["diffusers", "AutoModel"]),
    "modular": _index(unet=["diffusers", "ModularPipeline"]),
    "blocks": _index(unet=["diffusers", "AutoPipelineForText2Image"]),
    "scheduler as network": _index(unet=["diffusers", "DDPMScheduler"]),
    "network as scheduler": _index(scheduler=["diffusers", "UNet2DModel"]),
    "mixin": _index(unet=["diffusers", "ModelMixin"]),
    "own network": _index(unet=["my_code", "Net"]),
    "transformers": _index(unet=["transformers", "AutoModel"]),
    "own scheduler": _index(scheduler=["my_code", "Mine"]),
    "no such scheduler": _index(scheduler=["diffusers", "NoSuch"]),
    "half a network": _index(unet=["diffusers"]),
    "a number": _index(unet=["diffusers", 3]),
    "a word": _index(unet="diffusers.UNet2DModel"),
    "auto map": _config("unet", "config.json", auto_map={"AutoModel": "modeling.Net"}),
    "remote code": _config("unet", "config.json", trust_remote_code=True),
    "quantized": _config("unet", "config.json", quantization_config={"quant_method": "gguf"}),
    "sizes": _config("unet", "config.json", block_out_channels="x"),
    "auto map of scheduler": _config("scheduler", "scheduler_config.json", auto_map={"AutoModel": "modeling.Net"}),
    "steps": _config("scheduler", "scheduler_config.json", num_train_timesteps="x"),
    "list": lambda here, folder: (folder / "unet" / "config.json").write_text("[]"),
}


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.filterwarnings("ignore")
def test_a_folder_of_diffusers(here, pipeline, capsys, kind):
    PLANTED[kind](here, pipeline)
    refused(capsys, here, "audit", "train.npy", "--holdout", "fresh.npy", "--model", "pipeline")


@pytest.mark.filterwarnings("ignore")
def test_an_honest_folder_with_code_beside_is_read_and_the_code_is_not(here, pipeline):
    from remanifold.networks import from_diffusers

    before = sys.path.copy()
    assert from_diffusers(pipeline)(ROWS, 1.0).shape == ROWS.shape
    assert not (here / MARKER).exists() and sys.path == before


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["DiffusionPipeline", "AutoModel", "ModularPipeline", "Mine"])
def test_a_network_without_its_pipeline(here, pipeline, capsys, kind):
    _edit(pipeline / "unet" / "config.json", _class_name=kind)
    words = ["--model", "pipeline/unet", "--clock", "pipeline/scheduler"]
    refused(capsys, here, "audit", "train.npy", "--holdout", "fresh.npy", *words)


@pytest.mark.parametrize("name", ["bytes.safetensors", "bytes.pt", "bytes.bin", "bytes.ckpt", "new.pt"])
def test_a_file_of_a_model(here, capsys, name):
    FILES.get(name, plant_bytes)(here, here / name)
    refused(capsys, here, "audit", "train.npy", "--holdout", "fresh.npy", "--model", name)
