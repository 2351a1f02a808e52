"""The UNet of pictures: the limits of the preconditioning, classes, training that resumes, files."""

import numpy as np
import pytest
import torch

from remanifold import InvalidInput, simulate
from remanifold.networks import training_state
from remanifold.networks.network_file import load_network, save_network
from remanifold.networks.small_unet import SmallUNet, UNetConfig
from remanifold.networks.training import train
from remanifold.sampling import log_grid

GREY = 0.5 + 0.3 * np.random.default_rng(0).standard_normal((12, 6, 4))
COLOUR = np.random.default_rng(1).standard_normal((12, 4, 4, 3))
CLASSES = np.arange(12) % 3


def _awake(rows, classes=0):
    """A network whose F is not zero."""
    network = SmallUNet.for_rows(rows, width=4, classes=classes)
    with torch.no_grad():
        network.last.weight.copy_(torch.tensor(np.random.default_rng(2).standard_normal(network.last.weight.shape)))
    return network


@pytest.mark.parametrize("rows", [GREY, COLOUR], ids=["grey", "colour"])
def test_the_limits_of_little_and_much_noise(rows):
    network = _awake(rows)
    assert np.abs(network(rows, 0.0) - rows).max() < 1e-13
    start, mean, variance = SmallUNet.for_rows(rows, width=4), rows.mean(axis=0), rows.var(axis=0).mean()
    for t in (0.1, 50.0):
        assert np.allclose(start(rows, t), mean + variance / (variance + t) * (rows - mean), atol=1e-5)


@pytest.mark.parametrize("rows", [GREY, COLOUR], ids=["grey", "colour"])
def test_rows_beside_do_not_matter_and_samples_have_the_shape(rows):
    network = _awake(rows)
    t = np.geomspace(1e-2, 1e2, len(rows))
    alone = np.concatenate([network(rows[i : i + 1], t[i]) for i in range(len(rows))])
    assert np.allclose(network(rows, t), alone, atol=1e-4)
    assert simulate(network, log_grid(100.0, 0.01, 5), n_samples=3, seed=1).samples.shape == (3, *rows.shape[1:])


def test_classes_are_asked_for_and_change_the_answer():
    network = _awake(GREY, classes=3)
    answers = [network(GREY, 1.0, np.full(12, label)) for label in range(3)]
    assert not np.allclose(answers[0], answers[1], atol=1e-4)
    mixed = network(GREY, 1.0, CLASSES)
    for label in range(3):
        own = np.flatnonzero(CLASSES - label == 0)
        assert np.allclose(mixed[own], answers[label][own], atol=1e-5)


@pytest.mark.parametrize(
    ("classes", "labels", "sentence"),
    [
        (3, None, "a class-conditional network must be asked with a class for each row, but got none; pass labels"),
        (0, CLASSES, "labels must come to a network that takes classes"),
        (3, CLASSES[:5], "labels must be whole numbers from 0 to 2, one for each of 12 points"),
        (3, CLASSES / 2, "labels must be whole numbers from 0 to 2"),
        (3, CLASSES + 1, "labels must be whole numbers .*, but got 1 to 3"),
    ],
)
def test_classes_that_do_not_fit_are_refused(classes, labels, sentence):
    network = SmallUNet.for_rows(GREY, width=4, classes=classes)
    with pytest.raises(InvalidInput, match=sentence):
        network(GREY, 1.0, labels)
    with pytest.raises(InvalidInput, match=sentence):
        train(network, GREY, steps=2, batch=4, labels=labels)


@pytest.mark.parametrize(
    ("shape", "options", "sentence"),
    [((6, 5), {}, "with even sides"), ((6,), {}, "with even sides"), ((4, 4), {"width": 6}, "a multiple of 4")],
)
def test_sizes_that_make_no_unet_are_refused(shape, options, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        UNetConfig(shape, 1.0, **options)


def test_training_learns_classes_and_goes_on_after_a_cut(tmp_path, monkeypatch):
    """Three classes, each one picture: asked with the class, the network knows the picture at any noise."""
    monkeypatch.setattr(training_state, "_PAUSE", 0.0)  # no public call: a run of ten seconds would keep one state
    rows, labels = GREY[:3], [0, 1, 2]
    start, part = SmallUNet.for_rows(rows, width=8, classes=3), tmp_path / "part"
    how = {"steps": 200, "batch": 16, "learning_rate": 0.01, "averaging": 0.98, "seed": 1, "labels": labels}

    def cut(stage, done, total):
        if done == 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(start, rows, checkpoint=part, progress=cut, **how)
    whole = train(start, rows, **how)
    again = train(start, rows, checkpoint=part, **how)
    assert again.network.fingerprint == whole.network.fingerprint and not part.exists()
    far = np.broadcast_to(rows.mean(axis=0), rows.shape)
    errors = [np.square(whole.network(far, 0.5, named) - rows).mean() for named in ([0, 1, 2], [1, 2, 0])]
    assert errors[0] < 0.3 * np.square(far - rows).mean() < 0.3 * errors[1]


def test_kept_work_of_other_classes_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(training_state, "_PAUSE", 0.0)  # as above
    start, part = SmallUNet.for_rows(GREY, width=4, classes=3), tmp_path / "part"
    how = {"steps": 6, "batch": 4, "seed": 1}

    def cut(stage, done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(start, GREY, checkpoint=part, progress=cut, labels=CLASSES[::-1].copy(), **how)
    again = train(start, GREY, checkpoint=part, labels=CLASSES, **how)
    assert again.network.fingerprint == train(start, GREY, labels=CLASSES, **how).network.fingerprint


def test_a_file_gives_the_same_network_back(tmp_path):
    network = train(SmallUNet.for_rows(COLOUR, width=4, classes=3), COLOUR, steps=2, batch=4, labels=CLASSES).network
    back = load_network(save_network(network, tmp_path / "net.safetensors"))
    assert isinstance(back, SmallUNet)
    assert (back.fingerprint, back.record, back.config) == (network.fingerprint, network.record, network.config)


def test_another_kind_of_network_in_a_file_is_refused(tmp_path):
    path = save_network(SmallUNet.for_rows(GREY, width=4), tmp_path / "net.safetensors")
    path.write_bytes(path.read_bytes().replace(b"SmallUNet", b"LargeUNet"))
    with pytest.raises(InvalidInput, match=r"a network must be a whole \.safetensors file of save_network"):
        load_network(path)
