"""What tabular tools show well, beside the tests: cells side by side, attacks by name, how columns were scaled."""

from dataclasses import replace

import numpy as np

from remanifold._core.types import Floats
from remanifold.audits.records.samples import CopiesRecord, DistanceCurves
from remanifold.audits.samples.all_but_one import agreement_number
from remanifold.audits.samples.attacks import attack_numbers
from remanifold.audits.samples.table_doubts import quoted
from remanifold.data import Points
from remanifold.data.maps.standardized import is_table
from remanifold.data.tables.facts import table_facts
from remanifold.data.tables.side_by_side import side_by_side

_POINTS = 101  # of a curve


def with_tables(record: CopiesRecord, train: Points, samples: Points, holdout: Points | None) -> CopiesRecord:
    """``record`` with how columns were brought together and, for tables with names, cells and attacks."""
    record = replace(record, data=table_facts(train))
    if not is_table(train):
        return record
    pairs = [(pair.sample, pair.train) for pair in record.flagged or record.closest]
    beside = side_by_side(train, samples, train, pairs)
    numbers, notes = [], []
    if holdout is not None:
        numbers = attack_numbers(train, samples, holdout, record.seed)
        found = agreement_number(train, samples, holdout)
        if found is not None:
            numbers.append(found[0])
        if found is not None and found[0].value > 0:
            notes.append(
                f"Samples that agree with a training row but for one cell differ most often in {quoted(found[1])}."
            )
    return replace(record, side_by_side=beside, numbers=(*record.numbers, *numbers), notes=(*record.notes, *notes))


def distance_curves(samples: Floats, holdout: Floats | None) -> DistanceCurves:
    """Cumulative shares of the distances of samples and of hold-out rows to their nearest training rows."""
    both = samples if holdout is None else np.concatenate([samples, holdout])
    at = np.unique(np.quantile(both, np.linspace(0, 1, _POINTS), method="inverted_cdf"))
    shares = [
        np.searchsorted(np.sort(some), at, side="right") / len(some) for some in (samples, holdout) if some is not None
    ]
    curves = [tuple(share.tolist()) for share in shares]
    return DistanceCurves(tuple(at.tolist()), *curves)
