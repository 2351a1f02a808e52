"""The audit: one call from anybody's data to the answer when a diffusion model memorizes it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from remanifold._core.errors import refusal
from remanifold._core.progress import Progress, silent
from remanifold._core.version import __version__
from remanifold.audits.data.classes import class_times
from remanifold.audits.data.exposed import exposed_samples
from remanifold.audits.data.facts import data_facts, notes_of
from remanifold.audits.data.gallery import gallery, pictures_of
from remanifold.audits.data.holdout import check_holdout
from remanifold.audits.data.manifold_fit import nearest_manifold
from remanifold.audits.data.needs import sample_needs
from remanifold.audits.data.reference import reference_of
from remanifold.audits.data.times import profile_table, time_fields
from remanifold.audits.inputs import AuditInputs, AuditOptions, open_inputs
from remanifold.audits.network.audit import model_of
from remanifold.audits.network.classes import classes_of
from remanifold.audits.network.task import AuditedNetwork
from remanifold.audits.records.models import GaussianReference, ManifoldFit
from remanifold.audits.report import SCHEMA_VERSION, AuditReport, DuplicateGroup, HoldoutCheck
from remanifold.audits.samples.within import given_samples, with_samples
from remanifold.data import Survey, survey
from remanifold.measures import (
    Duplicates,
    NoiseProfile,
    SweepParts,
    class_shift,
    default_distance,
    exact_copies,
    find_duplicates,
    noise_profile,
    thread_count,
)

_DRAWN_PAIRS = 2 * 10**7  # draws times pairs of points


def audit(
    data: Any,
    *,
    holdout: Any = None,
    labels: Any = None,
    max_queries: int = 2000,
    seed: int = 0,
    memory: str | float = "4GB",
    threads: int | None = None,
    device: str = "cpu",
    duplicate_distance: float | None = None,
    target_sigma: float | Sequence[float] = (),
    resize: int | tuple[int, int] | None = None,
    key: str | None = None,
    fit_manifold: bool = False,
    part_file: str | Path | None = None,
    profiler: Callable[..., NoiseProfile] = noise_profile,
    model: Any = None,
    samples: Any = None,
    progress: Progress = silent,
) -> AuditReport:
    """Tell at which noise a data set is memorized, and what to do about it.

    Args:
        data: Array, tensor, torch Dataset, `Points`, or a path (see `remanifold.open_points`): (P, *shape).
        holdout: Rows that are not in the data, from the same source: (Q, *shape). A negative control.
        labels: One label a row: array or path. By default those that come with the data.
        max_queries: Rows looked at closely, at random where there are more.
        seed: Of that choice and of all noise. Same seed, same report, whatever the threads and memory, up to round-off.
        memory: Budget, e.g. "4GB".
        threads: Threads; all cores of the process by default.
        device: Torch device.
        duplicate_distance: Rows at this distance or less count as one point, data units. By default 0.01 times the
            median distance of a distinct row to its nearest other.
        target_sigma: Noise levels (data units) down to which the collapse is to be pushed: how many samples?
        resize: Side or (height, width) to which pictures of a folder are brought.
        key: Which array of a file that holds several.
        fit_manifold: Also fit the hidden manifold whose theory comes nearest to the measured profile.
        part_file: File that keeps the sums of finished queries until the report is ready, so that a second call with
            the same arguments goes on where the first was interrupted or killed.
        model: A trained network as a `Denoiser`, or an `AuditedNetwork` that says more: does it remember these rows?
            Needs a hold-out.
        samples: Samples of a network that was trained on the data, (M, *shape): are they copies of its rows? Without a
            hold-out only exact copies can be named.
        profiler: What measures the noise profile, with the arguments of `noise_profile`.
        progress: Told (stage, done, total).

    Returns:
        The report; noise variances t in squared data units.

    Raises:
        InvalidInput: for data or options that cannot be used, in one sentence, before any work where possible.
    """
    targets = (target_sigma,) if isinstance(target_sigma, (int, float)) else tuple(target_sigma)
    options = AuditOptions(max_queries, seed, memory, threads, device, duplicate_distance, targets, fit_manifold)
    inputs = open_inputs(data, holdout, labels, resize, key, samples)
    task = (
        model
        if model is None or isinstance(model, AuditedNetwork)
        else AuditedNetwork(model, type(model).__name__, "as given")
    )
    if task is not None:
        classes_of(task, inputs)  # refuses missing ones before any work
    share = options.survey_bytes
    facts = survey(inputs.points, memory=share, progress=progress)
    fresh_facts = None if inputs.holdout is None else survey(inputs.holdout, memory=share, progress=progress)
    parts = None if part_file is None else SweepParts(part_file, _identity(inputs, facts, fresh_facts))
    twins = _duplicates(inputs, options, progress)
    made = given_samples(inputs, options, facts, fresh_facts, twins.distance, progress)
    n_distinct = len(twins.distinct)
    profile = profiler(
        inputs.points,
        rows=twins.distinct,
        max_queries=max_queries,
        n_draws=draws_for(min(max_queries, n_distinct), n_distinct),
        seed=seed,
        memory=memory,
        threads=threads,
        device=device,
        part_file=parts,
        progress=progress,
    )
    report = _report(inputs, options, facts, fresh_facts, twins=twins, profile=profile, parts=parts, progress=progress)
    if made is not None:
        report = with_samples(report, made, inputs, twins, options, progress)
    if task is not None:
        found = model_of(task, inputs, report, twins, profile, progress)
        shown = pictures_of(inputs, [item.row for item in found.remembered])
        report = replace(report, model=found, pictures=report.pictures | shown)
    if parts is not None:
        parts.remove()
    return report


def _identity(inputs: AuditInputs, facts: Survey, fresh_facts: Survey | None) -> dict[str, Any]:
    """What tells the numbers of these data from those of others."""
    record = inputs.points.record
    fresh = None if fresh_facts is None else fresh_facts.fingerprint
    return {"data": facts.fingerprint, "scale": record.scale, "shift": record.shift, "holdout": fresh}


def draws_for(n_queries: int, n_points: int) -> int:
    """Noise draws a query: 8 where they are cheap, so that each row's own collapse is sharp; else down to 2."""
    return int(np.clip(_DRAWN_PAIRS // (n_queries * n_points), 2, 8))


def _duplicates(inputs: AuditInputs, options: AuditOptions, progress: Progress) -> Duplicates:
    points = inputs.points
    origin = exact_copies(points, progress)
    distance = options.duplicate_distance
    if distance is None:
        distance = default_distance(points, np.unique(origin), options.seed, thread_count(options.threads))
    found = find_duplicates(points, distance, origin=origin, progress=progress)
    if not (len(found.distinct) >= 3):
        raise refusal(
            "an audit needs at least 3 distinct points",
            f"{len(found.distinct)} after merging the rows within {distance:.3g} of each other",
            "give more data or a smaller `duplicate_distance`",
        )
    return found


def _report(
    inputs: AuditInputs,
    options: AuditOptions,
    facts: Survey,
    fresh_facts: Survey | None,
    *,
    twins: Duplicates,
    profile: NoiseProfile,
    parts: SweepParts | None,
    progress: Progress,
) -> AuditReport:
    exposed = exposed_samples(profile, inputs.labels)
    groups = tuple(DuplicateGroup(group.members, group.max_distance) for group in twins.groups)
    check = _control(inputs, options, fresh_facts, twins, profile, facts.std, parts, progress)
    return AuditReport(
        schema_version=SCHEMA_VERSION,
        version=__version__,
        parameters={**options.to_dict(), "n_draws": profile.n_draws},
        data=data_facts(inputs, facts, twins),
        **time_fields(profile, exposed, facts.std),
        profile=profile_table(profile),
        duplicates=groups,
        duplicate_pairs=twins.pairs,
        exposure=exposed,
        samples_needed=sample_needs(profile, options.target_sigmas),
        **_model_fields(inputs, options, twins, profile, facts.std, progress),
        holdout=check,
        classes=class_times(inputs, options, twins, parts, progress),
        class_shift_prediction=None if inputs.labels is None else class_shift(profile, inputs.labels),
        notes=notes_of(profile, twins),
        pictures=gallery(inputs, exposed, groups, check),
    )


class _ModelFields(TypedDict):
    gaussian_reference: GaussianReference | None
    gaussian_reference_reason: str | None
    manifold_fit: ManifoldFit | None
    manifold_fit_reason: str | None


def _model_fields(
    inputs: AuditInputs,
    options: AuditOptions,
    twins: Duplicates,
    profile: NoiseProfile,
    std: float,
    progress: Progress,
) -> _ModelFields:
    """What theory says of models of the data."""
    reference, why = reference_of(inputs.points, options, twins, profile, progress)
    fit, why_not = nearest_manifold(profile, std, progress) if options.fit_manifold else (None, None)
    return _ModelFields(
        gaussian_reference=reference,
        gaussian_reference_reason=why,
        manifold_fit=fit,
        manifold_fit_reason=why_not,
    )


def _control(
    inputs: AuditInputs,
    options: AuditOptions,
    fresh_facts: Survey | None,
    twins: Duplicates,
    profile: NoiseProfile,
    std: float,
    parts: SweepParts | None,
    progress: Progress,
) -> HoldoutCheck | None:
    if inputs.holdout is None or fresh_facts is None:
        return None
    return check_holdout(
        inputs.points,
        inputs.holdout,
        fresh_facts,
        twins,
        profile,
        options=options,
        std=std,
        parts=parts,
        progress=progress,
    )
