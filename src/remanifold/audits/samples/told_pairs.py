"""Listed pairs with what a reader looks for: names of picture files, and the transform under which they are near."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from remanifold.audits.records.samples import CopiesRecord, FlaggedSample
from remanifold.audits.samples.sets import CopySets
from remanifold.data import Points
from remanifold.data.pictures.views import View
from remanifold.measures.neighbours.transformed import nearest_view, versions_of

_CROPS = (
    "Samples are sought among the crops of training rows, not the other way. Training rows that are crops of each "
    "other count as several, so that no d1/d2 names a copy of one of them; closer_share counts it. `remanifold "
    "duplicates` with the same invariances finds such rows."
)


def with_files(record: CopiesRecord, train: Points, samples: Points) -> CopiesRecord:
    """``record`` with the names of the files of each listed pair, where rows of either side are picture files."""
    ours, theirs = samples.row_names, train.row_names
    if ours is None and theirs is None:
        return record

    def told(pair: FlaggedSample) -> FlaggedSample:
        files = (None if names is None else names[row] for names, row in ((ours, pair.sample), (theirs, pair.train)))
        return replace(pair, sample_file=next(files), train_file=next(files))

    return replace(record, flagged=tuple(map(told, record.flagged)), closest=tuple(map(told, record.closest)))


def with_transforms(record: CopiesRecord, sets: CopySets, transforms: Sequence[View]) -> CopiesRecord:
    """``record`` with the transform that brings each listed sample nearest to its training row, and what was sought."""
    versions = versions_of(sets.samples.points, sets.samples.views, sets.train.points, sets.train.crops)
    names = [None, *(view.name for view in transforms)]

    def told(pairs: tuple[FlaggedSample, ...]) -> tuple[FlaggedSample, ...]:
        ours, theirs = (np.array([getattr(pair, side) for pair in pairs], np.int64) for side in ("sample", "train"))
        best, _ = nearest_view(versions, ours, theirs)
        return tuple(replace(pair, transform=names[k]) for pair, k in zip(pairs, best))

    words = (
        f"Distances are the least over {len(names)} versions of an image, as it is and transformed "
        f"({', '.join(record.parameters['invariances'])}); hold-out images undergo the same search."
    )
    notes = (*record.notes, words, *((_CROPS,) if "crops" in record.parameters["invariances"] else ()))
    return replace(record, flagged=told(record.flagged), closest=told(record.closest), notes=notes)
