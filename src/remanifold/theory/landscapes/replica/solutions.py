"""What the replica equations have for an answer at one point: every solution found, with its certificates."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Branch:
    """One solution of the replica equations.

    Attributes:
        m, q, Q: Overlap of a draw with the truth, of two draws, and of a draw with itself.
        zeta: Its free entropy; the largest one wins.
        stability: Replica symmetry holds against small perturbations where this is below 1; docs/theory.md (4.14).
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
