"""The report on generated samples as one self-contained page, with pictures of the pairs where rows are images."""

from collections.abc import Sequence

from remanifold.audits.answers.samples import copies_answer
from remanifold.audits.answers.unit import table_in_unit, unit
from remanifold.audits.answers.verdict import combined, short_verdict
from remanifold.audits.data.gallery import SHOWN_PAIRS, pair_pictures, reference_pictures
from remanifold.audits.noun import noun
from remanifold.audits.pages.figures import distance_illustration
from remanifold.audits.pages.row_cells import beside_table
from remanifold.audits.pages.tables import copy_numbers_table, copy_pairs_table, reasons_table
from remanifold.audits.pages.words import with_words
from remanifold.audits.records.samples import CopiesRecord, FlaggedSample
from remanifold.data import Points
from remanifold.plots.page.render import render
from remanifold.plots.page.table import EMPTY

_PAIRS = 8


def copies_page(copies: CopiesRecord, pictured: Sequence[Points] | None) -> str:
    """HTML of ``copies``; the first pairs are drawn from training rows, samples and hold-out, as far as given."""
    pictures: dict[str, str] = {}
    reference: list[str] = []
    if pictured is not None and pictured[0].shape == pictured[1].shape:
        pairs = [(pair.sample, pair.train) for pair in (copies.flagged or copies.closest)[:SHOWN_PAIRS]]
        pictures = pair_pictures(pictured[0], pictured[1], pairs)
        if len(pictured) > 2 and pictured[2].shape == pictured[0].shape and copies.reference is not None:
            usual = reference_pictures(pictured[0], pictured[2], copies.reference)
            reference, pictures = list(usual), pictures | usual
    curves, row = distance_illustration(copies), noun(copies)
    page = render(
        "remanifold.audits.pages",
        "copies.html.j2",
        () if curves is None else (curves,),
        copies=copies,
        row=row,
        answer=copies_answer(copies),
        pairs=table_in_unit(copy_pairs_table(copies), unit(copies)),
        unit=unit(copies),
        beside=beside_table(copies),
        curves=curves,
        reasons=EMPTY if copies.verdict is None else reasons_table(copies.verdict, row),
        numbers=copy_numbers_table(copies),
        pictures=pictures,
        reference=reference,
        told=None if copies.verdict is None else short_verdict(copies.verdict, combined(None, copies, [], row)),
        shown=[names for names in (_names(pair) for pair in copies.flagged or copies.closest) if names[0] in pictures][
            :_PAIRS
        ],
    )
    return with_words(page)


def _names(pair: FlaggedSample) -> tuple[str, str]:
    return f"sample:{pair.sample}", f"train:{pair.train}"
