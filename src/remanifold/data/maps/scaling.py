"""How columns of numbers are brought to one scale: one reversible map per column."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from remanifold._core.types import Floats

KINDS = ("sd", "quantile", "none")


@dataclass(frozen=True)
class Scaling:
    """One map per coordinate; what it makes is reversible (`own`).

    Attributes:
        kind: "sd", "quantile" or "none".
        names: Of the coordinates, numbers from 0 where they have none, (N,); empty for "none".
        shift, scale: A coordinate is (number - shift) / scale, (N,); 0 and 1 where it is left as it is.
        values, scores: Of "quantile": at ``values`` of the training rows, ascending, the normal score of their rank,
            between them a line and beyond them a line of the mean slope; empty for a coordinate that has none.
        constant: Names of the columns without variance, whose scale is 1.
    """

    kind: str
    names: tuple[str, ...] = ()
    shift: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    values: tuple[tuple[float, ...], ...] = ()
    scores: tuple[tuple[float, ...], ...] = ()
    constant: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """The unit of distances and noise levels, in words."""
        return {
            "sd": "standard deviations of a column of the training rows",
            "quantile": "normal scores of the ranks in a column of the training rows",
        }.get(self.kind, "the data's own units")

    @property
    def words(self) -> tuple[str, ...]:
        """What was done, in sentences."""
        if self.kind == "none":
            return ("columns are compared in the data's own units (standardize none)",)
        done = {
            "sd": "every column less its mean, over its standard deviation",
            "quantile": "every column by the normal score of its rank",
        }[self.kind]
        told = [
            f"columns are standardized by the training rows: {done} (standardize {self.kind}); numbers "
            f"count in {self.unit} in distances and noise levels"
        ]
        if self.constant:
            told.append(f"columns of one value in all training rows, whose scale stays: {', '.join(self.constant[:8])}")
        return tuple(told)

    def scaled(self, rows: Floats) -> Floats:
        """``rows`` (k, N) of numbers as coordinates."""
        shift, scale, lines = self._arrays
        made = rows - shift
        made /= scale
        for k, (knots, heights) in lines.items():
            made[:, k] = _line(made[:, k], knots, heights)
        return made

    def own(self, rows: Floats) -> Floats:
        """The numbers that coordinates ``rows`` (k, N) were made of, up to rounding."""
        shift, scale, lines = self._arrays
        made = np.array(rows, dtype=np.float64)
        for k, (knots, heights) in lines.items():
            made[:, k] = _line(made[:, k], heights, knots)
        return made * scale + shift

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats, dict[int, tuple[Floats, Floats]]]:
        lines = {k: (np.array(knots), np.array(self.scores[k])) for k, knots in enumerate(self.values) if knots}
        return np.array(self.shift), np.array(self.scale), lines


NOTHING = Scaling("none")


def _line(x: Floats, knots: Floats, heights: Floats) -> Floats:
    """The line through ``heights`` at ``knots``, beyond them with their mean slope."""
    slope = (heights[-1] - heights[0]) / (knots[-1] - knots[0])
    beyond = np.where(x > knots[-1], x - knots[-1], np.minimum(x - knots[0], 0.0))
    return np.interp(x, knots, heights) + slope * beyond
