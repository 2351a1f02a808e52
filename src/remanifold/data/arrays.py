"""Arrays in memory: numpy, anything that turns into numpy, torch tensors."""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.data.points import AS_STORED, Points, points_of
from remanifold.data.rows import Rows, SlicedRows

IN_MEMORY = "array in memory"
WIDENED = "bfloat16 widened to float32"


def read_array(source: Any) -> Points:
    """Points from a numpy array, or from a sequence or object that numpy turns into one."""
    if hasattr(source, "toarray"):
        raise refusal("data must be a dense array", f"a sparse {type(source).__name__}", "pass source.toarray()")
    masked = isinstance(source, np.ma.MaskedArray) and bool(np.ma.getmaskarray(source).any())
    require(not masked, "data must be complete", "a masked array with masked entries", "fill or remove them")
    try:
        array = np.asarray(source)
    except (ValueError, TypeError) as error:
        raise InvalidInput(
            f"data must be rows of one length, but got a {type(source).__name__} of several; pad or crop the rows."
        ) from error
    return points_of(array, IN_MEMORY, "array")


def is_tensor(source: object) -> bool:
    """Whether ``source`` is a torch tensor; torch is not imported for the question."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(source, torch.Tensor)


def read_tensor(tensor: Any) -> Points:
    """Points from a torch tensor on any device; bfloat16 is widened to float32, which numpy knows."""
    rows, words = tensor_rows(tensor, "tensor in memory")
    return points_of(rows, "tensor in memory", "tensor", preprocessing=words)


def tensor_rows(tensor: Any, source: str) -> tuple[Rows, str]:
    """Rows that share the memory of a CPU tensor, and what was done to the numbers."""
    import torch

    if tensor.layout is not torch.strided or tensor.is_quantized:
        got = f"a sparse or quantized one in {source}"
        raise refusal("a tensor must be dense", got, "pass tensor.to_dense() or dequantize()")
    plain = tensor.detach().cpu().resolve_conj().resolve_neg()
    if plain.dtype is not torch.bfloat16:
        return _shared(plain, source), AS_STORED
    shape = tuple(plain.shape)
    if not shape:
        return plain.float().numpy(), WIDENED
    return SlicedRows(shape, np.dtype(np.float32), lambda a, b: plain[a:b].float().numpy()), WIDENED


def _shared(plain: Any, source: str) -> NDArray:
    try:
        return plain.numpy()
    except TypeError as error:  # float8 and other types without a numpy counterpart
        raise InvalidInput(
            f"a tensor must have a type that numpy knows, but got {plain.dtype} in {source}; pass tensor.float()."
        ) from error
