"""A report as flat named numbers: for experiment trackers and for ``--fail-above NAME=VALUE``."""

import math
from collections.abc import Iterator

from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.audits.records.network import NetworkRecord
from remanifold.audits.records.samples import OF_TABLES, WITH_HOLDOUT, WITHOUT_HOLDOUT, CopiesRecord
from remanifold.noise import MeasuredLevel

_TIMES = ("t_onset", "t_collapse", "t_generalization")
_FORMS = ("{0}", "{0}_stderr", "sigma_{1}", "sigma_{1}_stderr", "sigma_{1}_in_data_std")
_ALWAYS = (
    "n_points", "n_groups", "duplicate_groups", "duplicate_rows", "duplicate_share", "most_exposed_t",
    "most_exposed_t_stderr", "most_exposed_sigma", "collapse_ratio_to_gaussian",
    "collapse_ratio_to_gaussian_of_this_size",
)  # fmt: skip
_HOLDOUT = (
    "holdout_n", "holdout_overlap", "holdout_overlap_share", "holdout_closer_share", "holdout_closer_share_stderr",
    "holdout_closer_share_z", "holdout_t_generalization", "holdout_t_generalization_stderr", "holdout_z",
)  # fmt: skip
_MODEL = (
    "model_memory_index", "model_memory_index_stderr", "model_memory_index_low", "model_told_apart",
    "model_told_apart_stderr", "model_remembered_rows", "model_returned_excess",
)  # fmt: skip
_GROUPS = ("all rows", "a few rows", "duplicates", "near copies", "most exposed", "named rows", "classes")
_EXCESS = "samples_closer_share_excess"


def known_scalars(has_holdout: bool, has_model: bool = False, has_samples: bool = False) -> tuple[str, ...]:
    """Every name that `scalars_of` can give, whatever the data; known before any work starts.

    With a model: the memory index (0 none, 1 the empirical score) with its error and the lower end of its 95 %
    interval, the chance that a training row has a lower loss than a hold-out one, how many rows are named as
    remembered, by how much more training rows than hold-out rows return from the collapse, and for each group of rows
    that was tested ``model_evidence_*``, -log10 of its p-value adjusted for all tests; of classes the largest.

    For each of onset, collapse and generalization: ``t_*`` (squared data units), ``sigma_*`` (data units), both with
    ``_stderr``, and ``sigma_*_in_data_std``. ``duplicate_rows`` counts rows with a duplicate or near duplicate,
    ``duplicate_share`` divides by ``n_points``. ``collapse_ratio_to_gaussian``: measured t_collapse over the
    Gaussian's asymptotic one, ``collapse_ratio_to_gaussian_of_this_size`` over the exact one.

    With a hold-out, ``holdout_closer_share`` has the null value 0.5, ``holdout_closer_share_z`` is its
    distance from 0.5 and ``holdout_z`` that of the two log t_generalization, in standard errors. Both are distances,
    never negative: a hold-out too near and one too far exceed the same limit.

    With samples, the numbers of `remanifold copies` begin with ``samples_``: among them ``samples_closer_share`` with
    its distance from the null, ``samples_closer_share_excess``, ``samples_named`` and ``samples_evidence``, -log10 of
    the p-value of all tests together.
    """
    times = tuple(form.format(name, name.removeprefix("t_")) for name in _TIMES for form in _FORMS)
    given = (_HOLDOUT if has_holdout else ()) + (_MODEL + tuple(map(_evidence, _GROUPS)) if has_model else ())
    if has_samples:
        given += tuple(map(_name, WITHOUT_HOLDOUT + (WITH_HOLDOUT + OF_TABLES if has_holdout else ())))
        given += (_EXCESS,) if has_holdout else ()
    return times + _ALWAYS + given


def _evidence(group: str) -> str:
    """Of a group of rows: ``model_evidence_near_copies``."""
    return f"model_evidence_{group.replace(' ', '_')}"


def _name(number: str) -> str:
    """Of a number of samples: ``samples_named``, not ``samples_named_samples``."""
    return f"samples_{number.removesuffix('_samples')}"


def scalars_of(report: AuditRecord) -> dict[str, float]:
    """The numbers of ``report`` by name, in the order of `known_scalars`; a number that does not exist is left out."""
    numbers: dict[str, float | None] = {}
    for name in _TIMES:
        level: MeasuredLevel | None = getattr(report, name)
        if level is not None:
            values = (level.value, level.stderr, level.sigma, level.sigma_stderr, level.sigma / report.data.std)
            numbers |= zip((form.format(name, name.removeprefix("t_")) for form in _FORMS), values, strict=True)
    numbers |= zip(_ALWAYS, _of_data(report), strict=True)
    if report.holdout is not None:
        numbers |= zip(_HOLDOUT, _of_holdout(report.holdout), strict=True)
    if report.model is not None:
        numbers |= zip(_MODEL, _of_model(report.model))
        for test in report.model.tests:
            name = _evidence("classes" if test.name.startswith("class ") else test.name)
            numbers[name] = max(numbers.get(name) or 0.0, -math.log10(max(test.adjusted, 1e-300)))
    if report.samples is not None:
        numbers |= _samples_scalars(report.samples)
    return {name: float(value) for name, value in numbers.items() if value is not None and math.isfinite(value)}


def _samples_scalars(samples: CopiesRecord) -> dict[str, float]:
    numbers = {_name(number.name): number.value for number in samples.numbers}
    closer = samples.number("closer_share")
    if closer is not None and closer.null is not None:
        numbers[_EXCESS] = closer.value - closer.null
    return numbers


def _of_model(model: NetworkRecord) -> Iterator[float]:
    if model.index is None or model.interval is None or model.told_apart is None:
        return
    yield from (model.index.value, model.index.stderr, model.interval[0])
    yield from (model.told_apart.value, model.told_apart.stderr, len(model.remembered))
    if model.turns:
        middle = model.turns[len(model.turns) // 2]
        yield middle.training.value - middle.holdout.value


def _of_data(report: AuditRecord) -> Iterator[float | None]:
    rows = sum(len(group.members) for group in report.duplicates)
    yield from (report.data.n_points, report.data.n_groups, len(report.duplicates), rows, rows / report.data.n_points)
    first = report.exposure[0].t if report.exposure else None
    yield from (None, None, None) if first is None else (first.value, first.stderr, first.sigma)
    for reference in (report.gaussian_reference, report.gaussian_reference and report.gaussian_reference.finite_size):
        yield None if reference is None else reference.collapse_ratio


def _of_holdout(holdout: HoldoutCheck) -> Iterator[float | None]:
    yield from (holdout.n, holdout.n_overlapping, holdout.n_overlapping / holdout.n)
    yield from (holdout.closer_share.value, holdout.closer_share.stderr)
    yield holdout.closer_z and abs(holdout.closer_z)
    best = holdout.t_generalization
    yield from (None, None) if best is None else (best.value, best.stderr)
    yield holdout.z and abs(holdout.z)
