"""Tensors on disk: .pt files (tensors only, nothing executed) and .safetensors."""

import errno
import pickle
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from remanifold._core.errors import InvalidInput, refusal
from remanifold.data.arrays import WIDENED, is_tensor, tensor_rows
from remanifold.data.keys import chosen_key, with_key
from remanifold.data.points import AS_STORED, Points, points_of
from remanifold.data.rows import SlicedRows

_PT_SENTENCE = (
    "a .pt file must be a complete torch.save of plain tensors, but got {got} in {path}; save the tensor alone."
)


def read_pt(path: Path, key: str | None) -> Points:
    """Points from a .pt or .pth file that holds a tensor, or a dict, list or tuple of tensors; memory-mapped.

    The file is read with ``torch.load(weights_only=True)``: nothing in it is executed.
    """
    content = _load_pt(path)
    if is_tensor(content):
        if key is not None:
            raise refusal("a file of one tensor needs no key", repr(key), "leave it out")
    else:
        parts = dict(enumerate(content)) if isinstance(content, list | tuple) else content
        named = parts if isinstance(parts, dict) else {}
        tensors = {str(name): value for name, value in named.items() if is_tensor(value)}
        content = tensors[chosen_key(tensors, key, str(path))]
    source = with_key(str(path), key)
    _require_stored(content, source)
    rows, words = tensor_rows(content, source)
    return points_of(rows, source, "pt", preprocessing=words)


_DAMAGED = (
    *(RuntimeError, EOFError, ValueError, LookupError, AttributeError, TypeError, AssertionError, OverflowError),
    *(MemoryError, ImportError, struct.error, zipfile.BadZipFile),
)


def _load_pt(path: Path) -> Any:
    import torch

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Detected pickle protocol")  # said again, better, by the refusal
            # Files older than the zip format cannot be mapped.
            warnings.filterwarnings("ignore", category=UserWarning)
            return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise InvalidInput(_PT_SENTENCE.format(got="pickled objects or other bytes", path=path)) from error
    except (*_DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # an archive that points before its own start
            raise
        raise InvalidInput(_PT_SENTENCE.format(got="a damaged or truncated one", path=path)) from error


def _require_stored(tensor: Any, source: str) -> None:
    """Refuse a tensor that says more numbers than the file holds: none at all, or the same again and again."""
    import torch

    if tensor.layout is not torch.strided or tensor.is_nested or tensor.is_quantized:
        return
    kept = 0 if tensor.is_meta else tensor.untyped_storage().nbytes()
    if tensor.numel() * tensor.element_size() > kept:
        got = f"shape {tuple(tensor.shape)} from {kept} bytes in {source}"
        raise refusal("a .pt file must hold every number of its tensor", got, "save tensor.contiguous()")


def read_safetensors(path: Path, key: str | None) -> Points:
    """Points from one tensor of a .safetensors file, read slice by slice; bfloat16 is widened to float32."""
    from safetensors import SafetensorError, safe_open

    try:
        file = safe_open(path, "numpy")
    except SafetensorError as error:
        raise InvalidInput(
            f"a .safetensors file must be complete, but got a damaged or truncated {path}; copy or save it again."
        ) from error
    name = chosen_key(sorted(file.keys()), key, str(path))
    source = with_key(str(path), key)
    part = file.get_slice(name)
    shape = tuple(part.get_shape())
    if not shape:
        raise refusal("data must be an array with one row per point", f"a single number in {source}", "pass an array")
    if 0 in shape:
        raise refusal("data must be rows that hold numbers", f"shape {shape} in {source}", "pass rows with numbers")
    if part.get_dtype() == "BF16":
        part = safe_open(path, "pt").get_slice(name)
        rows = SlicedRows(shape, np.dtype(np.float32), lambda a, b: part[a:b].float().numpy())
        return points_of(rows, source, "safetensors", preprocessing=WIDENED)
    rows = SlicedRows(shape, _slice_dtype(part, source), lambda a, b: part[a:b])
    return points_of(rows, source, "safetensors", preprocessing=AS_STORED)


def _slice_dtype(part: Any, source: str) -> np.dtype:
    from safetensors import SafetensorError

    try:
        return part[0:0].dtype
    except (TypeError, ValueError, AttributeError, SafetensorError) as error:
        got = f"{part.get_dtype()} in {source}"
        raise InvalidInput(f"a tensor must have a type that numpy knows, but got {got}; save it as float32.") from error
