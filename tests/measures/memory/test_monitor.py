"""The monitor warns once of a model that memorizes, seldom of one that does not, and works only when it is due."""

import json
import warnings

import numpy as np
import pytest
import torch
from network_cases import EXACT, HOLDOUT, POPULATION, TRAIN, Counted, partly

from remanifold import EmpiricalScore, HiddenManifold, InvalidInput
from remanifold.measures.memory.memory_index import network_memory
from remanifold.measures.memory.monitor import MemorizationMonitor


def test_it_warns_once_when_the_model_begins_to_memorize():
    monitor = MemorizationMonitor(TRAIN, HOLDOUT, every=10, t_collapse=1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert monitor.update(POPULATION, 0)["memory/index"] < 0.2
        assert monitor.update(partly(0.5), 5) == {}
    with pytest.warns(
        RuntimeWarning, match="the model can tell its training rows from hold-out rows at step 10: its"
    ) as w:
        monitor.update(partly(0.5), 10)
        last = monitor.update(EXACT, 20)
    assert len(w) == 1 and monitor.warned_at == 10
    assert last["memory/index"] == pytest.approx(1.0) and last["memory/share"] > last["memory/share_limit"]
    indices = [look["memory/index"] for look in monitor.history]
    assert len(indices) == 3 and np.all(np.diff(indices) > 0.2)
    table = monitor.to_table()
    assert list(table.columns["step"]) == [0, 10, 20] and table.parameters["warned_at"] == 10


def test_nothing_is_done_at_steps_that_are_not_due():
    counted, monitor = Counted(), MemorizationMonitor(TRAIN, HOLDOUT, every=100, t_collapse=1.0)
    looks = [step for step in range(0, 1000, 7) if monitor.update(counted, step)]
    assert looks == [0, 105, 203, 301, 406, 504, 602, 700, 805, 903]
    assert counted.rows == len(looks) * monitor.evaluations == len(looks) * 512


def test_the_same_index_as_the_audit():
    monitor = MemorizationMonitor(TRAIN, HOLDOUT, rows=100, t_collapse=1.0, seed=3, batch=16)
    found = network_memory(POPULATION, TRAIN, HOLDOUT, monitor.t, t_collapse=1.0, draws=1, seed=3)
    seen = monitor.update(POPULATION, 0)
    assert seen["memory/index"] == pytest.approx(found.total.value)
    assert seen["memory/share"] == pytest.approx(found.test.share.value)


def test_a_training_without_memory_seldom_warns():
    """40 trainings of 5 looks: at a rate of 5 % more than 8 warnings have a chance of 1e-4."""
    warned = 0
    for seed in range(40):
        data = HiddenManifold(ambient_dim=8, latent_dim=4, n_points=60, seed=seed)
        monitor = MemorizationMonitor(data.points(), data.fresh(50), rows=30, every=1, t_collapse=0.3, seed=seed)
        third = EmpiricalScore(data.fresh(250)[50:])  # what it learns, and better from step to step
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for step in range(5):
                monitor.update(lambda x, t, s=step / 5, m=third: x / (1 + t) * (1 - s) + s * m(x, t), step)
        warned += monitor.warned_at is not None
    assert warned <= 8


def test_modes_of_a_torch_model_are_kept():
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.line, self.drop, self.frozen = torch.nn.Linear(12, 12), torch.nn.Dropout(0.5), torch.nn.Dropout(0.5)
            self.frozen.eval()

        def forward(self, x, t):
            assert not torch.is_grad_enabled() and not self.training and not self.drop.training
            return self.frozen(self.drop(self.line(x.float())))

    torch.manual_seed(0)
    net, monitor = Net(), MemorizationMonitor(TRAIN, HOLDOUT, t_collapse=1.0, device="cpu")
    first = monitor.update(net, 0)
    assert (net.training, net.drop.training, net.frozen.training) == (True, True, False)
    assert monitor.update(net, 200)["memory/index"] == first["memory/index"], "fixed rows and noise"
    assert all(parameter.grad is None for parameter in net.parameters()) and torch.is_grad_enabled()


def test_what_is_no_denoiser_is_adapted():
    monitor = MemorizationMonitor(TRAIN, HOLDOUT, t_collapse=1.0, adapt=lambda model: model["denoiser"])
    assert monitor.update({"denoiser": POPULATION}, 0)["memory/training_loss"] > 0


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: MemorizationMonitor(TRAIN, None), "memory shows against rows that the network was not trained on, "),
        (lambda: MemorizationMonitor(TRAIN, HOLDOUT, every=0), "`every` must be a whole number of at least 1, but got"),
        (
            lambda: MemorizationMonitor(TRAIN, HOLDOUT, level=1.0),
            "the level of a test must be a number above 0 and bel",
        ),
        (
            lambda: MemorizationMonitor(TRAIN, HOLDOUT, t_collapse=1.0).update(lambda x, t: x * np.nan, 0),
            "the denoiser must return finite numbers, but got nan or inf at t = 0.125; ",
        ),
    ],
)
def test_a_mistake_is_one_sentence(call, sentence):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value).startswith(sentence)


def test_a_monitor_restored_from_its_state_goes_on_as_the_first():
    def made(**options):
        return MemorizationMonitor(TRAIN, HOLDOUT, **{"every": 10, "t_collapse": 1.0, **options})

    whole, first, second = made(), made(), made()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for step in range(0, 50, 3):
            whole.update(partly(step / 50), step)
        for step in range(0, 24, 3):
            first.update(partly(step / 50), step)
        kept = json.loads(json.dumps(first.state_dict()))
        second.load_state_dict(kept)
        first.history.clear()
        for step in range(18, 50, 3):
            second.update(partly(step / 50), step)
    assert second.history == whole.history and second.warned_at == whole.warned_at is not None
    assert len(kept["history"]) == 3, "a state is a copy"
    for other in (made(seed=1), made(level=0.01), made(t_collapse=1.1), made(rows=30)):
        with pytest.raises(InvalidInput, match="the state must be of a monitor of the same rows, noise, levels and te"):
            other.load_state_dict(kept)
