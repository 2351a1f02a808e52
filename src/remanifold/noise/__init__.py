"""Noise clocks: the variance-exploding t and its exact conversions to every other convention."""

from remanifold.noise.given import NoiseLevels, noise_sigmas, noise_variance, noise_variances, require_t_or_sigma
from remanifold.noise.level import DdpmStep, NoiseLevel
from remanifold.noise.measured import MeasuredLevel
from remanifold.noise.schedules import SCHEDULE_NAMES, schedule

__all__ = [
    "SCHEDULE_NAMES",
    "DdpmStep",
    "MeasuredLevel",
    "NoiseLevel",
    "NoiseLevels",
    "noise_sigmas",
    "noise_variance",
    "noise_variances",
    "require_t_or_sigma",
    "schedule",
]
