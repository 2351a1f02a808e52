"""Are generated samples copies of training rows? The front door and its report."""

from remanifold._core.progress import Progress, silent
from remanifold.audits.answers.samples import copies_answer
from remanifold.audits.records.samples import CopiesRecord, CopyNumber
from remanifold.audits.samples.audit import compare_sources
from remanifold.audits.samples.options import CopiesOptions
from remanifold.audits.samples.sets import Features
from remanifold.data import PointsLike


class CopiesReport(CopiesRecord):
    """What `audit_copies` says of generated samples: numbers, named samples, warnings."""

    def __repr__(self) -> str:
        sizes = ", ".join(f"{size} {name}" for name, size in self.sizes.items())
        return f"CopiesReport({sizes}; {len(self.flagged)} samples named)"

    def to_markdown(self) -> str:
        """The report as Markdown."""
        said = copies_answer(self)
        lines = ["# Are these samples copies of training rows?", "", said.answer, "", said.what_to_do, ""]
        lines += [f"* {name}: {source}" for name, source in self.sources.items()]
        lines += [f"* {name} rows: {size}" for name, size in self.sizes.items()] + [""]
        lines += [f"**Warning.** {text}\n" for text in self.warnings]
        lines += ["| number | value | 95 % interval | null | p | n | unit | direction |", "|" + " --- |" * 8]
        lines += [_row(number) for number in self.numbers]
        lines += ["", *(f"* {text}" for text in self.notes)]
        if self.flagged:
            lines += ["", "| sample | training row | distance | d1/d2 | false discovery rate |", "|" + " --- |" * 5]
            lines += [
                f"| {f.sample} | {f.train} | {f.distance:.6g} | {f.ratio:.4g} | {_text(f.rate)} |" for f in self.flagged
            ]
        return "\n".join([*lines, "", f"remanifold {self.version}, seed {self.seed}; not a privacy certificate.", ""])


def audit_copies(
    train: PointsLike,
    samples: PointsLike,
    holdout: PointsLike | None = None,
    features: Features | None = None,
    *,
    alpha: float = 0.05,
    duplicate_distance: float = 0.0,
    seed: int = 0,
    memory: str | float = "2GB",
    threads: int | None = None,
    device: str = "cpu",
    progress: Progress = silent,
) -> CopiesReport:
    r"""Compare samples with the training rows of the model that made them.

    Main arguments:
        train, samples, holdout: Anything that `open_points` reads. Only with held-out rows, of the source of the
            training rows and unknown to the model, is there a test.
        features: Where distances are taken: a function of rows (k, \*shape), or saved arrays named train, samples and
            holdout (a mapping or a path to an .npz), one row of numbers a row. None: the rows themselves.
        alpha: Level of tests, threshold and false discovery rate.

    Other arguments:
        duplicate_distance: Training rows at this distance or less of each other count as one row, and so do held-out
            rows; units of the data, or of the features. 0: equal rows only.
        seed: Of labels and cells.
        memory: Budget of readings and of the search for equal rows.
        threads: Of the search for nearest rows; all cores by default.
        device: Torch device of that search.
        progress: Told about the stages.

    Raises:
        InvalidInput: in one sentence, for sets that do not fit, overlap of hold-out and training, samples that are the
            training set or the hold-out, numbers that are not finite.
    """
    options = CopiesOptions(alpha, duplicate_distance, seed, memory, threads, device)
    return CopiesReport(**vars(compare_sources(train, samples, holdout, features, options, progress)))


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _row(number: CopyNumber) -> str:
    interval = "" if number.interval is None else f"{number.interval[0]:.4g} to {number.interval[1]:.4g}"
    cells = (_text(number.value), interval, _text(number.null), _text(number.p_value), str(number.n), number.unit)
    return f"| {number.name}: {number.meaning} | {' | '.join(cells)} | {number.direction} |"
