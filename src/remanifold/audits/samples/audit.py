"""From anybody's training rows, samples and hold-out to a comparison of them."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from remanifold._core.compute import Compute
from remanifold._core.errors import refusal, require
from remanifold.audits.expected import foretell_copies
from remanifold.audits.inputs import open_groups, require_plain_map, survey_bytes
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.samples.column_laws import with_column_laws
from remanifold.audits.samples.comparison import CopiesOptions, compare
from remanifold.audits.samples.maps import trial_rows
from remanifold.audits.samples.of_tables import with_tables
from remanifold.audits.samples.sets import CopySets, equal_rows, nearest_of, require_fit, row_set
from remanifold.audits.samples.table_doubts import with_table_doubts
from remanifold.audits.samples.told_pairs import with_files, with_transforms
from remanifold.data import LabelsLike, Points, PointsLike, open_points, survey
from remanifold.data.maps.features import are_saved
from remanifold.data.maps.likeness import Likeness
from remanifold.data.maps.mapped import mapped_points
from remanifold.data.maps.standardized import standardized_alike
from remanifold.data.reading import reading_of, scaling_words, widest_words
from remanifold.data.tables.embedded import embedded_alike
from remanifold.measures import find_duplicates
from remanifold.measures.estimates.persons import Persons

_NAMES = {"train": "the training rows", "samples": "the samples", "holdout": "the hold-out"}
_TRIAL_COPIES = 5  # of the rows by which the scales of two sets are compared
_NEAREST = 72  # rows in work for one sample: its nearest training rows as stored, read, and their differences
_ROW_BYTES = 80  # of a row: hash, order, numbers


def compare_sources(
    train: PointsLike,
    samples: PointsLike,
    holdout: PointsLike | None,
    likeness: Likeness,
    options: CopiesOptions,
    compute: Compute,
    groups: tuple[LabelsLike | None, LabelsLike | None] = (None, None),
    samples_map: str | None = None,
    standardize: str | None = None,
) -> CopiesRecord:
    """Open the sets, refuse what does not fit, and compare; see `remanifold.audit_copies`.

    Raises:
        InvalidInput: in one sentence.
    """
    given = {"train": train, "samples": samples} | ({} if holdout is None else {"holdout": holdout})
    raw = {name: open_points(source, least=1 if name == "samples" else 3) for name, source in given.items()}
    known = raw["train"].scaling if standardize is None else None
    raw = embedded_alike(raw)
    require_plain_map(raw["train"], samples_map)
    if samples_map is not None:
        saved = are_saved(likeness.features)
        require(not saved, "`samples_map` must come with rows", "saved features", "map the rows, save their features")
        raw["samples"] = mapped_points(raw["samples"], samples_map, raw["train"])
    persons = open_groups(*groups, raw["train"], raw.get("holdout"))
    likeness.require_rows(raw["train"], persons is not None)
    if likeness.features is None:
        require_fit(raw, samples_map)
    if likeness.is_plain:
        raw = standardized_alike(raw, standardize if known is None else known)
    _require_budget(raw, compute)
    if likeness.features is None:
        versions = 1 + len(likeness.transforms(raw["train"]))
        foretell_copies(raw["train"], raw["samples"], raw.get("holdout"), compute, versions)
    prints, widest = _fingerprints(raw, compute)
    record, of_features = compare_alike(raw, likeness, options, compute, prints, samples_map, persons)
    read = chain(*(reading_of(points, _NAMES[name]) for name, points in raw.items()))
    reading = (*scaling_words(raw["train"]), *read)
    record = replace(record, reading=reading, warnings=(*record.warnings, *(of_features or widest)))
    record = with_table_doubts(record, raw["train"], raw["samples"], raw.get("holdout"))
    record = with_column_laws(record, raw["train"], raw["samples"], raw.get("holdout"))
    if not likeness.is_plain:
        return record
    return with_tables(record, raw["train"], raw["samples"], raw.get("holdout"))


def compare_alike(
    raw: Mapping[str, Points],
    likeness: Likeness,
    options: CopiesOptions,
    compute: Compute,
    prints: Mapping[str, str],
    samples_map: str | None = None,
    persons: Persons | None = None,
) -> tuple[CopiesRecord, tuple[str, ...]]:
    """Compare sets that are open, in the space and up to the transforms of ``likeness``.

    Args:
        raw: The rows of train, samples and perhaps holdout.
        likeness: Where distances are taken, and what does not matter.
        options: What is asked.
        compute: What the work may use.
        prints: Fingerprints of the rows.
        samples_map: The map that the samples have undergone, for the record.
        persons: Which rows belong together.

    Raises:
        InvalidInput: for rows, features or groups that do not go with ``likeness``.
    """
    spaces = likeness.spaces(raw)
    points, feature_prints, widest = {name: space.points for name, space in spaces.items()}, {}, ()
    if likeness.features is not None:
        require_fit(points)
        feature_prints, widest = _fingerprints(points, compute)
    views = spaces["samples"].views
    equal = equal_rows(points["train"], points["samples"], compute, views)
    distance = options.duplicate_distance
    rows = {}
    for name, space in spaces.items():
        found = find_duplicates(space.points, distance, memory=compute.memory, progress=compute.progress)
        rows[name] = row_set(space.points, found, space.views, space.crops, compute)
    holdout_near = nearest_of(rows["train"], rows["holdout"], compute) if "holdout" in rows else None
    sources = {name: p.record.source for name, p in raw.items()}
    beside = rows.get("holdout"), equal, holdout_near, sources, prints, persons, raw["train"].shape
    sets = CopySets(rows["train"], rows["samples"], *beside)
    told = {"features": likeness.words, "feature_fingerprints": feature_prints, "samples_map": samples_map}
    told |= {"invariances": list(likeness.kinds)} if likeness.kinds else {}
    record = compare(sets, options, told, compute)
    record = with_transforms(record, sets, likeness.transforms(raw["samples"])) if likeness.kinds else record
    return with_files(record, raw["train"], raw["samples"]), widest


def _fingerprints(sets: Mapping[str, Points], compute: Compute) -> tuple[dict[str, str], tuple[str, ...]]:
    """Of every set, which is read in full, and the sentence on a column that decides distances.

    nan is refused, and so is a hold-out given as samples.
    """
    options = {"memory": survey_bytes(compute), "equal": True, "progress": compute.progress}
    facts = {name: survey(points, **options) for name, points in sets.items()}
    prints = {name: one.as_read for name, one in facts.items()}
    same = prints["samples"] == prints.get("holdout")
    require(not same, "samples must be rows that a model made", "the hold-out itself", "pass its samples")
    return prints, widest_words(sets["train"], facts["train"].widest, facts["train"].widest_share)


def _require_budget(sets: Mapping[str, Points], compute: Compute) -> None:
    """Refuse a budget that does not hold a comparison of these sets."""
    rows, width = sum(points.n_points for points in sets.values()), sets["train"].ambient_dim
    trial = _TRIAL_COPIES * min(trial_rows(width), rows)
    least = _ROW_BYTES * rows + 8 * width * max(trial, min(_NEAREST, 4 * rows))
    if compute.memory_bytes < least:
        raise refusal(
            f"a comparison of {rows} rows of {width} numbers needs a memory budget of at least "
            f"{math.ceil(least / 1e6)} MB",
            f"{compute.memory_bytes / 1e6:.3g} MB",
            "raise `memory`",
        )
