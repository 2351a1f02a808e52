"""The callback under real Trainers where Lightning is installed, and under a stand-in of its hooks everywhere."""

import importlib
import importlib.util
import sys
import types
import warnings

import numpy as np
import pytest
import torch
from network_cases import EXACT, HOLDOUT, POPULATION, TRAIN

from remanifold import InvalidInput
from remanifold.measures.memory.monitor import MemorizationMonitor

MODULE = "remanifold.measures.memory.lightning_callback"
REAL = [
    pytest.param(name, marks=pytest.mark.skipif(importlib.util.find_spec(name.split(".")[0]) is None, reason="absent"))
    for name in ("lightning.pytorch", "pytorch_lightning")
]


def monitor(**options):
    return MemorizationMonitor(TRAIN, HOLDOUT, **{"every": 5, "t_collapse": 1.0, **options})


def callback_class(monkeypatch, package, stand_in=None):
    """`MemorizationCallback` made anew for ``package``, which counts as the one imported first."""
    for name in ("lightning.pytorch", "pytorch_lightning"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, package, stand_in or importlib.import_module(package))
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    return importlib.import_module(MODULE).MemorizationCallback


class StandInTrainer:
    """What the callback uses of a Trainer, and what it tells of it; ``sent`` is what the first process broadcasts."""

    def __init__(self, rank=0, world_size=1, sent=None):
        self.global_step, self.is_global_zero, self.world_size = 0, rank == 0, world_size
        self.should_stop, self.sent, self.strategy = False, sent, self
        self.loggers, self.kept = [self], []

    def log_metrics(self, numbers, step):
        self.kept.append((step, numbers))

    def broadcast(self, state):
        if self.is_global_zero:
            self.sent = state
        return self.sent


class StandInModule:
    def __init__(self, denoiser):
        self.denoiser, self.logged = denoiser, []

    def log_dict(self, numbers, on_step, on_epoch, logger):
        assert on_step and not on_epoch and not logger
        self.logged.append(numbers)


@pytest.fixture
def stand_in(monkeypatch):
    package = types.ModuleType("pytorch_lightning")
    package.Callback = type("Callback", (), {})
    return callback_class(monkeypatch, "pytorch_lightning", package)


def batches(callback, trainer, module, steps):
    for batch_idx, step in enumerate(steps):
        trainer.global_step = step
        callback.on_train_batch_end(trainer, module, None, None, batch_idx)


def test_it_looks_by_the_global_step_and_logs_each_look_once(stand_in):
    seen = monitor(adapt=lambda module: module.denoiser)
    module, trainer = StandInModule(POPULATION), StandInTrainer()
    batches(stand_in(seen), trainer, module, [0, 0, 2, 4, 6, 6, 8, 10])
    assert [look["step"] for look in seen.history] == [step for step, _ in trainer.kept] == [0, 6, 10]
    assert module.logged == [numbers for _, numbers in trainer.kept]
    assert [{"step": step, **numbers} for step, numbers in trainer.kept] == seen.history


def test_of_several_processes_one_looks_and_all_stop(stand_in):
    first, second = (monitor(adapt=lambda module: module.denoiser) for _ in range(2))
    leader = StandInTrainer(0, 2)
    with pytest.warns(RuntimeWarning, match="can tell its training rows"):
        batches(stand_in(first, stop=True), leader, StandInModule(EXACT), [0])
    follower, module = StandInTrainer(1, 2, leader.sent), StandInModule(None)  # there is nothing here to look at
    batches(stand_in(second, stop=True), follower, module, [0, 3])
    assert leader.should_stop and follower.should_stop
    assert second.history == first.history and len(module.logged) == 1 and not second.due(4) and second.due(5)


def test_without_stop_the_training_goes_on(stand_in):
    trainer = StandInTrainer()
    with pytest.warns(RuntimeWarning, match="can tell its training rows"):
        batches(stand_in(monitor(adapt=lambda module: module.denoiser)), trainer, StandInModule(EXACT), [0])
    assert not trainer.should_stop


def test_without_lightning_it_is_one_sentence(monkeypatch):
    for name in ("lightning", "lightning.pytorch", "pytorch_lightning"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    with pytest.raises(InvalidInput, match=r"needs the package lightning .* run pip install lightning"):
        importlib.import_module(MODULE)


def lit_module(package, optimizers=1):
    class Net(package.LightningModule):
        def __init__(self):
            super().__init__()
            self.net, self.automatic_optimization = torch.nn.Linear(12, 12), optimizers == 1

        def training_step(self, batch, _):
            if optimizers == 1:
                return ((self.net(batch[0]) - batch[0]) ** 2).mean()
            for optimizer in self.optimizers():
                optimizer.zero_grad()
                self.manual_backward(((self.net(batch[0]) - batch[0]) ** 2).mean())
                optimizer.step()

        def validation_step(self, *_):
            pass

        def configure_optimizers(self):
            found = [torch.optim.Adam(self.parameters(), 0.01) for _ in range(optimizers)]
            return found if optimizers > 1 else found[0]

    torch.manual_seed(1)
    return Net()


def fit(package, root, callbacks, *, epochs=3, optimizers=1, checkpoint=None, logger=False):
    rows = torch.utils.data.TensorDataset(torch.tensor(TRAIN, dtype=torch.float32))
    loader = torch.utils.data.DataLoader(rows, batch_size=10)  # 8 batches an epoch
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Lightning, on workers and loggers
        module = lit_module(package, optimizers)
        trainer = package.Trainer(
            max_epochs=epochs,
            accelerator="cpu",
            callbacks=callbacks,
            logger=logger,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=root,
        )
        trainer.fit(module, loader, loader, ckpt_path=checkpoint)
    return trainer, module


def keeper_of(package):
    class Keeper(importlib.import_module(f"{package.__name__}.loggers.logger").Logger):
        name, version, kept = "keeper", 0, None

        def log_metrics(self, metrics, step=None):
            if "memory/index" in metrics:
                self.kept = [*(self.kept or []), (step, metrics)]

        def log_hyperparams(self, *_):
            pass

    return Keeper()


def net_of(module):
    return lambda x, t: module.net(x.float())


@pytest.mark.parametrize("package", REAL)
def test_a_real_trainer_logs_it_and_trains_as_without_it(package, tmp_path, monkeypatch):
    callback, package = callback_class(monkeypatch, package), importlib.import_module(package)
    seen = monitor(adapt=net_of, device="cpu")
    keeper = keeper_of(package)
    trainer, module = fit(package, tmp_path, [callback(seen)], logger=keeper)
    assert [look["step"] for look in seen.history] == [1, 5, 10, 15, 20]
    assert float(trainer.callback_metrics["memory/index"]) == pytest.approx(seen.history[-1]["memory/index"], abs=1e-6)
    assert [step for step, _ in keeper.kept] == [1, 5, 10, 15, 20], "every look, though the Trainer keeps every 50th"
    plain = fit(package, tmp_path, [])[1]
    assert torch.equal(plain.net.weight, module.net.weight)


@pytest.mark.parametrize("package", REAL)
def test_early_stopping_finds_the_last_look_at_the_end_of_an_epoch(package, tmp_path, monkeypatch):
    callback, package = callback_class(monkeypatch, package), importlib.import_module(package)
    seen = monitor(adapt=net_of, device="cpu", every=20)  # it looks in the first epoch, not in the second
    found = importlib.import_module(f"{package.__name__}.callbacks")
    early = found.EarlyStopping("memory/share", mode="min", patience=1)
    fit(package, tmp_path, [callback(seen), early])
    assert early.stopped_epoch == 1, "the same number again is no improvement"


@pytest.mark.parametrize("package", REAL)
def test_several_optimizer_steps_a_batch(package, tmp_path, monkeypatch):
    callback, package = callback_class(monkeypatch, package), importlib.import_module(package)
    seen = monitor(adapt=net_of, device="cpu")
    fit(package, tmp_path, [callback(seen)], epochs=1, optimizers=2)
    assert [look["step"] for look in seen.history] == [2, 6, 10, 16]


@pytest.mark.parametrize("package", REAL)
def test_a_resumed_training_goes_on_with_the_looks_spent(package, tmp_path, monkeypatch):
    callback, package = callback_class(monkeypatch, package), importlib.import_module(package)
    whole, half, resumed = (monitor(adapt=net_of, device="cpu") for _ in range(3))
    fit(package, tmp_path, [callback(whole)])
    trainer = fit(package, tmp_path, [callback(half)], epochs=2)[0]
    trainer.save_checkpoint(tmp_path / "half.ckpt")
    assert len(half.history) == 4
    fit(package, tmp_path, [callback(resumed)], checkpoint=tmp_path / "half.ckpt")
    assert resumed.history == whole.history
    limits = [look["memory/share_limit"] for look in resumed.history]
    assert np.all(np.diff(limits) > 0), "the band widens"
