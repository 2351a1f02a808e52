"""Samples prepared otherwise than the training rows: doubted, the map named, the copies found under it."""

import json

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_digits

from remanifold import InvalidInput, audit, audit_copies
from remanifold.audits.answers.samples import copies_answer

DIGITS = load_digits().data / 16


def pictures(rng, n):
    """Coloured pictures of whole numbers 0..255, (n, 6, 6, 3)."""
    colour = rng.random((n, 1, 1, 3)) * np.array([1, 0.7, 0.4])
    shape = rng.random((n, 3, 3, 1)).repeat(2, 1).repeat(2, 2) * 0.5
    return np.clip((colour + shape + 0.08 * rng.standard_normal((n, 6, 6, 3))) / 1.6 * 255, 0, 255).round()


def digits(rng, n):
    return DIGITS[rng.permutation(len(DIGITS))[:n]] * 255


def table(rng, n):
    return rng.lognormal(0, 0.6, (n, 8)) * np.array([1, 3, 10, 30, 0.5, 2, 5, 7])


def same(rows, _):
    return rows


def standardised(rows, train):
    return (rows - train.mean()) / train.std()


def columns_standardised(rows, train):
    return (rows - train.mean(axis=0)) / np.maximum(train.std(axis=0), 1e-300)


CASES = {
    "0..1 beside 0..255": (digits, same, lambda rows, _: rows / 255, "x * 255"),
    "0..255 beside 0..1": (digits, lambda rows, _: rows / 255, same, "x / 255"),
    "-1..1 beside 0..255": (pictures, same, lambda rows, _: rows / 127.5 - 1, "(x + 1) * 127.5"),
    "0..255 beside -1..1": (pictures, lambda rows, _: rows / 127.5 - 1, same, "x / 127.5 - 1"),
    "-1..1 beside 0..1": (digits, lambda rows, _: rows / 255, lambda rows, _: rows / 127.5 - 1, "(x + 1) / 2"),
    "0..1 beside -1..1": (digits, lambda rows, _: rows / 127.5 - 1, lambda rows, _: rows / 255, "2 * x - 1"),
    "float32 beside uint8": (
        pictures,
        lambda rows, _: rows.astype(np.uint8),
        lambda rows, _: rows.astype(np.float32) / 255,
        "x * 255",
    ),
    "float16 beside uint8": (
        pictures,
        lambda rows, _: rows.astype(np.uint8),
        lambda rows, _: (rows / 127.5 - 1).astype(np.float16),
        "(x + 1) * 127.5",
    ),
    "standardised samples": (digits, same, standardised, "x * std + mean"),
    "samples with standardised columns": (table, same, columns_standardised, "x * column_std + column_mean"),
    "channels reversed": (pictures, same, lambda rows, _: rows[..., ::-1], "reverse channels"),
}
MATCHED_LAST = "standardise columns"
MATCHED = {
    "standardised training rows": (digits, standardised, same, "standardise"),
    "training rows with standardised columns": (table, columns_standardised, same, "standardise columns"),
}


def sets_of(case, seed=0):
    """Training rows, hold-out, samples of which half are copies, each prepared in its way."""
    draw, of_train, of_samples, _ = case
    rows = draw(np.random.default_rng(seed), 500)
    train, holdout, samples = rows[:200], rows[200:450], np.concatenate([rows[:50], rows[450:]])
    return of_train(train, train), of_train(holdout, train), of_samples(samples, train)


def named(report):
    """The maps named by the doubts of a report."""
    return [text.split('--samples-map "')[1].split('"')[0] for text in report.doubts if "--samples-map" in text]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("with_holdout", [True, False])
def test_the_map_is_named_and_half_are_copies_under_it(name, with_holdout):
    train, holdout, samples = sets_of(CASES[name])
    text, beside = CASES[name][3], holdout if with_holdout else None
    given = audit_copies(train, samples, beside, threads=1)
    assert named(given) == [text] and f'samples_map="{text}"' in given.doubts[0]
    assert given.verdict.state == "cannot tell" and text in given.verdict.headline
    found = audit_copies(train, samples, beside, samples_map=text, threads=1)
    assert found.verdict.state == "remembers" and found.doubts == ()
    assert found.number("certain_copies").value == 50 == len(found.copied)
    assert found.parameters["samples_map"] == text and found.notes[0].startswith(f"The samples were mapped by {text}")
    assert found.fingerprints == given.fingerprints and text in found.to_markdown().replace("\\", "")


@pytest.mark.parametrize("name", MATCHED)
def test_a_map_from_the_samples_themselves_shows_near_copies_and_says_so(name):
    train, _, samples = sets_of(MATCHED[name])
    rows = MATCHED[name][0](np.random.default_rng(0), 500)
    holdout = MATCHED[name][1](rows[200:450], rows[:200])
    text = MATCHED[name][3]
    assert named(audit_copies(train, samples, holdout, threads=1)) == [text]
    found = audit_copies(train, samples, holdout, samples_map=text, threads=1)
    assert found.verdict.state == "remembers" and found.number("exact_copies").value == 0
    assert "copies lie near their rows, not on them" in found.notes[1] and found.detectable["equal"] is None


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_map_gives_no_all_clear_and_no_other_wrong_map_is_named(name):
    train, holdout, samples = sets_of(CASES[name])
    report = audit_copies(train, samples, holdout, samples_map="x * 7 + 40", threads=1)
    assert report.verdict.state == "cannot tell"
    assert [text.removeprefix("x * 7 + 40 then ") for text in named(report)] in ([], ["standardise"], [MATCHED_LAST])


def test_a_map_on_top_of_another_is_named_with_both():
    rows = pictures(np.random.default_rng(0), 500)
    train, holdout, samples = rows[:200], rows[200:450], np.moveaxis(rows[:100] / 255, 3, 1)
    with pytest.raises(InvalidInput, match='pass --samples-map "channels first to last"'):
        audit_copies(train, samples, holdout, threads=1)
    first = audit_copies(train, samples, holdout, samples_map="channels first to last", threads=1)
    assert named(first) == ["channels first to last then x * 255"]
    assert (
        audit_copies(train, samples, holdout, samples_map=named(first)[0], threads=1).number("exact_copies").value == 1
    )


def test_no_map_is_named_where_none_is_right():
    rng = np.random.default_rng(0)
    rows = digits(rng, 500)
    train, holdout = rows[:200], rows[200:450]
    noise = rng.normal(5000, 900, (100, 64))
    report = audit_copies(train, noise, holdout, threads=1)
    assert report.verdict.state == "cannot tell" and named(report) == []
    for wrong in (rows[:100] * 3 + 1000, rows[:100] / 17):  # no usual map: only those that fit anything may be named
        assert named(audit_copies(train, wrong, holdout, threads=1)) in ([], ["standardise"], ["standardise columns"])


def test_blurred_samples_in_another_scale_are_brought_to_the_right_one():
    rng = np.random.default_rng(0)
    rows = digits(rng, 600)
    blurred = gaussian_filter(rows[450:].reshape(-1, 8, 8), (0, 0.4, 0.4)).reshape(-1, 64) / 255
    assert named(audit_copies(rows[:200], blurred, rows[200:450], threads=1)) == ["x * 255"]


HONEST = {
    "gauss": lambda rng, n: rng.standard_normal((n, 10)),
    "student t": lambda rng, n: rng.standard_t(2.5, (n, 10)),
    "lognormal": lambda rng, n: rng.lognormal(0, 1, (n, 10)),
    "binary": lambda rng, n: rng.integers(0, 2, (n, 10)).astype(float),
    "rare events": lambda rng, n: (rng.random((n, 10)) < 0.05).astype(float),
    "digits": digits,
    "pictures": pictures,
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_samples_fit_as_they_are(name):
    """Of 100 draws none was doubted for its scale (docs/howto/copies.md)."""
    for seed in range(10):
        rng = np.random.default_rng([seed, 1])
        rows = HONEST[name](rng, 600)
        report = audit_copies(rows[:200], rows[200:400], rows[400:], threads=1)
        assert not any("prepared alike" in text for text in report.doubts), report.doubts


def test_another_law_alone_is_not_called_another_scale():
    rng = np.random.default_rng(0)
    rows, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(rows))
    rows, labels = rows[order], labels[order]
    blurred = gaussian_filter(rows[600:900].reshape(-1, 8, 8), (0, 0.7, 0.7)).reshape(-1, 64)
    for samples in (blurred, rows[600:][np.isin(labels[600:], (3, 5))], rows[600:900] + rng.normal(0, 2, (300, 64))):
        report = audit_copies(rows[:300], samples, rows[300:600], threads=1)
        assert not any("prepared alike" in text for text in report.doubts), report.doubts


def test_one_value_in_most_rows_is_no_other_scale():
    rng = np.random.default_rng(0)
    draw = lambda n: rng.standard_normal((n, 10)) * (rng.random((n, 1)) > 0.5)  # noqa: E731
    assert audit_copies(draw(200), draw(200), draw(200), threads=1).doubts == ()


def test_equal_samples_and_those_of_absurd_size_are_doubted_without_a_wrong_map():
    rows = np.random.default_rng(0).random((50, 4))
    for samples in (np.zeros((10, 4)), rows[:5] * 1e30, rows[:5] * 1e-30):
        report = audit_copies(rows, samples, threads=1)
        assert report.verdict.state == "cannot tell" and "The scale of the samples is" in report.doubts[0]
        assert named(report) in ([], ["standardise"], [MATCHED_LAST])
    seldom = np.r_[np.zeros(40), 1, 2, 3][:, None]
    assert audit_copies(seldom, np.r_[np.zeros(30), 1, 3][:, None], threads=1).doubts == ()


@pytest.mark.parametrize("n", [3, 10])
def test_a_map_is_named_for_few_samples_too(n):
    rows = np.random.default_rng(0).random((300, 20)) * np.linspace(80, 255, 20)
    assert named(audit_copies(rows[:150], rows[:n] / 255, rows[150:], threads=1)) == ["x * 255"]
    honest = audit_copies(rows[:150], rows[150 : 150 + n], rows[180:], threads=1)
    assert not any("prepared alike" in text for text in honest.doubts)


def test_features_are_not_mapped_and_rows_are_before_them():
    train, holdout, samples = sets_of(CASES["0..1 beside 0..255"])
    halves = lambda rows: rows[:, ::2]  # noqa: E731
    report = audit_copies(train, samples, holdout, halves, threads=1)
    assert report.verdict.state == "cannot tell" and named(report) == []
    found = audit_copies(train, samples, holdout, halves, samples_map="x * 255", threads=1)
    assert found.number("exact_copies").value >= 0.5
    saved = {"train": train, "samples": samples, "holdout": holdout}
    with pytest.raises(InvalidInput, match="must come with rows, but got saved features"):
        audit_copies(train, samples, holdout, saved, samples_map="x * 255", threads=1)


def test_an_audit_names_and_applies_the_map_too():
    train, holdout, samples = sets_of(CASES["-1..1 beside 0..1"])
    given = audit(train, holdout=holdout, samples=samples, threads=1, max_queries=30)
    assert named(given.samples) == ["(x + 1) / 2"] and given.verdict.state == "cannot tell"
    found = audit(train, holdout=holdout, samples=samples, samples_map="(x + 1) / 2", threads=1, max_queries=30)
    assert found.verdict.state == "remembers" and found.samples.number("certain_copies").value == 50
    assert json.loads(found.to_json())["samples"]["parameters"]["samples_map"] == "(x + 1) / 2"
    assert (
        "mapped by (x + 1) / 2" in found.to_markdown().replace("\\", "") and "mapped by (x + 1) / 2" in found.to_html()
    )
    assert found.samples.fingerprints == given.samples.fingerprints
    for words, options in (("must come with samples", {}), ("arithmetic of x", {"samples": samples})):
        with pytest.raises(InvalidInput, match=words):
            audit(train, samples_map="x +", threads=1, **options)


def test_an_audit_names_the_move_of_channels():
    rows = pictures(np.random.default_rng(0), 300)
    train, samples = rows[:200], np.moveaxis(rows[150:250], 3, 1)
    with pytest.raises(InvalidInput, match='pass --samples-map "channels first to last"'):
        audit(train, samples=samples, threads=1)
    moved = audit(train, samples=samples, samples_map="channels first to last", threads=1, max_queries=30)
    assert moved.samples.number("exact_copies").value == 0.5


def test_the_map_is_told_beside_the_answer():
    train, holdout, samples = sets_of(CASES["0..255 beside 0..1"])
    assert '--samples-map "x / 255"' in copies_answer(audit_copies(train, samples, holdout, threads=1)).answer
