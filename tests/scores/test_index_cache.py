"""The index of a file is built once: read when it is of these very data and whole, else built anew and replaced."""

import os
import resource
import shutil
import struct
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from remanifold import InvalidInput
from remanifold._core.kept.cache_secret import secret_of
from remanifold.scores import EmpiricalScore
from remanifold.scores.centred import CentredData
from remanifold.scores.index import cache as index_cache
from remanifold.scores.index import file as index_file
from remanifold.scores.index.score_index import build_index

P, N, T = 700, 40, 0.3


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("REMANIFOLD_CACHE", str(folder))
    return folder / "indices"


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data" / "train.npy"
    path.parent.mkdir()
    np.save(path, np.random.default_rng(0).normal(size=(P, N)).astype(np.float32))
    return path


@pytest.fixture
def builds(monkeypatch):
    """How often an index was built."""
    done = []
    build = index_cache.build_index

    def counted(data, *args, **options):
        done.append(data.fingerprint)
        return build(data, *args, **options)

    monkeypatch.setattr(index_cache, "build_index", counted)
    return done


def _answer(source, **options):
    score = EmpiricalScore(source, **options)
    x = np.random.default_rng(1).normal(size=(5, N))
    sums = score.sums(x, T, top=3)
    return str(score.plan(T)), [getattr(sums, name) for name in ("mean", "log_sum", "mean_energy", "top_indices")]


def _equal(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_the_second_score_reads_what_the_first_built(data, cache, builds):
    first, built = _answer(data)
    (kept,) = cache.iterdir()
    second, read = _answer(str(data))
    assert len(builds) == 1 and f"built and kept in {kept}" in first and f"read from {kept}" in second
    assert _equal(built, read)
    assert list(data.parent.iterdir()) == [data], "the data's own folder is left alone"


def test_data_in_memory_keep_nothing(data, cache, builds):
    for source in (np.load(data), torch.from_numpy(np.load(data)), np.load(data, mmap_mode="r")):
        plan, _ = _answer(source)
        assert "built in memory" in plan
    assert len(builds) == 3 and not cache.exists()


def test_nothing_is_kept_where_the_cache_is_turned_off(data, cache, builds, monkeypatch):
    monkeypatch.setenv("REMANIFOLD_CACHE", "")
    assert "built in memory" in _answer(data)[0]
    assert not cache.exists()


def test_a_copy_of_the_data_shares_their_index(data, cache, builds, tmp_path):
    _answer(data)
    shutil.copy(data, tmp_path / "other.npy")
    assert "read from" in _answer(tmp_path / "other.npy")[0] and len(builds) == 1


def test_changed_data_get_their_own(data, cache, builds):
    _, before = _answer(data)
    rows = np.load(data)
    rows[:, 5] += 1e-3
    np.save(data, rows)
    plan, after = _answer(data)
    assert "built and kept" in plan and len(set(builds)) == 2 and not _equal(before, after)
    assert len(list(cache.iterdir())) == 2
    assert _equal(after, _answer(rows)[1])


def test_another_budget_reads_the_index_in_the_frame_it_was_built_in(data, cache, builds):
    """Budgets read the data in other chunks, which bound the radius differently: the index must bring its own."""
    _, built = _answer(data, memory="1GB")
    plan, read = _answer(data, memory="1200kB")
    assert "read from" in plan and len(builds) == 1
    for a, b in zip(built, read, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_an_index_of_other_data_is_refused_and_replaced(data, cache, builds, tmp_path):
    _answer(data)
    (kept,) = cache.iterdir()
    other = tmp_path / "other.npy"
    np.save(other, np.random.default_rng(5).normal(size=(P, N)).astype(np.float32))
    _, right = _answer(other)
    (foreign,) = set(cache.iterdir()) - {kept}
    shutil.copy(kept, foreign)
    plan, found = _answer(other)
    assert "an index must be of the very data" in plan and builds[0] in plan and _equal(found, right)
    assert "read from" in _answer(other)[0]


_SIZES = {"empty": 0, "cut in the prelude": 10, "cut in the header": 300, "cut at the end": -100}


@pytest.mark.parametrize("how", [*_SIZES, "another magic", "another format", "header flipped", "array flipped"])
def test_a_damaged_index_is_built_anew(data, cache, builds, how):
    _, right = _answer(data)
    (kept,) = cache.iterdir()
    content = bytearray(kept.read_bytes())
    if how in _SIZES:
        content = content[: _SIZES[how]]
    elif how == "another format":
        struct.pack_into("<I", content, 16, index_file.FORMAT + 1)
    else:
        content[{"another magic": 0, "header flipped": 60, "array flipped": len(content) - 5000}[how]] ^= 1
    kept.write_bytes(content)
    plan, found = _answer(data)
    assert "built and kept" in plan and "(an index must" in plan and len(builds) == 2
    assert ("format" in plan) == (how == "another format")
    assert _equal(found, right)
    assert "read from" in _answer(data)[0], "what was damaged has been replaced"


_FORGED = {
    "nan": lambda index: {"half": torch.full_like(index.half, torch.nan)},
    "huge": lambda index: {"basis": index.basis * 1e300},
    "keys": lambda index: {"levels": tuple(replace(one, keys=one.keys * torch.inf) for one in index.levels)},
    "residual": lambda index: {"residual": float("nan")},
    "order": lambda index: {"order": torch.zeros_like(index.order)},
    "outside": lambda index: {"order": index.order + 10**9},
    "shape": lambda index: {"half": index.half[1:]},
    "type": lambda index: {"half": index.half.to(torch.complex64)},
}


@pytest.mark.parametrize("how", _FORGED)
def test_numbers_that_no_index_has_are_refused_whatever_their_checksum(data, cache, builds, monkeypatch, how):
    write = index_cache.write_index
    with monkeypatch.context() as patched:
        patched.setattr(
            index_cache, "write_index", lambda path, key, index, *rest: write(path, key, _forged(index, how), *rest)
        )
        _, built = _answer(data)
    plan, again = _answer(data)
    assert "built and kept in" in plan and "a damaged" in plan and len(builds) == 2
    assert _equal(built, again) and all(bool(torch.isfinite(part.double()).all()) for part in again)
    assert "read from" in _answer(data)[0]


def _forged(index, how):
    return replace(index, **_FORGED[how](index))


def test_preprocessing_is_part_of_the_key():
    keys = [index_file.IndexKey("a", *rest) for rest in ((1.0, 0.0, True), (2.0, 0.0, True), (1.0, 1.0, True))]
    keys.append(index_file.IndexKey("a", 1.0, 0.0, False))
    assert len({index_cache.index_path(Path("x"), key, secret) for key in keys for secret in (b"1", b"2")}) == 8


def _hiding(index):
    """Plausible numbers: the keys of some rows say that these are far away."""
    levels = tuple(replace(level, keys=level.keys.clone()) for level in index.levels)
    for level in levels:
        level.keys[:300, : level.rank] *= -1
    return replace(index, levels=levels)


def _forge(kept, data, secret):
    """What somebody writes in the place of ``kept`` who knows the format and the data, but only ``secret``."""
    centred = CentredData(data, torch.device("cpu"), 10**9)
    key = index_file.IndexKey(centred.fingerprint, 1.0, 0.0, True)
    index = build_index(centred, 100, rows=True, room=10**9, progress=lambda *now: None)
    index_file.write_index(kept, key, _hiding(index), centred, secret)


@pytest.mark.parametrize("who", ["another user", "another folder", "the user"])
def test_plausible_numbers_of_somebody_else_are_refused(data, cache, builds, tmp_path, who):
    """The user's own hand is trusted: with the true secret the planted numbers are read, and answer wrongly."""
    _, right = _answer(data)
    (kept,) = cache.iterdir()
    true = secret_of(cache.parent)
    if who == "another folder":  # a cache that was handed over, its secret with it
        content = (cache.parent / "secret").read_bytes()
        (cache.parent / "secret").rename(tmp_path / "old")
        (cache.parent / "secret").write_bytes(content)
        (cache.parent / "secret").chmod(0o600)
        _forge(index_cache.index_path(cache.parent, key_of(data), true), data, true)
    else:
        _forge(kept, data, true if who == "the user" else bytes(len(true)))
    plan, found = _answer(data)
    assert ("read from" in plan) == (who == "the user")
    assert _equal(found, right) == (who != "the user")


def key_of(data):
    return index_file.IndexKey(CentredData(data, torch.device("cpu"), 10**9).fingerprint, 1.0, 0.0, True)


@pytest.mark.parametrize("how", ["gone", "short", "readable", "link", "pipe"])
def test_a_secret_that_is_none_is_made_anew(data, cache, builds, tmp_path, how):
    _, right = _answer(data)
    secret = cache.parent / "secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    if how == "readable":
        secret.chmod(0o644)
    else:
        content = secret.read_bytes()
        secret.unlink()
        if how == "short":
            secret.write_bytes(content[:8])
            secret.chmod(0o600)
        elif how == "link":
            (tmp_path / "secret").write_bytes(content)
            (tmp_path / "secret").chmod(0o600)
            secret.symlink_to(tmp_path / "secret")
        elif how == "pipe":
            os.mkfifo(secret, 0o600)
    plan, found = _answer(data)
    assert "built and kept" in plan and _equal(found, right) and len(builds) == 2
    assert "read from" in _answer(data)[0] and secret.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_costs_a_sentence_and_nothing_else(data, cache, builds):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.warns(RuntimeWarning, match=r"the index is not kept, .*could not be written \(File too large\)"):
            plan, found = _answer(data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "built, not kept (File too large)" in plan
    assert list(cache.iterdir()) == [], "nothing half-written"
    assert _equal(found, _answer(data)[1])


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_without_rights_costs_a_sentence(data, cache):
    cache.parent.mkdir(mode=0o500)
    with pytest.warns(RuntimeWarning, match="Permission denied"):
        _answer(data)


def test_a_file_in_place_of_the_folder_costs_a_sentence(data, cache):
    cache.parent.mkdir()
    cache.write_text("not a folder")
    with pytest.warns(RuntimeWarning, match="the index is not kept"):
        _answer(data)


def test_arrays_of_a_read_index_are_mapped(data, cache):
    _answer(data)
    score = EmpiricalScore(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        score.build()
    index = score._indexed.index  # where its arrays lie is no business of callers
    with Path("/proc/self/maps").open() as maps:
        spans = [line.split()[0].split("-") for line in maps if str(cache) in line]
    spans = [(int(low, 16), int(high, 16)) for low, high in spans]
    for tensor in (index.rows, index.order, *(level.keys for level in index.levels)):
        assert any(low <= tensor.data_ptr() < high for low, high in spans)


def test_an_index_or_data_that_change_while_they_are_used_are_refused_at_every_noise(data, cache):
    _answer(data)
    score = EmpiricalScore(data)
    x = np.random.default_rng(1).normal(size=(5, N))
    assert np.isfinite(score.denoise(x, 100.0)).all()
    (kept,) = cache.iterdir()
    os.truncate(kept, kept.stat().st_size // 2)
    for t in (T, 100.0):
        with pytest.raises(InvalidInput, match=r"an index must stay whole while it is used, but got .* cut from"):
            score.denoise(x, t)
    score = EmpiricalScore(data)
    assert np.isfinite(score.denoise(x, 100.0)).all()
    np.save(data, np.random.default_rng(2).normal(size=(P, N)).astype(np.float32))
    for t in (T, 100.0):
        with pytest.raises(InvalidInput, match="the data must stay as they are while they are used"):
            score.denoise(x, t)


def test_indices_that_nobody_used_for_long_are_forgotten(data, cache, builds):
    _answer(data)
    (used,) = cache.glob("*.index")
    stale, recent = cache / "stale.index", cache / "recent.index"
    for path, days in ((stale, 61), (recent, 59), (used, 61)):
        path.touch()
        then = path.stat().st_mtime - 86400 * days
        os.utime(path, (then, then))
    _answer(data)  # reads, and so uses, the first
    np.save(data, np.zeros((P, N)) + np.arange(P)[:, None])
    _answer(data)
    assert used.exists() and recent.exists() and not stale.exists()
    assert len(builds) == 2
