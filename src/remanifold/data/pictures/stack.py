"""A stack of decoded pictures of one size and mode."""

from collections import Counter
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from remanifold._core.errors import refusal
from remanifold.data.pictures.decoding import Decoded, decode, decode_file
from remanifold.data.points import Points, RowNames, points_of
from remanifold.data.rows import row_buffer

PIXEL_SCALE = 1 / 127.5
PIXEL_SHIFT = -1.0
Resize = int | tuple[int, int] | None


class PictureStack:
    """Decoded pictures, uint8 (n, C, H, W): C = 1 while all are grey, 3 (RGB) from the first coloured one on."""

    def __init__(self, n: int, resize: Resize) -> None:
        self._n = n
        self._size = _size_of(resize)
        self._resized = resize is not None
        self._modes: set[str] = set()
        self._done: Counter[str] = Counter()
        self._first = ""
        self._pixels: NDArray[np.uint8] | None = None
        self._filled = 0

    def __len__(self) -> int:
        return self._filled

    def add_file(self, source: Path | bytes, name: str, mode: str | None = None) -> None:
        """Append the picture in a file, or in its bytes; ``mode``: first converted to it.

        Raises:
            InvalidInput: if it cannot be decoded, has more than 8 bits a channel, or another size than the first.
        """
        self._add(decode_file(source, name, mode), name)

    def add(self, picture: Image.Image, name: str) -> None:
        """Append an open picture.

        Raises:
            InvalidInput: see `add_file`.
        """
        self._add(decode(picture, name), name)

    def _add(self, decoded: Decoded, name: str) -> None:
        plain = decoded.plain
        if self._resized and self._size is not None:
            plain = plain.resize((self._size[1], self._size[0]), Image.Resampling.BICUBIC)
        self._require_size(plain, name)
        self._store(np.asarray(plain))
        self._modes.add(decoded.mode)
        done = {"turned": decoded.turned, "transparent": decoded.transparent, "animated": decoded.animated}
        self._done.update(what for what, was in done.items() if was)

    def _require_size(self, plain: Image.Image, name: str) -> None:
        size = (plain.height, plain.width)
        if self._size is None:
            self._size = size
            self._first = name
        if size != self._size:
            wanted = f"{self._size[0]} x {self._size[1]} like {self._first}"
            got = f"{size[0]} x {size[1]} in {name}"
            raise refusal(f"pictures must have one size, {wanted}", got, "pass `resize` as (height, width)")

    def _store(self, decoded: NDArray[np.uint8]) -> None:
        channels = 1 if decoded.ndim == 2 else decoded.shape[2]
        if self._pixels is None:
            self._pixels = row_buffer((self._n, channels, *decoded.shape[:2]), np.uint8)
        elif channels > self._pixels.shape[1]:
            grey = self._pixels
            self._pixels = row_buffer((self._n, channels, *decoded.shape[:2]), np.uint8)
            self._pixels[: self._filled] = grey[: self._filled]
        self._pixels[self._filled] = decoded if channels == 1 else np.moveaxis(decoded, 2, 0)
        self._filled += 1

    def pixels(self) -> NDArray[np.uint8]:
        """All pictures, (n, C, H, W)."""
        return self._pixels if self._pixels is not None else np.empty((0, 1, 1, 1), np.uint8)

    def words(self) -> str:
        """What was done to the pictures."""
        mode = "L" if self.pixels().shape[1] == 1 else "RGB"
        others = sorted(self._modes - {mode})
        done, said = (
            self._done,
            {
                "turned": "{} turned as their EXIF orientation says",
                "transparent": "transparency of {} dropped",
                "animated": "first frame of {} animations, their other frames left out",
            },
        )
        steps = [f"{', '.join(others)} converted to {mode}" if others else f"{mode} pictures"]
        steps += [text.format(done[what]) for what, text in said.items() if done[what]]
        if self._resized and self._size is not None:
            steps.append(f"resized to {self._size[0]} x {self._size[1]} (bicubic)")
        return "; ".join([*steps, "channels first", "0..255 mapped to [-1, 1]"])


def _size_of(resize: Resize) -> tuple[int, int] | None:
    if resize is None:
        return None
    sides = [resize, resize] if isinstance(resize, int) else list(resize)
    if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
        need = "resize must be one or two positive whole numbers"
        raise refusal(need, resize, "pass resize=(height, width)")
    return (sides[0], sides[1])


def picture_points(
    stack: PictureStack, source: str, kind: str, reading: tuple[str, ...] = (), **names: Unpack[RowNames]
) -> Points:
    """`Points` from decoded pictures, mapped to [-1, 1]."""
    mapping: Any = {"preprocessing": stack.words(), "scale": PIXEL_SCALE, "shift": PIXEL_SHIFT, "reading": reading}
    return points_of(stack.pixels(), source, kind, **mapping, **names)
