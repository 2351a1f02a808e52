"""The record of an audit: everything that a report says, as numbers."""

from dataclasses import dataclass, field
from typing import Any

from remanifold.audits.records.data import DataFacts
from remanifold.audits.records.groups import GroupFacts
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.audits.records.models import GaussianReference, ManifoldFit, SamplesNeeded
from remanifold.audits.records.network import NetworkRecord
from remanifold.audits.records.profile import ProfileTable
from remanifold.audits.records.rows import CarryingRows, ClassTimes, DuplicateGroup, ExposedRow, LevelRows
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.records.verdict import Verdict
from remanifold.noise import MeasuredLevel, NoiseLevel

SCHEMA_VERSION = "1"


@dataclass(frozen=True)
class AuditRecord:
    """When a diffusion model that follows the empirical score of this data set memorizes it, and what to do.

    Attributes:
        schema_version: Of the JSON.
        version: Of remanifold.
        parameters: What decided the numbers.
        data: What was audited.
        t_onset, t_collapse, t_generalization: The three noise levels, means over query rows, squared data units, with
            errors given this data set.
        t_onset_reason, t_collapse_reason, t_generalization_reason: Why that level is None.
        profile: The noise profile.
        duplicates: Groups of rows that are the same point.
        duplicate_pairs: The links behind them: (row, row, distance).
        exposure: Rows by their own collapse, first to collapse first.
        samples_needed: Rows that push the collapse down to given noise.
        gaussian_reference: The same times of a Gaussian.
        gaussian_reference_reason: Why there are none.
        holdout: The negative control, None if none was given.
        classes: The times of each class alone, empty without labels.
        class_shift_prediction: t_collapse of the classes if labels said nothing about the rows.
        manifold_fit: The nearest hidden manifold; None without a fit.
        manifold_fit_reason: Why there is none, where one was asked for.
        model: About a trained network, where one was audited.
        samples: About generated samples, where some were audited.
        notes: What else to know.
        pictures: PNG data URIs by row name ("train:12", "sample:3").
        verdict: One answer for a release; None where neither a network nor samples were audited.
        onset_rows, collapse_rows, generalization_rows: What single rows do at the three levels.
        carried: Few rows that carry the means, and the three levels without them; None where there are none.
        groups: Rows that belong together; None where none were given, without a key in the JSON then.
        row_names: Names of rows that are told here, by "train:12" or "holdout:3": files of pictures, names in a table.
            Empty where rows have none, without a key in the JSON then.
    """

    schema_version: str
    version: str
    parameters: dict[str, Any]
    data: DataFacts
    t_onset: MeasuredLevel | None
    t_collapse: MeasuredLevel | None
    t_generalization: MeasuredLevel | None
    profile: ProfileTable
    duplicates: tuple[DuplicateGroup, ...]
    duplicate_pairs: tuple[tuple[int, int, float], ...]
    exposure: tuple[ExposedRow, ...]
    samples_needed: tuple[SamplesNeeded, ...]
    gaussian_reference: GaussianReference | None
    holdout: HoldoutCheck | None = None
    classes: tuple[ClassTimes, ...] = ()
    class_shift_prediction: NoiseLevel | None = None
    t_onset_reason: str | None = None
    t_collapse_reason: str | None = None
    t_generalization_reason: str | None = None
    gaussian_reference_reason: str | None = None
    manifold_fit: ManifoldFit | None = None
    manifold_fit_reason: str | None = None
    model: NetworkRecord | None = None
    samples: CopiesRecord | None = None
    notes: tuple[str, ...] = ()
    pictures: dict[str, str] = field(default_factory=dict)
    verdict: Verdict | None = None
    onset_rows: LevelRows | None = None
    collapse_rows: LevelRows | None = None
    generalization_rows: LevelRows | None = None
    carried: CarryingRows | None = None
    groups: GroupFacts | None = None
    row_names: dict[str, str] = field(default_factory=dict)

    @property
    def holdout_is_data(self) -> bool:
        """Whether the hold-out is the training data once more: the same rows, or each of its rows one of theirs."""
        check = self.holdout
        if check is None:
            return False
        same = check.fingerprint != "" and check.fingerprint == self.data.fingerprint
        return same or (check.is_doubtful and check.n_overlapping == check.n)
