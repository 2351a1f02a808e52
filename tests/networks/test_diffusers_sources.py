"""Where a model of diffusers comes from: names of the hub in the local cache, and networks without their pipeline."""

import shutil
import socket
import warnings

import numpy as np
import pytest
from fake_networks import smallest_unet

from remanifold import InvalidInput
from remanifold.audits.network.source import open_model
from remanifold.cli import main
from remanifold.networks import from_diffusers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import diffusers
    from huggingface_hub import constants

X = np.random.default_rng(0).normal(size=(5, 1, 4, 4))


@pytest.fixture(autouse=True)
def _quiet_and_offline(monkeypatch):
    """What diffusers warns of is not ours; whoever asks the network fails the test."""

    def connect(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="diffusers")
        yield


@pytest.fixture
def pipeline(tmp_path):
    folder = tmp_path / "pipeline"
    diffusers.DDPMPipeline(smallest_unet(), diffusers.DDPMScheduler()).save_pretrained(folder)
    return folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The local cache of the hub, empty."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_a_hub_name_is_taken_from_the_local_cache(pipeline, cache):
    entry = cache / "models--somebody--ddpm-cats-4"
    shutil.copytree(pipeline, entry / "snapshots" / "0123abcd")
    (entry / "refs").mkdir()
    (entry / "refs" / "main").write_text("0123abcd")
    found = from_diffusers("somebody/ddpm-cats-4")
    assert np.array_equal(found(X, 0.3), from_diffusers(pipeline)(X, 0.3))
    assert "DDPMPipeline in somebody/ddpm-cats-4" in found.description
    assert "predicts noise" in open_model("somebody/ddpm-cats-4")[1]


@pytest.mark.parametrize("given", [from_diffusers, open_model])
def test_a_hub_name_that_is_not_here_is_to_be_downloaded_first(cache, given):
    with pytest.raises(InvalidInput, match="download it first with: hf download google/ddpm-cat-256"):
        given("google/ddpm-cat-256")


@pytest.mark.parametrize(
    "name", ["../../nowhere", "a/..", "a/b/c", "a b/c", "/etc/x", "https://huggingface.co/google/x"]
)
def test_other_words_are_no_hub_names(cache, name):
    with pytest.raises(InvalidInput, match=r"must be a local folder, but got .*, which is none"):
        from_diffusers(name)


@pytest.fixture
def flow(tmp_path):
    """A rectified flow's network, saved alone."""
    smallest_unet().save_pretrained(tmp_path / "flow")
    return tmp_path / "flow"


def test_a_network_alone_must_be_told_what_it_is(flow, tmp_path):
    with pytest.raises(InvalidInput, match=r"or predicts= and clock= \(--predicts, --clock\)"):
        from_diffusers(flow)
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler()
    exact = from_diffusers(flow, scheduler)
    told = from_diffusers(flow, predicts="velocity", clock="flow steps")
    t = exact.snapped(0.3)
    np.testing.assert_allclose(told(X, t), exact(X, t), atol=1e-5)
    assert told.levels is None and told.description == "UNet2DModel in flow, clock flow steps, predicts velocity"
    scheduler.save_pretrained(tmp_path / "scheduler")
    for words in ({"predicts": "velocity", "clock": "flow steps"}, {"clock": str(tmp_path / "scheduler")}):
        np.testing.assert_allclose(open_model(str(flow), **words)[0](X, t), exact(X, t), atol=1e-5)
    scheduler.save_pretrained(flow)  # beside the network
    assert np.array_equal(from_diffusers(flow)(X, t), exact(X, t))


def test_a_part_of_a_pipeline_leads_to_the_pipeline(pipeline):
    with pytest.raises(InvalidInput, match=r"a part of the pipeline .*; pass the folder of the pipeline"):
        from_diffusers(pipeline / "unet")


def test_what_the_scheduler_says_can_be_overruled():
    kind = from_diffusers(smallest_unet(), diffusers.DDPMScheduler(), predicts="velocity")
    same = from_diffusers(smallest_unet(), diffusers.DDPMScheduler(prediction_type="v_prediction"))
    assert np.array_equal(kind(X, 0.3), same(X, 0.3))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"clock": "flow"}, "but got clock= without predicts="),
        ({"predicts": "velocity"}, "needs its scheduler, but got none"),
        ({"clock": "flow", "predicts": "velocity", "scheduler": diffusers.DDPMScheduler()}, "clock= and scheduler="),
        ({"clock": "fluw", "predicts": "velocity"}, "the clock must be one of"),
        ({"clock": "flow", "predicts": "wind"}, "predicts must be one of denoised, noise, score, velocity"),
        ({"scheduler": diffusers.EDMEulerScheduler(), "predicts": "noise"}, "EDM's preconditioning must predict"),
    ],
)
def test_contradicting_options_are_one_sentence(options, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        from_diffusers(smallest_unet(), **options)


def test_options_of_the_command_line(flow, pipeline, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("train.npy", X)
    np.save("fresh.npy", X + 1)
    words = ["audit", "train.npy", "--holdout", "fresh.npy", "--model"]
    for rest, said in {
        "flow": "a diffusers network needs its scheduler",
        "flow --predicts velocity": "needs its scheduler",
        "flow --clock flow": "clock= without predicts=",
        "flow --clock fluw --predicts velocity": "--clock must be one of",
        "pipeline --clock flow": "--clock must come with --model FILE.py:NAME or the folder of a network",
        "some/body": "download it first with: hf download some/body",
    }.items():
        assert main([*words, *rest.split()]) == 2
        out, err = capsys.readouterr()
        assert out == "" and said in err and err.count("\n") == 1, err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda weights: dict(list(weights.items())[2:]), "2 weights are missing: "),
        (lambda weights: {}, "2713 numbers beside "),
        (lambda weights: {f"model.{name}": weight for name, weight in weights.items()}, "weights are missing: "),
        (
            lambda weights: weights | {"spare.weight": weights["conv_in.bias"] + 1},
            "1 weight is not of this network: spare",
        ),
    ],
)
def test_a_network_with_missing_or_spare_weights_is_refused_without_further_words(tmp_path, capfd, change, said):
    from safetensors.torch import load_file, save_file

    smallest_unet().save_pretrained(tmp_path / "net")
    file = tmp_path / "net" / "diffusion_pytorch_model.safetensors"
    save_file(change(load_file(file)), file)
    capfd.readouterr()
    with pytest.raises(
        InvalidInput,
        match=rf"(must be whole|must be those that its configuration names), but got .*{said}.*; save it again",
    ):
        from_diffusers(tmp_path / "net", diffusers.DDPMScheduler())
    assert capfd.readouterr().err == ""
