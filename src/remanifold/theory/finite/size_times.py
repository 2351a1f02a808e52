"""The record of the three times at finite size."""

from dataclasses import dataclass, replace
from typing import Any

from remanifold.noise import MeasuredLevel

NAMES = ("t_onset", "t_collapse", "t_generalization")


@dataclass(frozen=True)
class FiniteSizeTimes:
    """The three times as an experiment of this size measures them on average; noise variances, in the data's unit.

    Each level carries the numerical error of the prediction (for an ensemble including the finite number of draws of
    F), not the scatter of one experiment around it; its ``n`` counts the points x, or the draws of F.

    Attributes:
        t_onset: Mean of -R(xi) is zero; docs/explanation/theory.md (6.3).
        t_collapse: Mean of -|w|^2/2 - R(xi + sqrt(t) w) is zero; docs/explanation/theory.md (6.2).
        t_generalization: Least mean leave-one-out cross entropy; docs/explanation/theory.md (6.4).
        n_points: P.
        ambient_dim: N.
        latent_dim: D.
        effort_shifts: By how much log t of each time moves when the sampling spends twice as much on each x, beyond
            its scatter; part of the error. 0 where nothing was sampled but x.
        spreads: Standard deviation of log t of each time between draws of F; None where it was not estimated. Of few
            draws it is a rough number, and 0 where it is not told from the noise of the sampling.
        spread_bounds: What it is at most: 95 % upper bound.
    """

    t_onset: MeasuredLevel
    t_collapse: MeasuredLevel
    t_generalization: MeasuredLevel
    n_points: int
    ambient_dim: int
    latent_dim: int
    effort_shifts: tuple[float, float, float] = (0.0, 0.0, 0.0)
    spreads: tuple[float, float, float] | None = None
    spread_bounds: tuple[float, float, float] | None = None

    def scaled(self, share: float) -> "FiniteSizeTimes":
        """The same for data ``share`` times as wide: sigma, and the errors, in their unit."""
        levels: dict[str, MeasuredLevel] = {name: getattr(self, name) for name in NAMES}
        wider = {k: MeasuredLevel(share**2 * t.value, share**2 * t.stderr, t.n) for k, t in levels.items()}
        return replace(self, **wider)

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries and numbers; each time is {"value", "stderr", "effort_shift", "spread", "spread_bound",
        "clocks"}.

        "effort_shift" has the unit of "value"; "spread" and what it is at most are those of log t or None.
        """
        plain: dict[str, Any] = {}
        for k, name in enumerate(NAMES):
            time: MeasuredLevel = getattr(self, name)
            plain[name] = {
                "value": time.value,
                "stderr": time.stderr,
                "effort_shift": time.value * self.effort_shifts[k],
                "spread": None if self.spreads is None else self.spreads[k],
                "spread_bound": None if self.spread_bounds is None else self.spread_bounds[k],
                "clocks": time.clocks(),
            }
        return plain | {"n_points": self.n_points, "ambient_dim": self.ambient_dim, "latent_dim": self.latent_dim}
