"""A folder of array files is one data set: the same rows, fingerprint and refusals as the array in one piece."""

import numpy as np
import pytest
import safetensors.numpy
import torch

from remanifold._core.errors import InvalidInput
from remanifold.data import open_points, survey


@pytest.fixture
def folder(tmp_path, cube):
    for name, rows in (("p1", cube[7:8]), ("p0", cube[:7]), ("p2", cube[8:8]), ("p3", cube[8:])):
        np.save(tmp_path / f"{name}.npy", rows)
    return tmp_path


def test_rows_come_in_the_order_of_the_names(folder, cube):
    points = open_points(folder)
    assert points.shape == (4, 3) and points.n_points == 20 and points.record.kind == "npy folder"
    for start in range(21):
        for stop in range(start, 21):
            assert np.array_equal(points.stored(start, stop), cube[start:stop]), (start, stop)
    wanted = np.array([19, 0, 7, 6, 8, 7])
    assert np.array_equal(points.take(wanted), cube[wanted].reshape(6, 12).astype(float))
    assert points.take([]).shape == (0, 12)
    assert survey(points).fingerprint == survey(open_points(cube)).fingerprint


def test_fortran_order_is_read_as_rows(tmp_path, cube):
    np.save(tmp_path / "p1.npy", np.asfortranarray(cube[:9]))
    np.save(tmp_path / "p2.npy", cube[9:])
    assert np.array_equal(open_points(tmp_path).stored(0, 20), cube)


@pytest.mark.parametrize(
    ("other", "got"),
    [
        (np.zeros((5, 4, 2), np.float32), r"rows of shape \(4, 2\) and type float32 in .*p4.npy; move it elsewhere"),
        (np.zeros((5, 4, 3)), r"rows of shape \(4, 3\) and type float64 in .*p4.npy"),
        (np.zeros(20, np.int64), r"rows of shape \(\) and type int64 in .*p4.npy"),
    ],
)
def test_unequal_shards_are_refused_in_one_sentence(folder, other, got):
    np.save(folder / "p4.npy", other)
    need = r"the files of a folder must have rows of one shape and type, \(4, 3\) float32 as in p0.npy, but got "
    with pytest.raises(InvalidInput, match=need + got):
        open_points(folder)


def test_a_truncated_shard_is_refused(folder):
    content = (folder / "p3.npy").read_bytes()
    (folder / "p3.npy").write_bytes(content[:-4])
    with pytest.raises(InvalidInput, match=r"a numpy file must be complete, but got \d+ bytes of \d+ in .*p3.npy"):
        open_points(folder)


def test_pictures_with_an_array_beside_them_stay_pictures(make_pictures):
    folder, _ = make_pictures({f"{k}.png": ("L", (4, 4)) for k in range(3)})
    np.save(folder / "labels.npy", np.arange(3))
    assert open_points(folder).record.kind == "pictures"


def test_options_that_do_not_fit_are_refused(folder):
    for options in ({"key": "a"}, {"resize": 4}):
        with pytest.raises(InvalidInput, match="leave"):
            open_points(folder, **options)


def written(folder, rows, form, name):
    """One array file of ``rows`` in the ``form``."""
    if form == "npy":
        np.save(folder / f"{name}.npy", rows)
    elif form == "npz":
        np.savez(folder / f"{name}.npz", x=rows)
    elif form == "compressed":
        np.savez_compressed(folder / f"{name}.npz", x=rows)
    elif form == "pt":
        torch.save({"x": torch.from_numpy(rows.copy())}, folder / f"{name}.pt")
    else:
        safetensors.numpy.save_file({"x": rows.copy()}, folder / f"{name}.safetensors")


FORMS = ["npy", "npz", "compressed", "pt", "safetensors"]


@pytest.mark.parametrize("form", FORMS)
def test_every_array_format_has_shards(tmp_path, cube, form):
    for i, (start, stop) in enumerate([(0, 8), (8, 16), (16, 20)]):
        written(tmp_path, cube[start:stop], form, f"part{i}")
    points = open_points(tmp_path)
    assert survey(points).fingerprint == survey(open_points(cube)).fingerprint
    assert np.array_equal(points.take([19, 0, 8]), cube.reshape(20, 12)[[19, 0, 8]].astype(float))
    ending = "npz" if form == "compressed" else form
    assert points.record.kind == f"{ending} folder"
    assert points.reading == (f"rows of 3 .{ending} files, one after another in the order of their names",)


@pytest.mark.parametrize("form", FORMS)
def test_files_of_one_shape_may_be_rows_and_are_asked_about(tmp_path, cube, form):
    for i, row in enumerate(cube):
        written(tmp_path, row, form, f"{i:03d}")
    with pytest.raises(
        InvalidInput, match=r"one row or many, but got 20 \.\w+ files of shape \(4, 3\) each in .*; pass"
    ):
        open_points(tmp_path)
    points = open_points(tmp_path, one_row_a_file=True)
    assert points.shape == (4, 3)
    assert survey(points).fingerprint == survey(open_points(cube)).fingerprint
    assert "20 " in points.reading[0] and "one row each" in points.reading[0]
    many = open_points(tmp_path, one_row_a_file=False)
    assert survey(many).fingerprint == survey(open_points(cube.reshape(80, 3))).fingerprint


@pytest.mark.parametrize(
    ("names", "shape"), [(["x-1-of-3", "x-2-of-3", "x-3-of-3"], (5, 3)), (["a", "b", "c", "d"], (1, 2, 3))]
)
def test_what_is_clear_is_not_asked(tmp_path, names, shape):
    for name in names:
        np.save(tmp_path / f"{name}.npy", np.random.default_rng(0).normal(size=shape))
    assert open_points(tmp_path).shape == shape[1:]


def test_rows_of_several_shapes_are_refused(tmp_path):
    for i, shape in enumerate([(4, 3), (4, 3), (4, 5)]):
        np.save(tmp_path / f"{i}.npy", np.zeros(shape))
    with pytest.raises(
        InvalidInput, match=r"one shape and type, \(4, 3\) float64 as in 0.npy, but got rows of shape \(4, 5\)"
    ):
        open_points(tmp_path, one_row_a_file=True)


def test_a_key_names_the_array_of_every_file(tmp_path, cube):
    for i in range(2):
        np.savez(tmp_path / f"{i}.npz", x=cube[9 * i : 9 + 11 * i], y=np.arange(10))
    with pytest.raises(InvalidInput, match="a file of several arrays needs a key, but got"):
        open_points(tmp_path)
    assert survey(open_points(f"{tmp_path}::x")).fingerprint == survey(open_points(cube)).fingerprint


def test_more_files_than_a_process_may_open(tmp_path):
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = min(soft, 400)
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    try:
        for i in range(500):
            np.save(tmp_path / f"{i:03d}.npy", np.full((1 + i % 2, 3), i))
        points = open_points(tmp_path)
        assert np.array_equal(points.chunk(0, 750)[:, 0], np.repeat(np.arange(500), [1 + i % 2 for i in range(500)]))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


@pytest.mark.parametrize("names", [("X", "mean"), ("real", "fake"), ("en/part-0", "de/part-0")])
def test_files_that_are_no_parts_of_one_set_are_not_joined(tmp_path, cube, names):
    for name, rows in zip(names, (cube[:13], cube[13:]), strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        np.save(tmp_path / f"{name}.npy", rows)
    with pytest.raises(InvalidInput, match=rf"parts of one set, .* but got \S*{names[1]}|{names[0]}.npy"):
        open_points(tmp_path)
    assert open_points(tmp_path, one_row_a_file=False).n_points == 20


def test_two_files_of_one_shape_are_asked_about(tmp_path, cube):
    for name in ("real", "fake"):
        np.save(tmp_path / f"{name}.npy", cube)
    with pytest.raises(InvalidInput, match=r"one row or many, but got 2 .npy files"):
        open_points(tmp_path)


@pytest.mark.parametrize("first", [0, 1])
def test_missing_parts_are_refused(tmp_path, cube, first):
    for k in range(3):
        np.save(tmp_path / f"part-{k + first:05d}-of-00003.npy", cube[7 * k : 7 * k + 7])
    assert open_points(tmp_path).n_points == 20
    (tmp_path / f"part-{1 + first:05d}-of-00003.npy").unlink()
    with pytest.raises(
        InvalidInput, match=f"must be there, but got 2 of part-...-of-00003 in .* number {1 + first}; fetch"
    ):
        open_points(tmp_path)
    assert open_points(f"{tmp_path}/*.npy").n_points == 13


@pytest.mark.parametrize("one_row", [True, False])
def test_labels_by_position_need_one_order_of_the_files(tmp_path, cube, one_row):
    for k in range(1, 12):
        np.save(tmp_path / f"s{k}.npy", cube[k] if one_row else cube[: 1 + k % 2])
    labels = np.arange(11 if one_row else 17)
    with pytest.raises(
        InvalidInput, match=r"need one order of the files, .* \(s1.npy, s10.npy, s11.npy, s2.npy, ...\)"
    ):
        open_points(tmp_path, one_row_a_file=one_row, labels=labels)
    assert open_points(tmp_path, one_row_a_file=one_row, labels=labels, labels_from="order").labels is not None


def test_tables_of_two_configurations_are_not_joined(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    for language in ("en", "de"):
        (tmp_path / language).mkdir()
        parquet.write_table(arrow.table({"x": [[1.0, 2.0]] * 3}), tmp_path / language / "train-00000.parquet")
    with pytest.raises(
        InvalidInput, match=r"parts of one set, .* but got de/train-00000.parquet, en/train-00000.parquet in"
    ):
        open_points(tmp_path)


def test_two_arrays_in_one_file_are_refused(tmp_path, cube):
    with (tmp_path / "x.npy").open("wb") as file:
        np.save(file, cube)
        np.save(file, cube)
    with pytest.raises(InvalidInput, match=r"one array, but got \d+ bytes after the array of \d+ in .*x.npy"):
        open_points(tmp_path / "x.npy")


def test_chunks_that_were_never_written_are_told(tmp_path):
    zarr = pytest.importorskip("zarr")
    array = zarr.create_array(str(tmp_path / "x.zarr"), shape=(20, 3), chunks=(5, 3), dtype="f8")
    array[:10] = 1.0
    told = "2 of 4 chunks were never written or are lost: read as 0.0"
    assert open_points(tmp_path / "x.zarr").reading == (told,)
    array[:] = 1.0
    assert open_points(tmp_path / "x.zarr").reading == ()
