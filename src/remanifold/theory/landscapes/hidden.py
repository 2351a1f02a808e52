"""The landscape of a hidden manifold in the limit of large dimension, by latent ratio, activation and ensemble."""

from remanifold._core.checks import number
from remanifold._core.errors import refusal, require
from remanifold.manifolds import Activation
from remanifold.manifolds.ensembles import ENSEMBLES
from remanifold.theory.landscapes.linear import LinearLandscape, require_ratio
from remanifold.theory.landscapes.replica.landscape import ReplicaLandscape


def require_ensemble(ensemble: str, exponent: float | None) -> None:
    """Refuse (`InvalidInput`) an unknown ensemble or a misplaced exponent."""
    known = ", ".join(ENSEMBLES)
    if ensemble not in ENSEMBLES:
        raise refusal(f"the ensemble must be one of {known}", repr(ensemble), "pass one of them")
    if ensemble == "power-law":
        require(exponent is not None, "a power-law ensemble needs the a of l_i ~ i^-a", "none", "pass `exponent`")
        number("the exponent", exponent, do="pass a in l_i ~ i^-a")
    elif exponent is not None:
        do = "leave it out or choose the power-law ensemble"
        raise refusal(f"the {ensemble} ensemble has no exponent", exponent, do)


def landscape_for(
    latent_ratio: float,
    activation: str | Activation = "linear",
    ensemble: str = "gaussian",
    exponent: float | None = None,
) -> LinearLandscape | ReplicaLandscape:
    """The landscape of xi = g(F z / sqrt(D)) at D/N = ``latent_ratio``.

    Args:
        latent_ratio: D/N, in (0, 1].
        activation: Name of g, or a vectorised function; other than linear only with the gaussian ensemble.
        ensemble: "gaussian", "isometric" or "power-law".
        exponent: a of the power law l_i ~ i^-a, in [0, 0.95]; for that ensemble only.

    Raises:
        InvalidInput: if an argument is out of range, or the theory does not cover the combination.
    """
    require_ensemble(ensemble, exponent)
    if activation != "linear" and ensemble != "gaussian":
        need = "the theory covers an activation other than linear with the gaussian ensemble only"
        do = "pass `ensemble` gaussian, or ask phases for the times at one size (P, N and D)"
        raise refusal(need, f"the {ensemble} ensemble", do)
    require_ratio(latent_ratio)
    if activation != "linear":
        return ReplicaLandscape.of(latent_ratio, activation)
    if ensemble == "power-law":
        return LinearLandscape.power_law_limit(latent_ratio, float(exponent or 0.0))
    isometric = ensemble == "isometric"
    return LinearLandscape.isometric(latent_ratio) if isometric else LinearLandscape.gaussian(latent_ratio)
