"""The landscape of a hidden manifold in the limit of large dimension, by latent ratio, activation and ensemble."""

from remanifold._core.errors import require
from remanifold.manifolds import Activation
from remanifold.theory.landscape import Landscape
from remanifold.theory.replica import ReplicaLandscape
from remanifold.theory.spectrum import LinearLandscape

ENSEMBLES = ("gaussian", "isometric", "power-law")


def landscape_for(
    latent_ratio: float,
    activation: str | Activation = "linear",
    ensemble: str = "gaussian",
    exponent: float | None = None,
) -> Landscape:
    """The landscape of xi = g(F z / sqrt(D)) at D/N = ``latent_ratio``.

    Args:
        latent_ratio: D/N, in (0, 1].
        activation: Name of g, or a vectorised function; other than linear only with the gaussian ensemble.
        ensemble: "gaussian", "isometric" or "power-law".
        exponent: a of the power law l_i ~ i^-a, in [0, 0.95]; for that ensemble only.

    Raises:
        InvalidInput: if an argument is out of range, or the theory does not cover the combination.
    """
    known = ", ".join(ENSEMBLES)
    require(ensemble in ENSEMBLES, f"the ensemble must be one of {known}", repr(ensemble), "pass one of them")
    power = ensemble == "power-law"
    require(
        not power or exponent is not None, "a power-law ensemble needs the a of l_i ~ i^-a", "none", "pass `exponent`"
    )
    do = "leave it out or choose the power-law ensemble"
    require(power or exponent is None, f"the {ensemble} ensemble has no exponent", exponent, do)
    require(0 < latent_ratio <= 1, "the latent ratio must be above 0 and at most 1", latent_ratio, "pass D/N")
    if activation == "linear":
        if power:
            return LinearLandscape.power_law_limit(latent_ratio, float(exponent or 0.0))
        isometric = ensemble == "isometric"
        return LinearLandscape.isometric(latent_ratio) if isometric else LinearLandscape.gaussian(latent_ratio)
    require(
        ensemble == "gaussian",
        "the theory covers an activation other than linear with the gaussian ensemble only",
        f"the {ensemble} ensemble",
        "pass `ensemble` gaussian, or simulate the manifold and measure its noise profile",
    )
    return ReplicaLandscape.of(latent_ratio, activation)
