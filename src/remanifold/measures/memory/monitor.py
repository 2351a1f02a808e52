"""Watch a model for memory while it trains: a few fixed rows and noise levels, from time to time."""

import hashlib
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from remanifold._core.checks import share, whole
from remanifold._core.errors import require
from remanifold._core.tables import Table
from remanifold._core.types import Floats
from remanifold.data import PointsLike
from remanifold.measures.memory.audited_rows import audited_rows
from remanifold.measures.memory.denoising_loss import DenoisingLosses, loss_levels, noise_of_content, squared_errors
from remanifold.measures.memory.memory_index import MemoryIndex, collapse_of, exact_losses, memory_index
from remanifold.measures.memory.training_steps import doubling
from remanifold.networks.network import evaluating
from remanifold.sampling.means import LabelledMeans
from remanifold.scores.denoiser import DenoiserLike

_LEVELS = np.array([0.125, 0.25, 0.5, 2.0])  # of t_c: three where memory shows, one that tells how hard a row is


class MemorizationMonitor:
    """Call `update` at every training step; at each `every`-th it looks, at the others it returns at once.

    >>> import numpy as np, remanifold as rm
    >>> rng = np.random.default_rng(0)
    >>> train, holdout = rng.normal(size=(2, 200, 6))
    >>> monitor = rm.MemorizationMonitor(train, holdout, every=100, rows=32)
    >>> monitor.update(rm.GaussianScore(np.zeros(6), np.eye(6)), step=0)["memory/index"] < 0.5
    True

    A look asks the model about `evaluations` rows. A training step costs about three times its batch (forward and
    backward), so at the defaults, 512 rows each 200 steps, a look costs 1.3 % of training at batch 64.

    The null band: for a model that does not know the training rows from the hold-out rows the share P(training loss <
    hold-out loss) has a known law about 1/2, whatever the losses are. The k-th look spends level 6/(pi k)^2 of the
    false alarms, so that a whole training leaves the band with probability at most ``level``, however many looks.

    Attributes:
        evaluations: Rows a look asks about.
        t: Noise variances looked at.
        t_collapse: t_c of the training data.
        n_points: Rows that the model is trained on.
        ambient_dim: N.
        history: What `update` returned, look by look, with its step.
        warned_at: Step of the first look outside the band, or None.
        last: Everything about the last look, or None.

    See also:
        `remanifold.measures.memory.lightning_callback` for Lightning; `remanifold.audit` with ``model=``.
    """

    def __init__(
        self,
        training: PointsLike,
        holdout: PointsLike,
        *,
        every: int = 200,
        rows: int = 64,
        levels: Floats | Sequence[float] | None = None,
        t_collapse: float | None = None,
        adapt: Callable[..., DenoiserLike] | None = None,
        level: float = 0.05,
        seed: int = 0,
        batch: int = 128,
        device: str | None = None,
    ) -> None:
        """Choose rows and noise, and ask the exact empirical score about them once.

        Main arguments:
            training: What the model is trained on, whatever `open_points` takes.
            holdout: Rows of the same source that it is not trained on.
            every: Steps from one look to the next.
            rows: Rows a side; what a short side leaves goes to the other.

        Other arguments:
            levels: Noise variances; by default 1/8, 1/4, 1/2 and 2 times t_c.
            t_collapse: t_c of the training data; measured where it is not given.
            adapt: Makes a denoiser m(x, t) of what `update` is given, if it is none.
            level: Chance that a whole training that memorizes nothing leads to a warning.
            seed: Of rows and noise.
            batch: Rows at a time.
            device: Hand the denoiser float64 torch tensors on this device instead of numpy arrays.

        Raises:
            InvalidInput: see `network_memory`.

        """
        every, rows = whole("`every`", every, least=1, example=200), whole("`rows`", rows, least=1, example=64)
        batch, level = whole("`batch`", batch, least=1, example=128), share("the level of a test", level, example=0.05)
        sides = audited_rows(training, holdout)
        self.t_collapse = collapse_of(sides, seed) if t_collapse is None else float(t_collapse)
        self.t = loss_levels(_LEVELS * self.t_collapse if levels is None else levels)
        chosen = sides.within(2 * max(rows, 2), 1, seed)
        self._every, self._level, self._batch, self._device = every, level, batch, device
        self._adapt = adapt
        clean = {f"losses/{name}/0": points.take(numbers) for name, points, numbers in chosen.sides()}
        self._clean = np.concatenate(list(clean.values()))
        self._noise = np.concatenate([noise_of_content(seed, stream, part) for stream, part in clean.items()])
        self._shape, self._n = chosen.shape, len(chosen.training_rows)
        self.n_points, self.ambient_dim = sides.training.n_points, sides.training.ambient_dim
        self.evaluations = len(self._clean) * len(self.t)
        empty = np.empty((self._n, len(self.t))), np.empty((len(self._clean) - self._n, len(self.t)))
        self._plan = DenoisingLosses(
            self.t, *empty, chosen.training_rows, chosen.holdout_rows, 1, seed, self.evaluations
        )
        self._exact = exact_losses(sides, self._plan)
        self._identity = _identity(self._clean, self._noise, self.t, self.t_collapse, level)
        memory_index(self._exact, self._exact, self.t_collapse)  # refuses what it could never judge
        self._next = 0
        self.history: list[dict[str, float]] = []
        self.warned_at: int | None = None
        self.last: MemoryIndex | None = None

    def __repr__(self) -> str:
        looks = f"{len(self.history)} looks, one each {self._every} steps, warned_at={self.warned_at}"
        return f"MemorizationMonitor({self._n} training rows, {len(self.t)} noise levels, {looks})"

    @property
    def doubling(self) -> float | None:
        """How many times as many steps the index took to double last; above 3 the network runs short of weights."""
        return doubling(self.history)

    def due(self, step: int) -> bool:
        """Whether `update` would look at this step."""
        return step >= self._next

    def update(self, model: object, step: int) -> dict[str, float]:
        """Look at ``model`` if ``step`` is due; else return {} and do nothing.

        Args:
            model: A denoiser m(x, t), or what ``adapt`` makes one of. A torch module is put in eval mode without
                gradients for the look, and back.
            step: Number of the training step.

        Returns:
            memory/index (0 none, 1 the empirical score) and memory/index_stderr; memory/share, P(training loss <
            hold-out loss), and memory/share_limit, the end of its null band; memory/training_loss and
            memory/holdout_loss, in units of the noise, mean over levels below t_c.

        Raises:
            InvalidInput: if the model answers in another shape or not finitely.
        """
        if not self.due(step):
            return {}
        self._next = (step // self._every + 1) * self._every
        index = memory_index(self._losses(model), self._exact, self.t_collapse, level=self._spent())
        below = self.t <= self.t_collapse
        scaled = [(side / self.t)[:, below].mean() for side in (index.network.training, index.network.holdout)]
        scalars = {
            "memory/index": index.total.value,
            "memory/index_stderr": index.total.stderr,
            "memory/share": index.test.share.value,
            "memory/share_limit": self._limit(),
            "memory/training_loss": float(scaled[0]),
            "memory/holdout_loss": float(scaled[1]),
        }
        self.last = index
        self.history.append({"step": float(step), **scalars})
        self._warn(scalars, step)
        return scalars

    def state_dict(self) -> dict[str, Any]:
        """What later looks depend on, plain JSON: keep it with the checkpoint of a training that may be resumed."""
        history = [dict(look) for look in self.history]
        return {"monitor": self._identity, "next": self._next, "history": history, "warned_at": self.warned_at}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict` of a monitor made alike: the looks that it took have spent their false alarms.

        Raises:
            InvalidInput: if it is of other rows, noise, levels, t_c or level of the test.
        """
        same = isinstance(state, dict) and state.get("monitor") == self._identity
        do = "make the monitor as it was made then, or start it anew"
        require(same, "the state must be of a monitor of the same rows, noise, levels and test", "another", do)
        self._next, self.warned_at, self.last = int(state["next"]), state["warned_at"], None
        self.history = [dict(look) for look in state["history"]]

    def to_table(self) -> Table:
        """The looks, one a row."""
        names = self.history[0] if self.history else ("step",)
        columns = {name: [look[name] for look in self.history] for name in names}
        parameters = {"t": self.t.tolist(), "t_collapse": self.t_collapse, "level": self._level, "every": self._every}
        parameters |= {"evaluations": self.evaluations, "warned_at": self.warned_at, "doubling": self.doubling}
        return Table("memory during training", columns, parameters, seed=self._plan.seed)

    def _spent(self) -> float:
        """False alarms spent by the look after those of `history`; over all looks they add up to the level."""
        return self._level * 6 / (math.pi * (len(self.history) + 1)) ** 2

    def _limit(self) -> float:
        """Upper end of the null band of the share: of the Mann-Whitney statistic of exchangeable rows."""
        from scipy.special import ndtri

        n, m = self._n, len(self._clean) - self._n
        return 0.5 - float(ndtri(self._spent())) * math.sqrt((n + m + 1) / (12 * n * m))

    def _warn(self, scalars: dict[str, float], step: int) -> None:
        if self.warned_at is not None or scalars["memory/share"] <= scalars["memory/share_limit"]:
            return
        self.warned_at = step
        warnings.warn(
            f"the model can tell its training rows from hold-out rows at step {step}: its loss is lower on a training "
            f"row in {scalars['memory/share']:.0%} of pairs (without memory at most "
            f"{scalars['memory/share_limit']:.0%}), memory index {scalars['memory/index']:.3f}.",
            RuntimeWarning,
            stacklevel=3,
        )

    def _losses(self, model: object) -> DenoisingLosses:
        out = np.empty((len(self._clean), len(self.t)))
        module = model if isinstance(model, torch.nn.Module) else None
        with evaluating(module, torch.no_grad):  # what the module keeps for later may be trained on
            denoiser: Any = model if self._adapt is None else self._adapt(model)
            means = LabelledMeans(denoiser, None, self._device)
            for start in range(0, len(out), self._batch):
                part = slice(start, start + self._batch)
                out[part] = squared_errors(means, self._shape, self._clean[part], self._noise[part], self.t)
        return replace(self._plan, training=out[: self._n], holdout=out[self._n :])


def _identity(*numbers: Any) -> str:
    digest = hashlib.sha256()
    for number in numbers:
        digest.update(np.ascontiguousarray(number, dtype=np.float64).tobytes())
    return digest.hexdigest()
