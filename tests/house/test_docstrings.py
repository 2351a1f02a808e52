"""Docstrings of the front door: examples that run, arguments in two groups, where to go next."""

import doctest
import inspect

import pytest

import remanifold

_WITHOUT_EXAMPLE = ("InvalidInput", "NotConverged")


def _functions() -> list[str]:
    return [name for name in remanifold.__all__ if inspect.isfunction(getattr(remanifold, name))]


@pytest.mark.parametrize("name", remanifold.__all__)
def test_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # an example may write files
    thing = getattr(remanifold, name)
    globs: dict[str, object] = {}
    tests = doctest.DocTestFinder(exclude_empty=True).find(thing, name, module=False, globs=globs)
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    said: list[str] = []
    for test in tests:
        runner.run(test, out=said.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)


@pytest.mark.parametrize("name", [name for name in remanifold.__all__ if name not in _WITHOUT_EXAMPLE])
def test_everything_at_the_door_has_an_example_and_says_where_to_go_next(name):
    doc = inspect.getdoc(getattr(remanifold, name)) or ""
    assert ">>>" in doc
    assert "See also:" in doc


@pytest.mark.parametrize("name", _functions())
def test_many_arguments_are_in_two_groups(name):
    function = getattr(remanifold, name)
    doc, count = inspect.getdoc(function) or "", len(inspect.signature(function).parameters)
    assert count <= 3 or ("Main arguments:" in doc and ("Other arguments:" in doc or count <= 5))


def test_a_broken_example_is_seen():
    def broken() -> None:
        """Sums.

        >>> 1 + 1
        3
        """

    (test,) = doctest.DocTestFinder().find(broken, module=False, globs={})
    assert doctest.DocTestRunner(verbose=False).run(test, out=lambda text: None).failed == 1
