"""Code planted in every kind of file and folder of data does not run: exit code 2, one sentence, nothing written."""

import json
import pickle

import numpy as np
import pytest
from command import content
from planted import FILES, MARKER, ROWS, pickled, refused, script

from remanifold import InvalidInput, open_points
from remanifold.audits import AuditReport
from remanifold.cli import main


def test_the_payload_works(here):
    """Power: loaded without care, each of the two leaves its mark."""
    pickle.loads(pickled(here))
    assert (here / MARKER).exists()
    (here / MARKER).rmdir()
    exec(script(here))
    assert (here / MARKER).exists()


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_data(here, capsys, name):
    FILES[name](here, here / name)
    refused(capsys, here, "audit", name)


@pytest.mark.parametrize("option", ["--holdout", "--samples", "--labels", "--groups", "--rows"])
@pytest.mark.parametrize("name", ["objects.npy", "new.pt", "bytes.pkl", "formula.csv"])
def test_a_file_of_an_option(here, capsys, option, name):
    FILES[name](here, here / name)
    with_model = ["--holdout", "fresh.npy", "--model", "ground-truth:digits-100-seed0"] if option == "--rows" else []
    refused(capsys, here, "audit", "train.npy", option, name, *with_model)


@pytest.mark.parametrize("command", ["copies --train train.npy --samples objects.npy", "duplicates objects.npy"])
def test_other_commands(here, capsys, command):
    FILES["objects.npy"](here, here / "objects.npy")
    refused(capsys, here, *command.split())


def _zarr2(here, folder, **named):
    folder.mkdir(parents=True)
    meta = {"shape": [4, 2], "chunks": [4, 2], "dtype": "<f8", "fill_value": 0, "order": "C", "zarr_format": 2}
    (folder / ".zarray").write_text(json.dumps(meta | {"filters": None, "compressor": None} | named))
    (folder / "0.0").write_bytes(pickled(here))


def _zarr3(here, folder, codecs):
    (folder / "c" / "0").mkdir(parents=True)
    grid = {"name": "regular", "configuration": {"chunk_shape": [4, 2]}}
    keys = {"name": "default", "configuration": {"separator": "/"}}
    meta = {"shape": [4, 2], "data_type": "float64", "chunk_grid": grid, "chunk_key_encoding": keys, "fill_value": 0}
    meta |= {"codecs": codecs, "attributes": {}, "zarr_format": 3, "node_type": "array", "storage_transformers": []}
    (folder / "zarr.json").write_text(json.dumps(meta))
    (folder / "c" / "0" / "0").write_bytes(pickled(here))


_BYTES, _PICKLE = {"name": "bytes", "configuration": {"endian": "little"}}, {"name": "numcodecs.pickle"}


def _shards(*codecs, index=(_BYTES,)):
    inner = {"chunk_shape": [2, 2], "codecs": list(codecs), "index_codecs": list(index)}
    return [{"name": "sharding_indexed", "configuration": inner}]


def _member(here, folder):
    _zarr2(here, folder / "deep" / "rows", filters=[{"id": "pickle"}])
    for group in (folder, folder / "deep"):
        (group / ".zgroup").write_text('{"zarr_format": 2}')


def _gathered(here, folder):
    """Metadata gathered in one file, beside which the array's own are honest."""
    _zarr2(here, folder / "rows")
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    foreign = json.loads((folder / "rows" / ".zarray").read_text()) | {"filters": [{"id": "pickle"}]}
    gathered = {".zgroup": {"zarr_format": 2}, "rows/.zarray": foreign}
    (folder / ".zmetadata").write_text(json.dumps({"zarr_consolidated_format": 1, "metadata": gathered}))


ZARR = {
    "filter": lambda here, folder: _zarr2(here, folder, filters=[{"id": "pickle"}]),
    "compressor": lambda here, folder: _zarr2(here, folder, compressor={"id": "pickle"}),
    "behind another": lambda here, folder: _zarr2(
        here, folder, filters=[{"id": "delta", "dtype": "<f8"}, {"id": "pickle"}]
    ),
    "objects": lambda here, folder: _zarr2(here, folder, dtype="|O", filters=[{"id": "json2"}, {"id": "pickle"}]),
    "member": _member,
    "gathered": _gathered,
    "codec": lambda here, folder: _zarr3(here, folder, [_BYTES, _PICKLE]),
    "word": lambda here, folder: _zarr3(here, folder, ["bytes", "my_package.codec"]),
    "shard": lambda here, folder: _zarr3(here, folder, _shards(_BYTES, _PICKLE)),
    "index of shards": lambda here, folder: _zarr3(here, folder, _shards(_BYTES, index=(_BYTES, _PICKLE))),
    "shard in shard": lambda here, folder: _zarr3(here, folder, _shards(*_shards(_BYTES, _PICKLE))),
}


@pytest.mark.parametrize("kind", ZARR)
def test_a_codec_of_zarr(here, capsys, kind):
    pytest.importorskip("zarr")
    ZARR[kind](here, here / "rows.zarr")
    assert "the codecs of zarr must be known to run no code" in refused(capsys, here, "audit", "rows.zarr")


def test_honest_codecs_of_zarr_are_read(here):
    zarr = pytest.importorskip("zarr")
    group = zarr.open_group("rows.zarr", mode="w")
    array = group.create_array("a", shape=(6, 2), chunks=(2, 2), shards=(4, 2), dtype="f8")
    array[:] = 1.5
    zarr.create_array("old.zarr", data=np.full((6, 2), 1.5), zarr_format=2)
    for name in ("rows.zarr", "old.zarr"):
        assert np.array_equal(open_points(name).chunk(0, 6), np.full((6, 2), 1.5))


def _saved(here):
    datasets = pytest.importorskip("datasets")
    datasets.Dataset.from_dict({"rows": ROWS.reshape(12, -1).tolist()}).save_to_disk(here / "saved")
    return here / "saved"


@pytest.mark.parametrize("name", ["../rows.arrow", "/etc/passwd", "..", "a/b.arrow", "C:\\x.arrow"])
def test_a_saved_data_set_that_names_other_files(here, capsys, name):
    state = _saved(here) / "state.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | {"_data_files": [{"filename": name}]}))
    assert "must hold its own files" in refused(capsys, here, "audit", "saved")


@pytest.mark.parametrize("state", ["[]", "3", "{}", '{"_data_files": 3}', '{"_data_files": [[]]}'])
def test_a_state_that_is_none(here, capsys, state):
    (_saved(here) / "state.json").write_text(state)
    refused(capsys, here, "audit", "saved")


def test_a_script_beside_or_instead_of_a_data_set(here, capsys):
    """The script has the name of its folder, as those that load a data set have; an honest one beside it is read."""
    folder = _saved(here)
    (folder / "saved.py").write_text(script(here))
    assert open_points(folder).n_points == 12 and not (here / MARKER).exists()
    alone = here / "alone"
    alone.mkdir()
    (alone / "alone.py").write_text(script(here))
    (alone / "dataset_infos.json").write_text('{"default": {"builder_name": "alone"}}')
    refused(capsys, here, "audit", "alone")


def test_a_planted_checkpoint_and_index(here, capsys, monkeypatch):
    """Neither the part of an audit that a resume would read nor an index of the cache is unpickled."""
    monkeypatch.setenv("REMANIFOLD_CACHE", str(here / "cache"))
    words = ["audit", "train.npy", "--out", "report", "--max-queries", "10"]
    assert main(words) == 0
    for file in [*(here / "cache").rglob("*.index"), *(here / "report").iterdir(), here / "report" / "audit.part"]:
        file.write_bytes(pickled(here))
    assert main(words) in (0, 2)
    assert "Traceback" not in capsys.readouterr().err and not (here / MARKER).exists()


def test_a_planted_report(here, capsys):
    (here / "report.json").write_bytes(pickled(here))
    with pytest.raises(InvalidInput):
        AuditReport.from_json("report.json")
    assert not (here / MARKER).exists()


@pytest.mark.parametrize("text", ["__import__('os').mkdir('IT-RAN')", "x.__class__", "(lambda: x)()"])
def test_a_map_of_samples(here, capsys, text):
    refused(capsys, here, "audit", "train.npy", "--samples", "fresh.npy", "--samples-map", text)
    assert MARKER not in content(here)
