"""The finite-size times of what `remanifold.phases` was asked about, or the reason why there are none."""

from remanifold._core.errors import InvalidInput, NotConverged
from remanifold.theory.finite.gaussian import FiniteSizeTimes, finite_size_times, finite_size_times_of_ensemble
from remanifold.theory.scenario import Scenario

_NO_SIZE = (
    "a load and a latent ratio leave the size open; give the number of points, the ambient and the latent dimension"
)
_NONLINEAR = (
    "no validated correction of an activation other than linear exists: at 20 to 60 dimensions t_onset was measured "
    "within 7 % of the asymptotic value, t_collapse 7 to 43 % above, t_generalization 16 to 70 % above"
)


def finite_size_of(scenario: Scenario) -> tuple[FiniteSizeTimes | None, str | None]:
    """(times, None), or (None, why there are none): no size was given, nonlinear data, out of range, not found."""
    spectrum = scenario.landscape.gaussian_spectrum
    if spectrum is None:
        return None, _NONLINEAR
    n_points, ambient_dim, latent_dim = scenario.n_points, scenario.ambient_dim, scenario.latent_dim
    if n_points is None or ambient_dim is None or latent_dim is None:
        return None, _NO_SIZE
    try:
        if scenario.ensemble in ("gaussian", "isometric"):
            return finite_size_times_of_ensemble(latent_dim, ambient_dim, n_points, scenario.ensemble), None
        return finite_size_times(spectrum, n_points, ambient_dim), None
    except (InvalidInput, NotConverged) as error:
        return None, str(error).rstrip(".")
