"""The signal-noise random energy model: the point that made x against the sum of all others.

Seen from x = xi^1 + sqrt(delta) w at inverse temperature lam, the own point has energy delta/2, the others form the
random energy model of `remanifold.theory.rem`. The empirical score is the line lam = 1/delta = 1/t.
Source: arXiv 2304.14964 and 2502.09578 for the ideas, docs/explanation/theory.md section 7 for the algebra.
"""

from dataclasses import dataclass
from typing import Literal

from remanifold.theory.landscapes.landscape import Landscape
from remanifold.theory.landscapes.mixture import require_one_kind
from remanifold.theory.rem import annealed_entropy, condensation, free_entropy

Phase = Literal["liquid", "frozen", "retrieved"]
"""Many points share the weight, a few wrong ones do, or the point that x came from has it."""


@dataclass(frozen=True)
class RemState:
    """What the weights w_mu ~ exp(-lam |x - xi^mu|^2 / 2) do at one point (load, lam, delta) of the phase diagram.

    Attributes:
        phase: "retrieved" (the own point has all weight), "liquid" (exponentially many others share it) or "frozen"
            (a few others do).
        free_entropy: (1/N) log of the whole sum, nats; the larger of the next two; (7.1).
        signal: The own point's part, -lam delta/2.
        noise: All others' part, phi(lam, delta); (4.4).
        entropy: log(number of points that share the weight)/N, nats; 0 unless liquid.
        energy: Weighted mean of |x - xi|^2 / (2N), unit of t.
        participation: E sum w^2; (7.3).
        condensation: lambda_c(delta), or None where the points coincide before they freeze.
        lowest_energy: The least |x - xi|^2 / (2N) of all points, the own one included; None where condensation is.
    """

    phase: Phase
    free_entropy: float
    signal: float
    noise: float
    entropy: float
    energy: float
    participation: float
    condensation: float | None
    lowest_energy: float | None


def rem_phase(landscape: Landscape, load: float, lam: float, delta: float) -> Phase:
    """Which phase holds at (load, lam, delta); (7.2).

    Raises:
        InvalidInput: for a mixture of several kinds of modes, each of which has a phase of its own.
    """
    require_one_kind(landscape)
    if -lam * delta / 2 > free_entropy(landscape, load, lam, delta):
        return "retrieved"
    return "liquid" if annealed_entropy(landscape, load, lam, delta) >= 0 else "frozen"


def rem_state(landscape: Landscape, load: float, lam: float, delta: float) -> RemState:
    """Everything about the weights at (load, lam, delta).

    Args:
        landscape: Manifold of the data.
        load: log(P)/N, nats.
        lam: Inverse temperature of the weights, 1/(unit of t), positive.
        delta: Noise variance on x, not negative.

    Raises:
        InvalidInput: as `rem_phase`.
        NotConverged: if a root lies outside the range of floating-point numbers.
    """
    phase = rem_phase(landscape, load, lam, delta)
    signal, noise = -lam * delta / 2, free_entropy(landscape, load, lam, delta)
    frozen_at = condensation(landscape, load, delta) if load < landscape.information_ceiling else None
    nearest = None if frozen_at is None else -landscape.zeta_slope(frozen_at, delta)
    entropy, energy, share = 0.0, delta / 2, 1.0
    if phase == "liquid":
        entropy, share = annealed_entropy(landscape, load, lam, delta), 0.0
        energy = -landscape.zeta_slope(lam, delta)
    elif frozen_at is not None and nearest is not None and phase == "frozen":
        share, energy = 1 - frozen_at / lam, nearest
    least = None if nearest is None else min(delta / 2, nearest)
    return RemState(phase, max(signal, noise), signal, noise, entropy, energy, share, frozen_at, least)
