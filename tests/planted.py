"""Code planted in files of data: payloads that leave a mark, and how a command must end that meets one."""

import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from remanifold.cli import main

ROWS = np.random.default_rng(0).normal(size=(12, 1, 4, 4)).astype(np.float32)
MARKER = "IT-RAN"


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, place) -> None:
        self.place = str(place)

    def __reduce__(self):
        return __import__("os").mkdir, (self.place,)


def pickled(here) -> bytes:
    return pickle.dumps(Payload(here / MARKER))


def script(here) -> str:
    return f"import os\nos.mkdir({str(here / MARKER)!r})\n"


def _names(here) -> set[Path]:
    return {path.relative_to(here) for path in here.rglob("*")}


def refused(capsys, here, *words) -> str:
    """The one sentence with which the command ends; nothing ran and nothing was written."""
    before = _names(here)
    capsys.readouterr()  # what the test's own preparation had to say
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    after = _names(here)
    assert not (here / MARKER).exists(), "the planted code ran"
    assert (code, out) == (2, "") and after == before, (code, out, err, after - before)
    assert err.count("\n") == 1 and "Traceback" not in err and ", but got " in err, err
    return err


def _objects(here) -> np.ndarray:
    rows = np.empty(3, dtype=object)
    rows[:] = [Payload(here / MARKER)] * 3
    return rows


def plant_npy(here, path):
    np.save(path, _objects(here), allow_pickle=True)


def _npz_of_objects(here, path):
    np.savez(path, rows=_objects(here))


def _compressed_npz(here, path):
    np.savez_compressed(path, rows=_objects(here))


def plant_bytes(here, path):
    path.write_bytes(pickled(here))


def plant_pt(here, path):
    torch.save({"rows": Payload(here / MARKER)}, path)


def _old_pt(here, path):
    torch.save(Payload(here / MARKER), path, _use_new_zipfile_serialization=False)


def _archive_of_pickles(here, path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("rows.npy", pickled(here))


def _safetensors_with_a_pickle_header(here, path):
    header = pickled(here)
    path.write_bytes(struct.pack("<Q", len(header)) + header)


def _expression(here, path):
    path.write_text("\n".join([f"__import__('os').mkdir({str(here / MARKER)!r}),1"] * 5))


def _pickled_type(here, path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    named = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": pickled(here)}
    field = arrow.field("rows", arrow.list_(arrow.float64()), metadata=named)
    table = arrow.table({"rows": [[1.0, 2.0]] * 5}, schema=arrow.schema([field]))
    parquet.write_table(table, path)


FILES = {
    "objects.npy": plant_npy,
    "objects.npz": _npz_of_objects,
    "packed.npz": _compressed_npz,
    "bytes.npy": plant_bytes,
    "bytes.npz": _archive_of_pickles,
    "new.pt": plant_pt,
    "old.pt": _old_pt,
    "bytes.pth": plant_bytes,
    "bytes.pkl": plant_bytes,
    "bytes.pickle": plant_bytes,
    "bytes.joblib": plant_bytes,
    "bytes.dill": plant_bytes,
    "bytes.csv": plant_bytes,
    "formula.csv": _expression,
    "formula.txt": _expression,
    "header.safetensors": _safetensors_with_a_pickle_header,
    "bytes.parquet": plant_bytes,
    "type.parquet": _pickled_type,
}
