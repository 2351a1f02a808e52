"""What is done to a sound file: bytes of its header changed, numbers made huge, pieces cut, doubled and swapped."""

import re

import numpy as np

_HEADER = 160  # bytes in which most formats say what follows
_NUMBERS = ["-1", "0", "1", "3", "65", "4294967295", "9223372036854775807", "1000000000000", "1" + 23 * "0", "9" * 4400]
_WORDS = ["true", "null", "[]", "{}", '""', "1e999", "NaN", "-0", "1.5", "[[]]", '"x"', "\\ud800"]
_BYTES = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x23, 0x25, 0x28, 0x29, 0x2C, 0x7B]


def mutated(content: bytes, draw: np.random.Generator) -> bytes:
    """``content`` after one to three random changes, half of them in its header or in its last bytes (zip, parquet)."""
    for _ in range(int(draw.integers(1, 4))):
        content = _CHANGES[int(draw.integers(len(_CHANGES)))](content, draw)
    return content


def _place(content: bytes, draw: np.random.Generator) -> int:
    """Where to change: half of the time near one end, where headers are."""
    n = max(len(content), 1)
    kind = draw.integers(4)
    if kind == 0:
        return int(draw.integers(min(n, _HEADER)))
    return n - 1 - int(draw.integers(min(n, _HEADER))) if kind == 1 else int(draw.integers(n))


def _flip(content: bytes, draw: np.random.Generator) -> bytes:
    at = _place(content, draw)
    return (
        content[:at] + bytes([byte ^ (1 << int(draw.integers(8))) for byte in content[at : at + 1]]) + content[at + 1 :]
    )


def _set(content: bytes, draw: np.random.Generator) -> bytes:
    at, width = _place(content, draw), int(draw.choice([1, 2, 4, 8]))
    return content[:at] + bytes([int(draw.choice(_BYTES))]) * width + content[at + width :]


def _number(content: bytes, draw: np.random.Generator) -> bytes:
    found = list(re.finditer(rb"(?<![\w.])-?\d+(?![\w.])", content[: 4 * _HEADER]))
    if not found:
        return _set(content, draw)
    piece = found[int(draw.integers(len(found)))]
    word = str(draw.choice(_NUMBERS + _WORDS)).encode()
    return content[: piece.start()] + word + content[piece.end() :]


def _same_length_number(content: bytes, draw: np.random.Generator) -> bytes:
    """As `_number`, where lengths are written down: padding takes what the number needs."""
    found = list(re.finditer(rb"\d+", content[: 4 * _HEADER]))
    spaces = content.find(b"   ")
    word = str(draw.choice(_NUMBERS)).encode()
    if not found or spaces < 0:
        return _set(content, draw)
    piece = found[int(draw.integers(len(found)))]
    grown = content[: piece.start()] + word + content[piece.end() :]
    more, spaces = len(word) - (piece.end() - piece.start()), grown.find(b"   ")
    if more < 0:
        return grown[:spaces] + b" " * -more + grown[spaces:]
    return grown[:spaces] + grown[spaces + more :] if grown[spaces : spaces + more].isspace() else content


def _word(content: bytes, draw: np.random.Generator) -> bytes:
    found = list(re.finditer(rb"\"[^\"]*\"|'[^']*'|true|false|null|True|False", content[: 8 * _HEADER]))
    if not found:
        return _set(content, draw)
    piece = found[int(draw.integers(len(found)))]
    word = str(draw.choice([*_WORDS, "'|O'", "'<f16'", "'V0'", "'<U0'", '"<f8"', "True", "'>c8'"])).encode()
    return content[: piece.start()] + word + content[piece.end() :]


def _cut(content: bytes, draw: np.random.Generator) -> bytes:
    return content[: _place(content, draw)]


def _drop(content: bytes, draw: np.random.Generator) -> bytes:
    at = _place(content, draw)
    return content[:at] + content[at + int(draw.integers(1, 9)) :]


def _double(content: bytes, draw: np.random.Generator) -> bytes:
    at, width = _place(content, draw), int(draw.integers(1, 40))
    return content[: at + width] + content[at:]


def _swap(content: bytes, draw: np.random.Generator) -> bytes:
    at, to = sorted((_place(content, draw), _place(content, draw)))
    return content[to:] + content[at:to] + content[:at]


def _insert(content: bytes, draw: np.random.Generator) -> bytes:
    at = _place(content, draw)
    return content[:at] + bytes(draw.integers(0, 256, int(draw.integers(1, 9)), dtype=np.uint8)) + content[at:]


_CHANGES = (_flip, _flip, _set, _number, _number, _same_length_number, _word, _cut, _drop, _double, _swap, _insert)
