"""Tables that differ in words or missing cells, and columns that were left out, are named and give no false all-clear.

False doubts were counted on honest rows: see docs/howto/tables.md.
"""

import numpy as np
import pytest

from remanifold import audit, audit_copies
from remanifold.audits.pages.copies import copies_page

pandas = pytest.importorskip("pandas")
N = 200


def table(seed, n=N):
    random = np.random.default_rng(seed)
    columns = {"age": random.normal(40, 9, n), "pay": random.normal(3, 1, n), "len": random.normal(170, 8, n)}
    words = {"city": random.choice(["Rome", "Oslo", "Bonn"], n), "name": [f"p{seed} {k}" for k in range(n)]}
    return pandas.DataFrame(columns | words)


def sets(copied=0):
    train, samples, holdout = (table(seed) for seed in range(3))
    samples.iloc[:copied] = train.iloc[:copied]
    return train, samples, holdout


def said(*given):
    report = audit_copies(*given, threads=1)
    return report.verdict.state, report


def test_copies_are_found_under_another_spelling_and_no_all_clear_is_given_under_another_name():
    train, samples, holdout = sets(30)
    state, report = said(train, samples.assign(city=samples["city"].str.upper() + " "), holdout)
    assert state == "remembers" and len(report.copied) == 30
    state, report = said(train, samples.assign(city=samples["city"] + "."), holdout)
    assert state == "remembers" and not report.tests_hold  # by their other cells
    assert report.number("agree_but_one").value == 30 / N
    pay = samples["pay"] + 1e-6
    state, report = said(train, samples.assign(city=samples["city"] + ".", pay=pay), holdout)
    assert state == "cannot tell" and not report.tests_hold  # no copies but for one cell
    doubt = (
        "In column `city` 100% of the cells of the samples hold words that no training row has, where at most 3.0% are"
    )
    assert report.doubts[0].startswith(doubt) and report.doubts[0] in report.warnings
    for bare in (report.without_rows(), report):
        assert bare.verdict.state == "cannot tell" and "100% of the cells" in bare.to_markdown()
    assert "city of the" not in said(*sets())[1].to_json() and "no training row has" not in said(*sets())[1].to_json()


def test_rare_words_are_held_against_the_hold_out():
    rarity = 1 / np.arange(1, 20001) ** 1.3
    given = [
        one.assign(city=[f"w{k}" for k in np.random.default_rng(seed).choice(20000, N, p=rarity / rarity.sum())])
        for seed, one in enumerate(sets())
    ]
    honest = said(*given)[1]
    assert not any("`city`" in doubt for doubt in honest.doubts)
    renamed = np.arange(N) < N // 2
    given[1] = given[1].assign(city=np.where(renamed, given[1]["city"] + ".", given[1]["city"]))
    state, report = said(*given)
    assert state == "cannot tell" and "of those of the hold-out do" in report.doubts[0]


def test_a_hold_out_of_other_words_is_named_and_its_tests_do_not_hold():
    train, samples, holdout = sets()
    state, report = said(train, samples, holdout.assign(city=np.where(np.arange(N) < 40, "Lima", holdout["city"])))
    assert state == "cannot tell" and not report.tests_hold
    assert report.doubts[0].startswith(
        "In column `city` 20% of the cells of the hold-out hold words that no training row"
    )


def test_missing_cells_are_named_and_give_no_all_clear_where_they_set_most_rows_apart():
    train, samples, holdout = sets()
    few, most = (samples.assign(pay=np.where(np.arange(N) < n, np.nan, samples["pay"])) for n in (60, 150))
    state, report = said(train, few, holdout)
    note = "In column `pay` 30% of the cells of the samples are missing, and 0% of those of the training rows."
    assert note in report.notes and not any("`pay`" in doubt for doubt in report.doubts)
    state, report = said(train, most, holdout)
    assert state == "cannot tell" and "In column `pay` 75% of the cells of the samples are missing" in report.doubts[0]
    state, report = said(train, samples, most.assign(name=holdout["name"]))
    assert state == "cannot tell" and "In column `pay` 75% of the cells of the hold-out are missing" in report.doubts[0]
    gaps = [table(k).mask(np.random.default_rng(k).random((N, 5)) < [0.3, 0.3, 0.3, 0, 0]) for k in range(3)]
    full = said(gaps[0], samples, gaps[2])[1]  # 30 % of each of three columns: two thirds of the rows
    assert any("the cells of the samples are missing" in doubt for doubt in full.doubts)
    assert not any("are missing" in text for text in (*said(*gaps)[1].doubts, *said(*gaps)[1].notes))


def test_columns_left_out_are_named_with_the_values_that_are_shared():
    train, samples, holdout = sets()
    samples.loc[:36, "name"] = train["name"][:37].str.upper()
    holdout.loc[:1, "name"] = train["name"][:2]
    state, report = said(train, samples, holdout)
    note = (
        "The column `name` was left out (200 different words in 200 rows, which name rows and are no categories): "
        "37 of 200 samples and 2 of 200 hold-out rows share its value with a training row, samples more often than "
        "hold-out rows (p = "
    )
    assert report.notes[0].startswith(note)
    assert state == "cannot tell" and "37 of 200 samples" in report.verdict.headline
    for text in (report.to_markdown(), report.to_model_card(), copies_page(report, None)):
        assert "37 of 200 samples and 2 of 200 hold-out rows share its value" in text
    samples["name"] = table(5)["name"]
    state, report = said(train, samples, holdout)
    assert "0 of 200 samples and 2 of 200 hold-out rows share its value with a training row." in report.notes[0]
    assert state != "no sign" or "Left out, and so not compared: `name`." in report.verdict.headline


def test_an_audit_says_the_same_of_its_samples():
    train, samples, holdout = sets(30)
    changed = samples.assign(city="Kyiv", pay=samples["pay"] + 1e-6)
    told = audit(train, holdout=holdout, samples=changed, max_queries=20, threads=1)
    assert told.samples.doubts[0].startswith("In column `city` 100% of the cells of the samples hold words")
    assert told.verdict.state == "cannot tell" and told.samples.notes[0].startswith("The column `name` was left out")
    again = audit_copies(train, samples, holdout, threads=1)
    assert told.data.fingerprint == again.fingerprints["train"]
    assert told.samples.fingerprints["holdout"] == again.fingerprints["holdout"]


def test_an_audit_of_data_alone_notes_a_hold_out_of_other_words():
    train, _, holdout = sets()
    report = audit(train, holdout=holdout.assign(city="Kyiv"), max_queries=20, threads=1)
    assert report.notes[0].startswith("In column `city` 100% of the cells of the hold-out hold words")
    assert report.notes[1].endswith(": 0 of 200 hold-out rows share its value with a training row.")
    assert not any("`city`" in note for note in audit(train, holdout=holdout, max_queries=20, threads=1).notes)


def test_equal_cells_agree_and_unequal_ones_are_told_apart():
    train, samples, holdout = (one.drop(columns="name") for one in sets(20))
    samples.loc[:9, "pay"] = np.nextafter(samples["pay"][:10], np.inf)
    samples.loc[10:19, "len"] += 0.001
    report = audit_copies(train, samples, holdout, threads=1)
    pairs = {pair.row_a: pair for pair in report.side_by_side.pairs if pair.row_a == pair.row_b < 20}
    for row, pair in pairs.items():
        column = 1 if row < 10 else 2
        assert [not one for one in pair.agree] == [k == column for k in range(4)] and all(pair.near)
        assert [a != b for a, b in zip(pair.values_a, pair.values_b)] == [k == column for k in range(4)]
    assert len(pairs) > 9
    assert "(near)" in report.to_markdown(rows=True) and "columns that agree or are near" in report.to_markdown(
        rows=True
    )


def test_attacks_do_not_depend_on_the_memory_budget():
    train, samples, holdout = (
        pandas.DataFrame(np.random.default_rng(k).normal(size=(1000, 50)), columns=[f"c{j}" for j in range(50)])
        for k in range(3)
    )
    samples.iloc[:60] = train.iloc[:60]
    told = []
    for memory in ("3MB", "2GB"):
        numbers = audit_copies(train, samples, holdout, threads=1, memory=memory).numbers
        told.append([one for one in numbers if one.name in ("singling_out", "linkability")])
    assert told[0] == told[1] and len(told[0]) == 2
