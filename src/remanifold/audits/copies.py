"""Are generated samples copies of training rows? The front door and its report."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace

from remanifold._core.compute import Compute
from remanifold._core.memory import hold_nothing_back
from remanifold._core.progress import Progress, silent
from remanifold._core.threads import held_to_threads, one_thread
from remanifold.audits.answers.verdict import combined
from remanifold.audits.noun import noun
from remanifold.audits.pages.markdown import copies_markdown
from remanifold.audits.pages.model_card import copies_card
from remanifold.audits.pages.notebook import copies_fragment
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.samples.audit import compare_sources
from remanifold.audits.samples.comparison import CopiesOptions
from remanifold.audits.without_rows import copies_without_rows
from remanifold.data import LabelsLike, PointsLike
from remanifold.data.maps.features import Features
from remanifold.data.maps.likeness import likeness_of


class CopiesReport(CopiesRecord):
    """What `audit_copies` says of generated samples: numbers, named samples, warnings."""

    def __repr__(self) -> str:
        """In a line: how many rows, and how many samples are named."""
        sizes = ", ".join(f"{size} {name}" for name, size in self.sizes.items())
        return f"CopiesReport({sizes}; {len(self.flagged)} samples named)"

    def _repr_html_(self) -> str:
        """The answer and the numbers, for a notebook."""
        return copies_fragment(self)

    def to_markdown(self, *, rows: bool = False) -> str:
        """The report as Markdown, meant to be published, and so as `without_rows`; with ``rows`` files are named."""
        return copies_markdown(self if rows else copies_without_rows(self))

    def to_model_card(self) -> str:
        """One short Markdown section for the model card of a hub; it names no row or file."""
        return copies_card(copies_without_rows(self))

    def without_rows(self, *, fingerprints: bool = True) -> "CopiesReport":
        """The report without any picture, value or name of a row; with ``fingerprints`` those of the sets stay."""
        return CopiesReport(**vars(copies_without_rows(self, fingerprints=fingerprints)))


@held_to_threads
def audit_copies(
    train: PointsLike,
    samples: PointsLike,
    holdout: PointsLike | None = None,
    features: Features | None = None,
    *,
    samples_map: str | None = None,
    standardize: str | None = None,
    invariances: str | Sequence[str] | None = None,
    alpha: float = 0.05,
    groups: LabelsLike | None = None,
    holdout_groups: LabelsLike | None = None,
    duplicate_distance: float = 0.0,
    seed: int = 0,
    memory: str | float = "2GB",
    threads: int | None = None,
    device: str = "cpu",
    progress: Progress = silent,
) -> CopiesReport:
    r"""Compare generated samples with the training rows of the model that made them.

    >>> import numpy as np, remanifold as rm
    >>> rng = np.random.default_rng(0)
    >>> train, samples, holdout = (rng.standard_normal((n, 8)) for n in (100, 60, 200))
    >>> samples[:3] = train[:3]  # planted copies
    >>> report = rm.audit_copies(train, samples, holdout)
    >>> [(pair.sample, pair.train) for pair in report.flagged[:3]]
    [(0, 0), (1, 1), (2, 2)]
    >>> report.number("exact_copies").value
    0.05

    Main arguments:
        train, samples, holdout: Anything that `open_points` opens, (rows, \*shape). Only with hold-out rows, of the
            source of the training rows and unknown to the model, is there a test.
        features: Where distances are taken: "dct" for pictures (`cosine_coefficients`: brightness, contrast, size and
            JPEG hardly matter), a function of rows (k, \*shape), or saved arrays named train, samples and holdout (a
            mapping or a path to an .npz), one row of numbers a row. None: the rows themselves.
        invariances: Transforms of pictures, some of "flips,shifts,crops": of a row's distances those of its
            transformed versions count too, and the least. Hold-out rows undergo the same search, so that every test
            keeps its level. Not with groups, scaled columns or saved features.
        standardize: Scale every column by the mean and standard deviation of the training rows' ("sd"), by the normal
            score of its rank among them ("quantile", which no far row moves), or not ("none"). By default "sd" for
            tables whose columns have names, "none" for arrays and with ``features``.
        alpha: Significance level of tests and threshold, and false discovery rate of named samples.
        samples_map: Brings the numbers of the samples to the scale of the training rows before everything else:
            arithmetic in x such as "x * 255", also with mean, std, column_mean, column_std of the training rows;
            "standardise", "standardise columns" (location and scale of the samples brought to those of the training
            rows); "channels last to first", "channels first to last", "reverse channels". Several: joined by " then ".
        groups, holdout_groups: Which rows belong together (pictures of one person, frames of one video): one label a
            row of train and of holdout, arrays or paths, both or neither where there is a holdout. Tests exchange
            groups then; a group on both sides is a leak, and is left out.

    Other arguments:
        duplicate_distance: Training rows at this distance or less of each other count as one row, and so do hold-out
            rows; units of the data, or of the features. 0: equal rows only.
        seed: Of labels and cells.
        memory: Budget of readings and of the search for equal rows.
        threads: Of the search for nearest rows; all cores by default.
        device: Torch device of that search.
        progress: Told about the stages.

    Returns:
        The report: numbers with intervals and p-values, named samples, warnings.

    Raises:
        InvalidInput: in one sentence, for sets that do not fit, a map that is none, samples that are the
            training set or the hold-out, numbers that are not finite.

    See also:
        `audit` with ``samples=``: the same comparison beside an audit of the data. `find_duplicates`: copies within
        the training set.
    """
    compute = Compute(memory=memory, threads=threads, device=device, progress=progress)
    hold_nothing_back(compute.memory_bytes)
    options = CopiesOptions(alpha, duplicate_distance, seed)
    together = groups, holdout_groups
    with one_thread() if features is None else nullcontext():  # a network of features may use all
        likeness = likeness_of(features, invariances, standardize)
        maps = samples_map, standardize
        record = compare_sources(train, samples, holdout, likeness, options, compute, together, *maps)
    return CopiesReport(**vars(replace(record, verdict=combined(None, record, [], noun(record)))))
