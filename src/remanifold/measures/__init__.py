"""What is measured on points: arrays in, estimates out. Needs neither theory nor pictures."""

from remanifold.measures.audited_rows import AuditedRows, audited_rows
from remanifold.measures.basins import Basins, basins
from remanifold.measures.capture import CaptureTimes, capture_times
from remanifold.measures.capture_rounds import CaptureRounds, capture_rounds
from remanifold.measures.checkpoint import SweepParts
from remanifold.measures.classes import LEAST_POINTS, ClassProfile, class_profiles, class_shift
from remanifold.measures.clones import Clones, clones
from remanifold.measures.crossings import TimeEstimate
from remanifold.measures.cycling import Cycles, cycles
from remanifold.measures.denoiser_distance import DenoiserDistance, denoiser_distance
from remanifold.measures.denoising_loss import DenoisingLosses, denoising_losses, losses_on
from remanifold.measures.divergence import Divergence, divergence
from remanifold.measures.duplicates import Duplicates, default_distance, exact_copies, find_duplicates
from remanifold.measures.energy_distance import EnergyDistance, energy_distance
from remanifold.measures.ensemble import DrawnTime, EnsembleTimes, ensemble_times
from remanifold.measures.exposure import RowExposure, exposure, first_trap
from remanifold.measures.holdout import HoldoutProfile, closer_share, holdout_profile
from remanifold.measures.manifold_distance import manifold_distance
from remanifold.measures.mean_shift import mean_shift
from remanifold.measures.memory_index import MemoryIndex, exact_losses, memory_index, memory_levels, network_memory
from remanifold.measures.memory_test import MemoryTest, memory_test
from remanifold.measures.monitor import MemorizationMonitor
from remanifold.measures.near_rows import nearest_points
from remanifold.measures.pairs import RowPairs, row_pairs
from remanifold.measures.profile import NoiseProfile
from remanifold.measures.profiling import noise_profile
from remanifold.measures.queries import choose_queries
from remanifold.measures.rank_agreement import RankAgreement, rank_agreement
from remanifold.measures.return_basin import ReturnBasin, return_basin
from remanifold.measures.returns import Returns, returns
from remanifold.measures.reversal import Reversal
from remanifold.measures.row_memory import RowMemory, row_memory
from remanifold.measures.samples import TESTED_FACTOR, SampleNeed, samples_needed
from remanifold.measures.sections import Sections, sections
from remanifold.measures.series import Series
from remanifold.measures.spectrum import covariance_spectrum
from remanifold.measures.stop_quality import StopQuality, stop_quality
from remanifold.measures.threads import thread_count
from remanifold.measures.training_points import TrainingPoints
from remanifold.measures.two_halves import FlowEnds, flow_ends
from remanifold.measures.u_turns import UTurns, u_turns

__all__ = [
    "LEAST_POINTS",
    "TESTED_FACTOR",
    "AuditedRows",
    "Basins",
    "CaptureRounds",
    "CaptureTimes",
    "ClassProfile",
    "Clones",
    "Cycles",
    "DenoiserDistance",
    "DenoisingLosses",
    "Divergence",
    "DrawnTime",
    "Duplicates",
    "EnergyDistance",
    "EnsembleTimes",
    "FlowEnds",
    "HoldoutProfile",
    "MemorizationMonitor",
    "MemoryIndex",
    "MemoryTest",
    "NoiseProfile",
    "RankAgreement",
    "ReturnBasin",
    "Returns",
    "Reversal",
    "RowExposure",
    "RowMemory",
    "RowPairs",
    "SampleNeed",
    "Sections",
    "Series",
    "StopQuality",
    "SweepParts",
    "TimeEstimate",
    "TrainingPoints",
    "UTurns",
    "audited_rows",
    "basins",
    "capture_rounds",
    "capture_times",
    "choose_queries",
    "class_profiles",
    "class_shift",
    "clones",
    "closer_share",
    "covariance_spectrum",
    "cycles",
    "default_distance",
    "denoiser_distance",
    "denoising_losses",
    "divergence",
    "energy_distance",
    "ensemble_times",
    "exact_copies",
    "exact_losses",
    "exposure",
    "find_duplicates",
    "first_trap",
    "flow_ends",
    "holdout_profile",
    "losses_on",
    "manifold_distance",
    "mean_shift",
    "memory_index",
    "memory_levels",
    "memory_test",
    "nearest_points",
    "network_memory",
    "noise_profile",
    "rank_agreement",
    "return_basin",
    "returns",
    "row_memory",
    "row_pairs",
    "samples_needed",
    "sections",
    "stop_quality",
    "thread_count",
    "u_turns",
]
