"""Pictures led to the latents on which a latent model works, once, before anything is measured on them."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.progress import Progress, silent
from remanifold.audits.inputs import AuditInputs
from remanifold.data import Points
from remanifold.data.points import LATENTS, points_of
from remanifold.data.rows import row_buffer
from remanifold.networks.network_denoiser import NetworkDenoiser

_COLOURED = 3
_ALIKE = 1e-3  # of the largest number: what another order of sums may change


def in_latents(inputs: AuditInputs, denoiser: Any, progress: Progress) -> AuditInputs:
    """``inputs`` in the space of ``denoiser``: encoded where it is a latent model and these are pictures.

    Rows that have the channels of its latents are taken as latents. Grey pictures become coloured ones where the
    encoder takes these, as training scripts open them.

    Raises:
        InvalidInput: if the encoder does not take them, or samples are compared up to transforms of pictures.
    """
    if not isinstance(denoiser, NetworkDenoiser) or not _are_pictures(inputs.points, denoiser):
        return inputs
    if inputs.samples is not None and not inputs.likeness.is_plain:
        do = "compare pictures with pictures by `remanifold copies`, or leave these options out"
        need = "`features` and `invariances` must come with pictures"
        raise refusal(need, "samples beside a latent model, which are compared as latents", do)
    sets = {"points": inputs.points, "holdout": inputs.holdout, "samples": inputs.samples}
    made = {name: _encoded(one, denoiser, progress) for name, one in sets.items() if one is not None}
    return replace(inputs, **made)


def require_same_latents(inputs: AuditInputs, denoiser: Any, name: str) -> None:
    """Refuse (`InvalidInput`) a model whose encoder makes other latents of pictures than those in ``inputs``."""
    points, pictures = inputs.points, inputs.points.as_read
    if points.record.kind != LATENTS or pictures is None:
        return
    same = isinstance(denoiser, NetworkDenoiser) and denoiser.encoder is not None
    if isinstance(denoiser, NetworkDenoiser) and same:
        known = points.take(np.arange(1))
        own = _encoded(pictures.changed(rows=pictures.rows[:1], n_points=1), denoiser, silent).take(np.arange(1))
        same = own.shape == known.shape and np.allclose(own, known, rtol=0, atol=_ALIKE * float(np.abs(known).max()))
    if not same:
        do = "compare models of one autoencoder, and audit the others each by itself"
        raise refusal("models must have one latent space to be compared on the same rows", f"another in {name}", do)


def _are_pictures(points: Points, denoiser: NetworkDenoiser) -> bool:
    """Whether rows (C, H, W) must be encoded: they have not the channels of the latents."""
    shape, taken = denoiser.shape, _channels(denoiser)
    if denoiser.encoder is None or shape is None or len(points.shape) != 3 or points.shape[0] == shape[0]:
        return False
    return points.shape[0] in (1, _COLOURED if taken is None else taken)


def _channels(denoiser: NetworkDenoiser) -> int | None:
    """Of the pictures that the encoder takes; None where it does not tell."""
    return getattr(getattr(denoiser.encoder, "config", None), "in_channels", None)


def _encoded(points: Points, denoiser: NetworkDenoiser, progress: Progress) -> Points:
    batch, n = denoiser.network.batch, points.n_points
    rows: NDArray[Any] | None = None
    for start in range(0, n, batch):
        stop = min(start + batch, n)
        part = points.chunk(start, stop, np.float32).reshape(stop - start, *points.shape)
        if points.shape[0] == 1 and _channels(denoiser) == _COLOURED:
            part = np.repeat(part, _COLOURED, axis=1)
        made = denoiser.encode(part)
        rows = row_buffer((n, *made.shape[1:]), np.float32) if rows is None else rows
        rows[start:stop] = made
        progress("encoding", stop, n)
    if rows is None:
        raise refusal("rows to encode must be there", "none", "pass pictures")
    record, encoder = points.record, type(denoiser.encoder).__name__
    size = f"{math.prod(points.shape)} numbers to {math.prod(rows.shape[1:])}"
    words = f"{record.preprocessing}; encoded by {encoder} (the mean of each latent, {size})"
    told = {"label_source": record.label_source, "reading": record.reading}
    latents = points_of(rows, record.source, LATENTS, preprocessing=words, **told)
    return latents.changed(labels=points.labels, row_names=points.row_names, as_read=points)
