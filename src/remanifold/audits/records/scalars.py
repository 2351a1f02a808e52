"""A report as flat named numbers: for experiment trackers and for ``--fail-above NAME=VALUE``."""

import math

from remanifold.audits.answers.numbers import sigma_error
from remanifold.audits.records.network import ModelReport
from remanifold.audits.records.samples import WITH_HOLDOUT, WITHOUT_HOLDOUT, CopiesRecord
from remanifold.audits.report import AuditReport, HoldoutCheck, MeasuredTime

_TIMES = ("t_onset", "t_collapse", "t_generalization")
_FORMS = ("{0}", "{0}_stderr", "sigma_{1}", "sigma_{1}_stderr", "sigma_{1}_in_data_std")
_ALWAYS = (
    "n_points",
    "n_groups",
    "duplicate_groups",
    "duplicate_rows",
    "duplicate_share",
    "most_exposed_t",
    "most_exposed_t_stderr",
    "most_exposed_sigma",
    "collapse_ratio_to_gaussian",
    "collapse_ratio_to_gaussian_of_this_size",
)
_HOLDOUT = (
    "holdout_n",
    "holdout_overlap",
    "holdout_overlap_share",
    "holdout_closer_share",
    "holdout_closer_share_stderr",
    "holdout_closer_share_z",
    "holdout_t_generalization",
    "holdout_t_generalization_stderr",
    "holdout_z",
)


_MODEL = (
    "model_memory_index",
    "model_memory_index_stderr",
    "model_memory_index_low",
    "model_told_apart",
    "model_told_apart_stderr",
    "model_remembered_rows",
    "model_returned_excess",
)
_EXCESS = "samples_closer_share_excess"


def known_scalars(has_holdout: bool, has_model: bool = False, has_samples: bool = False) -> tuple[str, ...]:
    """Every name that `scalars_of` can give, whatever the data; known before any work starts.

    With a model: the memory index (0 none, 1 the empirical score) with its error and the lower end of its 95 %
    interval, the chance that a training row has a lower loss than a held-out one, how many rows are named as
    remembered, and by how much more training rows than held-out rows return from the collapse.

    For each of onset, collapse and generalization: ``t_*`` (squared data units), ``sigma_*`` (data units), both with
    ``_stderr``, and ``sigma_*_in_data_std``. ``duplicate_rows`` counts rows that share their point with another row,
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
    given = (_HOLDOUT if has_holdout else ()) + (_MODEL if has_model else ())
    return times + _ALWAYS + given + _of_samples(has_holdout, has_samples)


def _of_samples(has_holdout: bool, has_samples: bool) -> tuple[str, ...]:
    if not has_samples:
        return ()
    names = tuple(map(_name, WITHOUT_HOLDOUT + (WITH_HOLDOUT if has_holdout else ())))
    return names + ((_EXCESS,) if has_holdout else ())


def _name(number: str) -> str:
    """Of a number of samples: ``samples_named``, not ``samples_named_samples``."""
    return f"samples_{number.removesuffix('_samples')}"


def scalars_of(report: AuditReport) -> dict[str, float]:
    """The numbers of ``report`` by name, in the order of `known_scalars`; a number that does not exist is left out."""
    found: dict[str, float] = {}
    for name in _TIMES:
        time: MeasuredTime | None = getattr(report, name)
        if time is not None:
            found |= _time_scalars(name, time, report.data.std)
    found |= _data_scalars(report)
    if report.holdout is not None:
        found |= _holdout_scalars(report.holdout)
    if report.model is not None:
        found |= _model_scalars(report.model)
    if report.samples is not None:
        found |= _samples_scalars(report.samples)
    return {name: float(value) for name, value in found.items() if math.isfinite(value)}


def _samples_scalars(samples: CopiesRecord) -> dict[str, float]:
    found = {_name(number.name): number.value for number in samples.numbers}
    closer = samples.number("closer_share")
    if closer is not None and closer.null is not None:
        found[_EXCESS] = closer.value - closer.null
    return found


def _model_scalars(model: ModelReport) -> dict[str, float]:
    if model.index is None or model.interval is None or model.told_apart is None:
        return {}
    values = (*model.index, model.interval[0], *model.told_apart, len(model.remembered))
    found: dict[str, float] = dict(zip(_MODEL, map(float, values)))
    if model.turns:
        middle = model.turns[len(model.turns) // 2]
        found["model_returned_excess"] = middle.training[0] - middle.holdout[0]
    return found


def _time_scalars(name: str, time: MeasuredTime, std: float) -> dict[str, float]:
    sigma = math.sqrt(time.value)
    values = (time.value, time.stderr, sigma, sigma_error(time.value, time.stderr), sigma / std)
    return {form.format(name, name.removeprefix("t_")): value for form, value in zip(_FORMS, values)}


def _data_scalars(report: AuditReport) -> dict[str, float]:
    rows = sum(len(group.members) for group in report.duplicates)
    found: dict[str, float] = {
        "n_points": report.data.n_points,
        "n_groups": report.data.n_groups,
        "duplicate_groups": len(report.duplicates),
        "duplicate_rows": rows,
        "duplicate_share": rows / report.data.n_points,
    }
    if report.exposure:
        first = report.exposure[0]
        found["most_exposed_t"] = first.t
        found["most_exposed_t_stderr"] = first.stderr
        found["most_exposed_sigma"] = math.sqrt(first.t)
    if report.gaussian_reference is not None:
        found["collapse_ratio_to_gaussian"] = report.gaussian_reference.collapse_ratio
        if report.gaussian_reference.finite_size is not None:
            ratio = report.gaussian_reference.finite_size.collapse_ratio
            found["collapse_ratio_to_gaussian_of_this_size"] = ratio
    return found


def _holdout_scalars(holdout: HoldoutCheck) -> dict[str, float]:
    overlap = len({row for row, _, _ in holdout.overlap})
    found: dict[str, float] = {
        "holdout_n": holdout.n,
        "holdout_overlap": overlap,
        "holdout_overlap_share": overlap / holdout.n,
        "holdout_closer_share": holdout.closer_share,
        "holdout_closer_share_stderr": holdout.closer_share_stderr,
    }
    if holdout.closer_share_stderr > 0:
        found["holdout_closer_share_z"] = abs(holdout.closer_share - 0.5) / holdout.closer_share_stderr
    if holdout.t_generalization is not None:
        found["holdout_t_generalization"] = holdout.t_generalization.value
        found["holdout_t_generalization_stderr"] = holdout.t_generalization.stderr
    if holdout.z is not None:
        found["holdout_z"] = abs(holdout.z)
    return found
