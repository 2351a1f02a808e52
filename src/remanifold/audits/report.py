"""The audit's answer as a frozen record: JSON in and out, and the doors to its HTML and Markdown pages."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from remanifold.audits.records.models import GaussianReference, ManifoldFit, SamplesNeeded
from remanifold.audits.records.network import ModelReport
from remanifold.audits.records.samples import CopiesRecord

SCHEMA_VERSION = "1"


@dataclass(frozen=True)
class MeasuredTime:
    """A noise level with its error.

    Attributes:
        value: Noise variance t, squared units of the data as the audit saw it.
        stderr: Standard error of ``value`` over query points, given this data set.
        interval: 95 % interval of ``value`` (from the error of log t).
        clocks: The same level in every clock (`remanifold.NoiseLevel.clocks`), and ``sigma_in_data_std``.
        n_queries: Number of query points behind it.
        own_weight: E[w_own] there, the chance that exact reversal from this level returns to the row it started from.
        own_weight_stderr: Its error.
        first_row, first_row_t: The query row whose own collapse (or trap) comes first, and where: above ``value``,
            since that is a mean over rows. None for t_generalization.
    """

    value: float
    stderr: float
    interval: tuple[float, float]
    clocks: dict[str, Any]
    n_queries: int
    own_weight: float | None = None
    own_weight_stderr: float | None = None
    first_row: int | None = None
    first_row_t: float | None = None


@dataclass(frozen=True)
class Curve:
    """One quantity at every level of the profile: mean over query points and its jackknife error."""

    value: tuple[float, ...]
    stderr: tuple[float, ...]


@dataclass(frozen=True)
class ProfileTable:
    """The noise profile (docs/theory.md, section 6), levels ``t`` ascending.

    Attributes:
        t: Noise variances.
        gap: Mean of -log S(xi + sqrt(t) w), nats; negative above the collapse, 0 at t_c.
        trap: Mean of -R(xi), nats; 0 at t_o.
        nll: Leave-one-out cross entropy of a data point, nats; least at t_g.
        own_surprisal: E[-log w_own], nats; log P at high noise, 0 when every point has collapsed on itself.
        participation: E[sum of squared weights]; 1 / P (shared by all) to 1 (one point has all).
        local_dimension: -2 dI/dlog t.
        information: I(xi; x_t), nats; log(P-1) + gap.
        n_queries: Number of query points.
    """

    t: tuple[float, ...]
    gap: Curve
    trap: Curve
    nll: Curve
    own_surprisal: Curve
    participation: Curve
    local_dimension: Curve
    information: Curve
    n_queries: int


@dataclass(frozen=True)
class DuplicateGroup:
    """Rows that are the same point: ``members`` ascending, ``max_distance`` the group's diameter (data units)."""

    members: tuple[int, ...]
    max_distance: float


@dataclass(frozen=True)
class ExposedSample:
    """One row's own collapse under the empirical score: the higher ``t``, the earlier it is memorized.

    Attributes:
        row: Row number in the data.
        t: Noise variance at which this row collapses.
        stderr: Its error from the finite number of noise draws.
        interval: 95 % interval.
        nearest_row: The row nearest to it outside its own group.
        nearest_distance: Distance to that row, data units.
        label: Its label, or None.
    """

    row: int
    t: float
    stderr: float
    interval: tuple[float, float]
    nearest_row: int
    nearest_distance: float
    label: str | None = None


@dataclass(frozen=True)
class HoldoutCheck:
    """Rows the set does not hold, as negative control.

    Attributes:
        n: Hold-out rows used.
        source: Where they came from.
        fingerprint: Their content fingerprint.
        median_distance, median_distance_training: Median distance to the nearest training point: of hold-out rows,
            and of training rows (leave-one-out).
        closer_share: Share of (hold-out, training) pairs in which the hold-out row is nearer to its neighbour; ties
            split. Null value 0.5. Distances on both sides are to distinct training points.
        closer_share_stderr: Its error.
        overlap: Hold-out rows within the duplicate distance of a training row: (hold-out row, training row, distance).
        t_generalization: Best noise level measured on the hold-out rows, or None where it does not exist.
        z: Difference of log t_generalization, hold-out minus leave-one-out, in standard errors.
        t_generalization_reason: Why it does not exist.
    """

    n: int
    source: str
    fingerprint: str
    median_distance: float
    median_distance_training: float
    closer_share: float
    closer_share_stderr: float
    overlap: tuple[tuple[int, int, float], ...]
    t_generalization: MeasuredTime | None
    z: float | None
    t_generalization_reason: str | None = None


@dataclass(frozen=True)
class ClassTimes:
    """The times of one class taken alone (what a class-conditional model faces); None where it has too few points."""

    label: str
    n_points: int
    t_onset: float | None
    t_collapse: float | None
    t_collapse_stderr: float | None
    t_generalization: float | None
    reason: str | None = None


@dataclass(frozen=True)
class DataFacts:
    """What was audited.

    Attributes:
        source, kind, dtype, preprocessing, fingerprint: As recorded by the reader and the survey.
        n_points: Rows.
        n_groups: Distinct points: groups of duplicates count once.
        shape: Shape of one sample.
        ambient_dim: Numbers per sample.
        std: Root mean square deviation per coordinate, data units (the unit of sigma_in_data_std).
        duplicate_distance: Distance below which rows count as the same point.
    """

    source: str
    kind: str
    dtype: str
    preprocessing: str
    fingerprint: str
    n_points: int
    n_groups: int
    shape: tuple[int, ...]
    ambient_dim: int
    std: float
    duplicate_distance: float


@dataclass(frozen=True)
class AuditReport:
    """When a diffusion model that follows the empirical score of this data set memorizes it, and what to do.

    ``model`` is about a trained network and ``samples`` about samples of one, where they were audited.

    Load one back with `AuditReport.from_json`; ``pictures`` maps row names ("train:12", "sample:3") to PNG data URIs.
    """

    schema_version: str
    version: str
    parameters: dict[str, Any]
    data: DataFacts
    t_onset: MeasuredTime | None
    t_collapse: MeasuredTime | None
    t_generalization: MeasuredTime | None
    profile: ProfileTable
    duplicates: tuple[DuplicateGroup, ...]
    duplicate_pairs: tuple[tuple[int, int, float], ...]
    exposure: tuple[ExposedSample, ...]
    samples_needed: tuple[SamplesNeeded, ...]
    gaussian_reference: GaussianReference | None
    holdout: HoldoutCheck | None = None
    classes: tuple[ClassTimes, ...] = ()
    class_shift_prediction: float | None = None
    t_onset_reason: str | None = None
    t_collapse_reason: str | None = None
    t_generalization_reason: str | None = None
    gaussian_reference_reason: str | None = None
    manifold_fit: ManifoldFit | None = None
    manifold_fit_reason: str | None = None
    model: ModelReport | None = None
    samples: CopiesRecord | None = None
    notes: tuple[str, ...] = ()
    pictures: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and text; numbers that do not exist are None."""
        from remanifold.audits.records.codec import to_plain

        return to_plain(self)

    def to_json(self) -> str:
        """Strict JSON text (no NaN), two-space indent, schema ``schema_version``."""
        from remanifold.audits.records.codec import to_json_text

        return to_json_text(self)

    @classmethod
    def from_json(cls, text: str | Path) -> "AuditReport":
        """The report in JSON ``text`` or in the file at that path.

        Raises:
            InvalidInput: if it is not a report of a schema this version reads.
        """
        from remanifold.audits.records.codec import from_json_text

        return from_json_text(text)

    def to_html(self) -> str:
        """One self-contained HTML page: no external address, works offline and printed, light and dark."""
        from remanifold.audits.pages.html import render_html

        return render_html(self)

    def to_markdown(self) -> str:
        """The answers as Markdown, for a model card or a review."""
        from remanifold.audits.pages.markdown import render_markdown

        return render_markdown(self)

    def scalars(self) -> dict[str, float]:
        """Named numbers for an experiment tracker and for ``--fail-above``; see `remanifold.audits.records.scalars`."""
        from remanifold.audits.records.scalars import scalars_of

        return scalars_of(self)
