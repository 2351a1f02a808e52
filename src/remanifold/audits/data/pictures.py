"""Small pictures of samples that are images, as PNG data URIs for the report."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from remanifold.data.pictures.layout import are_pictures, layout_of

SIDE = 64
"""Longest side of a thumbnail in pixels (enlarged ones: the nearest whole multiple)."""

_USUAL_RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))


def thumbnails(rows: NDArray[np.generic]) -> list[str] | None:
    """PNG data URIs of ``rows`` (k, \\*shape), or None where a sample is not an image.

    Shapes that count as images: (H, W), (H, W, C) and (C, H, W) with C = 1, 3 or 4 (4: with alpha). Brightness is
    common to all rows: numbers that fill more than half of 0..1, -1..1 or 0..255 keep that range, for others the 0.5 %
    and 99.5 % quantiles become black and white. Small images are enlarged without smoothing, large ones reduced.
    """
    images = _channels_last(np.asarray(rows))
    if images is None or len(images) == 0:
        return None
    return [_data_uri(_scaled(pixels)) for pixels in _as_bytes(images)]


def _channels_last(rows: NDArray[np.generic]) -> NDArray[np.generic] | None:
    """(k, H, W, C) or None."""
    layout = layout_of(rows.shape[1:])
    if layout is None or not are_pictures(rows.shape[1:]):
        return None
    return np.moveaxis(layout.planes(rows), 1, -1)


def _as_bytes(images: NDArray[np.generic]) -> NDArray[np.uint8]:
    values = images.astype(np.float64)
    low, high = _range(values[..., :3])
    scaled = (values - low) / (high - low)
    if images.shape[-1] == 4:  # alpha has a range of its own: its largest value is opaque
        floor, top = values[..., 3].min(), values[..., 3].max()
        scaled[..., 3] = (values[..., 3] - floor) / (top - floor) if top > floor else 1.0
    return np.rint(255 * np.clip(scaled, 0.0, 1.0)).astype(np.uint8)


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    """What becomes black and white."""
    least, most = float(values.min()), float(values.max())
    for low, high in _USUAL_RANGES:
        if low <= least and most <= high and most - least > (high - low) / 2:
            return low, high
    low, high = np.quantile(values, [0.005, 0.995])
    if high <= low:  # nearly constant: a few bright pixels are all there is
        low, high = least, most
    return float(low), float(high) if high > low else float(low) + 1.0


def _scaled(pixels: NDArray[np.uint8]) -> Image.Image:
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    factor = SIDE / max(image.size)
    if factor >= 1:
        times = round(factor)
        return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _data_uri(image: Image.Image) -> str:
    stream = io.BytesIO()
    image.save(stream, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
