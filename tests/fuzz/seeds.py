"""Small sound files of every format that is read: what the mutations start from."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from PIL import Image

ROWS = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
LABELS = np.array([0, 1, 0, 1, 1, 0])
Files = dict[str, bytes]
"""Path below a folder -> content."""


def _npy(array=ROWS) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _npz(save=np.savez) -> bytes:
    stream = io.BytesIO()
    save(stream, x=ROWS)
    return stream.getvalue()


def _pt(content, **options) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, **options)
    return stream.getvalue()


def _csv(header="a,b,label\n", separator=",") -> bytes:
    return (header + "\n".join(separator.join(f"{value:.4f}" for value in row) for row in ROWS) + "\n").encode()


def _text_table() -> bytes:
    """Names and labels that begin like comments, quotes, an index without a name, a header of numbers."""
    lines = [f'#{k},{k % 2}.5,{9007199254740992 - k}.0,"%dog"' for k in range(6)]
    return "\n".join([',400,405,"label"', *lines]).encode()


def picture(kind: str, mode: str = "RGB", k: int = 0, sides: tuple[int, int] = (5, 4)) -> bytes:
    """A picture of random pixels as a file of a format."""
    stream = io.BytesIO()
    pixels = np.random.default_rng(k).integers(0, 256, (*sides, 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(stream, kind)
    return stream.getvalue()


def _pictures(kind: str, ending: str) -> Files:
    return {f"{k}.{ending}": picture(kind, k=k) for k in range(4)}


def below(folder: Path) -> Files:
    """Every file below a folder, by its path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _zarr(folder: Path, version: int) -> Files:
    import zarr

    array = zarr.create_array(
        store=str(folder / f"z{version}"), shape=(6, 3), chunks=(2, 3), dtype="f4", zarr_format=version
    )
    array[:] = ROWS
    return below(folder / f"z{version}")


def _parquet(folder: Path) -> Files:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"x": ROWS.tolist(), "label": LABELS.tolist()})
    pyarrow.parquet.write_table(table, folder / "t.parquet")
    return {"t.parquet": (folder / "t.parquet").read_bytes()}


def _hugging_face(folder: Path) -> Files:
    import datasets

    datasets.Dataset.from_dict({"x": ROWS.tolist(), "label": LABELS.tolist()}).save_to_disk(folder / "hf")
    return below(folder / "hf")


def data_seeds(folder: Path) -> dict[str, Files]:
    """Name of a format -> a sound data set in it, a file or several; scratch files go to ``folder``."""
    wide = {k: _npy(ROWS[k]) for k in range(6)}
    made: dict[str, Callable[[], Files]] = {
        "npy": lambda: {"d.npy": _npy()},
        "npy fortran": lambda: {"d.npy": _npy(np.asfortranarray(ROWS.astype(np.float64)))},
        "npz": lambda: {"d.npz": _npz()},
        "npz deflated": lambda: {"d.npz": _npz(np.savez_compressed)},
        "pt": lambda: {"d.pt": _pt(torch.from_numpy(ROWS))},
        "pt of several": lambda: {"d.pt": _pt({"x": torch.from_numpy(ROWS), "epoch": 3})},
        "pt before zip": lambda: {"d.pt": _pt(torch.from_numpy(ROWS), _use_new_zipfile_serialization=False)},
        "safetensors": lambda: {"d.safetensors": safetensors.torch.save({"x": torch.from_numpy(ROWS)})},
        "csv": lambda: {"d.csv": _csv()},
        "csv of text": lambda: {"d.csv": _text_table()},
        "tsv": lambda: {"d.tsv": _csv("", "\t")},
        "txt": lambda: {"d.txt": _csv("# made\n", " ")},
        "png": lambda: {"d.png": picture("PNG")},
        "pictures png": lambda: _pictures("PNG", "png"),
        "pictures jpg": lambda: _pictures("JPEG", "jpg"),
        "pictures webp": lambda: _pictures("WEBP", "webp"),
        "pictures gif": lambda: _pictures("GIF", "gif"),
        "pictures bmp": lambda: _pictures("BMP", "bmp"),
        "pictures tif": lambda: _pictures("TIFF", "tif"),
        "pictures ppm": lambda: _pictures("PPM", "ppm"),
        "arrays": lambda: {f"{k}.npy": content for k, content in wide.items()},
        "zarr 2": lambda: _zarr(folder, 2),
        "zarr 3": lambda: _zarr(folder, 3),
        "parquet": lambda: _parquet(folder),
        "hugging face": lambda: _hugging_face(folder),
    }
    return {name: make() for name, make in made.items()}


def label_seeds() -> dict[str, Files]:
    """Name of a format -> one label a row of `ROWS` in it."""
    names = {f"{k}.png": int(label) for k, label in enumerate(LABELS)}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("y.npy", _npy(LABELS))
    return {
        "labels npy": {"y.npy": _npy(LABELS)},
        "labels of bytes": {"y.npy": _npy(np.array([b"a", "é".encode()])[LABELS])},
        "labels npz": {"y.npz": archive.getvalue()},
        "labels pt": {"y.pt": _pt(torch.from_numpy(LABELS))},
        "labels csv": {"y.csv": b"label\n" + "\n".join(map(str, LABELS)).encode()},
        "labels beside names": {"y.csv": b"name,label\n" + b"\n".join(b"#%d,%%x" % k for k in range(len(LABELS)))},
        "labels json": {"y.json": json.dumps(LABELS.tolist()).encode()},
        "labels by name": {"y.json": json.dumps(names).encode()},
        "labels jsonl": {"y.jsonl": "\n".join(json.dumps({"label": int(y)}) for y in LABELS).encode()},
        "labels pickle": {"y.npy": pickle.dumps(LABELS)},
    }


def caption_seeds() -> dict[str, Files]:
    """Name of a format -> one caption a row of `ROWS` in it; rows are called 0.png to 5.png."""
    texts = [f'a "dog", {k}' for k in range(len(ROWS))]
    lines = [{"file_name": f"{k}.png", "text": text} for k, text in enumerate(texts)]
    quoted = "\n".join(f'{k}.png,"{text.replace(chr(34), 2 * chr(34))}"' for k, text in enumerate(texts))
    return {
        "captions jsonl": {"c.jsonl": "\n".join(map(json.dumps, lines)).encode()},
        "captions json": {"c.json": json.dumps({line["file_name"]: line["text"] for line in lines}).encode()},
        "captions csv": {"c.csv": f"file_name,text\n{quoted}\n".encode()},
        "captions txt": {"c.txt": "\n".join(texts).encode()},
        "captions by lines": {"l.txt": "\n".join(f"{k}.png\t{text}" for k, text in enumerate(texts)).encode()},
        "captions utf-16": {"w.csv": f"file_name,text\n{quoted}\n".encode("utf-16")},
        "captions kohya": {
            "k.json": json.dumps({f"{k}": {"caption": "x", "tags": t} for k, t in enumerate(texts)}).encode()
        },
    }


def prompt_seeds() -> dict[str, Files]:
    """Folders of captioned pictures."""
    pictures = {f"{k}.png": picture("PNG", k=k) for k in range(3)}
    texts = {f"{k}.txt": b"a dog\nmore" for k in range(3)}
    table = "\n".join(json.dumps({"file_name": name, "text": "a dog"}) for name in pictures).encode()
    return {
        "prompts beside": pictures | texts | {"README.txt": b"x"},
        "prompts of a table": pictures | {"metadata.jsonl": table, "sub/9.png": pictures["0.png"]},
    }
