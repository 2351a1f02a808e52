"""Queries on their way in and out: checked float64 rows inside, the caller's kind and precision outside."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from remanifold._core.errors import refusal, require
from remanifold.noise import require_t_or_sigma

_RETURNED_AS = {
    torch.float64: torch.float64,
    torch.float32: torch.float32,
    torch.float16: torch.float32,
    torch.bfloat16: torch.float32,
}
_WHOLE = {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool}


@dataclass(frozen=True, eq=False)
class Batch:
    """Noisy points x and their noise variances, ready for float64 work.

    Attributes:
        x: (batch, N) float64.
        noise: (batch,) float64, the noise variance of x.
        t: (batch,) float64, the variance of the Gaussian kernels in the sums: the noise, unless tempered.
        shape: Of one point.
        dtype: Of the results: float32 for float16, bfloat16 and float32, else float64.
        home: Device of the caller's tensor; None for a numpy array.
        scaled: (batch, N) float64 x, centred and scaled as the data are, where that was needed already.
    """

    x: torch.Tensor
    noise: torch.Tensor
    t: torch.Tensor
    shape: tuple[int, ...]
    dtype: torch.dtype
    home: torch.device | None
    scaled: torch.Tensor | None = None

    def give(self, values: torch.Tensor) -> Any:
        """``values`` in the caller's kind, precision and device."""
        out = values if values.dtype == torch.int64 else values.to(self.dtype)
        return out.cpu().numpy() if self.home is None else out.to(self.home)

    def give_points(self, rows: torch.Tensor) -> Any:
        """``rows`` (batch, N) as (batch, *shape) in the caller's kind."""
        return self.give(rows.reshape(len(rows), *self.shape))


def batch_of(x: Any, t: Any, shape: tuple[int, ...], device: torch.device, *, sigma: Any = None) -> Batch:
    """Check queries ``x`` (batch, *shape) and noise variances ``t``, or their roots ``sigma`` (a number or (batch,)).

    Raises:
        InvalidInput: if shapes disagree, x is not finite real numbers, or the noise is not finite and positive.
    """
    tensor = x.detach() if isinstance(x, torch.Tensor) else _tensor_of(x)
    need = f"the queries must have shape (batch, {', '.join(map(str, shape))}) with batch >= 1"
    if tensor.ndim != 1 + len(shape) or tuple(tensor.shape[1:]) != shape or len(tensor) == 0:
        raise refusal(need, tuple(tensor.shape), "reshape them")
    if tensor.dtype not in _RETURNED_AS and tensor.dtype not in _WHOLE:
        raise refusal("the queries must be real numbers", str(tensor.dtype), "convert them to float32 or float64")
    rows = tensor.reshape(len(tensor), -1).to(device=device, dtype=torch.float64)
    if not math.isfinite(float(rows.sum())):  # or a sum of finite ones overflows
        require(torch.isfinite(rows).all(), "the queries must be finite", "nan or inf", "remove these")
    dtype = _RETURNED_AS.get(tensor.dtype, torch.float64)
    home = x.device if isinstance(x, torch.Tensor) else None
    noise = _noise(t, sigma, len(rows), device)
    return Batch(rows, noise, noise, shape, dtype, home)


def _tensor_of(x: Any) -> torch.Tensor:
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise refusal("the queries must be real numbers", str(array.dtype), "pass a float array")
    native = array.dtype.newbyteorder("=") if array.dtype.kind == "f" and array.dtype.itemsize <= 8 else np.float64
    return torch.from_numpy(np.array(array, dtype=native, order="C"))  # torch knows no other order of bytes or rows


def _noise(t: Any, sigma: Any, batch: int, device: torch.device) -> torch.Tensor:
    require_t_or_sigma(t, sigma)
    given, name = (t, "the noise variance t") if sigma is None else (sigma, "the noise sigma")
    if isinstance(given, torch.Tensor):
        given = given.detach().cpu().double().numpy()
    values = np.asarray(given)
    if values.dtype.kind not in "fiu":
        raise refusal(f"{name} must be a real number", repr(given), "pass a number > 0")
    values = values.astype(np.float64)
    if values.shape not in ((), (batch,)):
        need = f"{name} must be one number or {batch}, one per query"
        raise refusal(need, f"shape {values.shape}", "pass a number or a (batch,) array")
    if values.ndim == 0 and 0 < (one := float(values if sigma is None else values * values)) < math.inf:
        return torch.full((batch,), one, dtype=torch.float64, device=device)
    variances = values if sigma is None else values * values
    bad = values[~(np.isfinite(variances) & (values > 0) & (variances > 0))]
    if bad.size != 0:
        raise refusal(f"{name} must be positive and finite", bad.ravel()[:1].tolist(), "pass a number > 0")
    return torch.tensor(np.broadcast_to(variances, (batch,)).copy(), device=device)
