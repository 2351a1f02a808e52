"""Who looks on while a network is trained."""

from collections.abc import Callable

from remanifold.networks.residual_mlp import ResidualMLP

Watch = Callable[[int, ResidualMLP], None]
"""Called as ``watch(step, network)`` after each step, with the averaged network; it must not change or keep it."""


def unwatched(step: int, network: ResidualMLP) -> None:
    """Nobody looks on."""
