"""What a verdict rests on: every test of a network and of samples, with its words."""

from collections.abc import Iterator

from remanifold.audits.answers.numbers import count, listed, number, share
from remanifold.audits.answers.samples import equals, meets
from remanifold.audits.noun import noun
from remanifold.audits.records.network import NetworkRecord
from remanifold.audits.records.samples import BUT_ONE, MOST_BY_CHANCE, SURE, CopiesRecord
from remanifold.audits.records.verdict import Reason

_GROUPS = {
    "all rows": "the loss on training {row}s is lower than on hold-out {row}s",
    "a few rows": "some training {row}s have lower losses than any chance split of the {row}s gives",
    "duplicates": "the loss on {row}s that are repeated in the training data is lower than on hold-out {row}s",
    "near copies": "the loss on {row}s with a near copy in the training data is lower than on hold-out {row}s",
    "most exposed": "the loss on the most isolated {row}s is lower than on equally isolated hold-out {row}s",
    "named rows": "the loss on the {row}s that you named is lower than on hold-out {row}s",
}
_SAMPLES = {
    "copies_beyond_recurrence": (
        "samples: equal rows", "samples {meet} training {row}s more often than unseen {row}s do",
    ),
    "closer_share": ("samples: nearer to training", "samples lie nearer to training {row}s than to hold-out {row}s"),
    "outstanding_samples": (
        "samples: near copies", "samples lie far nearer to one training {row} than unseen {row}s do",
    ),
}  # fmt: skip
_SHOWN = {
    "all rows": "all {row}s",
    "a few rows": "a few {row}s",
    "named rows": "named {row}s",
    "samples: equal rows": "samples: equal {row}s",
}


def shown_test(name: str, row: str) -> str:
    """The name of a test, which the JSON has as it is, for people."""
    return _SHOWN[name].format(row=row) if name in _SHOWN else name


def reasons_of_network(model: NetworkRecord | None, row: str) -> Iterator[Reason]:
    """The tests of a network on its rows, which are called ``row``."""
    unit = " groups" if model is not None and "groups" in model.detectable else ""
    for test in () if model is None else model.tests:
        other = f"the loss on {row}s of {test.name} is lower than on hold-out {row}s of it"
        words = _GROUPS[test.name].format(row=row) if test.name in _GROUPS else other
        text = f"{words} (P = {number(test.share)}, 1/2 without memory, n = {test.n} against {test.n_holdout}{unit})"
        yield Reason(test.name, test.p_value, None, test.share, text, words)


def reasons_of_samples(samples: CopiesRecord | None) -> Iterator[Reason]:
    """The tests of generated samples."""
    for name, (title, template) in _SAMPLES.items():
        test = None if samples is None else samples.number(name)
        if samples is not None and test is not None and test.p_value is not None:
            words, null = template.format(row=noun(samples), meet=meets(samples)), ""
            if test.null is not None:
                null = f", {number(test.null)} expected without copying"
            text = f"{words} ({number(test.value)}{null}, n = {test.n})"
            yield Reason(title, test.p_value, None, test.value, text, words)


def proofs(samples: CopiesRecord | None) -> Iterator[Reason]:
    """Samples that equal training rows where chance cannot make them equal."""
    if samples is None:
        return
    row, copies = noun(samples), samples.number("certain_copies")
    if copies is not None and copies.value > 0:
        rows, verb = sorted({pair.train for pair in samples.copied}), equals(samples, round(copies.value))
        which = f" ({row if len(rows) == 1 else f'{row}s'} {listed(rows, 5)})" if rows else ""
        text = f"{count(round(copies.value), 'sample')} {verb}{which}"
        rounded = " up to rounding" if samples.difference else ""
        words = f"{share(copies.value / copies.n)} of the samples equal a training {row}{rounded}"
        yield Reason("samples: exact copies", None, None, copies.value, text, words)
    but_one = samples.number(BUT_ONE)
    if but_one is None or but_one.p_value is None or but_one.null is None:
        return
    if but_one.p_value < SURE and but_one.null <= MOST_BY_CHANCE:
        many = count(round(but_one.value * but_one.n), "sample")
        beside = f"where {share(but_one.null)} of the hold-out {row}s do"
        text = f"{many} equal a training {row} in every column but one, {beside}"
        words = f"{share(but_one.value)} of the samples equal a training {row} in every column but one"
        yield Reason("samples: all columns but one", but_one.p_value, None, but_one.value, text, words)
