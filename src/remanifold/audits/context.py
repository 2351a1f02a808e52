"""What every part of an audit works on, gathered once."""

from dataclasses import dataclass
from functools import cached_property

from remanifold._core.compute import Compute
from remanifold.audits.inputs import AuditInputs, AuditOptions
from remanifold.data import Survey
from remanifold.data.pictures.noun import noun_of
from remanifold.measures import Duplicates, NoiseProfile, RowExposure, SweepParts, exposure


@dataclass(frozen=True)
class AuditContext:
    """The data of an audit and what is known of them.

    Attributes:
        inputs: The data, opened.
        options: What was asked.
        compute: What the work may use, and whom it tells.
        facts, holdout_facts: Of the training rows and of the hold-out, from one reading.
        duplicates: Of the training rows; everything is measured on distinct ones.
        profile: Their noise profile.
        checkpoint: Keeps the sums of finished queries; None: nothing is kept.
    """

    inputs: AuditInputs
    options: AuditOptions
    compute: Compute
    facts: Survey
    holdout_facts: Survey | None
    duplicates: Duplicates
    profile: NoiseProfile
    checkpoint: SweepParts | None = None

    @cached_property
    def exposed(self) -> tuple[RowExposure, ...]:
        """The query rows, first to collapse first."""
        return exposure(self.profile)

    @property
    def row(self) -> str:
        """What a row is called."""
        return noun_of(self.inputs.points.shape)

    @property
    def std(self) -> float:
        """Standard deviation of the data per coordinate."""
        return self.facts.std
