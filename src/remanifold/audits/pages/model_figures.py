"""Figures of compared models: the memory index, where it is known, both losses, and what samples say."""

import math
from collections.abc import Iterable

from remanifold import plots
from remanifold._core.estimate import Estimate
from remanifold.audits.answers.compared import shown_name
from remanifold.audits.answers.numbers import with_error
from remanifold.audits.noun import noun
from remanifold.audits.records.compared import ComparedSamples, ComparisonRecord
from remanifold.plots.page.illustration import Illustration
from remanifold.plots.page.table import Table, table_of

_LONGEST = 12  # letters of a name on an axis


def model_figures(report: ComparisonRecord) -> tuple[Illustration, ...]:
    """One to three figures over the models, evenly spaced in their order."""
    row = noun(report)
    models, drawn = report.models, []
    steps = [model.step for model in models if model.step is not None]
    told = [str(step) for step in steps] if len(steps) == len(models) else [shown_name(model) for model in models]
    across = "training steps, evenly spaced" if len(steps) == len(models) else "models in the order given"
    bare = [name.rpartition("/")[2].removesuffix(".safetensors") for name in told]
    names = [name if len(name) <= _LONGEST else f"…{name[-_LONGEST:]}" for name in bare]
    index = [model.index for model in models if model.index is not None]
    if len(index) == len(models):
        drawn.append(
            Illustration(
                "index",
                "Memory index",
                f"0: the model knows training {row}s no better than others; 1: as the empirical score does. Bars are "
                f"95 % intervals over {row}s.",
                "Memory index of every model, with 95 % intervals.",
                plots.models_figure(names, {"memory index": _band(index)}, across, "memory index (no unit)"),
                _table(told, {"memory index": index}),
            )
        )
    losses = {
        f"training {row}s": [m.training_loss for m in models],
        f"hold-out {row}s": [m.holdout_loss for m in models],
    }
    bands = {words: _band(values) for words, values in losses.items()}
    shares = [_share(model.samples) for model in models]
    known = [share for share in shares if share is not None]
    if len(known) == len(models):
        words = f"nearer to training {row}s"
        drawn.append(
            Illustration(
                "samples",
                "Samples",
                f"Share of samples nearer to a training {row} than to any hold-out {row}, less the share expected "
                "without copying: 0 where nothing is copied. Bars are 95 % intervals over samples.",
                "Excess share of samples nearer to training rows, of every model, with 95 % intervals.",
                plots.models_figure(names, {words: _band(known)}, across, "excess share (no unit)"),
                _table(told, {words: known}),
            )
        )
    drawn.append(
        Illustration(
            "losses",
            "Loss of the noise",
            f"Mean over the noise levels of the table. The bars of both lines share the hardness of the {row}s: "
            "whether a change is real, the table says.",
            f"Loss of every model on training {row}s and hold-out {row}s, with 95 % intervals.",
            plots.models_figure(names, bands, across, "loss of the noise (no unit)"),
            _table(told, losses),
        )
    )
    return tuple(drawn)


def _share(samples: ComparedSamples | None) -> Estimate | None:
    """Share of samples nearer to training rows, less the expected one; binomial error."""
    if samples is None or samples.closer_share is None or samples.closer_null is None:
        return None
    part, n = samples.closer_share, samples.n
    return Estimate(part - samples.closer_null, math.sqrt(max(part * (1 - part), 1 / n) / n), n)


def _band(values: Iterable[Estimate]) -> plots.Band:
    value, stderr = zip(*((one.value, one.stderr) for one in values), strict=True)
    return value, stderr


def _table(names: list[str], curves: dict[str, list[Estimate]]) -> Table:
    rows = list(zip(names, *curves.values(), strict=True))
    return table_of(
        "Values of every model, ± one standard error",
        ("model", *curves),
        rows,
        lambda row: (row[0], *(with_error(one.value, one.stderr) for one in row[1:])),
        len(rows),
    )
