"""Pictures as low-frequency cosine coefficients, in which brightness, contrast, size and JPEG hardly matter.

The luminance is brought to 32 x 32 numbers by area means, its mean is taken off and it is divided by its standard
deviation; its orthonormal discrete cosine transform (DCT-II) is cut to the 16 x 16 lowest frequencies without the
constant, 255 numbers, and divided by 32. So the Euclidean distance of two pictures is the root mean square difference
of their normalised luminances, of what these frequencies hold of it: 0 for pictures that differ in brightness and
contrast only, sqrt(2) for such that have nothing to do with each other. Colour adds two coarse planes (blue and red
less luminance, and opacity if there is any) of 4 x 4 area means, in the same unit.
"""

import numpy as np
from scipy.fft import dct

from remanifold._core.types import Floats
from remanifold.data.pictures.layout import PictureLayout

SIDE, KEPT, COARSE = 32, 16, 4
WORDS = (
    f"dct: luminance in {SIDE} x {SIDE} area means, less its mean, over its standard deviation; its {KEPT} x {KEPT} "
    f"lowest cosine coefficients without the constant; of colour also {COARSE} x {COARSE} means of two differences"
)
_LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601, as in JPEG
_FLAT = 1e-6  # a picture that varies less than this, relative to its largest number, is one of a single colour


def cosine_coefficients(layout: PictureLayout, rows: Floats) -> Floats:
    """The features of pictures (k, N), each from itself alone: (k, 255), with colour (k, 287), with opacity (k, 303).

    A picture of one colour has no contrast; all its numbers are 0.
    """
    planes = layout.planes(rows)
    weights = _LUMINANCE if layout.channels >= 3 else (1.0,)
    luminance = sum(weight * planes[:, k] for k, weight in enumerate(weights))
    means = _area_means(np.asarray(luminance), SIDE)
    means -= means.mean(axis=(1, 2), keepdims=True)
    contrast = np.sqrt((means * means).mean(axis=(1, 2)))
    flat = contrast <= _FLAT * np.abs(planes).max(axis=(1, 2, 3))
    unit = np.where(flat, 1.0, contrast)[:, None, None]
    basis = dct(np.eye(SIDE), axis=0, norm="ortho")[:KEPT]
    low = np.matmul(np.matmul(basis, means / unit), basis.T) / SIDE
    parts = [low.reshape(len(rows), -1)[:, 1:]]
    if layout.channels >= 3:
        colours = [planes[:, k] - luminance for k in (2, 0)]
        if layout.channels == 4:
            colours.append(planes[:, 3] - planes[:, 3].mean(axis=(1, 2), keepdims=True))
        parts += [(_area_means(c, COARSE) / unit / COARSE).reshape(len(rows), -1) for c in colours]
    features = np.concatenate(parts, axis=1)
    features[flat] = 0.0
    return features


def _area_means(planes: Floats, side: int) -> Floats:
    """Pictures (k, height, width) as (k, side, side) means over equal areas."""
    height, width = planes.shape[1:]
    return np.matmul(np.matmul(_overlaps(height, side), planes), _overlaps(width, side).T)


def _overlaps(pixels: int, side: int) -> Floats:
    """Share of each of ``pixels`` in each of ``side`` equal stretches, rows of sum 1, (side, pixels)."""
    edges = np.arange(side + 1) * pixels / side
    low = np.maximum(edges[:-1, None], np.arange(pixels)[None])
    high = np.minimum(edges[1:, None], np.arange(pixels)[None] + 1)
    return np.maximum(high - low, 0.0) * side / pixels
