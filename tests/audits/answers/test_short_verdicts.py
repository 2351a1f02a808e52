"""The sentence of a verdict for a first screen: few numbers, of three digits, whatever word the verdict has."""

import re
from dataclasses import replace
from itertools import product

import pytest

from remanifold._core.estimate import Estimate
from remanifold.audits.answers.reasons import reasons_of_samples, shown_test
from remanifold.audits.answers.sentence import Sentence
from remanifold.audits.answers.unknown import holdout_doubts
from remanifold.audits.answers.verdict import combined, short_verdict
from remanifold.audits.records.groups import GroupFacts
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.audits.records.network import NetworkRecord
from remanifold.audits.records.samples import BUT_ONE, UNSEEN, VOID, CopiesRecord, CopyNumber, FlaggedSample
from remanifold.audits.records.verdict import STATES, Verdict
from remanifold.data.pictures.noun import an, noun_of
from remanifold.measures.memory.group_tests import GroupTest

MOST, DIGITS = 5, 3
TESTS = ("all rows", "a few rows", "duplicates", "near copies", "most exposed", "named rows", "class 3")
DOUBTS = (
    f"The scale of the samples is 254.7 times that of the training images: were all sets prepared alike? {UNSEEN}",
    "Leak: more than rows that recur explain. 1234 of 5678 hold-out images and 2345 of 9876 samples equal a training "
    "image, 1234 and 2345 of them one that no other hold-out image equals (p = 1.23e-45); they are left out.",
    f"The hold-out seems to come from another law: nearer in 61.23% of pairs (+- 0.123%), expected 50 %; {VOID}",
    "Hold-out images equal each other, and hardly any equals a training image.",
)


def numbers_in(text):
    """Every number of ``text``, without the sign that parts thousands."""
    return [found.replace(",", "").rstrip(".") for found in re.findall(r"\d[\d.,]*", text)]


def significant(text):
    digits = text.replace(".", "").lstrip("0")
    return len(digits) if "." in text else len(digits.rstrip("0"))


def network(p_value=0.5, detectable=0.01234, outstanding=(), tests=TESTS, **fields):
    told = tuple(GroupTest(name, 12345, 6789, 0.61234, p_value, p_value) for name in tests)
    shares = {} if detectable is None else dict.fromkeys(("rows", "rows_half", "groups", "groups_half"), detectable)
    return NetworkRecord(
        "network", "exact", 123456, 65432, 10**6, 10**6, 12, Estimate(0.1234, 0.01234, 9), (0.1, 0.2),
        Estimate(0.5, 0.1, 9), 0.5, 0.05, None, tests=told, detectable=shares, outstanding=outstanding, **fields,
    )  # fmt: skip


def samples(p_value=0.5, power=0.01234, shape=(8, 8), numbers=(), **fields):
    sizes = {"train": 123456, "samples": 65432, "holdout": 54321, "train_distinct": 123450, "holdout_distinct": 54320}
    names = ("copies_beyond_recurrence", "closer_share", "outstanding_samples", "ratio_below_threshold")
    told = [CopyNumber(name, "", 0.012345, "", "share", 0.5, 65432, None, p_value) for name in names]
    parts = dict.fromkeys(("closer_share", "near", "equal"), power)
    told = (*numbers, *told)
    rest = {"flagged": (), "notes": ()} | fields
    return CopiesRecord(
        {"samples": "drawn"}, {}, sizes, {"alpha": 0.05}, 0, told, closest=(), detectable=parts, warnings=(),
        shape=shape, **rest,
    )  # fmt: skip


def certain(many):
    return CopyNumber("certain_copies", "", float(many), "", "samples", 0.0, 65432)


LEFT_OUT = tuple(
    f"The column `column {k}` was left out (it numbers rows): 1234 of 65432 samples and 1234 of 54321 hold-out rows "
    "share its value with a training row."
    for k in range(12)
)
GIVEN = (LEFT_OUT[0].removesuffix(".") + ", samples more often than hold-out rows (p = 1.234e-56).",)
COPIED = tuple(FlaggedSample(k, 1000 + k, 0.0, 0.0, None) for k in range(1234))
OVERLAP = tuple((k, k, 0.0) for k in range(12345))
CHECK = HoldoutCheck(54321, "holdout", "", 1.0, 1.0, Estimate(0.9, 0.01, 9), OVERLAP, None, None)
GROUPS = GroupFacts(12345, 6789, 99, 1234, 99, ((1, 2),))
CASES = {
    "remembers, tests of a network": (network(1.234e-17), None),
    "remembers, its samples show none": (network(1.234e-17), samples()),
    "remembers, copies": (None, samples(1.234e-17, numbers=(certain(1234),), flagged=COPIED)),
    "remembers, copies up to rounding": (None, samples(numbers=(certain(1234),), difference=0.0012345)),
    "remembers, all columns but one": (
        None,
        samples(numbers=(CopyNumber(BUT_ONE, "", 0.12345, "", "share", 1e-5, 65432, None, 1e-99),), shape=(12,)),
    ),
    "remembers, both": (network(1.234e-17), samples(1.234e-17, numbers=(certain(1234),), flagged=COPIED)),
    "no sign, of a network": (network(), None),
    "no sign, of samples": (None, samples()),
    "no sign, of both": (network(), samples()),
    "no sign, columns left out": (network(), samples(notes=LEFT_OUT, shape=(12,))),
    "cannot tell, no hold-out of a network": (replace(network(), p_value=None, reason="there is no hold-out"), None),
    "cannot tell, rows that stand out": (network(outstanding=tuple(range(12345))), None),
    "cannot tell, little power": (network(detectable=0.12345), samples(power=None)),
    "cannot tell, values given back": (None, samples(notes=GIVEN, shape=(12,))),
    "cannot tell, nearer to one": (None, replace(samples(), numbers=samples(1e-9).numbers[3:])),
    "cannot tell, equal by chance or copying": (
        None,
        replace(samples(), numbers=(CopyNumber("copies_beyond_recurrence", "", 0.1, "", "", 0.0, 65432, None, 0.5),)),
    ),
    **{f"cannot tell, doubt {k}": (network(1e-9), samples(doubts=(doubt,))) for k, doubt in enumerate(DOUBTS)},
}


@pytest.mark.parametrize("name", CASES)
def test_it_has_at_most_five_numbers_of_three_digits_with_what_to_do(name):
    verdict = combined(*CASES[name], [], "image")
    assert verdict.state == name.partition(",")[0] and verdict.short.endswith(".")
    found = numbers_in(f"{verdict.short} {verdict.next}")
    assert len(found) <= MOST and all(significant(one) <= DIGITS for one in found), verdict.short


def test_every_word_a_verdict_can_have_is_tried_and_the_headline_would_not_do():
    verdicts = [combined(*case, [], "image") for case in CASES.values()]
    assert {verdict.state for verdict in verdicts} == set(STATES)
    for state in STATES:
        long = [numbers_in(one.headline) for one in verdicts if one.state == state]
        assert any(len(found) > MOST or any(significant(one) > DIGITS for one in found) for found in long)


@pytest.mark.parametrize("row", ["row", "image"])
def test_doubts_about_the_hold_out_are_short_too(row):
    doubts = holdout_doubts(CHECK, GROUPS, row)
    assert len(doubts) == 2 and f"22.7 % are training {row}s" in doubts[0].short and "12345 of the" in doubts[0].exact
    for doubt in doubts:
        verdict = combined(network(1e-9), None, [doubt], row)
        assert verdict.state == "cannot tell" and doubt.short in verdict.short and doubt.exact in verdict.headline
        assert len(numbers_in(verdict.short)) <= MOST


def test_a_report_of_an_older_version_gets_the_sentence_of_this_one_unless_it_judged_otherwise():
    anew = combined(network(), None, [], "row")
    old = replace(anew, short="", headline="No sign of memory was found: 1, 2, 3, 4, 5, 6.")
    assert short_verdict(old, anew) == anew.short and short_verdict(anew, None) == anew.short
    assert short_verdict(replace(old, state="remembers"), anew) == old.headline == short_verdict(old, None)
    assert Verdict("no sign", "words").short == ""


def test_rows_are_images_in_every_sentence_where_they_are_pictures_and_rows_else():
    for case, row in product(CASES.values(), ("row", "image")):
        model, drawn = case
        drawn = None if drawn is None else replace(drawn, shape=(8, 8) if row == "image" else (64,))
        verdict = combined(model, drawn, [Sentence("a", "a")] if model is None and drawn is None else [], row)
        shown = [
            verdict.short,
            verdict.next.replace("--rows", ""),
            *(shown_test(one.name, row) for one in verdict.reasons),
        ]
        shown += [] if drawn is not None and (drawn.notes or drawn.doubts) else [verdict.headline]
        other = "rows?" if row == "image" else "images?"
        assert not re.search(rf"\b{other}\b", " ".join(shown)), shown
    assert noun_of((8, 8)) == noun_of((3, 32, 32)) == "image" and noun_of((64,)) == noun_of((4, 100)) == "row"
    assert (an("image"), an("row")) == ("an image", "a row")


def test_samples_that_lie_within_the_duplicate_distance_are_not_called_equal():
    equal = CopyNumber("copies_beyond_recurrence", "", 0.4, "higher: more copying", "share", 0.0, 100, None, 1e-9)
    for distance, verb in ((0.0, "equal"), (0.03, "lie within the duplicate distance of")):
        record = replace(
            samples(), numbers=(equal,), parameters={**samples().parameters, "duplicate_distance": distance}
        )
        (reason,) = reasons_of_samples(record)
        assert reason.words == f"samples {verb} training images more often than unseen images do"
