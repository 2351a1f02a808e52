"""The finite-size times of what `remanifold.phases` was asked about, or the reason why there are none."""

import math
from dataclasses import asdict

from remanifold._core.checks import number, whole
from remanifold._core.errors import InvalidInput, NotConverged, refusal
from remanifold._core.progress import Progress
from remanifold.manifolds import Activation
from remanifold.theory.finite.drawn.every_point import MOST_SEEN, every_point
from remanifold.theory.finite.drawn.near_points import looking
from remanifold.theory.finite.drawn.set_points import is_drawn, points_of_family, width_of
from remanifold.theory.finite.drawn.set_times import LookAt, times_of_sets
from remanifold.theory.finite.gaussian import (
    FEWEST_DIM,
    finite_size_times,
    finite_size_times_of_ensemble,
    times_of_spectrum,
)
from remanifold.theory.finite.kept_times import keep_times, read_times
from remanifold.theory.finite.sampled.asked import Work, seconds_of_move, seconds_told
from remanifold.theory.finite.sampled.family import Family, HiddenFamily, OneManifold, is_named
from remanifold.theory.finite.sampled.given import Generator, given_family
from remanifold.theory.finite.sampled.times import SampledTimes, sampled_times
from remanifold.theory.finite.size_times import FiniteSizeTimes
from remanifold.theory.scenario import Scenario

USUAL_ACCURACY, SHARPEST, ROUGHEST = 0.03, 0.002, 0.3
LARGEST_SAMPLED_DIM = 200  # latent dimensions: more take hours; above 60 the bracket of log Z must close
_MOST_NUMBERS = 2 * 10**7  # of F: 64 of these are drawn
_MOST_DRAWN = 4_000_000  # numbers of a data set
_LONG = 12.0  # seconds of sampling from which on drawn sets take less
_LATER, _LEAST_SECONDS = 2.0, 20.0  # work that may be done, over what is told; and what it need not be below
_NO_SIZE = (
    "a load and a latent ratio leave the size open; give the number of points, the ambient and the latent dimension"
)


def finite_size_of(
    scenario: Scenario, accuracy: float = USUAL_ACCURACY, progress: Progress | None = None, threads: int | None = 1
) -> tuple[FiniteSizeTimes | None, str | None]:
    """(times, None), or (None, why there are none): no size was given, out of range, not found.

    Linear manifolds of at least 3 latent dimensions have a closed form to sharper errors; all others are sampled.

    Args:
        scenario: What was described.
        accuracy: Error of log t that sampling aims at.
        progress: Called with the stage, and how many of its hundred parts are done.
        threads: Of sampling; None: all cores. They change no result.
    """
    n_points, ambient_dim, latent_dim = scenario.n_points, scenario.ambient_dim, scenario.latent_dim
    if n_points is None or ambient_dim is None or latent_dim is None:
        return None, _NO_SIZE
    spectrum = None if scenario.landscape is None else scenario.landscape.gaussian_spectrum
    try:
        if spectrum is None or (latent_dim < FEWEST_DIM and scenario.ensemble != "spectrum"):
            family = HiddenFamily(ambient_dim, latent_dim, scenario.activation, scenario.ensemble, scenario.exponent)
            return sampled(family, n_points, accuracy, progress, threads=threads), None
        if scenario.ensemble in ("gaussian", "isometric"):
            return finite_size_times_of_ensemble(latent_dim, ambient_dim, n_points, scenario.ensemble), None
        if latent_dim < FEWEST_DIM:
            return times_of_spectrum(spectrum, n_points, ambient_dim, accuracy, progress=progress), None
        return finite_size_times(spectrum, n_points, ambient_dim), None
    except (InvalidInput, NotConverged) as error:
        return None, str(error).rstrip(".")


def finite_size_of_generator(
    generator: Generator,
    n_points: int,
    latent_dim: int | None = None,
    accuracy: float = USUAL_ACCURACY,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> FiniteSizeTimes:
    """The times of P points of any generative map x = G(z), z ~ N(0, I): a decoder, a simulator, a drawn manifold.

    P enters as a number only: no P points are drawn. The points and the sampled law of what they see give a statistical
    error, and every eighth is sampled again with twice the effort; both are in the error that is told.

    Args:
        generator: `remanifold.HiddenManifold`, a function of latents (n, D) that returns points (n, ...), or a torch
            module, which is called with a float32 tensor.
        n_points: P, at least 3.
        latent_dim: D; not for a `HiddenManifold`.
        accuracy: Error of log t aimed at, from 0.002 to 0.3.
        seed: Of the points x and of the sampling.
        progress: Called with the stage, and how many of its hundred parts are done.

    Raises:
        InvalidInput: if the map or a size cannot be used: D at most 200.
        NotConverged: if a crossing is not found, or above 60 latent dimensions if the bracket of log Z stays open.

    Source: docs/explanation/finite-size.md; no published one is known to us.
    """
    whole("`n_points`", n_points, least=3)
    share = number("`accuracy`", accuracy, least=SHARPEST, most=ROUGHEST, do="pass e.g. 0.03, an error of 3 %")
    return sampled(given_family(generator, latent_dim), n_points, share, progress, seed)


def sampled(
    family: Family,
    n_points: int,
    accuracy: float,
    progress: Progress | None = None,
    seed: int = 0,
    threads: int | None = 1,
) -> FiniteSizeTimes:
    """The times of a family of maps, from the sampled law of the energies; those of named ones are kept for next time.

    Raises:
        InvalidInput: if it has too many latent dimensions.
        NotConverged: if a crossing is not found, or the bracket of log Z stays open.
    """
    if family.latent_dim > LARGEST_SAMPLED_DIM:
        need = f"finite-size times of nonlinear maps need at most {LARGEST_SAMPLED_DIM} latent dimensions"
        raise refusal(need, family.latent_dim, "measure the data instead, with `noise_profile`")
    numbers = family.latent_dim * (family.ambient_dim if isinstance(family, HiddenFamily) else 1)
    if numbers > _MOST_NUMBERS:
        need = f"finite-size times need maps whose matrix has at most {_MOST_NUMBERS} numbers"
        raise refusal(need, f"{numbers:.3g}", "give a smaller ambient dimension")
    question = None
    if isinstance(family, HiddenFamily) and is_named(family):
        question = asdict(family) | {"n_points": n_points, "accuracy": accuracy, "seed_of_points": seed}
    found = None if question is None else read_times(question)
    if found is None:
        found = _of_sets(family, n_points, accuracy, progress, seed)
        if found is None:
            found = _of_law(family, n_points, accuracy, progress, seed, threads)
        if question is not None:
            keep_times(question, found)
    return found.record(n_points, family.ambient_dim, family.latent_dim, spreads=family.n_maps != 1)


def _of_sets(
    family: Family, n_points: int, accuracy: float, progress: Progress | None, seed: int
) -> SampledTimes | None:
    """Of drawn data sets, where they are; None where the law must be sampled, as where most points have copies."""
    look_at = _drawn(family, n_points)
    if look_at is None:
        return None
    points, sizes = points_of_family(family), (n_points, family.latent_dim, family.ambient_dim)
    of_map = 1 if family.n_maps == 1 else 2
    try:
        return times_of_sets(points, *sizes, accuracy, of_map=of_map, look_at=look_at, seed=seed, progress=progress)
    except NotConverged:
        if look_at is looking:
            raise
        return None


def _drawn(family: Family, n_points: int) -> LookAt | None:
    """How points of drawn data sets look at each other, where sets are drawn; None where the law is sampled.

    That is in few dimensions, and where sampling to 3 % would take longer: of kinked maps in few ambient dimensions it
    needs many points x, in many latent dimensions many particles.

    Raises:
        InvalidInput: for more points in one or two dimensions than can be drawn.
    """
    if is_drawn(n_points, family.latent_dim, width_of(family)):
        return looking
    if not isinstance(family, HiddenFamily) or n_points > MOST_SEEN or n_points * family.ambient_dim > _MOST_DRAWN:
        return None
    return every_point if seconds_told(family, math.log(n_points - 1), USUAL_ACCURACY) > _LONG else None


def _of_law(
    family: Family, n_points: int, accuracy: float, progress: Progress | None, seed: int, threads: int | None
) -> SampledTimes:
    from remanifold._core.threads import thread_count  # loads torch, which an answer that is kept does without

    told = seconds_told(family, math.log(n_points - 1), accuracy)
    work = Work(most=max(_LATER * told, _LEAST_SECONDS))
    return sampled_times(family, n_points, accuracy, seed, progress, threads=thread_count(threads), work=work)


def sampling_seconds(
    n_points: int, ambient_dim: int, latent_dim: int, activation: str | Activation, accuracy: float = USUAL_ACCURACY
) -> float:
    """About how long one core samples the times of a hidden manifold.

    Sampling ends, with the error reached by then, before it has taken twice as long, or 20 s. The constants are those
    measured at N = 20 to 80, D = 3 to 24.
    """
    family = HiddenFamily(ambient_dim, latent_dim, activation)
    if _drawn(family, n_points) is not None:
        return _LEAST_SECONDS * max(1.0, (USUAL_ACCURACY / accuracy) ** 2)
    return seconds_told(family, math.log(n_points - 1), accuracy)


def generator_seconds(
    latent_dim: int, n_points: int, seconds_a_point: float, accuracy: float = USUAL_ACCURACY
) -> float:
    """About how long the times of a map take, whose points take ``seconds_a_point`` each; at most twice as long."""
    bare = OneManifold(lambda latents: latents, latent_dim, 0)
    return seconds_told(bare, math.log(n_points - 1), accuracy, seconds_of_move(bare) + seconds_a_point)
