"""Forged content behind valid checksums: what someone writes who knows the formats."""

import base64
import hashlib
import hmac
import io
import json
import math
import struct
import zlib
from typing import Any

import numpy as np

_PRELUDE = struct.Struct("<16sI32sQ")  # of an index
_WORDS: list[Any] = [
    None,
    True,
    -1,
    0,
    1,
    3,
    0.5,
    -0.0,
    1e300,
    10**30,
    2**63,
    "",
    "x",
    "\x00",
    [],
    {},
    [[]],
    [1, 2],
    {"a": 1},
]
_TYPES = ["|O", "<f4", "<f8", "<i8", "<c16", "<U3", "|V8", "<M8[ns]", "?", "nonsense"]


def forged_value(value: Any, draw: np.random.Generator) -> Any:
    """Plain JSON with one place in it changed: another type, a huge number, a list cut short or doubled."""
    if isinstance(value, dict) and value and draw.integers(8):
        key = str(draw.choice(list(value)))
        if not draw.integers(6):
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: forged_value(value[key], draw)}
    if isinstance(value, list) and value and draw.integers(8):
        at = int(draw.integers(len(value)))
        if not draw.integers(4):
            return [*value[:at], *value[at + 1 :]] if draw.integers(2) else [*value, *value]
        return [*value[:at], forged_value(value[at], draw), *value[at + 1 :]]
    if isinstance(value, str) and len(value) > 40 and draw.integers(2):
        return _forged_numbers(value, draw)
    if isinstance(value, str) and draw.integers(3) == 0:
        return str(draw.choice(_TYPES))
    if isinstance(value, int | float) and not isinstance(value, bool) and draw.integers(2):
        return value * float(draw.choice([-1.0, 1e-9, 1.5, 1e18])) + 1
    return _WORDS[int(draw.integers(len(_WORDS)))]


def _forged_numbers(text: str, draw: np.random.Generator) -> str:
    """Packed float64 with some of them replaced."""
    try:
        numbers = np.frombuffer(base64.b64decode(text)).copy()
    except ValueError:
        return text[:-3]
    numbers[draw.integers(len(numbers), size=3)] = draw.choice([np.nan, np.inf, -1.0, 0.0, 1e300, 0.5])
    return base64.b64encode(numbers[: -1 if draw.integers(3) == 0 else None].tobytes()).decode()


def forged_part(content: bytes, draw: np.random.Generator) -> bytes:
    """A file of finished pieces, one of them or its key forged, its checksum right."""
    head, *lines = content.decode().splitlines()
    if not lines:
        return content
    at = int(draw.integers(len(lines)))
    piece = json.loads(lines[at])
    key, value = piece["key"], forged_value(piece["value"], draw)
    if draw.integers(8) == 0:
        key = int(draw.choice([-1, 7, 10**9]))
    text = json.dumps(value)
    check = zlib.crc32(f"{key} {text}".encode(), zlib.crc32(f"{head}\n".encode()))
    lines[at] = f'{{"key": {key}, "checksum": {check}, "value": {text}}}'
    return "\n".join([head, *lines, ""]).encode()


def forged_npz(content: bytes, draw: np.random.Generator) -> bytes:
    """An archive of arrays, one of them of another shape, type or content."""
    with np.load(io.BytesIO(content)) as stored:
        arrays = {name: stored[name] for name in stored.files}
    name = str(draw.choice(list(arrays)))
    array = arrays[name]
    if array.dtype.kind == "U":
        arrays[name] = np.array(json.dumps(forged_value(json.loads(str(array)), draw)))
    else:
        changes = [
            array[:, :-1],
            array.T,
            array.astype(str),
            array * np.nan,
            array.reshape(-1),
            array + 1j,
            array[..., None],
        ]
        arrays[name] = changes[int(draw.integers(len(changes)))]
    stream = io.BytesIO()
    (np.savez_compressed if draw.integers(4) == 0 else np.savez)(stream, **arrays)
    return stream.getvalue()


def forged_json(content: bytes, draw: np.random.Generator) -> bytes:
    """A JSON file with one place changed."""
    return json.dumps(forged_value(json.loads(content), draw)).encode()


def forged_safetensors(content: bytes, draw: np.random.Generator) -> bytes:
    """Weights whose header is another, its length right."""
    (size,) = struct.unpack("<Q", content[:8])
    header = json.dumps(forged_value(json.loads(content[8 : 8 + size]), draw)).encode()
    return struct.pack("<Q", len(header)) + header + content[8 + size :]


def resigned(content: bytes, secret: bytes) -> bytes:
    """An index whose checksums and signature fit what it holds, as far as it can be read."""
    try:
        *first, _, length = _PRELUDE.unpack(content[: _PRELUDE.size])
        header = content[_PRELUDE.size : _PRELUDE.size + length]
        start = -(-(_PRELUDE.size + length) // 64) * 64
        for place in json.loads(header)["arrays"].values():
            begin = start + place["offset"]
            stored = content[begin : begin + math.prod(place["shape"]) * np.dtype(place["dtype"]).itemsize]
            header = header.replace(place["checksum"].encode(), hashlib.sha256(stored).hexdigest().encode())
        prelude = _PRELUDE.pack(*first, hmac.digest(secret, header, "sha256"), length)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, struct.error):
        return content
    return prelude + header + content[_PRELUDE.size + length :]


def is_known(name: str) -> bool:
    """Whether `forged` knows the format of the file ``name``."""
    return name.endswith((".json", ".safetensors", ".running", ".part"))


def forged(name: str, content: bytes, draw: np.random.Generator) -> bytes:
    """The file ``name`` forged by its format."""
    if name.endswith(".json"):
        return forged_json(content, draw)
    if name.endswith(".safetensors"):
        return forged_safetensors(content, draw)
    return forged_npz(content, draw) if name.endswith(".running") else forged_part(content, draw)
