"""What an audit of samples says: are they copies of training rows?"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from remanifold._core.shown import short_repr
from remanifold._core.version import __version__
from remanifold.audits.records.verdict import Verdict
from remanifold.data.tables.facts import TableFacts
from remanifold.data.tables.side_by_side import SideBySide

WITHOUT_HOLDOUT = ("exact_copies", "certain_copies", "copied_rows", "third_rule", "auth_pct")
"""Numbers that need training rows and samples only."""
WITH_HOLDOUT = (
    "closer_share", "dcr_share", "named_samples", "ratio_below_threshold", "c_t", "c_t_corrected",
    "outstanding_samples", "copies_beyond_recurrence", "evidence", "holdout_closer_share",
)  # fmt: skip
"""Numbers that need hold-out rows too."""
OF_TABLES = ("singling_out", "linkability")
"""Of these those of tables whose columns have names."""
TESTS = ("closer_share", "ratio_below_threshold", "c_t_corrected", "copies_beyond_recurrence")
"""Those of them whose p-values are tests of copying."""
VERDICT_TESTS = ("copies_beyond_recurrence", "closer_share", "outstanding_samples")
"""Those that a verdict rests on."""
TEST_LEVEL = 0.05 / len(VERDICT_TESTS)
"""Level at which each of these is significant whatever the others say."""


UNSEEN, VOID, APART = "Copies could not be seen then.", "the tests do not hold then.", "the sets are not of one source."
"""How a doubt ends that says the sets are not comparable: a kept report has no other mark of it."""

BUT_ONE, MOST_BY_CHANCE, SURE = "agree_but_one", 0.01, 1e-6
"""The share of samples that are training rows but for one cell; it proves copies where hold-out rows have at most such
a share, and chance (Fisher's exact test) such a probability."""

LEFT_OUT, GIVEN_BACK = "The column `", "samples more often than hold-out rows"
"""How a note begins on a column that was not compared, and what it says where samples give back its values."""


def tests_hold(doubts: Iterable[str]) -> bool:
    """Whether none of the ``doubts`` says that the sets differ in scale or source, where no test holds."""
    return not any(words in doubt for doubt in doubts for words in (UNSEEN, VOID, APART))


@dataclass(frozen=True)
class CopyNumber:
    """One number.

    Attributes:
        name: Its name for --fail-above.
        meaning: What it is.
        value: The number.
        direction: What more or less of it means.
        unit: Its unit.
        null: Its value without copying; None where none is known.
        n: Rows that it was measured on.
        interval: 95 % interval over samples; None where there is none.
        p_value: Of the test that goes with it; None where there is none.
    """

    name: str
    meaning: str
    value: float
    direction: str
    unit: str
    null: float | None
    n: int
    interval: tuple[float, float] | None = None
    p_value: float | None = None


@dataclass(frozen=True)
class FlaggedSample:
    """A sample beside its nearest training row.

    Attributes:
        sample: Number of the sample.
        train: Number of the training row.
        distance: Between them.
        ratio: d1/d2, the distance over that to the second nearest training row; 0 for a copy.
        rate: False discovery rate at which the sample is named; None without a hold-out.
        transform: Which version of the sample is so near, where transforms were sought; None: as it is.
        sample_file, train_file: Names of picture files; None where rows have none.
    """

    sample: int
    train: int
    distance: float
    ratio: float
    rate: float | None
    transform: str | None = None
    sample_file: str | None = None
    train_file: str | None = None


@dataclass(frozen=True)
class DistanceCurves:
    """Shares of rows whose nearest training row lies at this distance or nearer, at ascending distances.

    Attributes:
        distances: At quantiles of both sets together, (k,).
        samples: Share of the samples, (k,).
        holdout: Share of the hold-out rows, (k,); empty without a hold-out.
    """

    distances: tuple[float, ...]
    samples: tuple[float, ...]
    holdout: tuple[float, ...] = ()


@dataclass(frozen=True)
class CopiesRecord:
    """Are samples copies of training rows? See `audit_copies`.

    Attributes:
        sources, fingerprints: Of train, samples and holdout, as far as given.
        sizes: Rows of each; ``train_distinct`` and ``holdout_distinct``: rows within the duplicate distance of each
            other counted once.
        parameters: What decided the numbers; of features their source and fingerprints.
        seed: Of labels and cells.
        numbers: The numbers.
        flagged: Copies of a training row beyond what recurs, or named at the false discovery rate alpha; smallest d1/d2
            first. Where the tests do not hold the former alone.
        closest: The first samples by d1/d2, whether named or not.
        detectable: Least share of copied samples found with probability 0.8, by test; None where none would be.
        warnings: What makes the numbers doubtful.
        notes: What cannot be known, and what this n is too small for.
        verdict: One answer for a release.
        doubts: Why no all-clear can be given, whatever the tests say.
        difference: Largest difference between numbers of a sample and the training row that it equals up to rounding.
        reading: How the sets were read: columns with their source, what was left out or assumed.
        curves: Cumulative distances to the nearest training row; None: not recorded.
        side_by_side: Of a table, the cells of the named samples, or else of the closest, beside their training rows.
        data: How columns became coordinates, and how they were scaled; None: not recorded.
        shape: Of one row; empty: not recorded.
        reference: A hold-out row at the median distance from its nearest training row, and that row: what is usual
            without copying; None without a hold-out.
        schema_version: Of the JSON.
        version: Of remanifold.
    """

    __repr__ = short_repr

    sources: Mapping[str, str]
    fingerprints: Mapping[str, str]
    sizes: Mapping[str, int]
    parameters: Mapping[str, Any]
    seed: int
    numbers: tuple[CopyNumber, ...]
    flagged: tuple[FlaggedSample, ...]
    closest: tuple[FlaggedSample, ...]
    detectable: Mapping[str, float | None]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    verdict: Verdict | None = None
    doubts: tuple[str, ...] = ()
    difference: float = 0.0
    reading: tuple[str, ...] = ()
    curves: DistanceCurves | None = None
    side_by_side: SideBySide | None = None
    data: TableFacts | None = None
    shape: tuple[int, ...] = ()
    reference: tuple[int, int] | None = None
    schema_version: str = "1"
    version: str = __version__

    @property
    def copied(self) -> tuple[FlaggedSample, ...]:
        """Those of the flagged that equal a training row, exactly or up to rounding."""
        return tuple(pair for pair in self.flagged if pair.ratio == 0)

    @property
    def tests_hold(self) -> bool:
        """Whether no doubt says that the sets are not comparable."""
        return tests_hold(self.doubts)

    def number(self, name: str) -> CopyNumber | None:
        """The number of that name, None where it does not exist."""
        return next((number for number in self.numbers if number.name == name), None)

    def scalars(self) -> dict[str, float]:
        """Name -> number."""
        return {number.name: number.value for number in self.numbers}

    def to_json(self) -> str:
        """Strict JSON text."""
        return json.dumps(asdict(self), indent=1, allow_nan=False) + "\n"
