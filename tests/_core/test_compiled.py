"""A small budget leaves no room for a compiler."""

import pytest

from remanifold._core.compiled import functions as compiled


def test_a_small_budget_takes_only_kernels_that_were_loaded_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels compile one by one: that numba and others are there does not help."""
    monkeypatch.setattr(compiled, "numba_installed", lambda: True)
    monkeypatch.setattr(compiled, "_within", [])  # private: what this process was told is of other tests
    assert compiled.can_compile("no.such.kernels")
    compiled.keep_within(10**9)
    assert compiled.can_compile("no.such.kernels")
    compiled.keep_within(10**8)
    compiled.keep_within(10**9)
    assert not compiled.can_compile("no.such.kernels")
    assert compiled.can_compile(compiled.__name__)
