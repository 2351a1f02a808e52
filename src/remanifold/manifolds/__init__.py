"""Synthetic data on a hidden manifold, any slice of which can be generated without the rest."""

from remanifold.manifolds.activations import ACTIVATIONS, Activation, activation_of
from remanifold.manifolds.hidden import HiddenManifold
from remanifold.manifolds.mixture import LatentMixture

__all__ = ["ACTIVATIONS", "Activation", "HiddenManifold", "LatentMixture", "activation_of"]
