"""Tables whose samples have one column changed: copies are told by the other cells, or the column is named."""

import numpy as np
import pandas as pd
import pytest

import remanifold as rm
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.samples.all_but_one import agreement_number, repeated_but_one
from remanifold.audits.samples.column_laws import with_column_laws

N = 400


def table(seed, n=N):
    random = np.random.default_rng(seed)
    income = np.exp(random.normal(10, 0.6, n)).round(2)
    return pd.DataFrame(
        {
            "age": random.normal(50, 15, n).round(),
            "income": income,
            "height": random.normal(170, 10, n).round(1),
            "city": random.choice(["Rome", "Oslo", "Paris", "Lima"], n),
            "smoker": random.choice(["yes", "no"], n),
            "bmi": (income / 1000 + random.normal(0, 5, n)).round(2),
        }
    )


TRAIN, HOLDOUT = table(0), table(2)
EMPTY = CopiesRecord({}, {}, {}, {}, 0, (), (), (), {}, (), ())
CHANGES = {
    "other units": lambda rows: rows.assign(income=rows.income / 12),
    "logarithm": lambda rows: rows.assign(income=np.log(rows.income)),
    "sign": lambda rows: rows.assign(bmi=-rows.bmi),
    "shifted": lambda rows: rows.assign(age=rows.age + 3),
    "recoded": lambda rows: rows.assign(smoker=rows.smoker.map({"yes": "no", "no": "yes"})),
    "drawn anew": lambda rows: rows.assign(city=table(9).city),
}


def copied(part=120):
    samples = table(1)
    samples.iloc[:part] = TRAIN.iloc[:part]
    return samples


@pytest.mark.parametrize("change", CHANGES)
def test_copies_with_one_column_changed_are_found(change):
    report = rm.audit_copies(TRAIN, CHANGES[change](copied()), HOLDOUT)
    assert report.verdict.state == "remembers"
    number = report.number("agree_but_one")
    assert (
        number.p_value < 1e-6 and number.null == 0 and number.value > 0.05
    )  # of 30 % copies, those known by two values
    honest = rm.audit_copies(TRAIN, CHANGES[change](table(1)), HOLDOUT)
    assert honest.verdict.state != "remembers" and honest.number("agree_but_one").value == 0


def test_near_copies_in_other_units_are_not_cleared():
    """One column lies elsewhere: named, and no all-clear; a shift that generators make is not named."""
    samples = copied()
    random = np.random.default_rng(3)
    for name in ("age", "income", "height", "bmi"):
        samples.loc[:119, name] *= 1 + 1e-3 * random.normal(size=120)
    report = rm.audit_copies(TRAIN, samples.assign(income=samples.income / 12), HOLDOUT)
    assert (
        report.verdict.state == "cannot tell"
        and "In column `income` the samples lie elsewhere" in report.verdict.headline
    )
    numbers = [frame[["age", "income", "height", "bmi"]] for frame in (TRAIN, samples, HOLDOUT)]
    plain = rm.audit_copies(numbers[0], numbers[1].assign(income=numbers[1].income / 12), numbers[2])
    assert any("In column `income`" in doubt for doubt in plain.doubts)
    poor = rm.audit_copies(TRAIN, table(1).assign(income=table(1).income * 1.3), HOLDOUT)
    assert not any("lie elsewhere" in doubt for doubt in poor.doubts)


def agreements(train, samples, holdout):
    found = agreement_number(*(rm.open_points(one) for one in (train, samples, holdout)))
    assert found is not None
    return found[0]


def test_common_answers_prove_nothing_however_sharp_the_generator_is():
    """Twelve questions of four answers: rows agree in all but one by chance, sharper ones more often."""
    random = np.random.default_rng(0)
    shares = random.dirichlet(np.full(4, 2.0), size=12)
    sharper = shares**2.5 / (shares**2.5).sum(axis=1, keepdims=True)
    sets = [
        pd.DataFrame({f"q{k}": random.choice(list("abcd"), n, p=p) for k, p in enumerate(law)})
        for law, n in ((shares, 2000), (sharper, 5000), (shares, 5000))
    ]
    number = agreements(*sets)
    assert number.value == 0 and number.p_value == 1
    agree = sets[1].to_numpy(dtype="U1")[:200, None] == sets[0].to_numpy(dtype="U1")[None]
    assert agree.sum(axis=2).max() >= 11  # planted: they do agree


@pytest.mark.parametrize("columns", [list(TRAIN), ["income", "bmi", "smoker", "city"]])
def test_columns_drawn_one_by_one_from_training_values_prove_nothing(columns):
    """Values of training rows, but not their rows: two of one row meet once in 400 pairs."""
    random = np.random.default_rng(1)
    drawn = pd.DataFrame({name: TRAIN[name].to_numpy()[random.integers(N, size=2000)] for name in columns})
    number = agreements(TRAIN[columns], drawn, HOLDOUT[columns])
    assert number.value < 0.005 and number.p_value > 1e-6


def test_few_rows_lie_elsewhere_by_chance():
    """20 rows a set and 12 columns: the largest of 12 differences is .5 or more in one table of ten."""
    named = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        sets = [pd.DataFrame(random.normal(size=(20, 12))).add_prefix("x") for _ in range(3)]
        found = with_column_laws(EMPTY, *(rm.open_points(one) for one in sets))
        named += bool(found.doubts)
    assert named == 0  # at most 1 in 1000 a table: 9 % by chance for one in 100
    far = [pd.DataFrame(random.normal(size=(200, 12)) + 10 * (k == 1)).add_prefix("x") for k in range(3)]
    assert len(with_column_laws(EMPTY, *(rm.open_points(one) for one in far)).doubts) == 12


def test_false_alarms_of_honest_tables_are_rare():
    """Of 40 honest tables none has a sample that is a training row but for one cell."""
    for seed in range(40):
        sets = [rm.open_points(table(3 * seed + 10 + k, 120)) for k in range(3)]
        found = agreement_number(*sets)
        assert found is None or found[0].value == 0


def test_rows_that_repeat_but_for_a_number_of_the_row_are_told():
    """A column of numbers hides 40 copied rows; without it they are duplicates."""
    numbered = pd.concat([TRAIN, TRAIN[:40]], ignore_index=True)
    numbered.insert(0, "patient", np.random.default_rng(0).permutation(10**6)[: N + 40])
    report = rm.audit(numbered, max_queries=20, threads=1)
    assert report.duplicates == () and any(
        note.startswith("40 rows equal another row in every column but `patient`") for note in report.notes
    )
    without = rm.audit(numbered, ignore=["patient"], max_queries=20, threads=1)
    assert len(without.duplicates) == 40 and not any("equal another row" in note for note in without.notes)
    answers = pd.DataFrame(np.random.default_rng(1).choice(["yes", "no"], (300, 9))).add_prefix("q")
    assert repeated_but_one(rm.open_points(answers)) is None
    assert repeated_but_one(rm.open_points(TRAIN)) is None and repeated_but_one(rm.open_points(np.eye(5))) is None


def test_rows_of_the_same_words_that_are_near_in_one_number_are_no_proof():
    """Half precision is no nearer than honest rows of a table come by chance; six printed digits are."""
    random = np.random.default_rng(0)

    def rows(n=400):
        words = [f"word {k}" for k in random.integers(60, size=n)]
        numbers = {"fine": random.normal(size=n), "coarse": random.gamma(2, size=n).round(2)}
        return pd.DataFrame(numbers | {"word": words, "answer": random.choice(["yes", "no"], n)})

    train, samples, holdout = rows(), rows(), rows()
    near, printed = (samples.copy() for _ in range(2))
    near.loc[0] = train.loc[7]
    near.loc[0, "fine"] += 5e-4
    printed.loc[0] = train.loc[7]
    printed.loc[0, "fine"] = float(f"{train.loc[7, 'fine']:.6g}")
    found = [rm.audit_copies(train, one, holdout).number("certain_copies").value for one in (samples, near, printed)]
    assert found == [0, 0, 1]
