"""What is measured on points: arrays in, estimates out. Needs neither theory nor pictures.

The names load on first use: rows are compared without torch, which takes a second to load, and without what trains.
"""

from typing import TYPE_CHECKING

from remanifold._core.on_use import on_use

if TYPE_CHECKING:
    from remanifold._core.estimate import Estimate
    from remanifold._core.threads import thread_count
    from remanifold.measures.estimates.rank_agreement import RankAgreement, rank_agreement
    from remanifold.measures.estimates.series import Series, choose_queries
    from remanifold.measures.laws.divergence import Divergence, divergence
    from remanifold.measures.laws.energy_distance import EnergyDistance, energy_distance
    from remanifold.measures.laws.manifold_distance import manifold_distance
    from remanifold.measures.laws.spectrum import covariance_spectrum
    from remanifold.measures.memory.audited_rows import AuditedRows, audited_rows
    from remanifold.measures.memory.denoiser_distance import DenoiserDistance, denoiser_distance
    from remanifold.measures.memory.denoising_loss import DenoisingLosses, denoising_losses, losses_on
    from remanifold.measures.memory.memory_index import (
        MemoryIndex,
        exact_losses,
        memory_index,
        memory_levels,
        network_memory,
    )
    from remanifold.measures.memory.memory_test import MemoryTest, memory_test
    from remanifold.measures.memory.monitor import MemorizationMonitor
    from remanifold.measures.memory.row_memory import RowMemory, row_memory
    from remanifold.measures.memory.training_bound import TrainingBound, training_bound
    from remanifold.measures.neighbours.duplicates import Duplicates, default_distance, exact_copies, find_duplicates
    from remanifold.measures.neighbours.near_rows import nearest_points
    from remanifold.measures.neighbours.pairs import RowPairs, row_pairs
    from remanifold.measures.profile.carried import CarriedLevels, carried_levels
    from remanifold.measures.profile.checkpoint import SweepParts
    from remanifold.measures.profile.classes import LEAST_POINTS, ClassProfile, class_profiles, class_shift
    from remanifold.measures.profile.ensemble import DrawnTime, EnsembleTimes, ensemble_times
    from remanifold.measures.profile.exposure import RowExposure, exposure, first_trap
    from remanifold.measures.profile.holdout import HoldoutProfile, closer_share, holdout_profile
    from remanifold.measures.profile.measuring import noise_profile
    from remanifold.measures.profile.noise_profile import NoiseProfile
    from remanifold.measures.profile.samples import TESTED_FACTOR, SampleNeed, samples_needed
    from remanifold.measures.trajectories.basins import Basins, ReturnBasin, basins, mean_shift, return_basin
    from remanifold.measures.trajectories.capture import CaptureTimes, capture_times
    from remanifold.measures.trajectories.clones import Clones, clones
    from remanifold.measures.trajectories.returns import Returns, UTurns, returns, u_turns
    from remanifold.measures.trajectories.reversal import Reversal
    from remanifold.measures.trajectories.rounds import CaptureRounds, Cycles, capture_rounds, cycles
    from remanifold.measures.trajectories.sections import Sections, sections
    from remanifold.measures.trajectories.stop_quality import StopQuality, stop_quality
    from remanifold.measures.trajectories.training_points import TrainingPoints
    from remanifold.measures.trajectories.two_halves import FlowEnds, flow_ends

__all__ = [
    "LEAST_POINTS", "TESTED_FACTOR", "AuditedRows", "Basins", "CaptureRounds", "CaptureTimes", "CarriedLevels",
    "ClassProfile", "Clones", "Cycles", "DenoiserDistance", "DenoisingLosses", "Divergence", "DrawnTime", "Duplicates",
    "EnergyDistance", "EnsembleTimes", "Estimate", "FlowEnds", "HoldoutProfile", "MemorizationMonitor", "MemoryIndex",
    "MemoryTest", "NoiseProfile", "RankAgreement", "ReturnBasin", "Returns", "Reversal", "RowExposure", "RowMemory",
    "RowPairs", "SampleNeed", "Sections", "Series", "StopQuality", "SweepParts", "TrainingBound", "TrainingPoints",
    "UTurns", "audited_rows", "basins", "capture_rounds", "capture_times", "carried_levels", "choose_queries",
    "class_profiles", "class_shift", "clones", "closer_share", "covariance_spectrum", "cycles", "default_distance",
    "denoiser_distance", "denoising_losses", "divergence", "energy_distance", "ensemble_times", "exact_copies",
    "exact_losses", "exposure", "find_duplicates", "first_trap", "flow_ends", "holdout_profile", "losses_on",
    "manifold_distance", "mean_shift", "memory_index", "memory_levels", "memory_test", "nearest_points",
    "network_memory", "noise_profile", "rank_agreement", "return_basin", "returns", "row_memory", "row_pairs",
    "samples_needed", "sections", "stop_quality", "thread_count", "training_bound", "u_turns",
]  # fmt: skip

_NAMES_OF = {
    "remanifold._core.estimate": "Estimate",
    "remanifold._core.threads": "thread_count",
    "remanifold.measures.estimates.rank_agreement": "RankAgreement rank_agreement",
    "remanifold.measures.estimates.series": "Series choose_queries",
    "remanifold.measures.laws.divergence": "Divergence divergence",
    "remanifold.measures.laws.energy_distance": "EnergyDistance energy_distance",
    "remanifold.measures.laws.manifold_distance": "manifold_distance",
    "remanifold.measures.laws.spectrum": "covariance_spectrum",
    "remanifold.measures.memory.audited_rows": "AuditedRows audited_rows",
    "remanifold.measures.memory.denoiser_distance": "DenoiserDistance denoiser_distance",
    "remanifold.measures.memory.denoising_loss": "DenoisingLosses denoising_losses losses_on",
    "remanifold.measures.memory.memory_index": "MemoryIndex exact_losses memory_index memory_levels network_memory",
    "remanifold.measures.memory.memory_test": "MemoryTest memory_test",
    "remanifold.measures.memory.monitor": "MemorizationMonitor",
    "remanifold.measures.memory.row_memory": "RowMemory row_memory",
    "remanifold.measures.memory.training_bound": "TrainingBound training_bound",
    "remanifold.measures.neighbours.duplicates": "Duplicates default_distance exact_copies find_duplicates",
    "remanifold.measures.neighbours.near_rows": "nearest_points",
    "remanifold.measures.neighbours.pairs": "RowPairs row_pairs",
    "remanifold.measures.profile.carried": "CarriedLevels carried_levels",
    "remanifold.measures.profile.checkpoint": "SweepParts",
    "remanifold.measures.profile.classes": "LEAST_POINTS ClassProfile class_profiles class_shift",
    "remanifold.measures.profile.ensemble": "DrawnTime EnsembleTimes ensemble_times",
    "remanifold.measures.profile.exposure": "RowExposure exposure first_trap",
    "remanifold.measures.profile.holdout": "HoldoutProfile closer_share holdout_profile",
    "remanifold.measures.profile.measuring": "noise_profile",
    "remanifold.measures.profile.noise_profile": "NoiseProfile",
    "remanifold.measures.profile.samples": "TESTED_FACTOR SampleNeed samples_needed",
    "remanifold.measures.trajectories.basins": "Basins ReturnBasin basins mean_shift return_basin",
    "remanifold.measures.trajectories.capture": "CaptureTimes capture_times",
    "remanifold.measures.trajectories.clones": "Clones clones",
    "remanifold.measures.trajectories.returns": "Returns UTurns returns u_turns",
    "remanifold.measures.trajectories.reversal": "Reversal",
    "remanifold.measures.trajectories.rounds": "CaptureRounds Cycles capture_rounds cycles",
    "remanifold.measures.trajectories.sections": "Sections sections",
    "remanifold.measures.trajectories.stop_quality": "StopQuality stop_quality",
    "remanifold.measures.trajectories.training_points": "TrainingPoints",
    "remanifold.measures.trajectories.two_halves": "FlowEnds flow_ends",
}  # fmt: skip

if not TYPE_CHECKING:  # a type checker sees the imports above, and no other name
    __getattr__, __dir__ = on_use(__name__, _NAMES_OF)
