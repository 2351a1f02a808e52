"""From anybody's training rows, samples and hold-out to a comparison of them."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from remanifold._core.compute import Compute
from remanifold._core.errors import refusal, require
from remanifold.audits.expected import foretell_copies
from remanifold.audits.inputs import open_groups, survey_bytes
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.samples.comparison import CopiesOptions, compare
from remanifold.audits.samples.maps import trial_rows
from remanifold.audits.samples.sets import (
    CopySets,
    Features,
    equal_rows,
    featured,
    name_of,
    nearest_of,
    require_fit,
    row_set,
)
from remanifold.data import LabelsLike, Points, PointsLike, open_points, survey
from remanifold.data.maps.mapped import mapped_points
from remanifold.data.reading import reading_of
from remanifold.measures import find_duplicates

_NAMES = {"train": "the training rows", "samples": "the samples", "holdout": "the hold-out"}
_TRIAL_COPIES = 5  # of the rows by which the scales of two sets are compared
_NEAREST = 72  # rows in work for one sample: its nearest training rows as stored, read, and their differences
_ROW_BYTES = 80  # of a row: hash, order, numbers


def compare_sources(
    train: PointsLike,
    samples: PointsLike,
    holdout: PointsLike | None,
    features: Features | None,
    options: CopiesOptions,
    compute: Compute,
    groups: tuple[LabelsLike | None, LabelsLike | None] = (None, None),
    samples_map: str | None = None,
) -> CopiesRecord:
    """Open the sets, refuse what does not fit, and compare; see `remanifold.audit_copies`.

    Raises:
        InvalidInput: in one sentence.
    """
    given = {"train": train, "samples": samples} | ({} if holdout is None else {"holdout": holdout})
    raw = {name: open_points(source, least=1 if name == "samples" else 3) for name, source in given.items()}
    if samples_map is not None:
        saved = features is not None and not callable(features)
        require(not saved, "`samples_map` must come with rows", "saved features", "map the rows, save their features")
        raw["samples"] = mapped_points(raw["samples"], samples_map, raw["train"])
    persons = open_groups(*groups, raw["train"], raw.get("holdout"))
    if features is None:
        require_fit(raw, samples_map)
    _require_budget(raw, compute)
    if features is None:
        foretell_copies(raw["train"], raw["samples"], raw.get("holdout"), compute)
    prints = _fingerprints(raw, compute)
    points, feature_prints = raw, {}
    if features is not None:
        points = featured(raw, features)
        require_fit(points)
        feature_prints = _fingerprints(points, compute)
    equal = equal_rows(points["train"], points["samples"], compute)
    distance = options.duplicate_distance
    rows = {
        name: row_set(p, find_duplicates(p, distance, memory=compute.memory, progress=compute.progress))
        for name, p in points.items()
    }
    holdout_near = nearest_of(rows["train"], rows["holdout"], compute) if "holdout" in rows else None
    sources = {name: p.record.source for name, p in raw.items()}
    beside = rows.get("holdout"), equal, holdout_near, sources, prints, persons
    sets = CopySets(rows["train"], rows["samples"], *beside)
    source = None if features is None else name_of(features)
    told = {"features": source, "feature_fingerprints": feature_prints, "samples_map": samples_map}
    read = chain(*(reading_of(points, _NAMES[name]) for name, points in raw.items()))
    return replace(compare(sets, options, told, compute), reading=tuple(read))


def _fingerprints(sets: Mapping[str, Points], compute: Compute) -> dict[str, str]:
    """Of every set, which is read in full: nan is refused, and so is a hold-out given as samples."""
    options = {"memory": survey_bytes(compute), "equal": True, "progress": compute.progress}
    prints = {name: survey(points, **options).fingerprint for name, points in sets.items()}
    same = prints["samples"] == prints.get("holdout")
    require(not same, "samples must be rows that a model made", "the hold-out itself", "pass its samples")
    return prints


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
