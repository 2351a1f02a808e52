"""Every refusal of a data source, message by message."""

import collections
import io
import pickle

import numpy as np
import pytest
import safetensors.numpy
import scipy.sparse
import torch
from PIL import Image

from remanifold import InvalidInput
from remanifold.data import open_labels, open_points

FINE = np.arange(12.0).reshape(4, 3)
RECORDS = np.zeros(4, dtype=[("a", "f4"), ("b", "i4")])
MASKED = np.ma.masked_greater(FINE, 5)

IN_MEMORY = [
    (
        FINE + 1j,
        "data must be real numbers, but got complex numbers (complex128) in array in memory; pass real and imaginary",
    ),
    (np.array([["a", "b"]] * 3), "data must be real numbers, but got text (<U1) in array in memory; pass numbers."),
    (np.array([b"a"] * 3), "but got text (|S1) in array in memory"),
    (
        np.array([[object()]] * 3),
        "but got Python objects (object) in array in memory; convert them to an array of numbers.",
    ),
    (np.array(["2020-01-01"] * 3, "M8[D]"), "but got dates (datetime64[D])"),
    (np.arange(3).astype("m8[s]"), "but got durations (timedelta64[s])"),
    (RECORDS, "but got records ("),
    (
        np.float64(3),
        "data must be an array with one row per point, but got a single number in array in memory; pass an array.",
    ),
    (torch.tensor(3.0), "but got a single number in tensor in memory"),
    (torch.tensor(3.0, dtype=torch.bfloat16), "but got a single number in tensor in memory"),
    (FINE[:2], "data must have at least 3 points, but got 2 in array in memory; pass more rows."),
    ([], "data must have at least 3 points, but got 0 in array in memory"),
    (
        FINE[:, :0],
        "a point must have at least one number, but got shape (4, 0) in array in memory; pass rows that hold numbers.",
    ),
    ([[1, 2], [3], [4, 5]], "data must be rows of one length, but got a list of several; pad or crop the rows."),
    (MASKED, "data must be complete, but got a masked array with masked entries; fill or remove them."),
    (scipy.sparse.csr_array(FINE), "data must be a dense array, but got a sparse csr_array; pass source.toarray()."),
    (torch.eye(4).to_sparse(), "a tensor must be dense, but got a sparse or quantized one in tensor in memory; pass"),
    (
        torch.ones(4, 3).to(torch.float8_e5m2),
        "a type that numpy knows, but got torch.float8_e5m2 in tensor in memory; pass",
    ),
    (torch.ones(4, 3, dtype=torch.complex64), "but got complex numbers (complex64) in tensor in memory"),
    (
        {"x": FINE},
        "data must be an array, a path or a data set, but got dict; pass an array, a tensor, a path, or a Dataset",
    ),
    (b"abc", "but got bytes;"),
    (None, "but got NoneType;"),
    (iter([1, 2]), "but got list_iterator;"),
    (
        [Image.new("I;16", (2, 2))] * 3,
        "pictures must have 8 bits a channel, but got mode I;16 in item 0 of list in memory;",
    ),
    ([Image.new("F", (2, 2))] * 3, "pictures must have 8 bits a channel, but got mode F in item 0"),
]


@pytest.mark.parametrize(("source", "message"), IN_MEMORY)
def test_refused_in_memory(source, message):
    with pytest.raises(InvalidInput) as caught:
        open_points(source)
    _require_sentence(caught.value, message)


def _require_sentence(error, message):
    text = str(error)
    assert message in text
    assert "\n" not in text
    assert text.endswith(".")
    assert ", but got " in text


def _save(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def _savez(save=np.savez, **arrays):
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


def _torch_save(content, **options):
    stream = io.BytesIO()
    torch.save(content, stream, **options)
    return stream.getvalue()


def _picture(mode="RGB", size=(4, 4), kind="PNG"):
    stream = io.BytesIO()
    Image.effect_noise(size, 50).convert(mode).save(stream, kind)
    return stream.getvalue()


class Payload:
    def __reduce__(self):
        return print, ("code from a pickle ran",)


OBJECTS = np.array([[Payload()]] * 3)
TENSORS = safetensors.numpy.save({"a": FINE, "b": FINE})
FILES = [
    (
        {},
        "none.npy",
        "the data must be an existing file or folder, but got {0}/none.npy, which does not exist; check the path.",
    ),
    ({}, "none.npz::x", "but got {0}/none.npz, which does not exist; check the path."),
    ({"x.npy": b""}, "x.npy", "a data file must hold data, but got {0}/x.npy, which is empty; pass a file with data."),
    ({"x.csv": b""}, "x.csv", "a data file must hold data, but got {0}/x.csv, which is empty;"),
    (
        {"x.npy": _save(FINE)[:-8]},
        "x.npy",
        "a numpy file must be complete, but got 88 bytes of 96 in {0}/x.npy; copy or save it again",
    ),
    (
        {"x.npy": _save(FINE)[:50]},
        "x.npy",
        "a numpy file must be written by numpy.save or numpy.savez, but got a file without its",
    ),
    (
        {"x.npy": b"hello world, no numpy"},
        "x.npy",
        "but got a file without its header or a pickle: {0}/x.npy; save it again.",
    ),
    (
        {"x.npy": pickle.dumps(FINE)},
        "x.npy",
        "but got a file without its header or a pickle: {0}/x.npy; save it again.",
    ),
    (
        {"x.npy": _save(OBJECTS)},
        "x.npy",
        "data must be real numbers, but got pickled Python objects in {0}/x.npy; save plain numbers",
    ),
    ({"x.npy": _save(FINE + 1j)}, "x.npy", "but got complex numbers (complex128) in {0}/x.npy;"),
    ({"x.npy": _save(np.array(["a"] * 3))}, "x.npy", "but got text (<U1) in {0}/x.npy;"),
    ({"x.npy": _save(RECORDS)}, "x.npy", "but got records ("),
    ({"x.npy": _save(np.float64(1))}, "x.npy", "but got a single number in {0}/x.npy;"),
    ({"x.npy": _save(FINE[:0])}, "x.npy", "data must have at least 3 points, but got 0 in {0}/x.npy;"),
    (
        {"x.npy": _save(FINE[:, :0])},
        "x.npy",
        "a point must have at least one number, but got shape (4, 0) in {0}/x.npy;",
    ),
    (
        {"x.npy": _save(FINE)},
        "x.npy::k",
        "a .npy file holds one array, so the key must be left out, but got 'k'; leave it out.",
    ),
    (
        {"x.npz": _savez(a=FINE, b=FINE)},
        "x.npz",
        "a file of several arrays needs a key, but got {0}/x.npz with a, b; pass key='a' or",
    ),
    (
        {"x.npz": _savez(a=FINE, b=FINE)},
        "x.npz::c",
        "the key must be one of a, b, but got 'c' for {0}/x.npz; pass one of them.",
    ),
    (
        {"x.npz": _savez()},
        "x.npz",
        "a data file must hold an array, but got {0}/x.npz with none; pass a file with data.",
    ),
    (
        {"x.npz": _savez(a=FINE)[:-30]},
        "x.npz",
        "but got an incomplete archive (File is not a zip file): {0}/x.npz; save it again.",
    ),
    ({"x.npz": _savez(a=OBJECTS)}, "x.npz", "but got pickled Python objects in {0}/x.npz;"),
    ({"x.npz": _savez(np.savez_compressed, a=OBJECTS)}, "x.npz", "but got pickled Python objects in {0}/x.npz;"),
    (
        {"x.csv": b"1,2\n3,x\n5,6\n"},
        "x.csv",
        "a cell must be a number, but got 'x' in line 2, column 2 of {0}/x.csv; correct the cell",
    ),
    ({"x.csv": b"a,b\n1,2\n3,y\n5,6\n"}, "x.csv", "but got 'y' in line 3, column 2 (b) of {0}/x.csv;"),
    (
        {"x.csv": b"1,2\n3\n5,6\n"},
        "x.csv",
        "every line must have 2 cells like the first, but got 1 in line 2 of {0}/x.csv; correct",
    ),
    ({"x.csv": b"a,b\n"}, "x.csv", "a table must have lines of numbers, but got none below its first in {0}/x.csv;"),
    (
        {"x.csv": b"\n \n"},
        "x.csv",
        "a table must have lines of numbers, but got none in {0}/x.csv; pass a file with data.",
    ),
    ({"x.csv": b"label\n1\n2\n3\n"}, "x.csv", "a point must have at least one number"),
    (
        {"x.csv": b"1,2\n\xff\xfe,3\n"},
        "x.csv",
        "a table must be UTF-8 text, but got other bytes in {0}/x.csv; save it as text in UTF-8.",
    ),
    (
        {"x.txt": b"1 2\n3 4\n5 6\n"},
        "x.txt::k",
        "a table holds one array, so the key must be left out, but got 'k'; leave it out.",
    ),
    (
        {"x.pt": _torch_save(Payload())},
        "x.pt",
        "a .pt file must be a complete torch.save of plain tensors, but got pickled objects",
    ),
    (
        {"x.pt": _torch_save(torch.eye(4))[:-40]},
        "x.pt",
        "a .pt file must be a complete torch.save of plain tensors, but got",
    ),
    (
        {"x.pt": _torch_save(torch.eye(4), _use_new_zipfile_serialization=False)[:200]},
        "x.pt",
        "a .pt file must be a complete torch.save of plain tensors, but got",
    ),
    ({"x.pt": b"no tensor"}, "x.pt", "a .pt file must be a complete torch.save of plain tensors, but got"),
    (
        {"x.pt": _torch_save({"a": torch.eye(4), "b": torch.eye(4)})},
        "x.pt",
        "a file of several arrays needs a key, but got {0}/x.pt with a, b",
    ),
    (
        {"x.pt": _torch_save({"a": 3})},
        "x.pt",
        "a data file must hold an array, but got {0}/x.pt with none; pass a file with data.",
    ),
    ({"x.pt": _torch_save("text")}, "x.pt", "a data file must hold an array, but got {0}/x.pt with none;"),
    ({"x.pt": _torch_save(torch.eye(4))}, "x.pt::k", "a file of one tensor needs no key, but got 'k'; leave it out."),
    (
        {"x.safetensors": TENSORS},
        "x.safetensors",
        "a file of several arrays needs a key, but got {0}/x.safetensors with a, b;",
    ),
    ({"x.safetensors": TENSORS}, "x.safetensors::c", "the key must be one of a, b, but got 'c' for {0}/x.safetensors;"),
    (
        {"x.safetensors": TENSORS[:-8]},
        "x.safetensors",
        "a .safetensors file must be complete, but got a damaged or truncated",
    ),
    (
        {"x.pkl": pickle.dumps(FINE)},
        "x.pkl",
        "data must be plain numbers, but got {0}/x.pkl, a pickle, which can run code and is never",
    ),
    (
        {"x.mat": b"abc"},
        "x.mat",
        "a data file must be one of .npy, .npz, .csv, .tsv, .txt, .pt, .pth, .safetensors, .parquet, but got",
    ),
    ({"noending": b"abc"}, "noending", "but got {0}/noending; convert it to one of these."),
    ({"x.png": _picture()}, "x.png", "data must have at least 3 points, but got 1 in {0}/x.png; pass more rows."),
    (
        {"d/x.doc": b"abc"},
        "d",
        "parquet files or arrays (npy, npz, pt, safetensors), but got 1 .doc in {0}/d; check the path.",
    ),
    (
        {f"d/{i}.png": _picture(size=(4 + i, 5)) for i in range(3)},
        "d",
        "pictures must have one size, 5 x 4 like {0}/d/0.png, but got",
    ),
    (
        {"d/0.png": _picture(), "d/1.png": _picture()[:60]},
        "d",
        "a picture must be a complete image file, but got {0}/d/1.png, which",
    ),
    (
        {"d/0.jpg": _picture(kind="JPEG")[:-300]},
        "d",
        "a picture must be a complete image file, but got {0}/d/0.jpg, which cannot",
    ),
    (
        {"d/0.png": b"abc"},
        "d",
        "a picture must be a complete image file, but got {0}/d/0.png, which cannot be decoded; convert it to png of 8",
    ),
    (
        {"d/0.png": _picture("I;16")},
        "d",
        "pictures must have 8 bits a channel, but got mode I;16 in {0}/d/0.png; convert it to 8 bits, or pass an array",
    ),
    (
        {"d/0.png": _picture()},
        "d::k",
        "a key is for folders of zarr arrays, a Hugging Face data set, parquet files or files of several arrays, but",
    ),
    ({"d/0.png": _picture()}, "d", "data must have at least 3 points, but got 1 in {0}/d; pass more rows."),
    (
        {"x.parquet": b"PAR1 is not enough"},
        "x.parquet",
        "a parquet file must be complete, but got a damaged {0}/x.parquet; copy",
    ),
    ({"z/zarr.json": b"{"}, "z", "a zarr folder must be complete, but got a damaged {0}/z; write it again."),
    (
        {"z/zarr.json": b'{"zarr_format":3,"node_type":"group"}'},
        "z",
        "a data file must hold an array, but got {0}/z with none;",
    ),
    ({"h/state.json": b"{}"}, "h", "a Hugging Face data set must be complete, but got a damaged {0}/h; save it again."),
]


@pytest.mark.parametrize(("files", "source", "message"), FILES)
def test_refused_on_disk(files, source, message, tmp_path, capfd):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        open_points(f"{tmp_path}/{source}")
    _require_sentence(caught.value, message.replace("{0}", str(tmp_path)))
    assert "code from a pickle ran" not in capfd.readouterr().out


def test_a_file_without_reading_rights_is_named(tmp_path, monkeypatch):
    np.save(tmp_path / "x.npy", FINE)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(
        InvalidInput, match=r"the data must be readable, but got .*x\.npy \(Permission denied\); check the file"
    ):
        open_points(tmp_path / "x.npy")


OPTIONS = [
    (
        FINE,
        {"resize": 3},
        "resize is for pictures, but got an array of numbers; leave resize out or resize the array yourself.",
    ),
    (FINE, {"key": "a"}, "a key is for sources of several arrays, but got one array; leave the key out."),
    (
        [Image.new("L", (2, 2))] * 3,
        {"resize": 0},
        "resize must be one or two positive whole numbers, but got 0; pass resize=",
    ),
    (
        [Image.new("L", (2, 2))] * 3,
        {"resize": (1, 2, 3)},
        "resize must be one or two positive whole numbers, but got (1, 2, 3);",
    ),
    ([Image.new("L", (2, 2))] * 3, {"resize": (2.5, 2)}, "but got (2.5, 2); pass resize=(height, width)."),
    (FINE, {"labels": [1, 2]}, "there must be one label per point (4), but got 2 in the labels; match them."),
    (
        FINE,
        {"labels": np.eye(4)},
        "labels must be one per point in a one-dimensional array, but got shape (4, 4); pass shape (n,).",
    ),
    (FINE, {"labels": [[1], [2, 3]]}, "labels must be one per point, but got lists of several lengths; pass one each."),
    (
        FINE,
        {"labels": [1.5, 2, 3, 4]},
        "labels must be whole numbers or text, but got float64 labels that are neither; convert",
    ),
    (FINE, {"labels": [np.nan, 2, 3, 4]}, "every row must have its label, but got nan for row 0 (from 0);"),
    (FINE, {"labels": [np.inf, 2, 3, 4]}, "labels must be whole numbers or text, but got infinite ones; convert them."),
    (FINE, {"labels": [None, 2, 3, 4]}, "every row must have its label, but got None for row 0 (from 0);"),
]


@pytest.mark.parametrize(("source", "options", "message"), OPTIONS)
def test_refused_options(source, options, message):
    with pytest.raises(InvalidInput) as caught:
        open_points(source, **options)
    _require_sentence(caught.value, message)


LABEL_FILES = [
    ("none.npy", None, "the labels must be an existing file, but got {0}/none.npy, which is none; check the path."),
    ("l.json", b"{", "a file of labels must be JSON, but got something else in {0}/l.json; write it again."),
    (
        "l.mat",
        b"[1]",
        ".parquet, .csv, .tsv, .txt, .json or .jsonl, but got {0}/l.mat; save the labels as one of these.",
    ),
    ("l.txt", b"", "a file of labels must have lines, but got none in {0}/l.txt; pass a file with labels."),
    (
        "l.csv",
        b"1,2\n3,4\n",
        "a file of labels must have one column, or one named label, but got 2 columns in {0}/l.csv; name",
    ),
    (
        "l.npy",
        b"abc",
        "a .npy file of labels must hold plain numbers or text, but got a damaged or pickled {0}/l.npy; save",
    ),
    ("l.npy", _save(OBJECTS[:, 0]), "but got a damaged or pickled {0}/l.npy;"),
    (
        "l.npy",
        _save(np.array([0.5, 1])),
        "labels must be whole numbers or text, but got float64 labels that are neither;",
    ),
    ("l.txt", b"1\n2\n3\n", "there must be one label per point (4), but got 3 in {0}/l.txt; match them."),
]


@pytest.mark.parametrize(("name", "content", "message"), LABEL_FILES)
def test_refused_label_files(name, content, message, tmp_path, capfd):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        open_labels(tmp_path / name, 4)
    _require_sentence(caught.value, message.replace("{0}", str(tmp_path)))
    assert "code from a pickle ran" not in capfd.readouterr().out


READS = [
    (lambda p: p.chunk(2, 5), "a range of rows must lie in 0..4, but got 2..5; pass start <= stop inside it."),
    (lambda p: p.chunk(-1, 2), "but got -1..2;"),
    (lambda p: p.stored(3, 2), "but got 3..2;"),
    (lambda p: p.take([0, 4]), "row indices must lie in 0..3, but got [4]; pass rows that exist."),
    (lambda p: p.take([-1]), "row indices must lie in 0..3, but got [-1]; pass rows that exist."),
    (
        lambda p: p.take([0.5]),
        "row indices must be a list of whole numbers, but got float64 of shape (1,); pass integers.",
    ),
    (
        lambda p: p.take(np.array([True, False])),
        "row indices must be a list of whole numbers, but got bool of shape (2,);",
    ),
]


@pytest.mark.parametrize(("read", "message"), READS)
def test_refused_reads(read, message):
    with pytest.raises(InvalidInput) as caught:
        read(open_points(FINE))
    _require_sentence(caught.value, message)


def test_the_cases_of_the_table_are_all_different():
    repeated = [m for m, n in collections.Counter(m for *_, m in [*IN_MEMORY, *OPTIONS, *READS]).items() if n > 1]
    assert repeated == ["but got a single number in tensor in memory"]


@pytest.mark.parametrize("content", [b"\x80\x04junk", b"\x80\x02", b"\x80\x05\x95" + bytes(40)])
def test_bytes_that_begin_like_a_pickle_are_one_sentence(tmp_path, content):
    (tmp_path / "p.pt").write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        open_points(tmp_path / "p.pt")
    assert "\n" not in str(caught.value)
