"""Samples of tables: one column in other units hides nothing, cells stand side by side, attacks have their baseline.

The rates of false alarms of both scalings are measured in docs/howto/tables.md over 720 honest draws.
"""

import json

import numpy as np
import pytest

from remanifold import InvalidInput, audit, audit_copies
from remanifold.audits.pages.copies import copies_page

pandas = pytest.importorskip("pandas")
WIDTH, N = 8, 500
MIX = np.random.default_rng(7).normal(size=(WIDTH, WIDTH)) / np.sqrt(WIDTH)


def frame(random, n=N):
    """Correlated columns, one of which is ten thousand times as large."""
    rows = random.normal(size=(n, WIDTH)) @ MIX + 0.3 * random.normal(size=(n, WIDTH))
    rows[:, 2] *= 1e4
    return pandas.DataFrame(rows, columns=[f"c{k}" for k in range(WIDTH)])


def sets(seed, copied=50):
    """Training rows, samples of which the first are near copies, and a hold-out."""
    random = np.random.default_rng(seed)
    train, samples, holdout = (frame(random) for _ in range(3))
    noise = 0.02 * train.std().to_numpy() * random.normal(size=(copied, WIDTH))
    samples.iloc[:copied] = train.iloc[:copied].to_numpy() + noise
    return train, samples, holdout


def state(report):
    return report.verdict.state


@pytest.mark.parametrize("seed", range(3))
def test_near_copies_are_found_whatever_the_unit_of_a_column(seed):
    given = sets(seed)
    report = audit_copies(*given, threads=1)
    assert state(report) == "remembers"
    named = {pair.sample for pair in report.flagged if pair.sample == pair.train}
    assert len(named & set(range(50))) > 40
    assert state(audit_copies(*given, standardize="quantile", threads=1)) == "remembers"
    blind = audit_copies(*given, standardize="none", threads=1)  # the mistake that scaling mends
    assert state(blind) != "remembers"
    assert any("c2 (column 2, from 0) holds a share of 0.99" in text for text in blind.warnings)


def test_arrays_are_not_scaled_by_default_but_warned_of():
    train, samples, holdout = (one.to_numpy() for one in sets(0))
    report = audit_copies(train, samples, holdout, threads=1)
    assert report.data.standardize.kind == "none"
    assert any("standardize='sd'" in text for text in report.warnings)
    assert state(audit_copies(train, samples, holdout, standardize="sd", threads=1)) == "remembers"


def test_the_record_has_scales_cells_curves_and_attacks_and_no_rows_leaves_them_out():
    train, samples, holdout = sets(1)
    report = audit_copies(train, samples, holdout, threads=1)
    told = json.loads(report.to_json())
    scaling = told["data"]["standardize"]
    assert scaling["kind"] == "sd" and scaling["names"] == list(train)
    assert np.allclose(scaling["scale"], train.std(ddof=0)) and np.allclose(scaling["shift"], train.mean())
    pair = told["side_by_side"]["pairs"][0]
    assert float(pair["values_b"][0]) == pytest.approx(train.iloc[pair["row_b"], 0])
    near = np.abs(samples.iloc[pair["row_a"]] - train.iloc[pair["row_b"]]) <= 0.01 * train.std(ddof=0)
    assert pair["near"] == near.tolist() and not any(pair["agree"])
    curves = report.curves
    assert curves.samples[-1] == curves.holdout[-1] == 1 and curves.samples[5] > curves.holdout[5]
    page = copies_page(report, None)
    assert "standard deviations of a column" in page and "column by column" in page and 'id="plot-distances"' in page
    assert "columns that agree" in report.to_markdown(rows=True)
    bare = report.without_rows()
    assert bare.side_by_side is None and bare.data.standardize.shift == ()
    assert '"c2' not in bare.to_json() and "columns that agree" not in report.to_markdown()


def test_attacks_stand_beside_those_on_the_hold_out():
    train, samples, holdout = sets(2, copied=0)
    honest = {number.name: number for number in audit_copies(train, samples, holdout, threads=1).numbers}
    assert honest["linkability"].p_value > 1e-3  # of 1000 honest draws one fails
    half = samples.copy()
    half.iloc[:250] = train.iloc[:250].to_numpy()
    copied = {number.name: number for number in audit_copies(train, half, holdout, threads=1).numbers}
    assert copied["linkability"].value == pytest.approx(0.5, abs=0.05) and copied["linkability"].p_value < 1e-6
    assert copied["linkability"].interval[0] < copied["linkability"].value < copied["linkability"].interval[1]
    for name in ("singling_out", "linkability"):
        assert "residual risk" in honest[name].meaning and 0 <= honest[name].null <= 1


def test_an_audit_scales_tables_and_a_network_keeps_its_own_units():
    train, samples, holdout = sets(3)
    report = audit(train, holdout=holdout, samples=samples, max_queries=40, threads=1)
    assert report.data.standardize.kind == "sd" and report.data.std == pytest.approx(1)
    assert state(report) == "remembers"
    assert "standard deviations of a column" in report.to_markdown()
    assert json.loads(report.to_json())["data"]["columns"][2]["kind"] == "number"
    plain = audit(train.to_numpy(), max_queries=20, threads=1)
    assert plain.data.standardize.kind == "none"
    assert any("holds a share of 0.99" in note for note in plain.notes)
    with pytest.raises(InvalidInput, match="`standardize` must be none where there is a model"):
        audit(train, holdout=holdout, model=lambda x, t: x, standardize="sd")


def test_tables_of_words_are_compared_and_named_pairs_tell_their_cells():
    random = np.random.default_rng(4)

    def mixed(n=200):
        city, bmi = random.choice(["Rome", "Oslo", "Bonn"], n), random.normal(25, 3, n)
        bmi[random.random(n) < 0.1] = np.nan
        return pandas.DataFrame(
            {"age": random.normal(40, 9, n), "city": city, "bmi": bmi, "pay": random.normal(size=n)}
        )

    train, samples, holdout = mixed(), mixed(), mixed()
    samples.iloc[:20] = train.iloc[:20]
    report = audit_copies(train, samples, holdout, threads=1)
    assert state(report) == "remembers" and len(report.copied) == 20
    assert report.side_by_side.columns == ("age", "city", "bmi", "pay") and all(report.side_by_side.pairs[0].agree)
    with pytest.raises(InvalidInput, match="a table beside a model must hold the numbers that the model sees"):
        audit(train, holdout=holdout, model=lambda x, t: x)
    with pytest.raises(InvalidInput, match="`samples_map` is for rows of numbers"):
        audit_copies(train, samples, holdout, samples_map="x * 2")


def test_a_map_of_the_samples_is_in_their_own_units():
    train, samples, holdout = sets(5)
    scaled = samples / 255
    report = audit_copies(train, scaled, holdout, threads=1)
    assert any("x * 255" in text for text in report.warnings)
    assert state(audit_copies(train, scaled, holdout, samples_map="x * 255", threads=1)) == "remembers"
