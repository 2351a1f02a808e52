"""Reverse diffusion: the SDE and the probability-flow ODE of any denoiser, down to any noise."""

from remanifold.sampling.conditional import ClassScores
from remanifold.sampling.grids import edm_grid, log_grid
from remanifold.sampling.recipe import Recipe
from remanifold.sampling.simulate import simulate
from remanifold.sampling.steps import METHODS, Churn
from remanifold.sampling.streams import noised
from remanifold.sampling.trajectories import Trajectories

__all__ = ["METHODS", "Churn", "ClassScores", "Recipe", "Trajectories", "edm_grid", "log_grid", "noised", "simulate"]
