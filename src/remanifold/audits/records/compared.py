"""What a comparison of models says of each, on the same rows, noise levels and noise."""

import json
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from remanifold._core.estimate import Estimate
from remanifold._core.shown import plain_json
from remanifold._core.version import __version__
from remanifold.noise import MeasuredLevel


@dataclass(frozen=True)
class ComparedSamples:
    """What samples of one model say, beside the training and the hold-out rows; see `audit_copies`.

    Attributes:
        n: Samples.
        verdict: "remembers", "no sign" or "cannot tell", of these samples by themselves.
        named: Samples that are named as copies.
        exact: Samples that equal a training row.
        closer_share: Share of samples nearer to training than to hold-out rows; None where there is none.
        closer_null: The share expected without copying.
        told: The verdict in a sentence.
    """

    n: int
    verdict: str
    named: int
    exact: int
    closer_share: float | None
    closer_null: float | None
    told: str = ""


@dataclass(frozen=True)
class ComparedModel:
    """One model of a comparison. Losses are those of the noise, E|w_hat - w|^2/N = E|m(x_t) - xi|^2/(N t).

    Attributes:
        name: As it was given.
        step: Training steps, where the names of all models differ in one number, which is taken for that; else None.
        description: How it was made a denoiser.
        index: Memory index: 0 no memory, 1 the empirical score; None where the exact gap is not resolved.
        told_apart: P(loss of a training row < loss of a hold-out row), ranks corrected for how hard rows are.
        p_value: Of the test of memory in all rows.
        adjusted: The same, adjusted for all models by Holm's method.
        remembers: Whether ``adjusted`` is below the level and nothing speaks against the hold-out.
        training_loss, holdout_loss: Mean over the levels of the comparison; errors over rows.
        index_change, training_change, holdout_change: Minus those of the model before; errors of these differences,
            whose rows and noise are the same. None for the first model.
        note: What to know of it, or "".
        samples: What its samples say; None where none were asked for.
    """

    name: str
    step: int | None
    description: str
    index: Estimate | None
    told_apart: Estimate
    p_value: float
    adjusted: float
    remembers: bool
    training_loss: Estimate
    holdout_loss: Estimate
    index_change: Estimate | None
    training_change: Estimate | None
    holdout_change: Estimate | None
    note: str = ""
    samples: ComparedSamples | None = None


@dataclass(frozen=True, repr=False)
class ComparisonRecord:
    """Models side by side; make it by `remanifold.audits.compare_models`.

    Attributes:
        models: In the order in which they were given.
        first: Name of the first model that is shown to remember training rows; None where none is, or where doubts
            forbid to say so.
        least_holdout: Name of the model with the least hold-out loss.
        t_collapse: t_c of the training rows.
        t: Noise variances of index and losses, ascending.
        source, holdout_source: Where the training and the hold-out rows came from.
        n_training, n_holdout: Rows that every model was asked about.
        draws: Noise draws a row and level.
        evaluations: Rows that all models were asked about together.
        seed: Of the choice of rows and of the noise.
        level: Chance of a false alarm, all models together.
        doubts: Why the hold-out may be wrong, one clause each.
        notes: What else to know.
        shape: Of one row.
        schema_version: Of the JSON.
        version: Of remanifold.
    """

    models: tuple[ComparedModel, ...]
    first: str | None
    least_holdout: str
    t_collapse: MeasuredLevel
    t: tuple[float, ...]
    source: str
    holdout_source: str
    n_training: int
    n_holdout: int
    draws: int
    evaluations: int
    seed: int
    level: float
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    schema_version: str = "1"
    version: str = __version__

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and text; an estimate is [value, standard error]."""
        return _plain(self)

    def to_json(self) -> str:
        """Strict JSON text."""
        return plain_json(json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, MeasuredLevel | Estimate):
        return [value.value, value.stderr]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
