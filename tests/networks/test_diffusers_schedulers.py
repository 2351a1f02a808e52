"""Every scheduler of the installed diffusers is read right, shown with an exact network, or refused by a sentence."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from scheduler_cases import MEAN, NAMES, NEEDED, ODD, VARIANCE, Exact, error_of, made

from remanifold import InvalidInput
from remanifold.networks import from_diffusers
from remanifold.networks.pipelines.schedulers import EDM, FLOW, REFUSED, SCORE, STEPS, read_scheduler

READ = {*STEPS, *FLOW, *EDM, *SCORE}
DOCS = (Path(__file__).parents[2] / "docs" / "reference" / "schedulers.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _no_warnings_of_others():
    """What diffusers itself warns of is not ours."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="diffusers")
        warnings.filterwarnings(
            "ignore", "__array_wrap__ must accept", DeprecationWarning
        )  # of tensors that it gives numpy
        yield


@pytest.mark.parametrize("name", NAMES)
def test_a_scheduler_of_diffusers_is_read_right_or_refused(name):
    assert (name in READ) != (name in REFUSED), "neither read nor refused: put it into one of the lists"
    assert name.removesuffix("Scheduler") in re.findall(r"\w+", DOCS), "the page has a table of all schedulers"
    try:
        scheduler = made(name, {})
    except ImportError:
        pytest.skip(f"{name} needs a package that is not installed")
    if name in READ:
        assert error_of(name, {}) < 1e-5
        return
    with pytest.raises(InvalidInput, match=name) as caught:
        from_diffusers(Exact(scheduler), scheduler)
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize(("name", "options"), ODD)
def test_odd_options_change_nothing_but_the_levels(name, options):
    assert error_of(name, options) < 1e-5


def test_a_planted_mistake_is_seen():
    """Power: the same exact networks read with their neighbours' options are far off."""
    scheduler = made("DDIMScheduler", {})
    exact = Exact(made("DDIMScheduler", {"beta_schedule": "scaled_linear"}))
    x = MEAN + np.ones((2, 1, 2, 2))
    found = from_diffusers(exact, scheduler)(x, 1.0)
    assert np.abs(found - (MEAN + VARIANCE / (1 + VARIANCE))).max() > 0.05


@pytest.mark.parametrize(
    ("name", "options", "left"),
    [
        ("EulerDiscreteScheduler", {"rescale_betas_zero_snr": True}, 999),
        ("DDIMScheduler", {"rescale_betas_zero_snr": True}, 999),
        ("UniPCMultistepScheduler", {"rescale_betas_zero_snr": True, "num_train_timesteps": 50}, 49),
        ("DDPMScheduler", {"num_train_timesteps": 10000}, 10000 - 711),
    ],
)
def test_steps_without_signal_are_left_out(name, options, left):
    clock = read_scheduler(made(name, options)).clock
    assert clock.levels is not None and clock.arguments is not None
    assert len(clock.levels) == left and np.all(np.diff(clock.levels) > 0)
    assert list(clock.arguments[:2]) == [0, 1] and clock.arguments[-1] == left - 1


def test_a_grid_handed_over_alone_is_read_as_its_scheduler():
    grid = made("EulerDiscreteScheduler", {"rescale_betas_zero_snr": True}).alphas_cumprod
    clock = read_scheduler(made("DDIMScheduler", {"rescale_betas_zero_snr": True})).clock
    from remanifold.networks.clocks import steps_clock

    np.testing.assert_allclose(steps_clock(grid).levels, clock.levels, rtol=1e-3)


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("DPMSolverMultistepScheduler", {"prediction_type": "flow_prediction"}, "set use_flow_sigmas=True"),
        (
            "UniPCMultistepScheduler",
            {"prediction_type": "v_prediction", "use_flow_sigmas": True},
            "epsilon, sample, flow_prediction beside use_flow_sigmas, but got 'v_prediction'",
        ),
        ("FlowMatchEulerDiscreteScheduler", {"invert_sigmas": True}, "must have rising noise"),
        ("DDPMScheduler", {"trained_betas": [0.0, 0.1]}, "numbers in \\[0, 1\\) that fall"),
    ],
)
def test_options_that_contradict_each_other_are_refused(name, options, sentence):
    scheduler = made(name, options)
    with pytest.raises(InvalidInput, match=sentence):
        from_diffusers(Exact(scheduler), scheduler)


def test_a_derived_class_is_read_as_its_base_and_a_new_one_is_not_guessed():
    base = type(made("DDIMScheduler", {}))
    derived = type("MyScheduler", (base,), {})()
    assert read_scheduler(derived).predicts == "noise"
    new = type("BrandNewScheduler", (), {"__module__": "diffusers.schedulers.new", "config": None})()
    with pytest.raises(InvalidInput, match=r"BrandNewScheduler \(this version of remanifold does not know it\)"):
        read_scheduler(new)


def test_distilled_networks_are_said():
    scheduler = made("LCMScheduler", {})
    assert "a distilled network" in from_diffusers(Exact(scheduler), scheduler).description
    assert NEEDED.keys() <= REFUSED.keys()


class Answer:
    def __init__(self, sample) -> None:
        self.sample = sample


@pytest.mark.parametrize(
    "wrap",
    [
        lambda out: out,
        lambda out: (out,),
        lambda out: [out],
        lambda out: {"sample": out, "hidden": None},
        lambda out: {"noise": out},
        Answer,
    ],
)
@pytest.mark.parametrize("by_name", [True, False])
def test_whatever_a_network_returns(wrap, by_name):
    """A tensor, a tuple, a dict or an object with a sample, of networks with and without diffusers' own signature."""
    scheduler = made("DDPMScheduler", {})
    exact = Exact(scheduler)

    class Own(torch.nn.Module):
        config = None

        def forward(self, y, t):
            return wrap(exact(y, t, return_dict=False)[0])

    class Theirs(torch.nn.Module):
        config = None

        def forward(self, sample, timestep, return_dict=True, **others):
            return wrap(exact(sample, timestep, return_dict=False)[0])

    x = MEAN + np.ones((3, 1, 2, 2))
    denoiser = from_diffusers(Theirs() if by_name else Own(), scheduler)
    t = denoiser.snapped(1.0)
    np.testing.assert_allclose(denoiser(x, t), MEAN + VARIANCE / (t + VARIANCE), atol=1e-6)


def test_a_dict_without_a_prediction_is_one_sentence():
    model = type("Two", (torch.nn.Module,), {"forward": lambda self, y, t: {"a": y, "b": y}, "config": None})()
    with pytest.raises(InvalidInput, match="one entry, or a `sample`, but got a dict with a, b"):
        from_diffusers(model, made("DDPMScheduler", {}))(np.ones((2, 1, 2, 2)), 1.0)
