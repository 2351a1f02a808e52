"""The score over a cluster against the score of one process, whatever the partition, and with a worker killed."""

import gc
import logging
import os
import signal
import socket
import sys
from urllib.request import urlopen

import dask
import numpy as np
import pytest
import torch
from polling import until

from remanifold import EmpiricalScore
from remanifold._core.errors import InvalidInput
from remanifold.cluster import ClusterScore, connect
from remanifold.cluster.session import _free  # connect says nowhere which port it asked for
from remanifold.cluster.shards import plan_shards
from remanifold.scores import Denoiser

LEVELS = (1e-3, 0.3, 30.0)


def queries(data, t, batch=6):
    return data[:: len(data) // batch][:batch] + np.sqrt(t) * np.random.default_rng(1).normal(
        size=(batch, data.shape[1])
    )


def agree(score, reference, x, t):
    got, expected = score.sums(x, t, top=3), reference.sums(x, t, top=3)
    for name in ("mean", "log_sum", "mean_energy", "participation", "top_weights"):
        torch.testing.assert_close(getattr(got, name), getattr(expected, name), rtol=1e-9, atol=1e-9)
    assert torch.equal(got.top_indices, expected.top_indices)


@pytest.mark.parametrize("shards", [1, 2, 7, 40])
def test_any_partition_gives_the_numbers_of_one_process(cluster, data, file, shards):
    score = ClusterScore(file, cluster, shards=shards, tolerance=1e-12)
    assert len(score.fingerprints) == shards
    reference = EmpiricalScore(data, tolerance=1e-12)
    for t in LEVELS if shards == 7 else LEVELS[1:2]:
        agree(score, reference, queries(data, t), t)


def test_everything_that_one_process_offers(cluster, data, file):
    score, reference = ClusterScore(file, cluster, shards=2), EmpiricalScore(data)
    assert isinstance(score, Denoiser)
    x, t = queries(data, 0.1), np.linspace(0.1, 0.2, 6)
    for name in ("__call__", "denoise", "score", "log_density", "participation", "mean_energy"):
        got, expected = getattr(score, name)(x, t), getattr(reference, name)(x, t)
        np.testing.assert_allclose(got, expected, rtol=3e-6, atol=3e-6, err_msg=name)
    for got, expected in zip(score.weights(x, t, top=3), reference.weights(x, t, top=3)):
        np.testing.assert_allclose(got, expected, rtol=3e-6, atol=3e-6)


def test_an_inverse_temperature_is_that_of_one_process(cluster, data, file):
    x, t = queries(data, 0.3), np.linspace(0.2, 0.4, 6)
    for beta in (2.0, lambda noise: 0.5 / noise):
        score = ClusterScore(file, cluster, shards=3, tolerance=1e-12, inverse_temperature=beta)
        reference = EmpiricalScore(data, tolerance=1e-12, inverse_temperature=beta)
        for name in ("denoise", "score", "log_density", "participation"):
            np.testing.assert_allclose(getattr(score, name)(x, t), getattr(reference, name)(x, t), rtol=1e-9, atol=1e-9)
        assert np.abs(score.denoise(x, t) - EmpiricalScore(data).denoise(x, t)).max() > 1e-3
    with pytest.raises(InvalidInput, match="the inverse temperature must be a positive"):
        ClusterScore(file, cluster, inverse_temperature=-1.0)


def test_a_shard_left_out_is_noticed(cluster, data, file):
    score = ClusterScore(file, cluster, shards=7, tolerance=1e-12)
    score._shards = score._shards[:-1]  # planted
    with pytest.raises(AssertionError):
        agree(score, EmpiricalScore(data, tolerance=1e-12), queries(data, 30.0), 30.0)


def test_several_files_and_types_are_one_set(cluster, data, tmp_path):
    parts = [data[:150], data[150:250].astype(np.float32).reshape(100, 2, 4), data[250:]]
    for k, part in enumerate(parts):
        np.save(tmp_path / f"{k}.npy", part)
    score = ClusterScore([tmp_path / f"{k}.npy" for k in range(3)], cluster, tolerance=1e-12, shards=5)
    whole = np.concatenate([part.reshape(-1, 8).astype(float) for part in parts])
    agree(score, EmpiricalScore(whole, tolerance=1e-12), queries(data, 0.3), 0.3)


def test_kind_and_precision_are_the_callers(cluster, data, file):
    score, reference = ClusterScore(file, cluster), EmpiricalScore(data)
    x = torch.tensor(queries(data, 0.3), dtype=torch.float32)
    got = score.denoise(x, torch.full((6,), 0.3))
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, reference.denoise(x, 0.3), rtol=5e-6, atol=5e-6)
    assert score.sums(x, 0.3, top=2).top_indices.shape == (6, 2)


def test_queries_go_in_blocks_and_progress_is_told(cluster, data, file):
    told = []
    score = ClusterScore(file, cluster, shards=3, tolerance=1e-12, progress=lambda *now: told.append(now))
    x = np.tile(queries(data, 0.3, 10), (210, 1))  # blocks of 1024
    np.testing.assert_allclose(score.denoise(x, 0.3), EmpiricalScore(data).denoise(x, 0.3), rtol=1e-6, atol=1e-6)
    assert told[-1] == ("on the cluster", 9, 9)


def test_a_killed_worker_costs_time_and_nothing_else(data, file):
    x, told = queries(data, 0.3, 64), []
    with connect("local", workers=2) as cluster:
        pids = list(cluster.client.run(os.getpid).values())

        def kill(stage, done, total):
            told.append((done, total))
            if opened and len(told) == 1:
                os.kill(pids[0], signal.SIGKILL)

        opened = []
        score = ClusterScore(file, cluster, shards=24, tolerance=1e-12, progress=kill)
        opened.append(True)
        told.clear()
        got = score.denoise(x, 0.3)
        assert told[0][0] < told[0][1] == told[-1][0] == 24
        assert set(cluster.client.run(os.getpid).values()) != set(pids)
    np.testing.assert_allclose(got, EmpiricalScore(data, tolerance=1e-12).denoise(x, 0.3), rtol=1e-10, atol=1e-10)


def test_no_process_is_left_behind():
    with connect("local", workers=1) as cluster:
        pids = list(cluster.client.run(os.getpid).values())
    until(lambda: not any(_alive(pid) for pid in pids))


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_keys_can_be_read_on_the_dashboard(cluster, file):
    from distributed.utils import key_split

    ClusterScore(file, cluster, shards=3).denoise(np.zeros((1, 8)), 1.0)
    seen = cluster.client.run_on_scheduler(lambda dask_scheduler: sorted(dask_scheduler.task_prefixes))
    assert {"ask-sum", "sum-rows", "merge-sum", "open-rows", "merge-open"} <= set(seen)
    assert key_split("sum-rows-3-0-12") == "sum-rows"
    with urlopen(cluster.dashboard, timeout=20) as page:
        assert b"bokeh" in page.read().lower()


def test_work_that_is_given_up_leaves_no_tasks(cluster, file):
    opened = []

    def interrupted(stage, done, total):
        if opened:
            raise KeyboardInterrupt

    score = ClusterScore(file, cluster, shards=20, progress=interrupted)
    opened.append(True)
    with pytest.raises(KeyboardInterrupt):
        score.denoise(np.zeros((5, 8)), 1.0)
    until(lambda: not cluster.client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)))


def refused(cluster, call):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_that_changes_is_refused(cluster, data, file):
    score = ClusterScore(file, cluster, shards=4)
    changed = data.copy()
    changed[399] += 1
    np.save(file, changed)
    os.utime(file, ns=(1, 1))
    sentence = refused(cluster, lambda: score.denoise(np.zeros((1, 8)), 1.0))
    assert sentence.startswith("the data must stay as they are while they are used, but got ")
    assert str(file) in sentence


def test_a_worker_that_opens_a_changed_file_anew_sees_it_by_its_fingerprint(cluster, data, file):
    score = ClusterScore(file, cluster, shards=4)
    changed = data.copy()
    changed[399] += 1
    np.save(file, changed)
    cluster.client.run(_forget)
    sentence = refused(cluster, lambda: score.denoise(np.zeros((1, 8)), 1.0))
    assert sentence == (
        f"the data must stay as they are while they are used, but got rows 300 to 399 of {file}, which are not what "
        "they were; start again when nothing writes to it any more."
    )


def _forget():
    from remanifold.cluster import shard_sums

    shard_sums._OPEN.clear()  # stands for a worker that has just started


def test_another_file_of_that_name_on_a_worker_is_refused(file, data):
    shard = plan_shards(file, 2).shards[1]
    np.save(file, data[:200])
    assert refused(None, shard.open) == (
        f"{file} must be the same on every worker, shape (400, 8) of float64, but got shape (200, 8) of float64; "
        "give every worker the same file."
    )


def test_workers_lost_one_after_the_other_are_one_sentence(cluster, file):
    from remanifold.cluster.tree import over_shards

    shards = plan_shards(file, 2).shards
    with connect("local", workers=1) as poor:
        poor.client.run_on_scheduler(_never_retry)
        sentence = refused(
            poor, lambda: over_shards(poor, "die", _die, [(s, ()) for s in shards], [None], max, lambda *now: None)
        )
    assert sentence.startswith("workers must outlive their tasks, but got 1 of them lost one after the other with die-")
    assert sentence.endswith("; give them more memory, or pass more and smaller `shards`.")


def _never_retry(dask_scheduler):
    dask_scheduler.allowed_failures = 0


def _die(shard, block):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_scheduler_that_does_not_answer_is_one_sentence(monkeypatch):
    from distributed import Client

    monkeypatch.setattr("remanifold.cluster.session._ANSWER", 0.3)  # else each address takes ten seconds
    for address in ("tcp://127.0.0.1:9", "nonsense://x", "127.0.0.1:nine"):
        with pytest.raises(InvalidInput) as caught, connect(address):
            pass
        assert str(caught.value).startswith(f"the scheduler must answer, but got no answer from '{address}' within 0.3")
        clients = [one for one in gc.get_objects() if type(one) is Client and one.status != "running"]
        assert {one.status for one in clients} <= {"closed", "newly-created"}


def test_a_taken_port_is_no_obstacle():
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert _free(f":{port}") == ":0"
    assert _free(f":{port}") == f":{port}"


def test_processes_that_do_not_start_are_one_sentence(monkeypatch):
    import distributed

    def broken(**options):
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(distributed, "LocalCluster", broken)
    with pytest.raises(InvalidInput, match="must start, but got one that did not; guard a script"), connect("local"):
        pass


def test_without_the_extra_the_sentence_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InvalidInput, match=r"no such package here; run pip install 'remanifold\[cluster\]'"), connect():
        pass


def test_a_scheduler_without_workers_is_one_sentence():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        Client(empty) as client,
        pytest.raises(InvalidInput, match=r"must have workers, but got none for 0.1 seconds; start workers, e.g. with"),
        connect(client, patience=0.1),
    ):
        pass


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (np.eye(5), "data on a cluster must be paths that every worker can open, but got ndarray; save the array"),
        ([], "data on a cluster must be paths that every worker can open, but got an empty list; save the array"),
        (["five.npy", "four.npy"], "all files of the data must have equally many numbers a row, but got 5 in five.npy"),
        ("gone.npy", "the data must be an existing file or folder, but got gone.npy, which does not exist; check"),
    ],
)
def test_data_that_cannot_be_shared_out_are_one_sentence(tmp_path, monkeypatch, data, sentence):
    monkeypatch.chdir(tmp_path)
    np.save("five.npy", np.eye(5))
    np.save("four.npy", np.eye(4))
    assert refused(None, lambda: plan_shards(data, 2)).startswith(sentence)


def test_bad_queries_are_refused_before_they_are_sent(cluster, file):
    score = ClusterScore(file, cluster, shards=2)
    assert "must have shape (batch, 8)" in refused(cluster, lambda: score.denoise(np.zeros((1, 7)), 1.0))
    assert "at least 1e-250" in refused(cluster, lambda: score.denoise(np.zeros((1, 8)), 1e-260))
    assert "from 1 to 400" in refused(cluster, lambda: score.weights(np.zeros((1, 8)), 1.0, top=401))
    with pytest.raises(InvalidInput, match=r"the tolerance must be a number above 0 and at most 0.1"):
        ClusterScore(file, cluster, tolerance=1.0)


def test_what_an_engine_refuses_comes_back_as_its_sentence(cluster, tmp_path):
    rows = np.ones((60, 2))
    rows[40, 1] = np.nan
    np.save(tmp_path / "bad.npy", rows)
    with pytest.raises(InvalidInput, match="data must be finite numbers, but got nan in row 0"):
        ClusterScore(tmp_path / "bad.npy", cluster, shards=3)


def test_a_local_cluster_listens_to_this_machine_only(cluster):
    psutil = pytest.importorskip("psutil")
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    sockets = [one for process in processes for one in process.net_connections(kind="inet")]
    listening = {one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN}
    assert listening and listening <= {"127.0.0.1", "::1"}


def test_workers_without_memory_are_one_sentence(data, file):
    """Dask pauses a worker at 80 % of its limit: with less than its imports take it would wait for ever."""
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 1, "threads_per_worker": 1, "memory_limit": 10**7, "silence_logs": logging.CRITICAL}
    with (
        dask.config.set({"distributed.worker.memory.terminate": False}),
        distributed.LocalCluster(dashboard_address="127.0.0.1:0", **options) as local,
        distributed.Client(local) as client,
        connect(client, patience=1.0) as poor,
    ):
        sentence = refused(poor, lambda: ClusterScore(file, poor, shards=2))
    assert sentence == (
        "workers must have memory to work, but got all of them paused by Dask for 1 seconds, their memory being nearly "
        "full; give them more, or pass more and smaller `shards`."
    )
