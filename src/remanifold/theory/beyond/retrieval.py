"""Retrieval at any inverse temperature: dense associative memories, and a softmax whose beta is not 1/t.

The stored patterns are the data points; x = xi^1 + sqrt(delta) w is retrieved where its own pattern outweighs the sum
of all others at inverse temperature lam. Answers are for a typical pattern, not for the rarest of exp(load N) patterns.
Source: arXiv 2304.14964 for the ideas, docs/explanation/theory.md (7.4) to (7.7) for the algebra.
"""

from remanifold._core.checks import number
from remanifold.theory.landscapes.landscape import Landscape
from remanifold.theory.landscapes.mixture import require_one_kind
from remanifold.theory.roots import positive_root, root_between
from remanifold.theory.times import basin, exists, t_collapse, t_onset

_MARGIN = 1e-9  # the bracket of a root reaches this much beyond where the root may lie
_NO_NOISE = 1e-12  # delta beside t_onset: moves the root by as little


def capacity(landscape: Landscape, lam: float, delta: float = 0.0) -> float:
    """The largest load log(P)/N at which a pattern seen through noise ``delta`` is retrieved at ``lam``; (7.6).

    ``delta`` = 0 asks that a pattern hold itself (`t_onset` read backwards); ``delta`` = 1/lam that it be found again
    from the noise of the temperature (`t_collapse` read backwards); larger lam gives no more than Shannon's I(delta).

    Raises:
        InvalidInput: if lam is not positive or delta negative.
    """
    number("the inverse temperature", lam, above=0, do="pass 1/t")
    number("the noise delta", delta, least=0, do="pass a variance")
    effective = lam if lam * delta <= 1 else 1 / delta
    return -landscape.zeta(effective, delta) - effective * delta / 2


def retrieval_noise(landscape: Landscape, load: float, inverse_temperature: float) -> float:
    """The most noise delta_r from which a softmax at ``inverse_temperature`` finds the own pattern; (7.5).

    0 where no pattern holds itself; `t_collapse` at every inverse temperature from 1/t_collapse up.

    Raises:
        InvalidInput: if the inverse temperature is not positive.
    """
    return basin(landscape, load, 1 / number("the inverse temperature", inverse_temperature, above=0, do="pass 1/t"))


def retrieval_inverse_temperature(landscape: Landscape, load: float, delta: float) -> float | None:
    """The least inverse temperature at which a softmax finds the own pattern through noise ``delta``; (7.4).

    None where there is none: at and above `t_collapse` no inverse temperature helps.

    Raises:
        InvalidInput: if delta is negative, or for a mixture of several kinds of modes.
    """
    number("the noise delta", delta, least=0, do="pass a variance")
    require_one_kind(landscape)
    onset = t_onset(landscape, load)
    if onset is None:
        return None
    if delta <= _NO_NOISE * onset:
        return 1 / onset
    if capacity(landscape, 1 / delta, delta) <= load:
        return None

    low, high = (1 - _MARGIN) / onset, 1 / delta
    return root_between(lambda lam: load + landscape.zeta(lam, delta) + lam * delta / 2, low, high)


def t_collapse_tempered(landscape: Landscape, load: float, tempering: float) -> float | None:
    """Noise below which a softmax at inverse temperature ``tempering``/t finds the point that made x_t; (7.7).

    1 is the empirical score, with `t_collapse`. A hotter softmax (below 1) finds it later; a colder one no earlier.

    Raises:
        InvalidInput: if the tempering is not positive, or for a mixture of several kinds of modes.
    """
    number("the tempering", tempering, above=0, do="pass beta t, e.g. 0.5")
    require_one_kind(landscape)
    if tempering >= 1 or not exists(landscape, load):
        return t_collapse(landscape, load)

    def signal_over_noise(lam: float) -> float:
        return -load - landscape.zeta(lam, tempering / lam) - tempering / 2

    return tempering / positive_root(signal_over_noise, "the tempered collapse")
