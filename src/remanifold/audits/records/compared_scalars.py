"""A comparison of models as flat named numbers, for experiment trackers."""

import math
from collections.abc import Iterator

from remanifold.audits.records.compared import ComparedModel, ComparisonRecord


def compared_scalars(report: ComparisonRecord) -> dict[str, float]:
    """The numbers of ``report`` by name; a number that does not exist is left out.

    ``n_models``, ``n_remembering``, ``first_remembering`` and ``least_holdout``, the places from 0 of these models, and
    their steps ``first_remembering_step`` and ``least_holdout_step`` where they are known. Of each model NAME:
    ``NAME/index``, ``NAME/told_apart``, ``NAME/training_loss`` and ``NAME/holdout_loss``, each with ``_stderr``, and
    ``NAME/evidence``, -log10 of its p-value adjusted for all models; with samples ``NAME/closer_share``,
    ``NAME/named_samples`` and ``NAME/exact_copies``, shares of the samples.
    """
    places = {model.name: place for place, model in enumerate(report.models)}
    numbers: dict[str, float | None] = {"n_models": len(places)}
    numbers["n_remembering"] = sum(model.remembers for model in report.models)
    for key, name in (("first_remembering", report.first), ("least_holdout", report.least_holdout)):
        if name is not None:
            numbers |= {key: places[name], f"{key}_step": report.models[places[name]].step}
    for model in report.models:
        numbers |= {f"{model.name}/{key}": value for key, value in _of_model(model)}
    return {name: float(value) for name, value in numbers.items() if value is not None and math.isfinite(value)}


def _of_model(model: ComparedModel) -> Iterator[tuple[str, float]]:
    for key in ("index", "told_apart", "training_loss", "holdout_loss"):
        value = getattr(model, key)
        if value is not None:
            yield from ((key, value.value), (f"{key}_stderr", value.stderr))
    yield "evidence", -math.log10(max(model.adjusted, 1e-300))
    drawn = model.samples
    if drawn is not None:
        yield from (("named_samples", drawn.named / drawn.n), ("exact_copies", drawn.exact / drawn.n))
        if drawn.closer_share is not None:
            yield "closer_share", drawn.closer_share
