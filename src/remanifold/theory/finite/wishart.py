"""Spectra of random covariances F F^T / D, drawn without drawing F."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh_tridiagonal

from remanifold._core.seeds import generator


def wishart_spectrum(latent_dim: int, ambient_dim: int, seed: int, draw: int) -> NDArray[np.float64]:
    """The D eigenvalues of F^T F / D for F (N, D) with iid N(0, 1) entries, N >= D, ascending.

    Householder reflections turn F into a bidiagonal matrix with independent chi-distributed entries (A. Edelman's
    reduction), so that the cost is D^2 whatever N is.
    """
    random = generator(seed, f"wishart {draw}")
    diagonal = random.chisquare(ambient_dim - np.arange(latent_dim))
    below = random.chisquare(np.arange(latent_dim - 1, 0, -1)) if latent_dim > 1 else np.empty(0)
    main = diagonal + np.concatenate([[0.0], below])
    values = eigvalsh_tridiagonal(main, np.sqrt(diagonal[:-1] * below))
    return np.maximum(values, values[-1] * np.finfo(np.float64).eps) / latent_dim
