"""What the tests of audits share: a realistic report, and audits without the theory that takes seconds."""

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from remanifold.audits.report import AuditReport


@pytest.fixture(scope="session")
def sample() -> AuditReport:
    """Digits with planted copies, a hold-out with stolen rows, classes and pictures."""
    spec = importlib.util.spec_from_file_location("sample_report", Path(__file__).with_name("sample_report.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.sample_report()


@pytest.fixture(scope="session")
def bare(sample: AuditReport) -> AuditReport:
    """The same report with nothing that may be missing: no time exists, and there is no hold-out, class or picture."""
    return replace(
        sample,
        t_onset=None,
        t_collapse=None,
        t_generalization=None,
        t_onset_reason="the trap curve never crosses zero",
        t_collapse_reason="the gap curve never crosses zero",
        t_generalization_reason=None,
        duplicates=(),
        duplicate_pairs=(),
        exposure=(),
        samples_needed=(),
        gaussian_reference=None,
        gaussian_reference_reason="the covariance is zero",
        holdout=None,
        classes=(),
        class_shift_prediction=None,
        notes=(),
        pictures={},
    )


@pytest.fixture(scope="module")
def without_theory() -> Iterator[None]:
    """Audits leave the Gaussian reference out, which takes seconds and depends on no option of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        module = sys.modules["remanifold.audits.audit"]  # the name is also that of the function
        patch.setattr(module, "reference_of", lambda _: (None, "left out"))
        yield
