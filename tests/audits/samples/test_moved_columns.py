"""Where samples of a table do not fit, the column that differs most is named; arrays are asked for their range."""

import numpy as np
import pytest

from remanifold import audit_copies

pandas = pytest.importorskip("pandas")
N = 200


def table(seed, words=False):
    random = np.random.default_rng(seed)
    frame = pandas.DataFrame({"age": random.normal(40, 9, N), "pay": random.normal(3, 1, N), "id": np.arange(N) / 7})
    return frame.assign(city=random.choice(["Rome", "Oslo", "Bonn"], N)) if words else frame


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize(
    ("change", "column"),
    [(lambda one: one.assign(pay=one["pay"] * 1000), "pay"), (lambda one: one.assign(id=one["id"] + 500), "id")],
)
def test_the_column_that_differs_most_is_named(words, change, column):
    train, samples, holdout = (table(seed, words) for seed in range(3))
    doubt = audit_copies(train, change(samples), holdout, threads=1).doubts[0]
    assert f": column `{column}` differs most. Is it in the same units in all sets?" in doubt
    assert "--ignore COLUMN" in doubt and "0..255" not in doubt


def test_no_column_is_named_where_none_differs_or_samples_are_few():
    train, samples, holdout = (table(seed) for seed in range(3))
    for one in (train, holdout):  # three equal columns, of which samples have the law alone
        one["pay"] = one["id"] = one["age"] + 0.01 * one["pay"]
    samples["pay"], samples["id"] = (np.random.default_rng(k).permutation(samples["age"]) for k in range(2))
    doubt = audit_copies(train, samples, holdout, threads=1).doubts[0]
    assert "are all columns in the same units in all sets?" in doubt and "differs most" not in doubt
    few = audit_copies(train, samples[:2] * 1000, holdout, threads=1).doubts[0]
    assert "are all columns in the same units" in few and "0..255" not in few


def test_arrays_are_asked_for_their_range():
    train, samples, holdout = (table(seed).to_numpy() for seed in range(3))
    assert "say in -1..1 and not in 0..255?" in audit_copies(train, samples * 1000, holdout, threads=1).doubts[0]
