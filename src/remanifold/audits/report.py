"""The report of an audit: its record, with the doors to its JSON, pages and numbers."""

from pathlib import Path
from typing import Any

from remanifold.audits.pages.markdown import render_markdown
from remanifold.audits.pages.model_card import audit_card
from remanifold.audits.pages.notebook import report_fragment
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.codec import from_json_text, to_json_text, to_plain
from remanifold.audits.records.scalars import scalars_of
from remanifold.audits.without_rows import audit_without_rows
from remanifold.noise import NoiseLevel


class AuditReport(AuditRecord):
    """When a diffusion model that follows the empirical score of this data set memorizes it, and what to do.

    What `remanifold.audit` returns. The numbers are attributes, described at `AuditRecord`: noise levels such as
    ``t_collapse`` are noise variances with an error, in squared data units, and know their ``sigma``. ``model`` is
    about a trained network and ``samples`` about generated samples, where they were audited.

    Example:
        >>> import numpy as np, remanifold as rm
        >>> report = rm.audit(np.random.default_rng(0).normal(size=(60, 2)), max_queries=20, threads=1)
        >>> rm.AuditReport.from_json(report.to_json()) == report
        True
        >>> sorted(report.scalars())[:2]
        ['collapse_ratio_to_gaussian', 'duplicate_groups']

    See also:
        `remanifold.audit`, which makes one; `remanifold.audits.answers_of`: its answers in words.
    """

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and text; numbers that do not exist are None."""
        return to_plain(self)

    def to_json(self) -> str:
        """Strict JSON text (no NaN), two-space indent, schema ``schema_version``."""
        return to_json_text(self)

    @classmethod
    def from_json(cls, text: str | Path) -> "AuditReport":
        """The report in JSON ``text``, in a page that `to_html` wrote, or in the file at that path.

        Raises:
            InvalidInput: if it is not a report of a schema this version reads.
        """
        return cls(**vars(from_json_text(text)))

    def to_html(self) -> str:
        """One self-contained HTML page: no external address, works offline and printed, light and dark."""
        from remanifold.audits.pages.html import render_html  # matplotlib loads for a page only

        return render_html(self)

    def to_markdown(self, *, rows: bool = False) -> str:
        """The answers as Markdown, for a model card or a review; meant to be published, and so as `without_rows`.

        Args:
            rows: Also name classes and files, for your own eyes.
        """
        return render_markdown(self if rows else audit_without_rows(self))

    def to_model_card(self) -> str:
        """One short Markdown section for the model card of a hub: verdict, numbers, what would have been found.

        It names no row, class or file.
        """
        return audit_card(audit_without_rows(self))

    def without_rows(self, *, fingerprints: bool = True) -> "AuditReport":
        """The report without any picture, value or name of a row: numbers and row numbers only.

        Names of classes become numbers, the places of files are left out, and so is every text that holds one.

        Args:
            fingerprints: Keep those of the sets.
        """
        return AuditReport(**vars(audit_without_rows(self, fingerprints=fingerprints)))

    def scalars(self) -> dict[str, float]:
        """Named numbers for an experiment tracker and for ``--fail-above``; see `remanifold.audits.known_scalars`."""
        return scalars_of(self)

    def __repr__(self) -> str:
        named = ((name, getattr(self, f"t_{name}")) for name in ("onset", "collapse", "generalization"))
        levels = ", ".join(f"sigma_{name}={_sigma(level)}" for name, level in named)
        beside = [name for name in ("holdout", "model", "samples") if getattr(self, name) is not None]
        verdict = "" if self.verdict is None else f", verdict {self.verdict.state!r}"
        with_ = f", with {', '.join(beside)}" if beside else ""
        data = self.data
        sizes = f"{data.n_points} rows, {data.n_groups} distinct"
        return f"AuditReport({data.source[-60:]!r}, {sizes}, {levels}{with_}{verdict})"

    def _repr_html_(self) -> str:
        return report_fragment(self)


def _sigma(level: NoiseLevel | None) -> str:
    return "None" if level is None else f"{level.sigma:.4g}"
