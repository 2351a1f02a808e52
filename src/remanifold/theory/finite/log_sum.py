"""The mean of log sum_mu exp(-|x - xi^mu|^2/(2t)) over finitely many Gaussian data points, seen from a given x: exact.

For a sum s of P - 1 independent positive weights, log s = int dy [1(y < 0) - exp(-s e^y)] - euler_gamma, so its mean
needs the Laplace transform E exp(-u s) = (1 - q(u))^(P-1) only, with q(u) = E[1 - exp(-u exp(-energy/t))]. The Mellin
transform of 1 - e^(-v) turns q into a contour integral over the moment generating function of the energies, which is
known in closed form:

    q(u) = -(1/2 pi) int dv Gamma(-k) u^k exp(K(k)),   k = c + iv,   K(k) = log E exp(-k |x - xi|^2/(2t)),   0 < c < 1.

Far above the collapse the saddle lies beyond the pole at k = 1. There 1 < c < 2, and the pole adds u exp(K(1)), the
annealed sum, of which the integral is a small part: left of the pole the two would cancel in too many digits.

Nothing in this is asymptotic: the only errors are those of two one-dimensional integrals of analytic functions.
Source: docs/explanation/finite-size.md.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, loggamma

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats
from remanifold.theory.roots import root_between

_LEAST_CONTOUR, _MOST_CONTOUR, _LAST_CONTOUR = 2e-4, 0.6, 1.5
_LEAST_GAIN = 0.05  # of k l/t: no contour need lie farther left
_CANCELLATION = 8.0  # nats that a contour away from the saddle may lose to cancellation
_ALIAS = 22.0  # exp(-22) = 3e-10: error of the trapezoid rule along the contour, in (P-1) q
_TAIL = 20.0  # exp(-20) = 2e-9: what the ends of the contour leave out, relative
PANEL = 2.5  # width of a panel in y, times the contour there: T is analytic in a strip of width pi/c
_NODES = np.polynomial.legendre.leggauss(20)
_FLAT = 1e-8  # an integrand this small at the far end of a panel ends the integral
_MOST_PANELS = 200
_MOST_NODES = 60_000  # of a contour; more where about one direction counts and sums have a tail like exp(-sqrt(y))
_GRID, _BEYOND = 64, 16  # contours left and right of the pole at 1
_SHARP = 200  # second derivative of K from which on saddles are so sharp that more contours are needed
_CERTAIN = 1 - 1e-15  # q reaches 1 up to round-off where there are few points
ROWS = 64  # x treated at once: alike ones, so that one contour suits them all
LARGEST_EXACT_LOG = 30.0  # beyond e^30 points (1 - q)^(P-1) and exp(-P q) are the same double

ENDLESS = "the law of the softmax sum has too long a tail to be integrated; raise t or the latent dimension."

Complex = NDArray[np.complexfloating]
Pair = tuple[Floats, Floats]


@dataclass(frozen=True)
class Energies:
    """The energies |x - xi|^2/(2t) of Gaussian points xi seen from n points x, on the D directions of the manifold.

    Directions of equal l are one column, so that K of many directions costs what that of their different l does.

    Attributes:
        gains: l_i/t, (columns,).
        squares: Sum of z_i^2 over the directions of a column, for every x, (n, columns); x_i^2 = (l_i + delta) z_i^2.
        shift: delta/t: 1 for a noisy data point at the same t, 0 for a clean one.
        counts: Directions of each column, (columns,), or one number for all.
    """

    gains: Floats
    squares: Floats
    shift: float
    counts: Floats | float = 1.0

    @property
    def directions(self) -> Floats:
        """Directions of each column, (columns,)."""
        return np.broadcast_to(np.asarray(self.counts, dtype=np.float64), self.gains.shape)

    def cumulants(self, k: Complex) -> tuple[Complex, Complex]:
        """K(k) and its derivative by log t at fixed z: (n, nodes) each; docs/explanation/finite-size.md (3)."""
        r, shift = self.gains[:, None], float(self.shift)
        grown = 1 + k * r  # (columns, nodes)
        shrink = 1 / grown
        size, angle = grown.real**2 + grown.imag**2, np.arctan(grown.imag / grown.real)
        logs = self.directions @ (0.5 * np.log(size)) + 1j * (
            self.directions @ angle
        )  # complex log takes thrice as long
        value = -0.5 * (_product(self.squares, k * (r + shift) * shrink) + logs)
        slope = 0.5 * (_product(self.squares, k * (1 - k * shift) * r * shrink**2) + self.directions @ (k * r * shrink))
        return value, slope

    def mean_exponents(self, k: Complex) -> Complex:
        """K'(k): minus the mean energy over t at inverse temperature k/t, (n, nodes)."""
        r = self.gains[:, None]
        shrink = 1 / (1 + k * r)
        return -0.5 * (_product(self.squares, (r + self.shift) * shrink**2) + self.directions @ (r * shrink))

    def tilted(self, k: Floats) -> tuple[Floats, Floats]:
        """Derivatives K' (n, len(k)) of every x, and K'' (len(k),) of the typical x, by real k."""
        r, shift = self.gains[:, None], float(self.shift)
        shrink = 1 / (1 + k * r)
        first = -0.5 * (self.directions @ (r * shrink) + self.squares @ ((r + shift) * shrink**2))
        return first, self.directions @ (r * shrink**2 * (0.5 * r + (r + shift) * shrink))


def mean_log_sum(energies: Energies, log_others: float, share: float = 1.0) -> Pair:
    """E log sum over the other points, given x, and its derivative by log t at fixed z: (n,) each, nats.

    Args:
        energies: What is seen from the n points x.
        log_others: log(P - 1).
        share: Share of the other points that x can see (its class, where classes lie far apart).

    Raises:
        NotConverged: if the integral over y does not end, or needs too fine a contour.
    """
    order = np.argsort(energies.squares @ (1 / (1 + 1 / energies.gains)))
    value, slope = np.empty(len(order)), np.empty(len(order))
    for first in range(0, len(order), ROWS):
        rows = order[first : first + ROWS]
        part = replace(energies, squares=energies.squares[rows])
        value[rows], slope[rows] = _integrate(SumLaw(part, log_others, share))
    return value, slope


def _integrate(law: "SumLaw") -> Pair:
    """The integral over y in panels outwards from 0, until nothing is added."""
    value = law.centre - np.euler_gamma
    slope = np.zeros_like(value)
    for side in (-1, 1):
        edge, active = 0.0, np.ones(len(value), dtype=bool)
        for _ in range(_MOST_PANELS):
            low, high = law.saddles(edge, active)
            width = PANEL / high
            y = edge + side * width * 0.5 * (1 + _NODES[0])
            survival, change = law.survival(y, low)
            part = 1 - survival if side < 0 else -survival
            value[active] += (part @ _NODES[1])[active] * (width / 2)
            slope[active] += (change @ _NODES[1])[active] * (width / 2)
            edge += side * width
            active &= np.maximum(np.abs(part[:, -1]), np.abs(change[:, -1])) > _FLAT
            if not active.any():
                break
        else:
            raise NotConverged(ENDLESS)
    return value, slope


class SumLaw:
    """T(y) = E exp(-s e^(y - centre)) for the sums s at every x; ``centre`` puts the fall of T near y = 0."""

    def __init__(self, energies: Energies, log_others: float, share: float = 1.0) -> None:
        self.energies = energies
        self.log_seen = log_others + math.log(share)
        self.others = math.exp(log_others) if log_others < LARGEST_EXACT_LOG else None
        spread = float(energies.tilted(np.ones(1))[1][0])
        most = max(_MOST_CONTOUR, 1 - math.sqrt(2 * _CANCELLATION / spread))
        # far below the collapse the saddle goes to 0 like t
        least = min(_LEAST_CONTOUR, _LEAST_GAIN / float(energies.gains.max()))
        finer = math.log(most / least) / math.log(most / _LEAST_CONTOUR)
        count = round(_GRID * finer * math.sqrt(max(1.0, spread / _SHARP)))
        left = np.geomspace(least, most, count)
        right = np.linspace(2 - most, _LAST_CONTOUR, _BEYOND)
        self.contours = np.concatenate([left, right[:1], right])  # at 1 none can be: the next one serves
        self.falls = np.concatenate([left, left[-1:], np.ones(_BEYOND)])  # T falls like exp(-e^(c y)), c at most 1
        grid = np.concatenate([left, [1.0], right])
        # derivative of the integrand's logarithm, which is convex from 0 to 2 but for the pole
        self.tilts = energies.tilted(grid)[0] - digamma(2 - grid) - 1 / grid
        self.tilts[:, :count] += 1 / (1 - left)
        self.tilts[:, count:] += _CANCELLATION / (1 - most)  # beyond only where left of the pole so much is lost
        value = energies.cumulants(left + 0j)[0].real
        level = self.log_seen + loggamma(1 - left).real - np.log(left)
        at_pole, self.pole_slope = (part[:, 0].real for part in energies.cumulants(np.ones(1, dtype=np.complex128)))
        self.annealed = self.log_seen + at_pole
        # the bound of (P-1) q is 1 there, for the best c
        self.centre = np.minimum(((level + value) / left).min(1), self.annealed)

    def saddles(self, y: float, active: NDArray[np.bool_]) -> tuple[float, float]:
        """The least c, over the active x, where the integrand of q has its saddle, and how fast T may fall for any."""
        below = (self.tilts + (y - self.centre)[:, None] < 0)[active].sum(1)  # the derivative by c increases
        last = len(self.contours) - 1
        return float(self.contours[max(int(below.min()) - 1, 0)]), float(self.falls[min(int(below.max()), last)])

    def survival(self, y: Floats, c: float) -> Pair:
        """T and minus its derivative by log t at fixed centre: (n, len(y)) each."""
        _, integrand, phase, scale, slope = self._contour(y, c)
        pole = self._pole(y, c)
        survival, q = self._survival(np.maximum((integrand @ phase).real * scale + pole, 0.0))
        change = ((integrand * slope) @ phase).real * scale + pole * self.pole_slope[:, None]
        return survival, survival / (1 - q) * change

    def with_own(self, y: Floats, c: float, log_own: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """T, q, and (P-1) E of (u s)^2 exp(-u s) and u s log(s/own) exp(-u s) for one weight s: (n, len(y)) each.

        u = e^(y - centre); the contour integral of q with a factor k (1 - k), and with k (K'(k) - log own).
        """
        k, integrand, phase, scale, _ = self._contour(y, c)
        pole = self._pole(y, c)
        survival, q = self._survival(np.maximum((integrand @ phase).real * scale + pole, 0.0))
        squared = np.maximum(((integrand * (k * (1 - k))) @ phase).real, 0.0) * scale
        logs = ((integrand * (k * (self.energies.mean_exponents(k) - log_own[:, None]))) @ phase).real * scale
        at_pole = self.energies.mean_exponents(np.ones(1, dtype=np.complex128))[:, 0].real - log_own
        return survival, q, squared, logs + pole * at_pole[:, None]

    def _pole(self, y: Floats, c: float) -> Floats:
        """What the pole at k = 1 adds to (P-1) q right of it, the annealed sum times u: (n, len(y))."""
        if c < 1:
            return np.zeros((len(self.centre), len(y)))
        return np.exp((self.annealed - self.centre)[:, None] + y)

    def _contour(self, y: Floats, c: float) -> tuple[Complex, Complex, Complex, Floats, Complex]:
        """Nodes k, integrand of (P-1) q (n, nodes) at y = 0, its factor for each y, its scale (n, y), K by log t."""
        k, logs = contour_nodes(self.energies, c, self.log_seen)
        weight = np.exp(logs)
        value, slope = self.energies.cumulants(k)
        scale = (self.log_seen + value[:, :1].real - c * self.centre[:, None]) + c * y
        integrand = weight * np.exp(value - value[:, :1].real - 1j * k.imag * self.centre[:, None])
        return k, integrand, np.exp(1j * np.outer(k.imag, y)), np.exp(scale), slope

    def _survival(self, count: Floats) -> Pair:
        """T and q of (P-1) q."""
        if self.others is None:
            return np.exp(-count), np.zeros_like(count)
        q = np.minimum(count / self.others, _CERTAIN)
        return np.exp(self.others * np.log1p(-q)), q


def _product(squares: Floats, table: Complex) -> Complex:
    """squares @ table as two real products: half the work of a complex one."""
    return squares @ np.ascontiguousarray(table.real) + 1j * (squares @ np.ascontiguousarray(table.imag))


def contour_nodes(energies: Energies, c: float, log_seen: float, angle: float = 0.0) -> tuple[Complex, Complex]:
    """Points k = c + iv of the upper half of the contour, and log of the weight -Gamma(-k) dv/pi of each.

    They serve u of arguments from -``angle`` to ``angle``, below pi/2: u^k takes so much of the fall of Gamma.
    """
    step = 2 * math.pi / max((_ALIAS + max(log_seen, 0.0)) / c, _ALIAS / abs(1 - c), _ALIAS / (2 - c))
    ratio, counts = energies.gains / (1 + c * energies.gains), energies.directions
    fall = math.pi / 2 - angle

    def decay(v: float) -> float:
        return fall * v + math.log(math.hypot(1, v / c)) + 0.25 * float(counts @ np.log1p((v * ratio) ** 2)) - _TAIL

    last = math.ceil(root_between(decay, 0.0, _TAIL / fall) / step)
    if last >= _MOST_NODES:
        raise NotConverged(ENDLESS)
    v = step * np.arange(last + 1)
    k = c + 1j * v
    logs = loggamma(1 - k) - np.log(k) + math.log(step / math.pi)  # -Gamma(-k) = Gamma(1-k)/k
    logs[0] -= math.log(2)
    return k, logs
