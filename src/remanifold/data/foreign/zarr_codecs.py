"""Which codecs a zarr folder names: only those that turn bytes into numbers, looked at before anything is decoded.

The metadata of a zarr array name the codecs that decode it, from a registry that holds a pickle and whatever other
packages add; so they are read here as plain JSON and compared with a list.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from remanifold._core.errors import InvalidInput, refusal

MARKS = ("zarr.json", ".zarray", ".zgroup", ".zmetadata")
_NUMCODECS = {
    "adler32",
    "astype",
    "bitround",
    "blosc",
    "bz2",
    "crc32",
    "crc32c",
    "delta",
    "fixedscaleoffset",
    "fletcher32",
    "gzip",
    "jenkins_lookup3",
    "lz4",
    "lzma",
    "packbits",
    "quantize",
    "shuffle",
    "zlib",
    "zstd",
}
_OTHERS = {"bytes", "endian", "transpose", "vlen-bytes", "vlen-utf8"}  # the last two: names beside the numbers
_ALLOWED = {*_NUMCODECS, *(f"numcodecs.{name}" for name in _NUMCODECS), *_OTHERS}
_SHARDS = "sharding_indexed"
_LARGEST = 64 * 2**20  # bytes of one file of metadata
_DO = "write the array again with plain numbers and another compressor, such as zstd"


def require_plain_codecs(folder: Path) -> None:
    """Refuse a zarr array or group in ``folder`` whose metadata name a codec that could run code.

    Raises:
        InvalidInput: if they do, or are damaged.
    """
    for file in _metadata_files(folder):
        try:
            if file.stat().st_size > _LARGEST:
                raise refusal("the metadata of zarr must be below 64 MB", str(file), _DO)
            nodes = list(_nodes(json.loads(file.read_text(encoding="utf-8"))))
            named = [str(name) for node in nodes for name in _codecs(node)]
        except InvalidInput:
            raise
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidInput(
                f"a zarr folder must be complete, but got a damaged {folder}; write it again."
            ) from error
        foreign = next((name for name in named if name not in _ALLOWED), None)
        if foreign is not None:
            raise refusal("the codecs of zarr must be known to run no code", f"{foreign!r} in {file}", _DO)


def _metadata_files(folder: Path) -> Iterator[Path]:
    """Those of ``folder`` and of the nodes below it; chunks are not visited."""
    files = [folder / mark for mark in MARKS if (folder / mark).is_file()]
    yield from files
    if not files or any(file.name == ".zarray" for file in files):
        return
    for inner in sorted(folder.iterdir()):
        if inner.is_dir() and not inner.is_symlink():
            yield from _metadata_files(inner)


def _nodes(metadata: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The metadata of each array in one file, those of members gathered in it among them."""
    yield metadata
    gathered = metadata.get("consolidated_metadata") or {}
    for members in (gathered.get("metadata"), metadata.get("metadata")):
        for node in (members or {}).values():
            yield from _nodes(node)


def _codecs(node: dict[str, Any]) -> Iterator[Any]:
    """Names of the codecs of an array, those within shards among them."""
    yield from _pipeline(node.get("codecs"))
    for codec in [*(node.get("filters") or []), node.get("compressor")]:
        if codec is not None:
            yield codec["id"]
    for transformer in node.get("storage_transformers") or []:
        yield transformer["name"]


def _pipeline(codecs: list[Any] | None) -> Iterator[Any]:
    for codec in codecs or []:
        name, inner = (codec, {}) if isinstance(codec, str) else (codec["name"], codec.get("configuration") or {})
        if name != _SHARDS:
            yield name
            continue
        yield from _pipeline(inner["codecs"])
        yield from _pipeline(inner.get("index_codecs"))
