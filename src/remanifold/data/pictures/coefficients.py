"""Pictures as low-frequency cosine coefficients, in which brightness, contrast, size and JPEG hardly matter.

The luminance is brought to 32 x 32 numbers by area means; of its orthonormal discrete cosine transform (DCT-II) the
8 x 8 lowest frequencies count, without the constant. Colour adds the 4 x 4 lowest of two differences (blue and red less
luminance), opacity those of its own without the constant. Every coefficient c becomes sign(c) |c|^0.6, so that a blur,
which damps some by a factor, moves little; and all together are divided by their norm. So the Euclidean distance lies
between 0, for pictures that differ in brightness and contrast only, and 2; it is sqrt(2) for unrelated ones.

A perceptual hash keeps one bit of each of these coefficients; here they are numbers, whose distances have no steps.
"""

import numpy as np
from scipy.fft import dct

from remanifold._core.types import Floats
from remanifold.data.pictures.layout import PictureLayout

SIDE, KEPT, COARSE, POWER = 32, 8, 4, 0.6
WORDS = (
    f"dct: luminance in {SIDE} x {SIDE} area means, its {KEPT} x {KEPT} lowest cosine coefficients without the "
    f"constant, of colour also {COARSE} x {COARSE} of two differences; each to the power {POWER}, all over their norm"
)
_LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601, as in JPEG
_FLAT = 1e-6  # a picture that varies less than this, relative to its largest number, is one of a single grey


def cosine_coefficients(layout: PictureLayout, rows: Floats) -> Floats:
    """The features of pictures (k, N), each from itself alone: (k, 63), with colour (k, 95), with opacity (k, 110).

    A picture of a single grey has none: all its numbers are 0.
    """
    planes = layout.planes(rows)
    weights = _LUMINANCE if layout.channels >= 3 else (1.0,)
    luminance = np.asarray(sum(weight * planes[:, k] for k, weight in enumerate(weights)))
    parts = [_lowest(luminance, KEPT)[:, 1:]]
    if layout.channels >= 3:
        parts += [_lowest(planes[:, k] - luminance, COARSE) for k in (2, 0)]
    if layout.channels == 4:
        parts.append(_lowest(planes[:, 3], COARSE)[:, 1:])
    values = np.concatenate(parts, axis=1)
    flat = np.linalg.norm(values, axis=1) <= _FLAT * SIDE * np.abs(planes).max(axis=(1, 2, 3))
    features = np.sign(values) * np.abs(values) ** POWER
    norms = np.linalg.norm(features, axis=1)
    features /= np.where(flat, 1.0, norms)[:, None]
    features[flat] = 0.0
    return features


def _lowest(planes: Floats, kept: int) -> Floats:
    """The ``kept`` x ``kept`` lowest coefficients of pictures (k, height, width), (k, kept^2), the constant first."""
    basis = np.asarray(dct(np.eye(SIDE), axis=0, norm="ortho"))[:kept]
    down, across = (basis @ _overlaps(pixels, SIDE) for pixels in planes.shape[1:])
    return np.matmul(np.matmul(down, planes), across.T).reshape(len(planes), -1)


def _overlaps(pixels: int, side: int) -> Floats:
    """Share of each of ``pixels`` in each of ``side`` equal stretches, rows of sum 1, (side, pixels)."""
    edges = np.arange(side + 1) * pixels / side
    low = np.maximum(edges[:-1, None], np.arange(pixels)[None])
    high = np.minimum(edges[1:, None], np.arange(pixels)[None] + 1)
    return np.maximum(high - low, 0.0) * side / pixels
