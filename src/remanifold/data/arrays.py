"""Arrays in memory: numpy, anything that turns into numpy, torch tensors."""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.data.exact import require_exact_items
from remanifold.data.labels import label_array
from remanifold.data.points import AS_STORED, Points, points_of
from remanifold.data.rows import Rows, SlicedRows
from remanifold.data.tables.arrow.frames import column_of_series
from remanifold.data.tables.columns import ColumnChoice, label_beside, label_name, require_names
from remanifold.data.tables.embedded import embedded
from remanifold.data.tables.identifiers import identifier_notes

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
    if isinstance(source, list | tuple) and array.dtype.kind == "f":
        require_exact_items(source, array, IN_MEMORY)
    return points_of(array, IN_MEMORY, "array")


def read_frame(frame: Any, choice: ColumnChoice) -> Points:
    """Points from a data frame of pandas or polars in memory: its columns by name, one named ``label`` as labels.

    Raises:
        InvalidInput: if a column holds neither numbers nor words, dates, or yes or no, or whole numbers beyond 2^53.
    """
    names = [str(name) for name in frame.columns]
    require_names(names, IN_MEMORY)
    series = [frame[name] for name in frame.columns]
    label = label_name(names, choice, IN_MEMORY)
    by_default = [k for k, name in enumerate(names) if name != label]
    kept = choice.kept(names, by_default, IN_MEMORY)
    columns = [column_of_series(names[k], series[k], IN_MEMORY) for k in kept]
    labels = None
    label, lost = label_beside(label, [names[k] for k in kept], choice, IN_MEMORY)
    if label is not None:
        labels = label_array(np.asarray(series[names.index(label)]))
    called = tuple(names[k] for k in kept)
    plain = all(column.kind == "number" and not column.missing.any() for column in columns)
    stored = [np.asarray(series[k]) for k in kept]
    if plain and all(one.dtype.kind in "iufb" for one in stored):
        rows = np.stack(stored, axis=1)
    elif plain:
        rows = np.stack([column.values for column in columns], axis=1)
    else:
        rows = np.broadcast_to(0.0, (len(frame), len(kept)))
    notes = identifier_notes(rows, called) if plain else ()
    points = points_of(
        rows,
        IN_MEMORY,
        "table in memory",
        value_names=called,
        labels=labels,
        label_source=None if labels is None else f"column {label}",
        reading=(*choice.told(names, by_default, kept), *lost, *notes),
    )
    return points if plain else embedded(points, columns)


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

    if tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_nested:
        got = f"a {'nested' if tensor.is_nested else 'sparse or quantized'} one in {source}"
        raise refusal("a tensor must be dense", got, "pass tensor.to_dense() or dequantize()")
    if tensor.is_meta:
        raise refusal("a tensor must hold numbers", f"one of the meta device in {source}", "pass one with numbers")
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
