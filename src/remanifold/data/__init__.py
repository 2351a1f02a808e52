"""Anybody's points, in memory or on disk: opened with one call, read in chunks, surveyed with one pass."""

from remanifold.data.label_files.open import LabelsLike, open_labels
from remanifold.data.open import open_points
from remanifold.data.points import DataRecord, Points, PointsLike, RowsLike
from remanifold.data.survey import Survey, survey
from remanifold.data.tables.columns import Columns

__all__ = [
    "Columns",
    "DataRecord",
    "LabelsLike",
    "Points",
    "PointsLike",
    "RowsLike",
    "Survey",
    "open_labels",
    "open_points",
    "survey",
]
