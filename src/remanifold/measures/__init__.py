"""What is measured on points: arrays in, estimates out. Needs neither theory nor pictures."""

from remanifold.measures.basins import Basins, basins
from remanifold.measures.capture import CaptureTimes, capture_times
from remanifold.measures.checkpoint import SweepParts
from remanifold.measures.classes import LEAST_POINTS, ClassProfile, class_profiles, class_shift
from remanifold.measures.clones import Clones, clones
from remanifold.measures.crossings import TimeEstimate
from remanifold.measures.cycling import Cycles, cycles
from remanifold.measures.divergence import Divergence, divergence
from remanifold.measures.duplicates import Duplicates, default_distance, exact_copies, find_duplicates
from remanifold.measures.energy_distance import EnergyDistance, energy_distance
from remanifold.measures.ensemble import DrawnTime, EnsembleTimes, ensemble_times
from remanifold.measures.exposure import RowExposure, exposure, first_trap
from remanifold.measures.holdout import HoldoutProfile, closer_share, holdout_profile
from remanifold.measures.manifold_distance import manifold_distance
from remanifold.measures.mean_shift import mean_shift
from remanifold.measures.nearest import nearest_points
from remanifold.measures.pairs import RowPairs, row_pairs
from remanifold.measures.profile import NoiseProfile
from remanifold.measures.profiling import noise_profile
from remanifold.measures.queries import choose_queries
from remanifold.measures.reversal import Reversal
from remanifold.measures.samples import TESTED_FACTOR, SampleNeed, samples_needed
from remanifold.measures.sections import Sections, sections
from remanifold.measures.series import Series
from remanifold.measures.spectrum import covariance_spectrum
from remanifold.measures.stop_quality import StopQuality, stop_quality
from remanifold.measures.threads import thread_count
from remanifold.measures.training_points import TrainingPoints
from remanifold.measures.u_turns import UTurns, u_turns

__all__ = [
    "LEAST_POINTS",
    "TESTED_FACTOR",
    "Basins",
    "CaptureTimes",
    "ClassProfile",
    "Clones",
    "Cycles",
    "Divergence",
    "DrawnTime",
    "Duplicates",
    "EnergyDistance",
    "EnsembleTimes",
    "HoldoutProfile",
    "NoiseProfile",
    "Reversal",
    "RowExposure",
    "RowPairs",
    "SampleNeed",
    "Sections",
    "Series",
    "StopQuality",
    "SweepParts",
    "TimeEstimate",
    "TrainingPoints",
    "UTurns",
    "basins",
    "capture_times",
    "choose_queries",
    "class_profiles",
    "class_shift",
    "clones",
    "closer_share",
    "covariance_spectrum",
    "cycles",
    "default_distance",
    "divergence",
    "energy_distance",
    "ensemble_times",
    "exact_copies",
    "exposure",
    "find_duplicates",
    "first_trap",
    "holdout_profile",
    "manifold_distance",
    "mean_shift",
    "nearest_points",
    "noise_profile",
    "row_pairs",
    "samples_needed",
    "sections",
    "stop_quality",
    "thread_count",
    "u_turns",
]
