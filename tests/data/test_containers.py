"""The same array from every container gives the same points and the same fingerprint."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch

from remanifold.data import Points, open_points, survey


def _npy(folder, x):
    np.save(folder / "x.npy", x)
    return folder / "x.npy"


def _npy_fortran(folder, x):
    np.save(folder / "x.npy", np.asfortranarray(x))
    return folder / "x.npy"


def _npy_big_endian(folder, x):
    np.save(folder / "x.npy", x.astype(x.dtype.newbyteorder(">")))
    return folder / "x.npy"


def _npz(folder, x):
    np.savez(folder / "x.npz", other=np.arange(7), x=x)
    return f"{folder}/x.npz::x"


def _npz_compressed(folder, x):
    np.savez_compressed(folder / "x.npz", x=x)
    return folder / "x.npz"


def _safetensors(folder, x):
    safetensors.numpy.save_file({"x": x, "other": x[:2]}, folder / "x.safetensors")
    return f"{folder}/x.safetensors::x"


def _pt(folder, x):
    torch.save(torch.from_numpy(x), folder / "x.pt")
    return folder / "x.pt"


def _pt_dict(folder, x):
    torch.save({"epoch": 3, "x": torch.from_numpy(x)}, folder / "x.pt")
    return str(folder / "x.pt")


def _pt_tuple(folder, x):
    torch.save((torch.from_numpy(x), torch.arange(20)), folder / "x.pth")
    return f"{folder}/x.pth::0"


def _pt_before_zip(folder, x):
    torch.save(torch.from_numpy(x), folder / "x.pt", _use_new_zipfile_serialization=False)
    return folder / "x.pt"


def _zarr(folder, x):
    zarr = pytest.importorskip("zarr")
    zarr.create_array(store=str(folder / "x.zarr"), shape=x.shape, chunks=(6, *x.shape[1:]), dtype=x.dtype)[:] = x
    return folder / "x.zarr"


def _zarr_group(folder, x):
    zarr = pytest.importorskip("zarr")
    group = zarr.open_group(str(folder / "g.zarr"), mode="w")
    group.create_array("x", shape=x.shape, chunks=(3, *x.shape[1:]), dtype=x.dtype)[:] = x
    group.create_array("y", shape=(3,), dtype="f4")
    return f"{folder}/g.zarr::x"


def _zarr_in_memory(folder, x):
    return pytest.importorskip("zarr").open(str(_zarr(folder, x)), mode="r")


WRITERS = [
    _npy,
    _npy_fortran,
    _npy_big_endian,
    _npz,
    _npz_compressed,
    _safetensors,
    _pt,
    _pt_dict,
    _pt_tuple,
    _pt_before_zip,
    _zarr,
    _zarr_group,
    _zarr_in_memory,
    lambda _, x: torch.from_numpy(x),
    lambda _, x: torch.from_numpy(x.copy()).requires_grad_() if x.dtype.kind == "f" else torch.from_numpy(x),
    lambda _, x: list(x),
    lambda _, x: [torch.from_numpy(row) for row in x],
    lambda _, x: open_points(x),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.uint8, np.int64, np.bool_])
@pytest.mark.parametrize("write", WRITERS)
def test_every_container_gives_the_same_points(write, dtype, cube, tmp_path):
    x = np.abs(np.trunc(2 * cube)).astype(dtype)
    points = open_points(write(tmp_path, x))
    assert isinstance(points, Points)
    assert (points.n_points, points.shape, points.ambient_dim, len(points)) == (20, (4, 3), 12, 20)
    assert survey(points, chunk_rows=7).fingerprint == survey(open_points(x)).fingerprint
    flat = x.reshape(20, 12).astype(np.float64)
    assert np.array_equal(points.chunk(3, 11), flat[3:11])
    assert points.chunk(3, 11).dtype == np.float64
    assert points.chunk(0, 20, np.float32).dtype == np.float32
    for rows in ([5], [19, 0, 7, 7, 8], []):
        assert np.array_equal(points.take(rows), flat[rows])
    assert np.array_equal(points.stored(2, 4), x[2:4])
    assert points.record.preprocessing == "taken as stored"
    json.dumps(dataclasses.asdict(points.record), allow_nan=False)


def test_a_fingerprint_depends_on_value_type_shape_and_order(cube):
    variants = [cube, cube.astype(np.float64), cube.reshape(20, 12), cube[::-1], np.nextafter(cube, 9)]
    assert len({survey(open_points(x)).fingerprint for x in variants}) == len(variants)


def test_a_chunk_can_be_changed_without_changing_the_data(cube):
    points = open_points(cube.astype(np.float64))
    points.chunk(0, 5)[:] = 7
    points.take([0, 1])[:] = 7
    assert np.array_equal(points.chunk(0, 20), cube.reshape(20, 12).astype(np.float64))


def test_one_dimension_means_points_that_are_single_numbers():
    points = open_points(np.arange(5))
    assert (points.shape, points.ambient_dim) == ((), 1)
    assert np.array_equal(points.chunk(1, 3), [[1.0], [2.0]])
    assert survey(points).mean == pytest.approx([2.0])


@pytest.mark.parametrize("container", ["memory", "pt", "safetensors"])
def test_bfloat16_is_widened_and_said(container, cube, tmp_path):
    tensor = torch.from_numpy(cube).bfloat16()
    source = tensor
    if container == "pt":
        source = tmp_path / "b.pt"
        torch.save(tensor, source)
    if container == "safetensors":
        source = tmp_path / "b.safetensors"
        safetensors.torch.save_file({"b": tensor}, source)
    points = open_points(source)
    assert points.record.preprocessing == "bfloat16 widened to float32"
    assert points.record.dtype == "float32"
    assert np.array_equal(points.take([9, 2]), tensor[[9, 2]].double().reshape(2, 12).numpy())


def test_long_doubles_are_narrowed(cube, tmp_path):
    np.save(tmp_path / "x.npy", cube.astype(np.longdouble))
    points = open_points(tmp_path / "x.npy")
    assert points.record.dtype == "float64"
    assert np.array_equal(points.chunk(0, 20), cube.reshape(20, 12))


def test_a_data_frame_is_an_array():
    frame = pytest.importorskip("pandas").DataFrame({"a": [1.0, 2, 3], "b": [4, 5, 6]})
    assert np.array_equal(open_points(frame).chunk(0, 3), [[1, 4], [2, 5], [3, 6]])


def test_a_table_of_eight_gigabytes_opens_without_being_read(tmp_path):
    path = tmp_path / "large.npy"
    with path.open("wb") as file:
        np.lib.format.write_array_header_2_0(file, {"descr": "<f4", "fortran_order": False, "shape": (2_000_000, 1024)})
        file.truncate(file.tell() + 2_000_000 * 1024 * 4)  # sparse: takes no room on disk
    code = f"""
import resource
from remanifold.data import open_points
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
points = open_points({str(path)!r})
assert points.n_points == 2_000_000 and points.chunk(1_999_000, 2_000_000).shape == (1000, 1024)
assert points.take([0, 1_000_000]).shape == (2, 1024)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    grown = int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
    assert grown < 100  # MiB; the chunk itself is 8


def test_a_survey_holds_its_budget(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.random.default_rng(0).normal(size=(40_000, 512)).astype(np.float32))  # 78 MiB; 156 as float64
    code = f"""
import tracemalloc
from remanifold.data import open_points, survey
points = open_points({str(path)!r})
tracemalloc.start()
survey(points, memory="8MB")
print(tracemalloc.get_traced_memory()[1])
"""
    peak = int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
    assert peak < 9e6


def test_arrays_and_numpy_files_are_read_without_torch(tmp_path, cube):
    np.savez(tmp_path / "x.npz", x=cube)
    safetensors.numpy.save_file({"x": cube}, tmp_path / "x.safetensors")
    code = f"""
import sys
from remanifold.data import open_points, survey
for name in ("x.npz", "x.safetensors"):
    survey(open_points({str(tmp_path)!r} + "/" + name))
heavy = {{"torch", "pyarrow", "zarr", "datasets", "pandas"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)
