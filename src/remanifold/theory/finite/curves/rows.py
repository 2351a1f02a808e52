"""When each training row collapses, for a map that is known: before any data set is drawn."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from remanifold._core.checks import whole
from remanifold._core.errors import refusal, require
from remanifold._core.progress import Progress, silent
from remanifold._core.seeds import normals
from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.curves.subject import sampled_map
from remanifold.theory.finite.sampled.asked import Asked
from remanifold.theory.finite.sampled.crossing import Crossing, Window, crossing
from remanifold.theory.finite.sampled.family import particles
from remanifold.theory.finite.sampled.given import Generator
from remanifold.theory.finite.sampled.maps import GenerativeMaps
from remanifold.theory.finite.sampled.starts import clean_starts, noisy_start
from remanifold.theory.finite.sampled.tempering import Effort, energy_laws
from remanifold.theory.finite.sampled.walk import Windows, walk
from remanifold.theory.finite.sampled.weight_sums import weight_sum

_NOISES, _FEWEST_NOISES = 24, 8  # of each row, in pairs of opposite ones
_FARTHEST = 10.0  # times the farthest of so many fresh points
_MOMENT_POINTS = 4000  # whose covariance tells noise along the manifold from the rest


@dataclass(frozen=True, eq=False, repr=False)
class RowCollapse:
    """The noise variance below which each row takes its own noisy copies: where the mean over data sets crosses.

    Attributes:
        t: E[log S(xi + sqrt(t) w) + |w|^2/2] = 0 over noise and the other points, (rows,), squared unit of the data.
            The mean of log t over data sets, each with a crossing of its own, lies lower, by .1 to .3 at P = 30.
        log_stderr: Error of log t from the noises drawn, (rows,), itself known to some 20 % from the usual 12 pairs of
            them. One data set scatters around t besides.
        n_points: P.
    """

    t: Floats
    log_stderr: Floats
    n_points: int

    @property
    def first(self) -> Integers:
        """Rows in the order in which they collapse as noise falls: the most exposed first, (rows,)."""
        return np.argsort(-self.t, kind="stable")

    def __repr__(self) -> str:
        return f"RowCollapse({len(self.t)} rows, t {self.t.min():.4g} to {self.t.max():.4g}, P={self.n_points})"


def row_collapse(
    generator: Generator,
    rows: ArrayLike,
    n_points: int,
    latent_dim: int | None = None,
    *,
    n_noises: int = _NOISES,
    seed: int = 0,
    progress: Progress | None = None,
) -> RowCollapse:
    """When each of ``rows`` collapses in a data set of P points of a known map, none of which is a copy of the row.

    Where `sample_collapse` knows the covariance only, this knows the map: it ranks the rows of nonlinear manifolds by
    their exposure.

    Args:
        generator: `remanifold.HiddenManifold`, a function of latents (n, D) that returns points (n, ...), or a torch
            module.
        rows: Points of the map, (rows, ...): those of which one wants to know.
        n_points: P, at least 3, of the data set with the row in it.
        latent_dim: D; not for a `HiddenManifold`.
        n_noises: Noises drawn for each row, an even number of at least 8; the error falls with its square root.
        seed: Of the noises and the sampling; row k has a stream of its own.
        progress: Called with the stage, how many rows are done, and how many there are.

    Raises:
        InvalidInput: if the map, a size or the rows cannot be used.
        NotConverged: if a collapse is not found.

    Source: docs/explanation/finite-size-curves.md (19).

    >>> from remanifold import HiddenManifold
    >>> from remanifold.theory import row_collapse
    >>> manifold = HiddenManifold(ambient_dim=12, latent_dim=4, n_points=50, activation="tanh")
    >>> row_collapse(manifold, manifold.points(0, 3), 50).t.shape
    (3,)
    """
    whole("`n_points`", n_points, least=3)
    count = whole("`n_noises`", n_noises, least=_FEWEST_NOISES, example=_NOISES)
    need = "`n_noises` must be even: noises come in pairs of opposite ones"
    require(count % 2 == 0, need, count, "pass one more")
    family = sampled_map(generator, latent_dim)
    points = _flat_rows(rows, family.ambient_dim) - family.origin
    effort, told = Effort(particles(family.latent_dim), family.moves), progress or silent
    asked = Asked(family, math.log(n_points - 1), seed, effort, 1)
    maps = family.maps(np.zeros(1, dtype=np.int64))
    latents = normals(seed, "finite size/moments", 0, _MOMENT_POINTS, family.latent_dim).astype(np.float32)
    fresh = maps(latents[None], np.zeros(1, dtype=np.int64))[0].astype(np.float64)
    _require_near(points, fresh)
    guess = noisy_start(asked, 0.5 * sum(clean_starts(asked)))
    views = _RowViews(asked, maps, np.cov(fresh.T).reshape(points.shape[1], -1), guess, count)
    found = np.empty((len(points), 2))
    for k, point in enumerate(points):
        told("rows", k, len(points))
        found[k] = views.collapse(k, point)
    told("rows", len(points), len(points))
    return RowCollapse(np.exp(found[:, 0]), found[:, 1], n_points)


def _flat_rows(rows: ArrayLike, ambient_dim: int) -> Floats:
    points = np.asarray(rows, dtype=np.float64)
    need = f"the rows must be points of {ambient_dim} finite numbers each"
    if points.ndim < 2 or len(points) == 0 or points[0].size != ambient_dim:
        raise refusal(need, f"shape {points.shape}", "pass an array of shape (rows, N)")
    require(bool(np.isfinite(points).all()), need, "nan or inf", "leave such rows out")
    return points.reshape(len(points), -1)


def _require_near(points: Floats, fresh: Floats) -> None:
    """Refuse rows that no map of these points can have given: a search for their collapse would not end."""
    middle = fresh.mean(0)
    reach = _FARTHEST * float(np.linalg.norm(fresh - middle, axis=1).max())
    away = np.linalg.norm(points - middle, axis=1)
    need = f"the rows must be points of the generator, within {reach:.3g} of its mean"
    if away.max() > reach:
        got = f"row {int(away.argmax())} at {float(away.max()):.3g}"
        raise refusal(need, got, "pass rows that it made, in its units")


@dataclass(frozen=True)
class _RowViews:
    """Rows under noise, seen at levels a window apart; a row is swept alone, so that nothing depends on the others."""

    asked: Asked
    maps: GenerativeMaps
    covariance: Floats
    guess: float
    count: int

    def collapse(self, row: int, point: Floats) -> tuple[float, float]:
        """log t and its error."""
        n, dim = self.count // 2, len(point)
        draws = normals(self.asked.seed, "finite size/row noise", row * n, (row + 1) * n, dim)

        def seen(place: int, window: Window) -> tuple[Crossing, None]:
            # pairs of opposite noises, and what lies along the manifold of each: most of the scatter of the rest
            noises = np.concatenate([draws, -draws])
            pairs = self._gaps(row, point, noises, window).reshape(2, n, window.nodes).mean(0)
            shares = self.covariance @ np.linalg.inv(self.covariance + math.exp(window.middle) * np.eye(dim))
            along = np.einsum("in,nm,im->i", draws, shares, draws) - np.trace(shares)
            return crossing(window, pairs, np.zeros(n, np.int64), along[:, None], np.ones(n)), None

        missed = f"no collapse of row {row} was found; leave it out, or give more points."
        _, found, _ = walk(Windows(self.guess), 0, seen, missed)
        # two numbers are fitted, the mean and the part of the control, whose own mean is 0 on average only
        return found.log_t, found.stderr * math.sqrt(n / (n - 3))

    def _gaps(self, row: int, point: Floats, noises: Floats, window: Window) -> Floats:
        """-log S - |w|^2/2 of each noise at the levels of the window: (noises, nodes)."""
        asked, level = self.asked, math.exp(window.middle)
        clean, which = np.tile(point, (len(noises), 1)), np.zeros(len(noises), dtype=np.int64)
        streams = [np.random.Generator(np.random.SFC64([asked.seed, 2, row, k])) for k in range(len(noises))]
        laws = energy_laws(self.maps, which, clean, noises, level, asked.log_others, asked.effort, streams)
        kept = [law.without_copies()[0] for law in laws]
        logs = [
            [-weight_sum(law.exponents(t), law.log_weights, asked.log_others).mean_log for t in window.levels]
            for law in kept
        ]
        return np.array(logs)
