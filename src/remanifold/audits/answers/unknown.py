"""Why no all-clear can be given: doubts about the sets, and what so few rows cannot tell."""

from collections.abc import Iterator, Mapping, Sequence

from remanifold.audits.answers.numbers import briefly, count, listed, share, whole
from remanifold.audits.answers.samples import nearer_to_one, unexplained
from remanifold.audits.answers.sentence import Sentence
from remanifold.audits.records.groups import GroupFacts
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.audits.records.network import NetworkRecord
from remanifold.audits.records.samples import APART, GIVEN_BACK, LEFT_OUT, UNSEEN, VOID, CopiesRecord
from remanifold.audits.records.verdict import Reason

LEAST_SHARE = 0.05
"""Of rows or samples, which must be found with 80 % power for "no sign"."""
_KEEP_BACK = (
    "Pass {row}s of the same source that it was not trained on as --holdout: a test split or newer {row}s, prepared "
    "alike, some hundreds. They add the loss gap, the memory index, the tests of memory and the names of remembered "
    "{row}s. Set such {row}s aside before the next training."
)
_CAPTIONS = 0.05  # level of each of the three tests of captions
_LEAK = "Leak: "  # how a doubt begins that says that training rows are in the hold-out


def same_rows(row: str) -> str:
    """Of a hold-out that is the training data."""
    return f"every hold-out {row} is a training {row}, as where the same data are given twice"


def holdout_doubts(
    holdout: HoldoutCheck | None, groups: GroupFacts | None, row: str, is_data: bool = False
) -> list[Sentence]:
    """Why the hold-out may be wrong, as clauses."""
    doubts = []
    if is_data:
        doubts.append(Sentence(same_rows(row), same_rows(row)))
    elif holdout is not None and holdout.is_doubtful:
        copies = holdout.n_overlapping if holdout.closer_share.value > 0.5 else 0
        leaked = f": {copies} of the {holdout.n} are training {row}s or near copies of such" if copies else ""
        short = f": {share(copies / holdout.n)} are training {row}s or near copies of such" if copies else ""
        words = f"hold-out {row}s lie at other distances from the training {row}s than these from each other"
        doubts.append(Sentence(words + leaked, words + short))
    if groups is not None and groups.is_doubtful:
        verb = "is" if groups.shared == 1 else "are"
        exact = f"{count(groups.shared, 'group')} of the {groups.n_holdout} of the hold-out {verb} in the training data"
        short = f"{share(groups.shared / groups.n_holdout)} of the groups of the hold-out are in the training data"
        doubts.append(Sentence(f"{exact} too", f"{short} too"))
    return doubts


def caption_doubts(model: NetworkRecord | None, row: str) -> list[Sentence]:
    """Why losses with captions may tell the sides apart without memory.

    A test of memory is significant, but neither does the network with the empty caption know its rows, nor does the own
    caption do more than another row's: captions of two styles do all that.
    """
    added = None if model is None else model.captions
    if model is None or added is None or added.p_value_bound is None:
        return []
    told = any(test.adjusted < _CAPTIONS for test in model.tests)
    if not told or min(added.p_value_empty, added.p_value_bound) < _CAPTIONS:
        return []
    words = (
        f"the captions of the two sides may differ in style: training {row}s are told from others with their captions, "
        f"but neither without them nor against those of other {row}s"
    )
    return [Sentence(words, words)]


def sample_doubts(samples: CopiesRecord | None, row: str) -> list[Sentence]:
    """Why samples and rows may not be comparable."""
    return [] if samples is None else [Sentence(text.rstrip("."), _kind(text, row)) for text in samples.doubts]


def _kind(doubt: str, row: str) -> str:
    """What a doubt is about; its numbers, and the map that would help, stand with the samples."""
    if doubt.startswith(_LEAK):
        return f"the hold-out seems to hold training {row}s"
    if UNSEEN in doubt:
        return f"the samples do not fit the training {row}s as given, so that copies could not be seen"
    if VOID in doubt or APART in doubt:
        return "the sets seem to come from different sources, and then the tests do not hold"
    return f"{row}s that equal training {row}s seem to have been taken out of the hold-out"


def unknown(
    model: NetworkRecord | None,
    samples: CopiesRecord | None,
    doubts: Sequence[Sentence],
    detectable: Mapping[str, float | None],
    significant: Sequence[Reason],
    row: str,
) -> Iterator[tuple[Sentence, str]]:
    """Why no all-clear can be given, as a clause, and what to do; nothing if one can."""
    if doubts:
        exact = short = ""
        if significant:
            exact, short = (
                f" (if that is harmless, it remembers: {words})"
                for words in (significant[0].text, significant[0].words)
            )
        why = Sentence(doubts[0].exact + exact, doubts[0].short + short)
        mend = "Bring all sets to one scale and one source, split at random, and audit again."
        yield why, _KEEP_BACK.format(row=row) if doubts[0].exact == same_rows(row) else mend
    if model is not None and model.p_value is None:
        reason = model.reason or "no loss gap is known"
        yield Sentence(reason, reason), _KEEP_BACK.format(row=row)
    if model is not None and model.outstanding:
        yield (
            _outstanding(model, row),
            f"Look at these {row}s; hold back more {row}s and audit again; pass such {row}s of a next training as "
            "--rows.",
        )
    if samples is not None and "holdout_distinct" not in samples.sizes:
        why = "without a hold-out there is no test"
        yield Sentence(why, why), f"Keep {row}s of the same source from training."
    for note in () if samples is None else samples.notes:
        if note.startswith(LEFT_OUT) and GIVEN_BACK in note:
            short = f"samples give back values of a column that was left out more often than hold-out {row}s do"
            exact = note[:1].lower() + note[1:].rstrip(".")
            yield Sentence(exact, short), f"Look at these values; take them out of the training {row}s."
    yield from _few(samples, row)
    kinds = {"rows": f"of the training {row}s, remembered in full,", "samples": "of the samples, nearly copied,"}
    kinds["groups"] = f"of the groups of training {row}s, remembered in full,"
    for name, words in kinds.items():
        part = detectable.get(name, 0.0)
        if part is None or part > LEAST_SHARE:
            least = "no share" if part is None else f"only {share(part)} and more"
            why = f"{least} {words} would be found with 80 % power"
            yield Sentence(why, why), f"Give more hold-out {row}s, or more samples."


def _outstanding(model: NetworkRecord, row: str) -> Sentence:
    n, rows = len(model.outstanding), listed(list(model.outstanding), 5)
    stand = f"{'stands' if n == 1 else 'stand'} out far beyond every hold-out {row}"
    return Sentence(
        f"{count(n, f'training {row}')} ({rows}) {stand}, and {whole(model.n_holdout)} hold-out {row}s are too few to "
        "tell whether by memory",
        f"{briefly(n, model.n_training, f'training {row}')} {stand}, and the hold-out is too small to tell whether by "
        "memory",
    )


def _few(samples: CopiesRecord | None, row: str) -> Iterator[tuple[Sentence, str]]:
    """What samples show that copying explains, and something else as well."""
    odd = 0 if samples is None else unexplained(samples)
    if samples is not None and odd:
        equal = f"{'equals' if odd == 1 else 'equal'} a training {row}, no hold-out {row} does, and the {row}s are too "
        many = count(odd, "sample"), briefly(odd, samples.sizes["samples"], "sample")
        exact, short = (f"{words} {equal}few to tell chance from copying" for words in many)
        yield Sentence(exact, short), f"Look at these pairs; give more hold-out {row}s and more samples."
    if samples is not None and nearer_to_one(samples):
        why = (
            f"samples lie nearer to single training {row}s than hold-out {row}s do, which copying explains, and so "
            "does less variety than the data have"
        )
        yield (
            Sentence(why, why),
            "Look at the closest pairs; audit the network itself with --model; give more samples.",
        )
