"""Theory of memorization: spectra, the random energy model, and the times at which things happen."""

from remanifold.theory.landscape import Landscape
from remanifold.theory.prediction import BasinCurve, Phases, phases
from remanifold.theory.rem import annealed_entropy, condensation, free_entropy, lowest_energy
from remanifold.theory.spectrum import LinearLandscape
from remanifold.theory.times import (
    basin,
    cross_entropy,
    kl,
    t_collapse,
    t_condensation,
    t_generalization,
    t_onset,
    why_never,
)

__all__ = [
    "BasinCurve",
    "Landscape",
    "LinearLandscape",
    "Phases",
    "annealed_entropy",
    "basin",
    "condensation",
    "cross_entropy",
    "free_entropy",
    "kl",
    "lowest_energy",
    "phases",
    "t_collapse",
    "t_condensation",
    "t_generalization",
    "t_onset",
    "why_never",
]
