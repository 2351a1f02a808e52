"""What is measured on points: arrays in, estimates out. Needs neither theory nor pictures."""

from remanifold.measures.checkpoint import SweepParts
from remanifold.measures.classes import LEAST_POINTS, ClassProfile, class_profiles, class_shift
from remanifold.measures.crossings import TimeEstimate
from remanifold.measures.duplicates import Duplicates, default_distance, exact_copies, find_duplicates
from remanifold.measures.ensemble import DrawnTime, EnsembleTimes, ensemble_times
from remanifold.measures.exposure import RowExposure, exposure, first_trap
from remanifold.measures.holdout import HoldoutProfile, closer_share, holdout_profile
from remanifold.measures.nearest import nearest_points
from remanifold.measures.pairs import RowPairs, row_pairs
from remanifold.measures.profile import NoiseProfile
from remanifold.measures.profiling import noise_profile
from remanifold.measures.queries import choose_queries
from remanifold.measures.samples import TESTED_FACTOR, SampleNeed, samples_needed
from remanifold.measures.series import Series
from remanifold.measures.spectrum import covariance_spectrum
from remanifold.measures.threads import thread_count

__all__ = [
    "LEAST_POINTS",
    "TESTED_FACTOR",
    "ClassProfile",
    "DrawnTime",
    "Duplicates",
    "EnsembleTimes",
    "HoldoutProfile",
    "NoiseProfile",
    "RowExposure",
    "RowPairs",
    "SampleNeed",
    "Series",
    "SweepParts",
    "TimeEstimate",
    "choose_queries",
    "class_profiles",
    "class_shift",
    "closer_share",
    "covariance_spectrum",
    "default_distance",
    "ensemble_times",
    "exact_copies",
    "exposure",
    "find_duplicates",
    "first_trap",
    "holdout_profile",
    "nearest_points",
    "noise_profile",
    "row_pairs",
    "samples_needed",
    "thread_count",
]
