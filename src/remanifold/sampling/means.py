"""A denoiser as samplers call it: float64 in, checked float64 out, labels and devices taken care of."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.seeds import normals

_PROBES = 2


@dataclass(frozen=True)
class LabelledMeans:
    """m(x, t) of one batch; ``denoise`` wants tensors on ``device``, or numpy arrays where that is None."""

    denoise: Callable[..., Any]
    labels: NDArray | None
    device: str | None

    def __call__(self, x: NDArray[np.float64], t: float) -> NDArray[np.float64]:
        """The posterior means, (batch, *shape) float64.

        Raises:
            InvalidInput: if they have another shape, or are not finite.
        """
        states = self._sent(x)
        answer = self.denoise(states, t) if self.labels is None else self.denoise(states, t, self.labels)
        if hasattr(answer, "detach"):
            answer = answer.detach().cpu().double().numpy()
        means = np.asarray(answer, dtype=np.float64)
        do = "return the mean of the clean point for each row of x"
        if means.shape != x.shape:
            raise refusal(f"the denoiser must return shape {x.shape}", means.shape, do)
        if not np.isfinite(means).all():
            raise refusal("the denoiser must return finite numbers", f"nan or inf at t = {t:.6g}", do)
        return means

    def drawn(self, x: NDArray[np.float64], t: float, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Clean points drawn given x_t = x, (batch, *shape), with the help of ``uniforms`` (batch,).

        Raises:
            InvalidInput: unless ``denoise`` is the score of an empirical measure at its own temperature.
        """
        draw = getattr(self.denoise, "draw", None)
        if draw is None or self.labels is not None or getattr(self.denoise, "inverse_temperature", None) is not None:
            need = "the method exact needs an EmpiricalScore without labels and inverse temperature"
            raise refusal(need, type(self.denoise).__name__, "pass another method")
        return np.asarray(draw(x, t, uniforms=uniforms), dtype=np.float64)

    def probe(self, shape: tuple[int, ...], levels: NDArray[np.float64]) -> str:
        """SHA-256 of the answers at fixed points at both ends of ``levels``: tells one denoiser from another."""
        digest = hashlib.sha256()
        for t in (levels[0], levels[-1]):
            z = normals(0, "sampling/probe", 0, _PROBES, int(np.prod(shape, dtype=int))).reshape(_PROBES, *shape)
            labels = None if self.labels is None else np.repeat(self.labels[:1], _PROBES)
            means = replace(self, labels=labels)(np.sqrt(t) * z, float(t))
            digest.update(np.ascontiguousarray(means).tobytes())
        return digest.hexdigest()

    def _sent(self, x: NDArray[np.float64]) -> Any:
        if self.device is None:
            return x
        import torch

        return torch.as_tensor(x, dtype=torch.float64, device=self.device)


def digest_of(array: NDArray | None) -> str | None:
    """SHA-256 of type, shape and bytes of ``array``; None of None."""
    if array is None:
        return None
    digest = hashlib.sha256(f"{array.dtype.str}|{array.shape}|".encode())
    digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
