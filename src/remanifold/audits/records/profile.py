"""The noise profile of a data set as a record."""

from dataclasses import dataclass

from remanifold._core.shown import short_repr


@dataclass(frozen=True)
class Curve:
    """One quantity at every level of the profile.

    Attributes:
        value: Mean over query points, by level.
        stderr: Its jackknife error, by level.
    """

    __repr__ = short_repr

    value: tuple[float, ...]
    stderr: tuple[float, ...]


@dataclass(frozen=True)
class ProfileTable:
    """The noise profile (docs/explanation/theory.md, section 6), levels ``t`` ascending.

    Attributes:
        t: Noise variances.
        gap: Mean of -log S(xi + sqrt(t) w), nats; negative above the collapse, 0 at t_c.
        trap: Mean of -R(xi), nats; 0 at t_o.
        nll: Leave-one-out cross entropy of a data point, nats; least at t_g.
        own_surprisal: E[-log w_own], nats; log P at high noise, 0 when every point has collapsed on itself.
        participation: E[sum of squared weights]; 1 / P (shared by all) to 1 (one point has all).
        local_dimension: -2 dI/dlog t.
        information: I(xi; x_t), nats; log(P-1) + gap.
        n_queries: Number of query points.
    """

    __repr__ = short_repr

    t: tuple[float, ...]
    gap: Curve
    trap: Curve
    nll: Curve
    own_surprisal: Curve
    participation: Curve
    local_dimension: Curve
    information: Curve
    n_queries: int
