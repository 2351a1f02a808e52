"""One picture decoded as the loader of a network decodes it: formats, bits a channel, orientation, frames."""

import io
import logging
import os
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from remanifold._core.errors import InvalidInput, refusal

SUFFIXES = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".bmp", ".dib", ".gif"),
    *(".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm"),
)
GREY_MODES = ("1", "L", "LA", "La")
_COLOUR_MODES = ("RGB", "RGBA", "RGBa", "RGBX", "P", "PA", "CMYK", "YCbCr", "HSV")
_PLUGINS = (  # imported, so that Pillow knows them; none of these formats runs a program
    *(BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, PpmImagePlugin),
    *(TiffImagePlugin, WebPImagePlugin),
)
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "PPM")
_BROKEN = (
    *(OSError, SyntaxError, ValueError, EOFError, TypeError, LookupError, AttributeError, OverflowError),
    *(RuntimeError, MemoryError, struct.error, zlib.error),
)
_ORIENTATION, _BITS = 0x0112, 258  # EXIF and TIFF tags
_DEEP = re.compile(r";(12|16|32|64)[A-Z]*$")  # ends Pillow's name of the stored numbers, such as RGB;16B
_PPM_CODECS = ("ppm", "ppm_plain")
logging.getLogger("PIL").addHandler(logging.NullHandler())  # else its errors go to standard error unasked


@dataclass(frozen=True)
class Decoded:
    """One picture and what was done to it.

    Attributes:
        plain: Of mode L if it is grey, else RGB; turned as its orientation says.
        mode: Its own mode.
        turned: Whether it had to be turned.
        transparent: Whether it has transparency, which a conversion to grey or RGB drops.
        animated: Whether it is the first of several frames.
    """

    plain: Image.Image
    mode: str
    turned: bool
    transparent: bool
    animated: bool


def decode_file(source: Path | bytes, name: str, mode: str | None = None) -> Decoded:
    """The picture in a file, or in the bytes of one; ``mode``: converted to it before all else.

    Raises:
        InvalidInput: if it cannot be decoded, has more than 8 bits a channel, several pages or too many pixels.
    """
    with _in_one_sentence(name), Image.open(_opened(source), formats=_FORMATS) as picture:
        return _decoded(picture, name, mode)


def decode(picture: Image.Image, name: str) -> Decoded:
    """The same of a picture that is open.

    Raises:
        InvalidInput: see `decode_file`.
    """
    with _in_one_sentence(name):
        return _decoded(picture, name, None)


def _opened(source: Path | bytes) -> Any:
    return io.BytesIO(source) if isinstance(source, bytes) else source


@contextmanager
def _in_one_sentence(name: str) -> Iterator[None]:
    """Pillow's warnings unsaid, its many errors told as a refusal of the picture ``name``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except InvalidInput:
        raise
    except Image.DecompressionBombError as error:
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        raise InvalidInput(
            f"a picture must have at most {most} pixels, but got {name}, whose header names more; shrink or remove it."
        ) from error
    except _BROKEN as error:
        raise InvalidInput(
            f"a picture must be a complete image file, but got {name}, which cannot be decoded; "
            "convert it to png of 8 bits a channel or remove it."
        ) from error


def _decoded(picture: Image.Image, name: str, mode: str | None) -> Decoded:
    _require_eight_bits(picture, name)
    animated = bool(getattr(picture, "is_animated", False)) and picture.format != "MPO"  # a camera's second view
    if animated and picture.format == "TIFF":
        do = "save each page as a picture, or pass an array (.npy)"
        raise refusal("a tif must hold one picture", f"several pages in {name}", do)
    turned = picture.getexif().get(_ORIENTATION) in range(2, 9)
    with _unheard(picture):
        picture.load()  # turns a TIFF
    if picture.getexif().get(_ORIENTATION) is not None:
        picture = ImageOps.exif_transpose(picture)
    transparent = picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info
    as_asked = picture if mode in (None, picture.mode) else picture.convert(mode)
    plain = as_asked.convert("L" if as_asked.mode in GREY_MODES else "RGB")
    return Decoded(plain, picture.mode, turned, transparent, animated)


@contextmanager
def _unheard(picture: Image.Image) -> Iterator[None]:
    """While a TIFF is decoded nothing reaches standard error, where libtiff by itself writes what it finds damaged."""
    try:
        kept = os.dup(2) if picture.format == "TIFF" else -1
    except OSError:  # there is no standard error
        kept = -1
    if kept < 0:
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _require_eight_bits(picture: Image.Image, name: str) -> None:
    known = picture.mode in GREY_MODES + _COLOUR_MODES
    deep = _more_bits(picture) if known else ""
    if deep or not known:
        got = f"mode {picture.mode}{deep} in {name}"
        do = "convert it to 8 bits, or pass an array (.npy) of its numbers"
        raise refusal("pictures must have 8 bits a channel", got, do)


def _more_bits(picture: Image.Image) -> str:
    """More than 8 bits a channel in words, else "": in the file, for Pillow cuts them to 8 as it decodes."""
    tags = getattr(picture, "tag_v2", None)
    if tags is not None and max(tags.get(_BITS, (8,)), default=8) > 8:
        return f" of {max(tags[_BITS])} bits"
    for codec, _, _, args in getattr(picture, "tile", ()):
        stored = args if isinstance(args, tuple) else (args,)
        if codec in _PPM_CODECS and len(stored) > 1 and isinstance(stored[1], int) and stored[1] > 255:
            return " of 16 bits"
        words = [word for word in stored if isinstance(word, str) and not word.startswith("BGR")]  # BGR;16 is 5, 6, 5
        found = next(filter(None, map(_DEEP.search, words)), None)
        if found is not None:
            return f" of {found[1]} bits"
    return ""
