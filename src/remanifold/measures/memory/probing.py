"""A first look at a denoiser: it must take the rows, answer in their shape, finitely, and twice the same."""

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal
from remanifold._core.seeds import normals
from remanifold._core.types import Floats
from remanifold.sampling.means import LabelledMeans
from remanifold.scores.denoiser import DenoiserLike

_ROWS = 2
PROBES = 4 * _ROWS
"""Network evaluations that `probed` takes."""
_ALIKE = 1e-3  # of the noise: what the order of sums on a GPU may change


def probed(
    denoiser: DenoiserLike,
    shape: tuple[int, ...],
    levels: Floats,
    device: str | None = None,
    labels: NDArray[np.generic] | None = None,
) -> str:
    """A digest of the denoiser's answers, which tells it from others.

    Args:
        denoiser: m(x, t), or m(x, t, labels) where there are labels.
        shape: Of one row.
        levels: Noise variances at which it will be asked; the first and the last are tried.
        device: Of the tensors it wants; None: numpy arrays.
        labels: Some that it may be asked with; the first is tried.

    Raises:
        InvalidInput: if it does not take such rows, answers in another shape or not finitely, or answers the same
            question in two ways.
    """
    means = LabelledMeans(denoiser, None if labels is None else np.full(_ROWS, labels[0]), device)
    digest = hashlib.sha256()
    z = normals(0, "measures/probe", 0, _ROWS, math.prod(shape)).reshape(_ROWS, *shape)
    for t in (float(levels[0]), float(levels[-1])):
        first, again = _asked(means, math.sqrt(t) * z, t), _asked(means, math.sqrt(t) * z, t)
        if float(np.abs(first - again).max()) > _ALIKE * math.sqrt(t):
            do = "put the model in eval() mode, or fix what it draws at random"
            raise refusal("the denoiser must answer the same question in one way", f"two answers at t = {t:.6g}", do)
        digest.update(np.ascontiguousarray(first).tobytes())
    return digest.hexdigest()


def _asked(means: LabelledMeans, x: Floats, t: float) -> Floats:
    try:
        return means(x, t)
    except InvalidInput:
        raise
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        said = (str(error).splitlines() or [""])[0]
        raise InvalidInput(
            f"the denoiser must take (x, t) with x of shape (batch, {', '.join(map(str, x.shape[1:]))}), "
            f"but got {type(error).__name__}: {said}; pass a model of these rows, through its adaptor."
        ) from error
