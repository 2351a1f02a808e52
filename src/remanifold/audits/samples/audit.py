"""From anybody's training rows, samples and hold-out to a comparison of them."""

from collections.abc import Mapping

from remanifold._core.compute import Compute
from remanifold._core.errors import require
from remanifold.audits.inputs import open_groups, survey_bytes
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.samples.comparison import CopiesOptions, compare
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
from remanifold.measures import find_duplicates


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
    raw = {name: open_points(source) for name, source in given.items()}
    if samples_map is not None:
        saved = features is not None and not callable(features)
        require(not saved, "`samples_map` must come with rows", "saved features", "map the rows, save their features")
        raw["samples"] = mapped_points(raw["samples"], samples_map, raw["train"])
    persons = open_groups(*groups, raw["train"], raw.get("holdout"))
    if features is None:
        require_fit(raw, samples_map)
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
    return compare(
        sets, options, {"features": source, "feature_fingerprints": feature_prints, "samples_map": samples_map}, compute
    )


def _fingerprints(sets: Mapping[str, Points], compute: Compute) -> dict[str, str]:
    """Of every set, which is read in full: nan is refused, and so is a hold-out given as samples."""
    options = {"memory": survey_bytes(compute), "equal": True, "progress": compute.progress}
    prints = {name: survey(points, **options).fingerprint for name, points in sets.items()}
    same = prints["samples"] == prints.get("holdout")
    require(not same, "samples must be rows that a model made", "the hold-out itself", "pass its samples")
    return prints
