"""Where a landscape meets a condition on its inverse temperature."""

from collections.abc import Callable

from remanifold.theory.landscapes.landscape import Landscape
from remanifold.theory.landscapes.replica.landscape import ReplicaLandscape
from remanifold.theory.roots import nearby_root, positive_root

_NEAR, _ACCURACY = 1e-5, 1e-11  # of log lam

Condition = Callable[[Landscape, float], float]


def crossing(landscape: Landscape, condition: Condition, what: str) -> float:
    """The lam at which ``condition`` (landscape, lam), increasing in lam, turns positive, to about 1e-13 relative
    (1e-11 where it takes the replica equations).

    Where the landscape is dear to ask, its rough version is asked first where to look.

    Raises:
        NotConverged: if there is none within the range of the landscape.
    """
    if not isinstance(landscape, ReplicaLandscape):
        return positive_root(lambda lam: condition(landscape, lam), what)
    start = positive_root(lambda lam: condition(landscape.rough, lam), what, accuracy=_NEAR)
    return nearby_root(lambda lam: condition(landscape, lam), what, start, _ACCURACY)
