"""Theory of memorization: spectra, the random energy model, and the times at which things happen."""

from remanifold.theory.basin_curve import BasinCurve
from remanifold.theory.beyond.freeze_out import FreezeOut, freeze_out
from remanifold.theory.beyond.mixture_times import (
    MeanCrossings,
    ModeTimes,
    load_within_classes,
    mean_crossings,
    mode_times,
)
from remanifold.theory.beyond.retrieval import (
    capacity,
    retrieval_inverse_temperature,
    retrieval_noise,
    t_collapse_tempered,
)
from remanifold.theory.beyond.signal_rem import Phase, RemState, rem_phase, rem_state
from remanifold.theory.beyond.speciation import speciation_time
from remanifold.theory.diagram.diagram import PhaseDiagram, phase_diagram
from remanifold.theory.finite.curves.basins import FiniteSizeBasins, finite_size_basins
from remanifold.theory.finite.curves.curves import FiniteSizeCurves, finite_size_curves
from remanifold.theory.finite.curves.flow import FiniteSizeFlow, finite_size_flow
from remanifold.theory.finite.curves.rows import RowCollapse, row_collapse
from remanifold.theory.finite.order import fewest_dimensions
from remanifold.theory.finite.prediction import finite_size_of_generator
from remanifold.theory.finite.sample_collapse import sample_collapse
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.landscapes.hidden import landscape_for
from remanifold.theory.landscapes.landscape import Landscape
from remanifold.theory.landscapes.linear import LinearLandscape
from remanifold.theory.landscapes.mixture import MixtureLandscape
from remanifold.theory.landscapes.replica.independent import IndependentLandscape
from remanifold.theory.landscapes.replica.landscape import ReplicaLandscape
from remanifold.theory.landscapes.replica.solutions import Branch, ReplicaSolution
from remanifold.theory.phases import Phases, phases
from remanifold.theory.rem import (
    annealed_entropy,
    condensation,
    free_entropy,
    lowest_energy,
    mean_energy,
    participation,
)
from remanifold.theory.times import (
    basin,
    cross_entropy,
    kl,
    t_collapse,
    t_condensation,
    t_generalization,
    t_infinite_variance,
    t_onset,
    why_never,
)

__all__ = [
    "BasinCurve", "Branch", "FiniteSizeBasins", "FiniteSizeCurves", "FiniteSizeFlow", "FreezeOut", "HiddenFamily",
    "IndependentLandscape", "Landscape", "LinearLandscape", "MeanCrossings", "MixtureLandscape", "ModeTimes",
    "Phase", "PhaseDiagram", "Phases", "RemState", "ReplicaLandscape", "ReplicaSolution", "RowCollapse",
    "annealed_entropy", "basin", "capacity", "condensation", "cross_entropy", "fewest_dimensions",
    "finite_size_basins", "finite_size_curves", "finite_size_flow", "finite_size_of_generator", "free_entropy",
    "freeze_out", "kl", "landscape_for", "load_within_classes", "lowest_energy", "mean_crossings", "mean_energy",
    "mode_times", "participation", "phase_diagram", "phases", "rem_phase", "rem_state",
    "retrieval_inverse_temperature", "retrieval_noise", "row_collapse", "sample_collapse", "speciation_time",
    "t_collapse", "t_collapse_tempered", "t_condensation", "t_generalization", "t_infinite_variance", "t_onset",
    "why_never",
]  # fmt: skip
