"""Files that were damaged, or made to do harm: one sentence, at once, whatever their headers promise."""

import io
import json
import os
import pickle
import signal
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
import safetensors.numpy
import torch
from planted import ROWS, refused

from remanifold.data import open_points

FLAT = ROWS.reshape(12, 16)
BODY = FLAT.tobytes()


@pytest.fixture(autouse=True)
def at_once():
    """What waits for ever fails."""

    def end(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REMANIFOLD_CACHE", "")
    return tmp_path


def npy(shape="(12, 16)", descr="'<f4'", body=BODY, version=1, length=None, header=None) -> bytes:
    text = header or f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"
    text = text.encode() + b" " * (-(len(text) + 11) % 64) + b"\n"
    size = struct.pack("<H" if version == 1 else "<I", len(text) if length is None else length)
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + body


HEADERS = {
    "negative": npy("(-1, 16)"),
    "negative twice": npy("(-3, -64)"),
    "beyond 64 bits": npy("(1099511627776, 1099511627776)"),
    "beyond any": npy(f"({10**23}, 4)"),
    "giant": npy(f"({10**12}, 4)"),
    "truth values": npy("(True, 192)"),
    "fractions": npy("(12.0, 16)"),
    "many sides": npy(f"({'1, ' * 64}192)"),
    "no tuple": npy("12"),
    "unclosed": npy(header="{'descr': '<f4', 'fortran_order': False, 'shape': (12, 16"),
    "unclosed text": npy(header="{'descr': '<f4"),
    "not a dictionary": npy(header="[1, 2]"),
    "mixed keys": npy(header="{'descr': '<f4', 3: False, 'shape': (12, 16)}"),
    "deep": npy(header="(" * 5000),
    "an escape": npy(header="{'descr': '\\d', 'fortran_order': False, 'shape': (12, 16)}"),
    "four gigabytes of header": npy(version=2, length=2**32 - 1),
    "a version of the future": npy(version=9),
    "numbers of no bytes": npy(descr="'V0'"),
    "text of no letters": npy(descr="'<U0'"),
    "a type that is none": npy(descr="'<q99'"),
    "a type of lists": npy(descr="[('a', '<f4', (1000000000, 1000000000))]"),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_a_header_of_npy(here, capsys, kind):
    (here / "x.npy").write_bytes(HEADERS[kind])
    refused(capsys, here, "duplicates", "x.npy")
    (here / "x.npz").write_bytes(_zip({"x.npy": HEADERS[kind]}))
    refused(capsys, here, "duplicates", "x.npz")
    (here / "x.npz").write_bytes(_zip({"x.npy": HEADERS[kind]}, zipfile.ZIP_DEFLATED))
    refused(capsys, here, "duplicates", "x.npz")


@pytest.mark.parametrize("kind", ["giant", "beyond any", "negative", "unclosed"])
@pytest.mark.parametrize("words", [["audit", "rows.npy", "--labels"], ["phases", "--n-points", "9", "--spectrum"]])
def test_labels_and_spectra_with_such_headers(here, capsys, kind, words):
    np.save("rows.npy", FLAT)
    (here / "x.npy").write_bytes(HEADERS[kind])
    refused(capsys, here, *words, "x.npy")


def _zip(members, method=zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _changed(content: bytes, at: int, new: bytes) -> bytes:
    return content[:at] + new + content[at + len(new) :]


def _of_two_disks(content: bytes) -> bytes:
    end = content.rindex(b"PK\x05\x06")
    return content[:end] + struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 2) + content[end:]


def _archives():
    packed = _zip({"x.npy": npy()}, zipfile.ZIP_DEFLATED)
    stored, central = _zip({"x.npy": npy()}), b"PK\x01\x02"
    entry, other = packed.index(central), stored.index(central)
    return {
        "damaged deflate": _changed(packed, 60, b"\xff" * 40),
        "unknown method": _changed(packed, entry + 10, b"\x63\x00"),
        "encrypted": _changed(_changed(packed, entry + 8, b"\x01\x00"), 6, b"\x01\x00"),
        "encrypted and stored": _changed(_changed(stored, other + 8, b"\x01\x00"), 6, b"\x01\x00"),
        "patched": _changed(packed, entry + 8, b"\x20\x00"),
        "offset beyond the end": _changed(stored, other + 42, b"\xff\xff\xff\x7f"),
        "no directory": stored[:other],
        "several disks": _of_two_disks(stored),
        "a damaged checksum": _changed(packed, entry + 16, b"\x00\x00\x00\x00"),
    }


@pytest.mark.parametrize("kind", _archives())
def test_an_archive_of_npz(here, capsys, kind):
    (here / "x.npz").write_bytes(_archives()[kind])
    refused(capsys, here, "duplicates", "x.npz")


def test_a_small_archive_of_a_large_array_takes_no_memory(here):
    with zipfile.ZipFile("x.npz", "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x.npy", "w") as member:
        member.write(npy("(75000, 1000)", body=b""))
        for _ in range(300):
            member.write(bytes(10**6))
    assert (here / "x.npz").stat().st_size < 10**6
    tracemalloc.start()
    points = open_points("x.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert points.rows.shape == (75000, 1000) and peak < 20e6
    assert not points.chunk(74990, 75000).any()


def _pt(content, **options) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, **options)
    return stream.getvalue()


def _meta_pt() -> bytes:
    return _pt(torch.empty(12, 16, device="meta"))


def _nested_pt() -> bytes:
    return _pt(torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(4, 3)], layout=torch.jagged))


TENSORS = {
    "an end overwritten": lambda: _pt(torch.ones(12, 16))[:-22] + b"9" * 22,
    "several disks": lambda: _of_two_disks(_pt(torch.ones(12, 16))),
    "another storage": lambda: _pt(torch.ones(12, 16)).replace(b"/data/0", b"/data/7"),
    "a storage that is none": lambda: _pt(torch.ones(12, 16), _use_new_zipfile_serialization=False).replace(
        b"FloatStorage", b"FloatStarage"
    ),
    "of the meta device": _meta_pt,
    "nested": _nested_pt,
    "sparse": lambda: _pt(torch.eye(12).to_sparse()),
    "quantized": lambda: _pt(torch.quantize_per_tensor(torch.ones(12, 16), 0.1, 0, torch.qint8)),
    "one row a billion times": lambda: _pt(torch.ones(1, 16).expand(10**9, 16)),
    "one number": lambda: _pt(torch.ones(1).expand(10**7, 10**5)),
    "a pickle of a number": lambda: pickle.dumps(3),
    "truncated": lambda: _pt(torch.ones(12, 16))[:-300],
}


@pytest.mark.parametrize("kind", TENSORS)
@pytest.mark.filterwarnings("ignore")  # torch warns of what it writes
def test_a_tensor_file(here, capsys, kind):
    (here / "x.pt").write_bytes(TENSORS[kind]())
    refused(capsys, here, "duplicates", "x.pt")


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (0,), ()])
def test_safetensors_without_numbers(here, capsys, shape):
    safetensors.numpy.save_file({"x": np.ones(shape, np.float32)}, "x.safetensors")
    refused(capsys, here, "duplicates", "x.safetensors")


def _zarr(here, shape=(6, 2), chunks=(2, 2), chunk=b"", version=2):
    folder = here / "x.zarr"
    folder.mkdir()
    if version == 2:
        meta = {"shape": shape, "chunks": chunks, "dtype": "<f8", "fill_value": 0, "order": "C", "zarr_format": 2}
        (folder / ".zarray").write_text(json.dumps(meta | {"filters": None, "compressor": {"id": "zlib", "level": 1}}))
    else:
        grid = {"name": "regular", "configuration": {"chunk_shape": chunks}}
        codecs = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "zstd", "configuration": {}}]
        meta = {"shape": shape, "data_type": "float64", "chunk_grid": grid, "fill_value": 0, "codecs": codecs}
        meta |= {"chunk_key_encoding": {"name": "default"}, "zarr_format": 3, "node_type": "array"}
        (folder / "zarr.json").write_text(json.dumps(meta))
    if chunk:
        (folder / "c" / "0").mkdir(parents=True)
        (folder / "0.0").write_bytes(chunk)
        (folder / "c" / "0" / "0").write_bytes(chunk)
    return folder


ZARR = {
    "a damaged chunk": {"chunk": b"no such thing"},
    "chunks of no rows": {"chunks": (0, 2)},
    "negative chunks": {"chunks": (-2, 2)},
    "giant chunks": {"chunks": (10**6, 10**6), "chunk": b"x"},
    "chunks beyond 64 bits": {"chunks": (10**23, 4), "chunk": b"x"},
    "nothing but a shape": {"shape": (10**12, 4)},
    "a negative shape": {"shape": (-6, 2)},
}


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("kind", ZARR)
def test_a_zarr_array(here, capsys, kind, version):
    pytest.importorskip("zarr")
    _zarr(here, **ZARR[kind], version=version)
    refused(capsys, here, "duplicates", "x.zarr")


def test_a_zarr_group_with_what_is_no_array(here, capsys):
    pytest.importorskip("zarr")
    (here / "x.zarr" / "c" / "0").mkdir(parents=True)
    (here / "x.zarr" / "zarr.json").write_text(json.dumps({"zarr_format": 3, "node_type": "group", "attributes": {}}))
    refused(capsys, here, "duplicates", "x.zarr")


def test_the_root_of_the_file_system(here, capsys):
    assert "but got the root of the file system" in refused(capsys, here, "duplicates", "/")


@pytest.mark.parametrize("name", ["~nosuchuser/x.npy", "n" * 300 + ".npy", "d/" * 3000 + "x.npy", "x\udcff.npy"])
@pytest.mark.parametrize(
    "words",
    [
        ["duplicates"],
        ["audit", "rows.npy", "--labels"],
        ["audit", "rows.npy", "--holdout", "rows.npy", "--model"],
        ["copies", "--train", "rows.npy", "--samples", "rows.npy", "--features"],
        ["phases", "--n-points", "9", "--spectrum"],
        ["simulate", "--out", "o", "--again"],
    ],
    ids=lambda words: words[-1],
)
def test_a_name_that_no_file_can_have(here, capsys, words, name):
    np.save("rows.npy", FLAT)
    refused(capsys, here, *words, name)


NETWORK = "audit rows.npy --holdout other.npy --model ground-truth:digits-100-seed0"
PIPES = {
    "data": ("x.npy", ["duplicates", "x.npy"]),
    "table": ("x.csv", ["duplicates", "x.csv"]),
    "picture": ("x.png", ["duplicates", "x.png"]),
    "labels": ("y.json", ["audit", "rows.npy", "--labels", "y.json"]),
    "rows": ("r.txt", [*NETWORK.split(), "--rows", "r.txt"]),
    "features": ("f.npz", ["copies", "--train", "rows.npy", "--samples", "other.npy", "--features", "f.npz"]),
    "model": ("m.safetensors", ["audit", "rows.npy", "--holdout", "other.npy", "--model", "m.safetensors"]),
    "code": ("m.py", ["audit", "rows.npy", "--holdout", "other.npy", "--model", "m.py:f"]),
    "spectrum": ("s.txt", ["phases", "--n-points", "9", "--spectrum", "s.txt"]),
    "record": ("r.json", ["simulate", "--out", "o", "--again", "r.json"]),
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
@pytest.mark.parametrize("kind", PIPES)
def test_a_pipe_is_refused_at_once(here, capsys, kind):
    name, words = PIPES[kind]
    np.save("rows.npy", FLAT)
    np.save("other.npy", FLAT + 1)
    os.mkfifo(name)
    refused(capsys, here, *words)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
@pytest.mark.parametrize("version", [2, 3])
def test_a_pipe_for_a_chunk(here, capsys, version):
    pytest.importorskip("zarr")
    folder = _zarr(here, version=version)
    os.mkfifo(folder / "0.0")
    (folder / "c" / "1").mkdir(parents=True)
    os.mkfifo(folder / "c" / "1" / "0")
    refused(capsys, here, "duplicates", "x.zarr")
