"""Denoisers from callables: exact in every prediction type and clock, independent of batches, modes restored."""

import numpy as np
import pytest
import torch
from fake_networks import DIM, EXACT, KINDS, Fake, rows_of

from remanifold import InvalidInput, NoiseLevel
from remanifold.networks import CLOCKS, Clock, from_callable, from_edm
from remanifold.noise import schedule
from remanifold.scores import Denoiser

LEVELS = np.array([1e-3, 0.04, 0.3, 2.0, 30.0])
ROWS = rows_of(len(LEVELS)) + np.sqrt(LEVELS)[:, None] * np.random.default_rng(1).normal(size=(len(LEVELS), DIM))


class Noisy(torch.nn.Module):
    """A module whose output depends on its mode: dropout and batch statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.nn.Sequential(torch.nn.Linear(DIM, 32), torch.nn.Dropout(0.5), torch.nn.Linear(32, DIM))
        self.norm = torch.nn.BatchNorm1d(DIM)
        self.seen: list[tuple[bool, bool, torch.dtype, torch.dtype, int]] = []

    def forward(self, y: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        self.seen.append((self.training, torch.is_inference_mode_enabled(), y.dtype, c.dtype, len(y)))
        return self.norm(self.inner(y))


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_prediction_in_every_clock_is_the_exact_posterior_mean(kind, clock):
    denoiser = from_callable(Fake(kind, clock), kind, clock)
    assert isinstance(denoiser, Denoiser)
    np.testing.assert_allclose(denoiser(ROWS, LEVELS), EXACT(ROWS, LEVELS), rtol=0, atol=1e-10)
    assert denoiser.levels is None
    assert denoiser.snapped(0.3) == 0.3


@pytest.mark.parametrize("name", ["linear", "scaled-linear", "cosine"])
@pytest.mark.parametrize("kind", KINDS)
def test_ddpm_steps_snap_and_tell_so(kind, name):
    denoiser = from_callable(Fake(kind, name), kind, schedule(name))
    wanted = np.array([0.002, 0.04, 0.3, 2.0, 30.0])
    told = denoiser.snapped(wanted)
    assert told.tolist() == [NoiseLevel(t).to_ddpm(name).t for t in wanted]
    assert np.abs(np.log(told / wanted)).max() > 1e-4
    np.testing.assert_allclose(denoiser(ROWS, wanted), EXACT(ROWS, told), rtol=0, atol=1e-10)
    assert set(told) <= set(denoiser.levels)
    again = from_callable(Fake(kind, name), kind, name)
    assert np.array_equal(again(ROWS, wanted), denoiser(ROWS, wanted))


def test_a_planted_wrong_formula_is_seen():
    """The test above has power: the velocity of one clock read in another is far off."""
    wrong = from_callable(Fake("velocity", "vp"), "velocity", "flow")
    assert np.abs(wrong(ROWS, LEVELS) - EXACT(ROWS, LEVELS)).max() > 0.1


def test_a_clock_of_ones_own():
    mine = Clock("log sigma over 4", "exploding", lambda t: np.log(t) / 8)
    denoiser = from_callable(lambda y, c: Fake("noise", "sigma")(y, torch.exp(4 * c)), "noise", mine)
    np.testing.assert_allclose(denoiser(ROWS, LEVELS), EXACT(ROWS, LEVELS), rtol=0, atol=1e-10)


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor])
@pytest.mark.parametrize("width", ["float32", "float64"])
def test_kind_and_precision_of_the_caller_come_back(make, width):
    given = make(ROWS.astype(width))
    found = from_callable(Fake("noise", "vp"), "noise", "vp")(given, 0.5)
    assert type(found) is type(given)
    assert found.dtype == given.dtype
    np.testing.assert_allclose(np.asarray(found), EXACT(ROWS, 0.5), atol=2e-6)


def test_functions_of_numpy_arrays():
    def f(y, sigma):
        assert isinstance(y, np.ndarray)
        return y / (1 + sigma[:, None] ** 2)

    found = from_callable(f, "denoised", takes="numpy")(ROWS, LEVELS)
    np.testing.assert_allclose(found, ROWS / (1 + LEVELS[:, None]), rtol=1e-12)


def test_mode_precision_and_gradients_are_kept():
    torch.manual_seed(0)
    module = Noisy()
    module.inner[1].eval()  # a part that its user had frozen
    modes = [part.training for part in module.modules()]
    statistics = module.norm.running_mean.clone()
    denoiser = from_callable(module, "noise")
    x = torch.as_tensor(ROWS)
    first = denoiser(x, 0.5)
    assert first.dtype == torch.float64
    assert not first.is_inference()
    assert [part.training for part in module.modules()] == modes
    assert torch.equal(module.norm.running_mean, statistics)
    assert {seen[:4] for seen in module.seen} == {(False, True, torch.float32, torch.float32)}
    assert next(module.parameters()).dtype == torch.float32
    wrapped = from_callable(lambda y, c: -module(y, c), "noise", module=module)  # hidden in a function
    np.testing.assert_allclose(wrapped(x, 0.5) - x, x - first, atol=1e-12)
    method = from_callable(module.forward, "noise")
    assert torch.equal(method(x, 0.5), first)


def test_modes_are_restored_when_the_model_fails():
    module = torch.nn.Linear(3, 3)
    with pytest.raises(InvalidInput, match=r"the model must take rows \(4, 6\) .* but got an error from it"):
        from_callable(lambda y, c: module(y), "noise", module=module)(ROWS[:4], 0.5)
    assert module.training


def test_results_do_not_depend_on_the_batch_and_evaluations_are_counted():
    torch.manual_seed(0)
    module = Noisy().eval()
    x, t = np.tile(ROWS, (20, 1)), np.tile(LEVELS, 20)
    whole = from_callable(module, "velocity", "flow", batch=100)
    parts = from_callable(module, "velocity", "flow", batch=7)
    np.testing.assert_allclose(whole(x, t), parts(x, t), rtol=1e-5, atol=1e-5)
    assert max(seen[4] for seen in module.seen) == 100
    assert whole.evaluations == 100 + 4 + 4 + 2  # four rows twice and two of them alone, once
    whole(x[:3], 0.5)
    assert whole.evaluations == 113
    assert whole.given(None).evaluations == 113


def test_flat_rows_reach_a_network_of_images_and_other_orders_are_refused():
    def f(y, sigma):
        assert y.shape[1:] == (1, 2, 3)
        return 0.5 * y

    denoiser = from_callable(f, "denoised", shape=(1, 2, 3))
    assert np.array_equal(denoiser(ROWS, 1.0), 0.5 * ROWS)
    assert denoiser(ROWS.reshape(-1, 2, 3), 1.0).shape == (5, 2, 3)
    with pytest.raises(InvalidInput, match=r"rows must have the model's shape \(1, 2, 3\), but got \(3, 2, 1\)"):
        denoiser(ROWS.reshape(-1, 3, 2, 1), 1.0)


class Edm(torch.nn.Module):
    """The surface of an EDM network: one-hot labels, sigma of any shape, denoised rows."""

    label_dim, img_channels, img_resolution = 3, 1, 2

    def forward(self, x, sigma, class_labels=None, force_fp32=False):
        sigma = sigma.to(torch.float32).reshape(-1, 1, 1, 1)
        if class_labels is None:
            class_labels = torch.zeros(1, self.label_dim)
        middle = (class_labels.reshape(-1, self.label_dim) * torch.tensor([0.0, 1.0, 2.0])).sum(1).reshape(-1, 1, 1, 1)
        return (x + sigma**2 * middle) / (1 + sigma**2)


def test_edm_networks_with_classes():
    x = np.random.default_rng(0).normal(size=(4, 1, 2, 2))
    plain = from_edm(Edm())
    np.testing.assert_allclose(plain(x, 0.5), x / 1.5, rtol=1e-6)
    assert plain.shape == (1, 2, 2)
    np.testing.assert_allclose(plain(x.reshape(4, 4), 0.5), x.reshape(4, 4) / 1.5, rtol=1e-6)
    labels = np.array([0, 1, 2, 1])
    found = plain(x, 0.5, labels)
    np.testing.assert_allclose(found, (x + 0.5 * labels.reshape(-1, 1, 1, 1)) / 1.5, rtol=1e-6)
    assert np.array_equal(from_edm(Edm(), class_labels=2, batch=3)(x, 0.5)[2], found[2])
    assert np.array_equal(plain.given(2)(x, 0.5)[2], found[2])
    assert np.array_equal(plain.given([0.0, 0.0, 1.0])(x, 0.5)[2], found[2])
    with pytest.raises(InvalidInput, match="class labels must be whole numbers from 0 to 2, but got 3 to 3"):
        plain.given(3)(x, 0.5)
    with pytest.raises(InvalidInput, match="there must be 4 class labels, one a row"):
        plain(x, 0.5, labels[:2])


@pytest.mark.parametrize(
    ("f", "sentence"),
    [
        (lambda y, c: y[:, :2], r"return an array like its input, \(4, 6\), but got shape \(4, 2\)"),
        (lambda y, c: "noise", "return an array like its input"),
        (lambda y, c: y * float("nan"), "the model's output must be finite, but got nan or inf"),
        (lambda y, c: y + torch.randn_like(y), "the same output for the same input, but got a change of"),
        (lambda y, c: y - y.mean(0), "must not depend on the rows beside it, but got a change of"),
        (lambda y: y, "the model must take rows .* but got an error from it"),
    ],
)
def test_a_bad_model_is_one_sentence(f, sentence):
    with pytest.raises(InvalidInput, match=sentence) as caught:
        from_callable(f, "noise")(ROWS, 0.5)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: from_callable(3, "noise"), "a model must be callable, but got int"),
        (lambda: from_edm("net.pkl"), "must be a live object, but got str"),
        (lambda: from_callable(Fake("noise", "vp"), "epsilon"), "predicts must be one of denoised, noise"),
        (lambda: from_callable(Fake("noise", "vp"), "noise", "ve"), "the clock must be one of sigma, variance"),
        (lambda: from_callable(Fake("noise", "vp"), "noise", [0.1, 0.5]), "alphas_cumprod must be numbers"),
        (lambda: from_callable(Fake("noise", "vp"), "noise", batch=0), "`batch` must be a whole number of at least 1"),
        (lambda: from_callable(Fake("noise", "vp"), "noise", takes="jax"), "takes must be 'torch' or 'numpy'"),
        (lambda: from_callable(Fake("noise", "vp"), "noise", device="abacus"), "`device` must be one"),
        (lambda: from_callable(Fake("noise", "vp"), "noise")(ROWS, 0.0), "the noise variance t must be positive"),
        (lambda: from_callable(Fake("noise", "vp"), "noise")(ROWS * np.nan, 1.0), "the queries must be finite"),
        (lambda: from_callable(Fake("noise", "linear"), "noise", "linear")(ROWS, 1e-9), "must have t from 0.0001000"),
        (lambda: from_callable(Fake("noise", "vp"), "noise").encode(ROWS), "latents need an encoder"),
    ],
)
def test_bad_input_is_one_sentence(wrong, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        wrong()


class Odd(Exception):
    """An error that no other package knows."""


def test_an_error_of_ones_own_is_told_with_its_line():
    def f(y, c):
        raise Odd("rows of pictures, please.")

    with pytest.raises(InvalidInput, match=r"line \d+ of .*test_from_callable.py \(Odd: rows of pictures, please\);"):
        from_callable(f, "noise")(ROWS, 0.5)


class Holder:
    """A module among other attributes."""

    def __init__(self, module):
        self.module, self.scale = module, 2.0

    def __call__(self, y, c):
        return self.module(y, c)

    def method(self, y, c):
        return self.module(y, c)


def test_the_module_behind_a_function_is_found_and_put_into_eval_mode():
    torch.manual_seed(0)
    module, other = Noisy(), Noisy()
    plain = from_callable(module, "noise")(ROWS, 0.5)
    holder = Holder(module)
    for f in (lambda y, c: module(y, c) * 1.0, holder, holder.method):
        found = from_callable(f, "noise")
        assert found.network.module is module and found.network.dtype == torch.float32
        assert np.array_equal(found(ROWS, 0.5), plain)
    assert module.training
    assert from_callable(lambda y, c: module(y, c) + other(y, c), "noise").network.module is None
    assert from_callable(np.add, "noise").network.module is None
