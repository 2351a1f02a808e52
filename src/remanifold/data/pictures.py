"""Pictures: a stack of decoded images of one size and mode, and folders of picture files."""

from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from remanifold._core.errors import InvalidInput, refusal
from remanifold.data.labels import label_array
from remanifold.data.points import Points, RowNames, points_of
from remanifold.data.rows import row_buffer

PIXEL_SCALE = 1 / 127.5
PIXEL_SHIFT = -1.0
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
_GREY_MODES = ("1", "L", "LA", "La")
_COLOUR_MODES = ("RGB", "RGBA", "RGBa", "RGBX", "P", "PA", "CMYK", "YCbCr", "LAB", "HSV")
_BROKEN = (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)
Resize = int | tuple[int, int] | None


class PictureStack:
    """Decoded pictures, uint8 (n, C, H, W): C = 1 while all are grey, 3 (RGB) from the first coloured one on."""

    def __init__(self, n: int, resize: Resize) -> None:
        self._n = n
        self._size = _size_of(resize)
        self._resized = resize is not None
        self._modes: set[str] = set()
        self._first = ""
        self._pixels: NDArray[np.uint8] | None = None
        self._filled = 0

    def __len__(self) -> int:
        return self._filled

    def add(self, picture: Image.Image, name: str) -> None:
        """Append one picture.

        Raises:
            InvalidInput: if it cannot be decoded, has more than 8 bits a channel, or another size than the first.
        """
        if picture.mode not in _GREY_MODES + _COLOUR_MODES:
            got = f"mode {picture.mode} in {name}"
            raise refusal("pictures must have 8 bits a channel", got, "convert it or save arrays")
        try:
            plain = picture.convert("L" if picture.mode in _GREY_MODES else "RGB")
        except _BROKEN as error:
            raise unreadable(name) from error
        if self._resized and self._size is not None:
            plain = plain.resize((self._size[1], self._size[0]), Image.Resampling.BICUBIC)
        self._require_size(plain, name)
        self._store(np.asarray(plain))
        self._modes.add(picture.mode)

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
        steps = [f"{', '.join(others)} converted to {mode}" if others else f"{mode} pictures"]
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


def unreadable(name: str) -> InvalidInput:
    """The refusal of a picture that cannot be decoded."""
    return InvalidInput(f"a picture must be a complete image file, but got {name}, which cannot be decoded; remove it.")


def read_folder(folder: Path, resize: Resize) -> Points:
    """Points from all pictures below ``folder`` in the order of their paths, mapped to [-1, 1] and kept as uint8.

    Animations give their first frame, transparency is dropped, and where every picture lies in one of several
    sub-folders these are the labels.

    Raises:
        InvalidInput: if there is no picture, one cannot be decoded, or sizes differ and no ``resize`` is given.
    """
    paths = sorted(_pictures_below(folder), key=lambda path: path.relative_to(folder).as_posix())
    kinds = "png, jpg, webp, bmp or gif"
    if not paths:
        raise refusal(f"a folder must hold pictures ({kinds})", f"none in {folder}", "check the path")
    stack = PictureStack(len(paths), resize)
    for path in paths:
        try:
            with Image.open(path) as picture:
                stack.add(picture, str(path))
        except _BROKEN as error:
            if isinstance(error, InvalidInput):
                raise
            raise unreadable(str(path)) from error
    names = tuple(path.relative_to(folder).as_posix() for path in paths)
    classes = [name.split("/")[0] if "/" in name else "" for name in names]
    labelled = "" not in classes and len(set(classes)) > 1
    return picture_points(
        stack,
        str(folder),
        "pictures",
        labels=label_array(np.array(classes)) if labelled else None,
        row_names=names,
        label_source="names of the sub-folders" if labelled else None,
    )


def _pictures_below(folder: Path) -> list[Path]:
    hidden = ("__MACOSX",)
    files = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()]
    return [p for p in files if not any(part.startswith(".") or part in hidden for part in p.relative_to(folder).parts)]


def picture_points(stack: PictureStack, source: str, kind: str, **names: Unpack[RowNames]) -> Points:
    """`Points` from decoded pictures, mapped to [-1, 1]."""
    mapping: Any = {"preprocessing": stack.words(), "scale": PIXEL_SCALE, "shift": PIXEL_SHIFT}
    return points_of(stack.pixels(), source, kind, **mapping, **names)
