"""diffusers' networks as denoisers: against conversions by hand, through folders, and beside an EDM net."""

import sys
import warnings

import numpy as np
import pytest
import torch
from fake_networks import DIM, EXACT, Fake, rows_of

from remanifold import InvalidInput
from remanifold.networks import from_diffusers, from_edm

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import diffusers

X = np.random.default_rng(0).normal(size=(5, 1, 8, 8))


@pytest.fixture(autouse=True)
def _no_warnings_of_others():
    """What diffusers itself warns of is not ours."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="diffusers")
        yield


def unet(**options) -> "diffusers.UNet2DModel":
    torch.manual_seed(0)
    return diffusers.UNet2DModel(
        sample_size=8,
        in_channels=1,
        out_channels=options.pop("out_channels", 1),
        layers_per_block=1,
        block_out_channels=(8, 8),
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
        add_attention=False,
        **options,
    )


def ddpm(kind: str = "epsilon", **options) -> "diffusers.DDPMScheduler":
    return diffusers.DDPMScheduler(prediction_type=kind, **options)


@pytest.mark.parametrize("schedule", ["linear", "scaled_linear", "squaredcos_cap_v2"])
@pytest.mark.parametrize("kind", ["epsilon", "sample", "v_prediction"])
def test_ddpm_networks_by_hand(kind, schedule):
    model, scheduler = unet(), ddpm(kind, beta_schedule=schedule)
    denoiser = from_diffusers(model, scheduler, batch=3)
    step = 137
    abar = float(scheduler.alphas_cumprod[step])
    t = (1 - abar) / abar
    y = torch.tensor(np.sqrt(abar) * X, dtype=torch.float32)
    with torch.no_grad():
        out = model.eval()(y, torch.tensor(step)).sample.double().numpy()
    byhand = {"epsilon": X - np.sqrt(t) * out, "sample": out, "v_prediction": abar * X - np.sqrt(1 - abar) * out}[kind]
    assert denoiser.snapped(t * 1.0001) == pytest.approx(t, rel=1e-12)
    np.testing.assert_allclose(denoiser(X, t * 1.0001), byhand, atol=1e-5)
    assert denoiser.shape == (1, 8, 8)
    assert len(denoiser.levels) == 1000


def test_v_prediction_is_what_diffusers_trains():
    """Our velocity is the target of get_velocity: fed back as output it gives the clean rows."""
    scheduler = ddpm("v_prediction")
    clean, noise = torch.randn(4, 1, 8, 8), torch.randn(4, 1, 8, 8)
    steps = torch.tensor([5, 300, 700, 990])
    target = scheduler.get_velocity(clean, noise, steps)
    noisy = scheduler.add_noise(clean, noise, steps)
    denoiser = from_diffusers(Echo(noisy, target), scheduler)
    abar = scheduler.alphas_cumprod[steps].double()
    x = noisy.double() / abar.sqrt().reshape(-1, 1, 1, 1)
    found = denoiser(x, (1 - abar) / abar)
    np.testing.assert_allclose(found, clean, atol=2e-4)


class Echo:
    """A network that knows the answer to each row."""

    def __init__(self, inputs: torch.Tensor, outputs: torch.Tensor) -> None:
        self.inputs, self.outputs = inputs.double(), outputs.double()

    def __call__(self, y, timestep, return_dict=True):
        nearest = torch.cdist(y.double().flatten(1), self.inputs.flatten(1)).argmin(1)
        return (self.outputs[nearest].to(y.dtype),)


@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_flow_matching_schedulers_by_their_sigmas(shift):
    model, scheduler = unet(), diffusers.FlowMatchEulerDiscreteScheduler(shift=shift)
    wanted = scheduler.sigmas[400].item()
    named = scheduler.timesteps[400]
    scheduler.set_timesteps(7)  # sampling overwrites the live sigmas
    denoiser = from_diffusers(model, scheduler)
    t = (wanted / (1 - wanted)) ** 2
    assert denoiser.snapped(t) == pytest.approx(t, rel=1e-6)
    assert len(denoiser.levels) == 999  # the first, u = 1, has no signal
    y = torch.tensor((1 - wanted) * X, dtype=torch.float32)
    with torch.no_grad():
        out = model.eval()(y, named).sample.double().numpy()
    np.testing.assert_allclose(denoiser(X, t), y.double().numpy() - wanted * out, atol=1e-5)


def test_flow_prediction_of_multistep_schedulers():
    scheduler = diffusers.UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    )
    twin = from_diffusers(unet(), diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0))
    found = from_diffusers(unet(), scheduler)
    np.testing.assert_allclose(found.levels, twin.levels, rtol=1e-3)  # u near 1 in float32
    np.testing.assert_allclose(found(X, 0.3), twin(X, 0.3), atol=1e-4)


def test_edm_schedulers_of_diffusers():
    model, scheduler = unet(), diffusers.EDMEulerScheduler(sigma_data=0.7)
    sigma = 0.6
    root = np.sqrt(sigma**2 + 0.49)
    with torch.no_grad():
        out = model.eval()(torch.tensor(X / root, dtype=torch.float32), torch.tensor(np.log(sigma) / 4)).sample
    byhand = 0.49 / root**2 * X + sigma * 0.7 / root * out.double().numpy()
    np.testing.assert_allclose(from_diffusers(model, scheduler)(X, sigma**2), byhand, atol=1e-5)


def test_an_epsilon_network_and_an_edm_network_of_one_function_are_one_denoiser():
    class Epsilon(torch.nn.Module):
        config = None

        def forward(self, y, timestep, return_dict=True):
            abar = ddpm().alphas_cumprod.double()[timestep]
            return (Fake("noise", "sigma")(y / abar.sqrt()[:, None], ((1 - abar) / abar).sqrt()),)

    rows = rows_of(6)
    one = from_diffusers(Epsilon(), ddpm())
    two = from_edm(Fake("denoised", "sigma"))
    t = one.snapped(np.array([0.002, 0.02, 0.1, 0.5, 3.0, 20.0]))
    np.testing.assert_allclose(one(rows, t), two(rows, t), atol=1e-10)
    np.testing.assert_allclose(two(rows, t), EXACT(rows, t), atol=1e-10)
    assert rows.shape[1] == DIM


def test_class_labels_learned_variances_and_other_arguments():
    model = unet(num_class_embeds=4, out_channels=2).train()
    denoiser = from_diffusers(model, ddpm(variance_type="learned_range"), class_labels=1)
    one = denoiser(X, 0.5)
    assert one.shape == X.shape
    assert model.training
    np.testing.assert_allclose(denoiser(X, 0.5, [0, 1, 2, 3, 1])[[1, 4]], one[[1, 4]], atol=1e-5)
    assert np.abs(denoiser(X, 0.5, [0, 0, 2, 3, 1])[[0, 1, 2, 3]] - one[[0, 1, 2, 3]]).max() > 1e-3
    with pytest.raises(InvalidInput, match="class_labels should be provided"):
        from_diffusers(model, ddpm(variance_type="learned_range"))(X, 0.5)
    given = from_diffusers(unet(num_class_embeds=4), ddpm(), model_kwargs={"class_labels": torch.tensor([2])})
    np.testing.assert_allclose(
        given(X, 0.5), from_diffusers(unet(num_class_embeds=4), ddpm())(X, 0.5, [2] * 5), atol=1e-6
    )


def test_a_transformer():
    torch.manual_seed(0)
    model = diffusers.DiTTransformer2DModel(
        num_attention_heads=2,
        attention_head_dim=4,
        in_channels=1,
        out_channels=2,
        num_layers=1,
        sample_size=8,
        norm_num_groups=1,
        num_embeds_ada_norm=5,
    ).eval()
    denoiser = from_diffusers(model, ddpm(variance_type="learned_range"), class_labels=3)
    abar = float(ddpm().alphas_cumprod[200])
    y = torch.tensor(np.sqrt(abar) * X, dtype=torch.float32)
    with torch.no_grad():
        out = model(y, timestep=torch.full((5,), 200), class_labels=torch.full((5,), 3)).sample[:, :1].double().numpy()
    t = (1 - abar) / abar
    np.testing.assert_allclose(denoiser(X, t), X - np.sqrt(t) * out, atol=1e-5)
    with torch.no_grad():  # guidance by hand: of five classes, number 5 is none
        free = model(y, timestep=torch.full((5,), 200), class_labels=torch.full((5,), 5)).sample[:, :1].double().numpy()
    expected = X - np.sqrt(t) * (free + 2.5 * (out - free))
    np.testing.assert_allclose(denoiser.guided(2.5)(X, t), expected, atol=1e-5)
    assert np.abs(denoiser.guided(2.5, no_class=4)(X, t) - expected).max() > 1e-4  # planted: another label for none


def test_half_precision_is_kept():
    model = unet().to(torch.bfloat16)
    found = from_diffusers(model, ddpm())(X, 0.3)
    assert next(model.parameters()).dtype == torch.bfloat16
    np.testing.assert_allclose(found, from_diffusers(unet(), ddpm())(X, 0.3), atol=0.05)


def test_pipelines_and_folders(tmp_path):
    live = from_diffusers(unet(), ddpm("v_prediction", beta_schedule="scaled_linear"))
    pipeline = diffusers.DDPMPipeline(unet(), ddpm("v_prediction", beta_schedule="scaled_linear"))
    pipeline.save_pretrained(tmp_path / "pipeline", safe_serialization=True)
    unet().save_pretrained(tmp_path / "model", safe_serialization=True)
    expected = live(X, 0.3)
    assert np.array_equal(from_diffusers(pipeline)(X, 0.3), expected)
    folder = from_diffusers(tmp_path / "pipeline")
    assert np.array_equal(folder(X, 0.3), expected)
    assert folder.description == "DDPMPipeline in pipeline, DDPMScheduler, predicts velocity"
    alone = from_diffusers(tmp_path / "model", tmp_path / "pipeline" / "scheduler")
    assert np.array_equal(alone(X, 0.3), expected)
    other = from_diffusers(tmp_path / "pipeline", ddpm())
    assert np.abs(other(X, 0.3) - expected).max() > 1e-3


def test_pickled_weights_and_foreign_classes_are_refused(tmp_path):
    unet().save_pretrained(tmp_path / "model", safe_serialization=False)
    with pytest.raises(
        InvalidInput, match=r"weights must be .safetensors files, but got diffusion_pytorch_model.bin, a"
    ):
        from_diffusers(tmp_path / "model", ddpm())
    diffusers.DDPMPipeline(unet(), ddpm()).save_pretrained(tmp_path / "pipeline")
    index = tmp_path / "pipeline" / "model_index.json"
    index.write_text(index.read_text().replace('"diffusers",\n    "UNet2DModel"', '"my_code",\n    "UNet2DModel"'))
    with pytest.raises(InvalidInput, match=r"the unet must be a class of diffusers, but got my_code.UNet2DModel"):
        from_diffusers(tmp_path / "pipeline")
    index.write_text("{")
    with pytest.raises(InvalidInput, match=r"model_index.json must be JSON"):
        from_diffusers(tmp_path / "pipeline")


def test_broken_folders_are_one_sentence(tmp_path):
    unet().save_pretrained(tmp_path / "model")
    weights = tmp_path / "model" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(InvalidInput, match="weights of a network must be those that its configuration") as caught:
        from_diffusers(tmp_path / "model", ddpm())
    assert "\n" not in str(caught.value)
    weights.unlink()
    with pytest.raises(InvalidInput, match=r"weights must be .safetensors files, but got .* without any"):
        from_diffusers(tmp_path / "model", ddpm())
    with pytest.raises(InvalidInput, match="must be a local folder, but got no such folder, which is none"):
        from_diffusers("no such folder")
    with pytest.raises(InvalidInput, match=r"must have config.json"):
        from_diffusers(tmp_path, ddpm())


class Halving:
    """An encoder without weights."""

    def encode(self, x):
        return x[..., ::2, ::2] / 2


def test_latent_models_say_so(tmp_path):
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=1,
        norm_num_groups=4,
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        scaling_factor=0.5,
        shift_factor=0.1,
    )
    denoiser = from_diffusers(unet(), ddpm(), encoder=vae, batch=2)
    assert "audited in the latent space of AutoencoderKL" in denoiser.description
    pictures = np.random.default_rng(2).normal(size=(5, 3, 16, 16))
    latents = denoiser.encode(pictures)
    with torch.no_grad():
        mean = vae.eval().encode(torch.tensor(pictures, dtype=torch.float32)).latent_dist.mean.numpy()
    np.testing.assert_allclose(latents, (mean - 0.1) * 0.5, atol=1e-5)
    assert denoiser(latents, 0.3).shape == (5, 1, 8, 8)
    own = from_diffusers(unet(), ddpm(), encoder=Halving())
    assert np.array_equal(own.encode(torch.ones(2, 1, 16, 16)), torch.full((2, 1, 8, 8), 0.5))
    with pytest.raises(InvalidInput, match="an encoder must have a method encode, but got int"):
        from_diffusers(unet(), ddpm(), encoder=3)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: from_diffusers(unet()), "a diffusers network needs its scheduler, but got none"),
        (lambda: from_diffusers(3, ddpm()), "must be a pipeline, a network or a folder, but got int"),
        (lambda: from_diffusers(unet(), 3), "a scheduler must have a config, but got int"),
        (lambda: from_diffusers(unet(), ddpm())(X, 1e-9), "a level of this model must have t from"),
        (lambda: from_diffusers(unet(), ddpm())(X[:, :, :3, :3], 0.5), "the model must take rows"),
        (lambda: from_diffusers(unet(), ddpm())(X[:, 0, 0], 0.5), r"rows must have the model's shape \(1, 8, 8\)"),
        (
            lambda: from_diffusers(unet(), diffusers.CMStochasticIterativeScheduler()),
            "whose network is known, but got CMStochasticIterativeScheduler",
        ),
        (lambda: from_diffusers(unet(), ddpm("noise")), "prediction_type must be one of epsilon, sample"),
    ],
)
def test_bad_input_is_one_sentence(wrong, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        wrong()


def test_without_diffusers_one_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    unet().save_pretrained(tmp_path / "model")
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(InvalidInput, match=r"run pip install 'remanifold\[models\]'"):
        from_diffusers(tmp_path / "model", ddpm)
