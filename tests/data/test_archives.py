"""Archives, such as the shards of webdataset (``key.jpg``, ``key.cls``), are not read: the sentence says to unpack."""

import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image

from remanifold.cli import main
from remanifold.data import open_points

DO = "; unpack it, several into one folder, and pass the folder of pictures or arrays."


def _jpeg(k: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(k).integers(0, 256, (5, 4, 3), dtype=np.uint8)).save(stream, "JPEG")
    return stream.getvalue()


def _tar(members: dict[str, bytes], mode: str = "w") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


SHARD = {}
for number in range(4):
    SHARD |= {f"{number:04d}.jpg": _jpeg(number), f"{number:04d}.cls": str(number % 2).encode()}
    SHARD[f"{number:04d}.json"] = json.dumps({"label": number % 2}).encode()
WHOLE = _tar(SHARD)
FILES = {
    "shard-000.tar": WHOLE,
    "SHARD.TAR": WHOLE,
    "nested.tar": _tar({"a.tar": WHOLE, "b.tar": WHOLE}),
    "shard.tar.gz": _tar(SHARD, "w:gz"),
    "shard.tgz": _tar(SHARD, "w:gz"),
    "shard.tar.bz2": _tar(SHARD, "w:bz2"),
    "cut.tar": WHOLE[:700],
    "noise.tar": np.random.default_rng(0).bytes(3000),
    "up.tar": _tar({"../../up.npy": b"x", "/etc/up.npy": b"x"}),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("alone", [True, False])
def test_an_archive_is_to_be_unpacked(tmp_path, capsys, name, alone):
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / name).write_bytes(FILES[name])
    given = folder / name if alone else folder
    assert main(["duplicates", str(given)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err.endswith(f"{DO}\n")
    assert list(tmp_path.rglob("*")) == [folder, folder / name], "nothing was unpacked"


def test_archives_beside_pictures_are_told(tmp_path):
    for name, content in SHARD.items():
        if name.endswith(".jpg"):
            (tmp_path / name).write_bytes(content)
    (tmp_path / "more.tar").write_bytes(WHOLE)
    assert "left out in the folder: 1 .tar" in open_points(tmp_path).reading


@pytest.mark.parametrize("name", ["shard.npy", "shard.npz", "shard.pt", "shard.png", "shard.csv", "shard.parquet"])
def test_an_archive_of_another_name_is_damaged(tmp_path, capsys, name):
    pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(WHOLE)
    assert main(["duplicates", str(tmp_path / name)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and ", but got " in err
