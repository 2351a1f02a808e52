"""The monitor of memory as a callback of Lightning. Nothing else imports this module, which needs Lightning."""

import sys
from importlib import import_module
from typing import Any

from remanifold._core.errors import InvalidInput
from remanifold.measures.memory.monitor import MemorizationMonitor

_PACKAGES = ("lightning.pytorch", "pytorch_lightning")


def callback_base() -> type:
    """`Callback` of the Lightning that is in use: the one imported already, else the first that is installed.

    Raises:
        InvalidInput: if there is none; the sentence has the command that installs it.
    """
    for name in sorted(_PACKAGES, key=lambda name: name not in sys.modules):
        try:
            return import_module(name).Callback
        except ImportError:
            continue
    raise InvalidInput(
        "a callback of Lightning needs the package lightning (or pytorch_lightning), but got neither here; "
        "run pip install lightning."
    )


_Callback: Any = callback_base()  # the two packages have the same hooks, and call them by name


class MemorizationCallback(_Callback):
    """Let a `MemorizationMonitor` look while a Lightning Trainer trains.

    It looks after batches at whose `global_step` the monitor is due, however many optimizer steps a batch takes, and
    never in a sanity check or validation. Of several processes the first alone looks, at its own copy of the module
    (so the module must not be sharded); all get what it found, so that all log and stop alike.

    The numbers of a look go to `log_dict`, where `EarlyStopping` and others find them, and straight to the loggers: of
    what `log_dict` is given, a Trainer hands on every `log_every_n_steps`-th batch only, which is seldom one of a look.
    The state of the monitor is in every checkpoint of the Trainer, so that a resumed training goes on with the looks
    already spent.

    Attributes:
        monitor: Its ``adapt`` makes a denoiser of the LightningModule, e.g. ``lambda module: from_edm(module.net)``.
        stop: Whether training stops when the null band is left.
    """

    def __init__(self, monitor: MemorizationMonitor, *, stop: bool = False) -> None:
        """Watch by ``monitor``; with ``stop``, end the training after the batch at which it warns."""
        super().__init__()
        self.monitor, self.stop = monitor, stop

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Look if it is time.

        Raises:
            InvalidInput: see `MemorizationMonitor.update`.
        """
        step = trainer.global_step
        if not self.monitor.due(step):
            return
        if trainer.is_global_zero:
            self.monitor.update(pl_module, step)
        if trainer.world_size > 1:
            self.monitor.load_state_dict(trainer.strategy.broadcast(self.monitor.state_dict()))
        scalars = {name: value for name, value in self.monitor.history[-1].items() if name != "step"}
        pl_module.log_dict(scalars, on_step=True, on_epoch=False, logger=False)
        for logger in trainer.loggers:
            logger.log_metrics(scalars, step=step)
        if self.stop and self.monitor.warned_at is not None:
            trainer.should_stop = True

    def state_dict(self) -> dict[str, Any]:
        """Of the monitor, for the checkpoint."""
        return self.monitor.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """From a checkpoint.

        Raises:
            InvalidInput: if it is of another monitor.
        """
        self.monitor.load_state_dict(state_dict)
