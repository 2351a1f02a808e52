"""How long may a network be trained before it remembers its rows? A bound with a width, from pilots on fewer rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remanifold._core.checks import positive, whole
from remanifold._core.errors import refusal, require
from remanifold.measures.memory.monitor import MemorizationMonitor
from remanifold.measures.memory.training_steps import doubling, step_at

ALARM = 0.1  # of the index: where a monitor of some 150 rows a side begins to warn
_EARLY, _LATE = 1.5, 2.5
_LARGEST_RATIO, _FEWEST_ROWS = 8.0, 50
_SPARE, _SLOW = 5.0, 3.0  # weights a training number; tau(2y)/tau(y) above which weights run short
_NOISES = (1 / 16, 1 / 4)  # of t_c of all rows
_SAME = 0.02  # relative, of a noise level


@dataclass(frozen=True)
class TrainingBound:
    """When the memory index of a network reaches .1, in training steps.

    Attributes:
        not_before: Earliest step: never seen earlier than .73 of ``expected`` in 153 trainings; this is 1/1.5 of it.
        expected: The pilots' step times the ratio of rows, as memory at a fixed noise takes steps in proportion to them
            or longer.
        probably_by: 2.5 times ``expected`` where the network has at least 5 weights for each training number and the
            pilots' memory doubled quickly enough; else None: it may come much later, or never.
        ratio: Rows of the training over those of a pilot.
        weights_per_number: Weights of the network over numbers of the training rows.
        pilot_steps: Of each pilot.
        doubling: tau(2y)/tau(y) of the pilots, mean; None if none has doubled.
        t: Noise variance at which the index is meant, squared data units.
    """

    not_before: float
    expected: float
    probably_by: float | None
    ratio: float
    weights_per_number: float
    pilot_steps: tuple[float, ...]
    doubling: float | None
    t: float

    def __str__(self) -> str:
        if self.probably_by is not None:
            late = f"probably by step {self.probably_by:.3g}"
        else:
            late = "when, is not known: the network has few weights for these rows, and may never remember them"
        return (
            f"At noise sigma = {math.sqrt(self.t):.4g} the memory index reaches {ALARM:g} not before step "
            f"{self.not_before:.3g}; {late}."
        )


def training_bound(
    pilots: Sequence[MemorizationMonitor],
    *,
    n_rows: int,
    n_weights: int,
    t_collapse: float,
    learning_rate_decays: bool,
    weight_decay: float,
    class_conditional: bool = False,
) -> TrainingBound:
    """Bound the step at which a network trained on ``n_rows`` rows begins to remember them.

    Train the same network, with the same rate, batch and augmentation, on one to three disjoint parts of ``n_rows``/4
    rows, each watched by a `MemorizationMonitor` with ``levels=[t_collapse / 16]`` or ``[t_collapse / 4]``, where
    ``t_collapse`` is that of ALL rows, until its index is above .1.
    Source: measured on some 200 residual networks of up to 1400 rows; held in one of 2000 rows, and in UNets of 200 and
    400, larger ones were not tried (docs/howto/monitor.md). The scaling is that of arXiv 2505.17638.

    Main arguments:
        pilots: Monitors that watched the pilots, each another; they know the rows of these.
        n_rows: Rows of the training to come.
        n_weights: Weights of the network.
        t_collapse: t_c of all ``n_rows`` rows (`noise_profile`), squared data units.

    Other arguments:
        learning_rate_decays: Whether the rate falls during training: then there is no bound.
        weight_decay: Of AdamW; from 1 on there is no bound.
        class_conditional: Whether the network takes classes: not measured, so there is no bound.

    Raises:
        InvalidInput: for what was not measured (decaying rates, strong weight decay, networks with classes, pilots of
            less than 50 rows or of less than an eighth of the rows, other noise), or pilots that did not reach an index
            of .1, or were above it at their first look.

    See also:
        `MemorizationMonitor`; docs/howto/monitor.md has the recipe.
    """
    require(len(pilots) > 0, "a bound needs pilots", "none", "train on a quarter of the rows first")
    n_rows, n_weights = whole("`n_rows`", n_rows, least=1), whole("`n_weights`", n_weights, least=1)
    sizes = sorted({pilot.n_points for pilot in pilots})
    if sizes[0] < _FEWEST_ROWS or sizes[-1] > n_rows or len(sizes) > 1:
        need = f"pilots must have as many rows as each other, at least {_FEWEST_ROWS} and at most {n_rows}"
        raise refusal(need, " and ".join(map(str, sizes)), "train each on a quarter of the rows")
    require(len(set(map(id, pilots))) == len(pilots), "pilots must be different trainings", "one twice", "pass it once")
    t_collapse, ratio = positive("`t_collapse`", t_collapse), n_rows / sizes[0]
    if ratio > _LARGEST_RATIO:
        raise refusal("pilots must have at least an eighth of the rows", f"1 of {ratio:.3g}", "train on a quarter")
    require(not learning_rate_decays, "the bound holds for a constant rate", "one that falls", "watch the training")
    require(not class_conditional, "the bound holds without classes", "a network with classes", "watch the training")
    if not 0 <= weight_decay < 1:
        raise refusal("the bound holds for a weight decay below 1", weight_decay, "watch the training instead")
    t = _noise_of(pilots, t_collapse)
    steps = tuple(_alarm(pilot, number) for number, pilot in enumerate(pilots))
    doublings = [found for pilot in pilots if (found := doubling(pilot.history)) is not None]
    slow = float(np.mean(doublings)) if doublings else None
    expected = ratio * math.exp(float(np.mean(np.log(steps))))
    weights = n_weights / (n_rows * pilots[0].ambient_dim)
    spare = weights >= _SPARE and (slow is None or slow <= _SLOW)
    by = _LATE * expected if spare else None
    return TrainingBound(expected / _EARLY, expected, by, ratio, weights, steps, slow, t)


def _noise_of(pilots: Sequence[MemorizationMonitor], t_collapse: float) -> float:
    """The one noise variance at which all pilots were watched."""
    watched = {float(t) for pilot in pilots for t in pilot.t if t <= t_collapse}
    near = [part for part in _NOISES if watched and abs(min(watched) / (part * t_collapse) - 1) <= _SAME]
    if len(watched) != 1 or not near:
        got = (
            f"t = {', '.join(f'{t:.4g}' for t in sorted(watched))} where t_c = {t_collapse:.4g}" if watched else "none"
        )
        do = "make the monitors with levels=[t_collapse / 16]"
        raise refusal("pilots must be watched at t_collapse / 16 or / 4 of all rows, one of them", got, do)
    return watched.pop()


def _alarm(pilot: MemorizationMonitor, number: int) -> float:
    """The step at which the pilot's index reached .1."""
    if not all(math.isfinite(look["memory/index"]) for look in pilot.history):
        raise refusal("the memory index must be known at every look", f"nan in pilot {number}", "take more rows")
    found = step_at(pilot.history, ALARM)
    if found is None:
        highest = max((look["memory/index"] for look in pilot.history), default=0.0)
        got = f"{highest:.3g} at most in pilot {number}"
        raise refusal(f"each pilot must reach a memory index of {ALARM:g}", got, "train it longer")
    if pilot.history[0]["memory/index"] >= ALARM or found <= max(pilot.history[0]["step"], 1.0):
        got = f"pilot {number}, above at its first look"
        raise refusal(f"each pilot must be watched from below an index of {ALARM:g}", got, "look more often")
    return found
