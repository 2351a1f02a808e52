"""The audit: one call from anybody's data to the answer when a diffusion model memorizes it."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from remanifold._core.compute import Compute
from remanifold._core.errors import refusal, require
from remanifold._core.kept.until_written import when_written
from remanifold._core.memory import hold_nothing_back
from remanifold._core.progress import Progress, silent
from remanifold._core.threads import held_to_threads, one_thread
from remanifold._core.version import __version__
from remanifold.audits.answers.verdict import verdict_of
from remanifold.audits.budget import require_budget
from remanifold.audits.context import AuditContext
from remanifold.audits.data.gallery import SHOWN_EXPOSED, gallery, pictures_of
from remanifold.audits.data.groups import group_facts
from remanifold.audits.data.holdout import check_holdout
from remanifold.audits.data.levels import NO_BEST, NO_COLLAPSE, NO_ONSET, carrying_rows, level_rows, profile_table
from remanifold.audits.data.manifold_fit import nearest_manifold
from remanifold.audits.data.noised_pictures import noised_pictures
from remanifold.audits.data.reference import reference_of
from remanifold.audits.data.row_names import row_names
from remanifold.audits.data.rows import class_times, data_facts, exposed_rows, needed_rows, notes_of
from remanifold.audits.expected import foretell_audit
from remanifold.audits.inputs import AuditOptions, open_inputs, survey_bytes
from remanifold.audits.network.audit import audit_network
from remanifold.audits.network.audited_network import AuditedNetwork
from remanifold.audits.network.check import captioned, checked_first, classes_of
from remanifold.audits.network.latent_rows import in_latents
from remanifold.audits.prepared import Profiler, distinct_points, identity_of, profiled
from remanifold.audits.records.audit import SCHEMA_VERSION
from remanifold.audits.records.rows import DuplicateGroup
from remanifold.audits.report import AuditReport
from remanifold.audits.samples.all_but_one import repeated_but_one
from remanifold.audits.samples.table_doubts import holdout_notes
from remanifold.audits.samples.within import given_samples, with_samples
from remanifold.data import Columns, LabelsLike, Points, PointsLike, survey
from remanifold.data.maps.features import Features
from remanifold.data.maps.likeness import Likeness, likeness_of
from remanifold.measures import SweepParts, class_shift, noise_profile
from remanifold.noise import NoiseLevel, NoiseLevels, noise_sigmas
from remanifold.scores.denoiser import DenoiserLike


@held_to_threads
def audit(
    data: PointsLike,
    *,
    holdout: PointsLike | None = None,
    labels: LabelsLike | None = None,
    max_queries: int = 2000,
    seed: int = 0,
    memory: str | float = "4GB",
    threads: int | None = None,
    device: str = "cpu",
    duplicate_distance: float | None = None,
    target_sigma: NoiseLevels = (),
    sampler_sigma: float | None = None,
    resize: int | tuple[int, int] | None = None,
    key: str | None = None,
    split: str | None = None,
    one_row_a_file: bool | None = None,
    columns: Columns | None = None,
    ignore: Columns | None = None,
    labels_from: str | None = None,
    fit_manifold: bool = False,
    part_file: str | Path | None = None,
    profiler: Profiler = noise_profile,
    model: DenoiserLike | AuditedNetwork | None = None,
    samples: PointsLike | None = None,
    samples_map: str | None = None,
    features: Features | None = None,
    invariances: str | Sequence[str] | None = None,
    rows: LabelsLike | None = None,
    groups: LabelsLike | None = None,
    holdout_groups: LabelsLike | None = None,
    standardize: str | None = None,
    progress: Progress = silent,
) -> AuditReport:
    """Tell at which noise a data set is memorized, and what to do about it.

    Main arguments:
        data: Array, tensor, torch Dataset, `Points`, or a path (see `remanifold.open_points`): (P, *shape).
        holdout: Rows that are not in the data, from the same source: (Q, *shape). A negative control.
        labels: One label a row: array or path. By default those that come with the data.
        model: A trained network as a `Denoiser`, or an `AuditedNetwork` that says more: does it remember these rows?
            Needs a hold-out.
        samples: Samples of a network that was trained on the data, (M, *shape): are they copies of its rows? Without a
            hold-out only exact copies can be named.
        samples_map: Brings the samples to the scale of the data, e.g. "x * 255"; see `audit_copies`.
        features, invariances: Of the comparison with samples alone: where distances are taken ("dct" for pictures), and
            up to which transforms ("flips,shifts"); see `audit_copies`.
        rows: Numbers of training rows, from 0, that must not be remembered (an array, or a file with one a line): with
            ``model`` they are tested as a group of their own.
        groups, holdout_groups: Which rows belong together (pictures of one person, frames of one video): one label a
            row of the data and of the hold-out, arrays or paths, both or neither where there is a hold-out. Tests and
            errors count groups then; a group on both sides is a leak, and is left out.
        target_sigma: Noise levels (sigma in data units, or `NoiseLevel`) down to which the collapse is to be pushed:
            how many more rows?
        sampler_sigma: The last noise of your own sampler, sigma in data units: on which side of the stops is it?
        max_queries: Rows looked at closely, at random where there are more.
        standardize: Scale every column by the mean and standard deviation of the data's ("sd"), by the normal score of
            its rank among them ("quantile", which no far row moves), or not ("none"). By default "sd" for tables whose
            columns have names and "none" for arrays, and with a ``model``, whose noise is in the units of its rows.

    Other arguments:
        seed: Of that choice and of all noise. Same seed, same report, whatever the threads and memory, up to round-off.
        memory: Budget, e.g. "4GB".
        threads: Threads; all cores of the process by default.
        device: Torch device.
        duplicate_distance: Rows at this distance or less count as one point, data units. By default 0.01 times the
            median distance of a distinct row to its nearest other.
        resize: Side or (height, width) to which pictures of a folder are brought.
        key: Which array of a file that holds several.
        split: Which split of a folder of several the data are.
        one_row_a_file: Whether each array file of a folder is one row; False: each holds many.
        columns: Which columns of tables are coordinates, by name or number from 0 ("a,b,4-7"), in that order.
        ignore: Which columns are none, such as ids.
        labels_from: The column that holds the labels, of the file of labels or else of the data; or "order": labels
            stand in the order of the rows, whatever names say.
        fit_manifold: Also fit the hidden manifold whose theory comes nearest to the measured profile.
        part_file: File that keeps the sums of finished queries until the report is ready, so that a second call with
            the same arguments goes on where the first was interrupted or killed.
        profiler: What measures the noise profile, with the arguments of `noise_profile`.
        progress: Told (stage, done, total).

    Returns:
        The report; noise variances t in squared data units.

    Raises:
        InvalidInput: for data or options that cannot be used, in one sentence, before any work where possible.

    Example:
        >>> import numpy as np, remanifold as rm
        >>> rows = np.random.default_rng(0).normal(size=(100, 2))
        >>> report = rm.audit(rows, max_queries=50, threads=1)
        >>> report.t_collapse < report.t_onset
        True
        >>> report.duplicates
        ()

    See also:
        `AuditReport`; `remanifold.audit_copies` for generated samples alone; `remanifold.noise_profile` for the
        profile alone.
    """
    targets = noise_sigmas("`target_sigma`", target_sigma)
    compute = Compute(memory, threads, device, progress=progress)
    hold_nothing_back(compute.memory_bytes)
    options = AuditOptions(max_queries, seed, duplicate_distance, targets, fit_manifold, sampler_sigma)
    bare = samples_map is not None and samples is None
    require(not bare, "`samples_map` must come with samples", "none", "pass samples=, or leave it out")
    together = groups, holdout_groups
    reading: dict[str, Any] = {"resize": resize, "key": key, "split": split, "one_row_a_file": one_row_a_file}
    reading |= {"columns": columns, "ignore": ignore, "labels_from": labels_from}
    reading["likeness"] = _likeness(features, invariances, samples)
    reading["standardize"] = standardize if model is None else _units_of_network(standardize, data)
    inputs = open_inputs(data, holdout, labels, samples, rows, together, samples_map=samples_map, **reading)
    require(rows is None or model is not None, "`rows` must come with a model", "none", "pass model=, or leave it out")
    network = model
    if network is not None and not isinstance(network, AuditedNetwork):
        network = AuditedNetwork(network, type(network).__name__, "as given")
    if network is not None:
        network = captioned(network, inputs)
        inputs = in_latents(inputs, network.denoiser, progress)
    require_budget(inputs, options, compute, of_network=model is not None)
    if profiler is noise_profile:
        foretell_audit(inputs, options, compute)
    if network is not None:
        need = "a table beside a model must hold the numbers that the model sees"
        got = f"words, dates or missing cells in {inputs.points.record.source}"
        require(inputs.points.cells is None, need, got, "pass the rows as it sees them, or leave the model out")
        classes_of(network, inputs)  # refuses missing ones before any work
    with one_thread():  # what searches and sweeps need they start themselves; a network may use all
        facts = survey(inputs.points, memory=survey_bytes(compute), progress=progress)
        holdout_facts = (
            None if inputs.holdout is None else survey(inputs.holdout, memory=survey_bytes(compute), progress=progress)
        )
        checkpoint = None if part_file is None else SweepParts(part_file, identity_of(inputs, facts, holdout_facts))
        duplicates = distinct_points(inputs.points, options, compute)
        generated = given_samples(inputs, compute, (facts, holdout_facts), duplicates.distance)
    spent = None if network is None else checked_first(network, inputs, facts.std, compute.memory_bytes)
    both = facts, holdout_facts
    context = profiled(inputs, options, compute, both, duplicates, checkpoint, profiler)
    with one_thread():
        report = _of_data(context)
        if generated is not None:
            report = with_samples(report, generated, context)
    if network is not None:
        overlap = () if report.holdout is None else report.holdout.overlap
        record = audit_network(network, context, overlap, spent)
        shown = pictures_of("train", inputs.points, [item.row for item in record.remembered[:SHOWN_EXPOSED]])
        report = replace(report, model=record, pictures=report.pictures | shown)
    if checkpoint is not None:
        when_written(checkpoint.remove)
    return replace(report, verdict=verdict_of(report), row_names=row_names(inputs, report))


def _noised(context: AuditContext) -> dict[str, str]:
    """Pictures of the row in the middle of those that were asked about, by their own collapse."""
    return noised_pictures(context, context.exposed[len(context.exposed) // 2].row) if context.exposed else {}


def _likeness(
    features: Features | None, invariances: str | Sequence[str] | None, samples: PointsLike | None
) -> Likeness:
    """When samples are alike to rows; refused (`InvalidInput`) where there are no samples."""
    likeness = likeness_of(features, invariances)
    bare = samples is None and not likeness.is_plain
    need = "`features` and `invariances` must come with samples"
    require(not bare, need, "none", "pass samples=, or leave them out")
    return likeness


def _units_of_network(standardize: str | None, data: PointsLike) -> str | None:
    """How columns are scaled beside a network: it adds noise of one size to every column of the rows that it sees."""
    if standardize not in (None, "none"):
        need = "`standardize` must be none where there is a model, whose noise is in the units of the rows that it sees"
        raise refusal(need, standardize, "leave it out, and pass the rows as the model sees them")
    return None if isinstance(data, Points) and data.scaling is not None else "none"


def _of_data(context: AuditContext) -> AuditReport:
    """The report on the data alone."""
    exposure, holdout = exposed_rows(context), check_holdout(context)
    groups = tuple(DuplicateGroup(group.members, group.max_distance) for group in context.duplicates.groups)
    labels, profile = context.inputs.labels, context.profile
    shift = None if labels is None else class_shift(profile, labels)
    onset_rows, collapse_rows, best_rows = level_rows(profile, context.exposed)
    carried = carrying_rows(profile)
    reference, no_reference = reference_of(context)
    fit, no_fit = None, None
    if context.options.fit_manifold:
        fit, no_fit = nearest_manifold(profile, context.std, context.compute.progress)
    inputs = context.inputs
    tables = holdout_notes(inputs.points, inputs.holdout) if inputs.samples is None else ()  # told of the samples else
    repeated = repeated_but_one(inputs.points)
    parameters = {name: value for name, value in asdict(context.options).items() if name != "sampler_sigma" or value}
    parameters |= {"device": context.compute.device, "n_draws": profile.n_draws}
    return AuditReport(
        schema_version=SCHEMA_VERSION,
        version=__version__,
        parameters=parameters | {"target_sigmas": list(context.options.target_sigmas)},
        data=data_facts(context),
        t_onset=profile.t_onset,
        t_collapse=profile.t_collapse,
        t_generalization=profile.t_generalization,
        profile=profile_table(profile),
        duplicates=groups,
        duplicate_pairs=context.duplicates.pairs,
        exposure=exposure,
        samples_needed=needed_rows(context),
        gaussian_reference=reference,
        holdout=holdout,
        classes=class_times(context),
        class_shift_prediction=None if shift is None else NoiseLevel(shift),
        t_onset_reason=NO_ONSET.format(row=context.row) if profile.t_onset is None else None,
        t_collapse_reason=NO_COLLAPSE.format(row=context.row) if profile.t_collapse is None else None,
        t_generalization_reason=NO_BEST if profile.t_generalization is None else None,
        gaussian_reference_reason=no_reference,
        manifold_fit=fit,
        manifold_fit_reason=no_fit,
        notes=(*tables, *notes_of(context, carried), *([repeated] if repeated else [])),
        pictures=gallery(context.inputs, exposure, groups, holdout) | _noised(context),
        onset_rows=onset_rows,
        collapse_rows=collapse_rows,
        generalization_rows=best_rows,
        carried=carried,
        groups=group_facts(context),
    )
