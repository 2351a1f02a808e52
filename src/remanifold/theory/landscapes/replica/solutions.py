"""Order parameters of a hidden manifold, and the solutions of the replica equations for them, with certificates."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Overlaps:
    """Overlaps m, q, Q of latent vectors, by their conjugates, so that nothing cancels as the noise goes to 0; (4.11).

    Drawn with the annealed weights at lam, a latent vector z has z.z*/D = m with the true one, z.z'/D = q with another
    draw and z.z/D = Q with itself.

    Attributes:
        precision: A, with Q - q = 1/(1 + A).
        spread: q^, the squared mean force on a field.
        pull: m^, the force towards the true field.
    """

    precision: float
    spread: float
    pull: float

    @property
    def width(self) -> float:
        """V = Q - q, variance of a field under the posterior of the latents."""
        return 1 / (1 + self.precision)

    @property
    def m(self) -> float:
        """Overlap of a draw with the truth."""
        return self.pull * self.width

    @property
    def q(self) -> float:
        """Overlap of two draws."""
        return self._force * self.width**2

    @property
    def Q(self) -> float:
        """Squared length of a draw per latent dimension."""
        return self.q + self.width

    @property
    def cosine(self) -> float:
        """m / sqrt(q), correlation of the true field with the mean of the draws."""
        return self.pull / math.sqrt(self._force) if self._force else 0.0

    @property
    def sine(self) -> float:
        """sqrt(1 - m^2/q), the part of the true field that the draws do not know."""
        return math.sqrt(self.spread / self._force) if self._force else 1.0

    @property
    def latent_part(self) -> float:
        """log V + (q - m^2)/V + 1 - Q, the latents' share of 2 zeta / latent_ratio."""
        return math.log(self.width) + self.spread * self.width + (1 - self.Q)

    @property
    def bayes(self) -> bool:
        """Whether truth and draws follow one law: m = q, Q = 1."""
        return self.precision == self.spread == self.pull

    @property
    def stretch(self) -> float:
        """How much wider the true field lies than the posterior of the draws allows, at least 1."""
        return max(1.0, self.sine / math.sqrt(self.width))

    @property
    def _force(self) -> float:
        return self.spread + self.pull**2


@dataclass(frozen=True)
class Branch:
    """One solution of the replica equations.

    Attributes:
        m, q, Q: Overlap of a draw with the truth, of two draws, and of a draw with itself.
        zeta: Its free entropy; the largest one wins.
        stability: Replica symmetry holds against small perturbations where this is below 1; theory.md (4.14).
        residual: |log| of the ratio between the two sides of the equations, at the finest quadrature.
    """

    m: float
    q: float
    Q: float
    zeta: float
    stability: float
    residual: float


@dataclass(frozen=True)
class ReplicaSolution:
    """The landscape at one point, with its certificates.

    Attributes:
        lam, delta: Inverse temperature, noise variance of the point that looks.
        m, q, Q: Overlaps of the winning branch.
        zeta, zeta_slope, entropy_deficit: As in `Landscape`.
        stability, residual: Of the winning branch, see `Branch`.
        error: Change of zeta, or of lam * zeta_slope if larger, when all quadratures were refined for the last time.
        branches: Every solution found, winner first; more than one means coexistence.
    """

    lam: float
    delta: float
    m: float
    q: float
    Q: float
    zeta: float
    zeta_slope: float
    entropy_deficit: float
    stability: float
    residual: float
    error: float
    branches: tuple[Branch, ...]

    @property
    def n_branches(self) -> int:
        """Number of solutions found."""
        return len(self.branches)
