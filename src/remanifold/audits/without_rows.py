"""Reports that do not leak what they protect: no picture, value or name of any row, numbers and row numbers only."""

import re
from dataclasses import replace

from remanifold.audits.answers.verdict import combined, verdict_of
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.network import NetworkRecord
from remanifold.audits.records.samples import CopiesRecord
from remanifold.data.maps.scaling import Scaling
from remanifold.data.pictures.coefficients import WORDS
from remanifold.data.tables.facts import kinds_alone

_CLASS = "class "
_NOTE = (
    "Rows are told by number only: pictures, names of classes and where the sets lie were left out. Classes are "
    "numbered in the order of their names."
)
_TOLD = "left out, since it names rows or files"
_PLACES = (
    "training data",
    "hold-out",
    "a trained network",
    "how it was read is left out",
    "train",
    "samples",
    "holdout",
)
"""What stands for places and descriptions that were left out before."""


def audit_without_rows(record: AuditRecord, *, fingerprints: bool = True) -> AuditRecord:
    """``record`` without pictures, class names, places of files, and texts that hold one of these.

    Args:
        record: Of an audit.
        fingerprints: Keep those of the sets: they tell whether two reports are of the same rows, and prove nothing
            about a row alone.
    """
    names = _class_names(record)
    places = [record.data.source] + ([] if record.holdout is None else [record.holdout.source])
    places += [] if record.samples is None else list(record.samples.sources.values())
    places += [] if record.model is None else [record.model.source, record.model.description]
    secrets = _Secrets([*places, *names])
    data = replace(
        record.data,
        source="training data",
        preprocessing=secrets.cleaned(record.data.preprocessing),
        fingerprint=record.data.fingerprint if fingerprints else "",
        reading=(),  # names columns, classes and files
        standardize=None if record.data.standardize is None else Scaling(record.data.standardize.kind),
        columns=kinds_alone(record.data.columns),
    )
    holdout = record.holdout
    if holdout is not None:
        fingerprint = holdout.fingerprint if fingerprints else ""
        reason = secrets.of_reason(holdout.t_generalization_reason)
        holdout = replace(holdout, source="hold-out", fingerprint=fingerprint, t_generalization_reason=reason)
    model = None if record.model is None else _of_network(record.model, names, secrets)
    samples = None if record.samples is None else _of_samples(record.samples, secrets, fingerprints)
    reference = record.gaussian_reference
    if reference is not None:
        reference = replace(reference, finite_size_reason=secrets.of_reason(reference.finite_size_reason))
    told = replace(
        record,
        parameters=record.parameters | {"no_rows": True},
        data=data,
        exposure=tuple(replace(item, label=None) for item in record.exposure),
        classes=tuple(
            replace(item, label=names.get(item.label, item.label), reason=secrets.of_reason(item.reason))
            for item in record.classes
        ),
        holdout=holdout,
        model=model,
        samples=samples,
        gaussian_reference=reference,
        gaussian_reference_reason=secrets.of_reason(record.gaussian_reference_reason),
        manifold_fit_reason=secrets.of_reason(record.manifold_fit_reason),
        notes=(*secrets.kept(record.notes), _NOTE),
        pictures={},
        row_names={},
    )
    return replace(told, verdict=verdict_of(told))


def copies_without_rows(record: CopiesRecord, *, fingerprints: bool = True) -> CopiesRecord:
    """``record`` of generated samples without the places of files, and texts that hold one of these.

    Args:
        record: Of samples.
        fingerprints: See `audit_without_rows`.
    """
    told = _of_samples(record, _Secrets(list(record.sources.values())), fingerprints)
    return replace(told, verdict=None if record.verdict is None else combined(None, told, [], noun(told)))


def _class_names(record: AuditRecord) -> dict[str, str]:
    """Names of classes, with the numbers that stand for them."""
    names = {item.label for item in record.classes} | {item.label for item in record.exposure if item.label is not None}
    tests = () if record.model is None else record.model.tests
    names |= {test.name.removeprefix(_CLASS) for test in tests if test.name.startswith(_CLASS)}
    return {name: str(number) for number, name in enumerate(sorted(names), start=1)}


def _of_network(model: NetworkRecord, names: dict[str, str], secrets: "_Secrets") -> NetworkRecord:
    tests = tuple(
        replace(test, name=f"{_CLASS}{names[test.name.removeprefix(_CLASS)]}") if test.name.startswith(_CLASS) else test
        for test in model.tests
    )
    return replace(
        model,
        source="a trained network",
        description="how it was read is left out",
        tests=tests,
        notes=secrets.kept(model.notes),
        reason=secrets.of_reason(model.reason),
        agreement_reason=secrets.of_reason(model.agreement_reason),
    )


def _of_samples(samples: CopiesRecord, secrets: "_Secrets", fingerprints: bool) -> CopiesRecord:
    parameters = dict(samples.parameters)
    if parameters.get("features") not in (None, WORDS):
        parameters["features"] = "features"
    if not fingerprints:
        parameters.pop("feature_fingerprints", None)
    return replace(
        samples,
        sources={name: name for name in samples.sources},
        fingerprints=samples.fingerprints if fingerprints else dict.fromkeys(samples.fingerprints, ""),
        parameters=parameters,
        reading=(),
        flagged=tuple(replace(pair, sample_file=None, train_file=None) for pair in samples.flagged),
        closest=tuple(replace(pair, sample_file=None, train_file=None) for pair in samples.closest),
        side_by_side=None,
        data=None if samples.data is None else samples.data.without_values(),
        warnings=secrets.kept(samples.warnings),
        notes=secrets.kept(samples.notes),
        doubts=secrets.kept(samples.doubts),
    )


class _Secrets:
    """Words that must not be told: names of classes, sources."""

    def __init__(self, words: list[str]) -> None:
        told = {re.escape(word) for word in words if re.search(r"[^\W\d]", word) and word not in _PLACES}
        found = sorted(told, key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)") if found else None

    def holds(self, text: str) -> bool:
        """Whether ``text`` holds one of the words; numbers alone are none."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def cleaned(self, text: str) -> str:
        """``text``, or words in its place."""
        return _TOLD if self.holds(text) else text

    def of_reason(self, text: str | None) -> str | None:
        """The same of a reason that may be missing."""
        return None if text is None else self.cleaned(text)

    def kept(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """Texts that hold none of the words; what a doubt says matters, that there is one stays."""
        return tuple(self.cleaned(text) for text in texts)
