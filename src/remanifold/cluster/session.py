"""A connection to a Dask scheduler, or to a cluster of processes of this machine."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.workers import deaf_to_interrupts
from remanifold.cluster.shards import Shard

_ANSWER = 10.0  # seconds in which a scheduler answers


class Cluster:
    """Workers that can be given shards; `InvalidInput` where the scheduler is gone, or no worker came in time.

    Attributes:
        client: The `distributed.Client`.
        patience: Seconds without any worker after which work is given up.
    """

    def __init__(self, client: Any, patience: float) -> None:
        self.client, self.patience = client, patience
        self._homes: dict[Shard, str] = {}
        self._calls = 0
        self._stuck_since: float | None = None

    @property
    def dashboard(self) -> str:
        """Address of the page that shows what the workers do."""
        return str(self.client.dashboard_link)

    def workers(self) -> dict[str, int]:
        """Address -> threads of every worker."""
        alive = self.client.status == "running"
        require(alive, "the scheduler must go on to the end", "one that is gone", "start it and the work again")
        return dict(self.client.nthreads())

    def require_workers(self) -> None:
        """Wait for a first worker."""
        started = time.monotonic()
        while not self.workers():
            self._give_up(started)
            time.sleep(0.05)

    def check(self) -> None:
        """Called now and then while work is under way and no task ends."""
        alone = not self.workers()
        if not (alone or self._all_paused()):
            self._stuck_since = None
            return
        self._stuck_since = self._stuck_since or time.monotonic()
        if alone:
            self._give_up(self._stuck_since)
        elif time.monotonic() - self._stuck_since >= self.patience:
            got = f"all of them paused by Dask for {self.patience:g} seconds, their memory being nearly full"
            raise refusal("workers must have memory to work", got, "give them more, or pass more and smaller `shards`")

    def _all_paused(self) -> bool:
        """Whether no worker takes tasks or has one under way: beyond a share of its memory limit it pauses for good."""
        workers = self.client.scheduler_info()["workers"].values()
        return bool(workers) and all(worker.get("status") == "paused" and not _busy(worker) for worker in workers)

    def home(self, shard: Shard) -> str:
        """The worker that is asked first for ``shard``: the same each time, so that it keeps what it has opened."""
        addresses = sorted(self.workers())
        if self._homes.get(shard) not in addresses and addresses:
            taken = [self._homes.get(other) for other in self._homes]
            self._homes[shard] = min(addresses, key=taken.count)
        return self._homes.get(shard, "")

    def next_call(self) -> int:
        """A number for the keys of the next tasks."""
        self._calls += 1
        return self._calls

    def _give_up(self, since: float) -> None:
        if time.monotonic() - since >= self.patience:
            do = "start workers, e.g. with dask worker ADDRESS"
            raise refusal("the scheduler must have workers", f"none for {self.patience:g} seconds", do)


def _busy(worker: dict[str, Any]) -> bool:
    """Whether a worker, as its scheduler describes it, has a task under way."""
    return bool(worker.get("metrics", {}).get("task_counts", {}).get("executing"))


@contextmanager
def connect(
    scheduler: Any = "local", *, workers: int | None = None, dashboard: str = "127.0.0.1:0", patience: float = 60.0
) -> Iterator[Cluster]:
    """A `Cluster` for the time of a with block.

    Args:
        scheduler: "local" for processes of this machine, which end with the block; the address of a scheduler, such as
            "tcp://10.0.0.1:8786"; or a `distributed.Client` of your own, which stays open.
        workers: Processes of a local cluster, one thread each; by default the cores.
        dashboard: Address of the local dashboard, such as "127.0.0.1:8787"; any free port by default, and where it is
            taken. Only this machine sees it, unless you name another of its addresses (":8787" is all of them).
        patience: Seconds without any worker after which work is given up.

    Raises:
        InvalidInput: if the extra is not installed, or the scheduler does not answer or has no workers.
    """
    distributed = _distributed()
    some = workers is None or (isinstance(workers, int) and workers >= 1)
    require(some, "`workers` must be a whole number of at least 1", workers, "pass e.g. 2, or None for all cores")
    if isinstance(scheduler, distributed.Client):
        yield _ready(Cluster(scheduler, patience))
    elif scheduler == "local":
        with _local(distributed, workers, dashboard) as local, distributed.Client(local) as client:
            yield _ready(Cluster(client, patience))
    else:
        with _client(distributed, str(scheduler)) as client:
            yield _ready(Cluster(client, patience))


def _local(distributed: Any, workers: int | None, dashboard: str) -> Any:
    count = {} if workers is None else {"n_workers": workers}
    options = {"threads_per_worker": 1, "processes": True, "silence_logs": logging.CRITICAL}
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), 1)
    # Dask's own setting also returns each freed array to the system: measured, half as much time again in page faults
    environment = import_module("dask").config.set({"distributed.nanny.pre-spawn-environ": one_thread})
    try:
        with environment, deaf_to_interrupts():  # Ctrl-C is for this process, which then ends the others
            return distributed.LocalCluster(dashboard_address=_free(dashboard), **options, **count)
    except RuntimeError as error:
        raise InvalidInput(
            "the processes of a local cluster must start, but got one that did not; guard a script with "
            "if __name__ == '__main__', or pass fewer `workers`."
        ) from error


def _free(address: str) -> str:
    """``address``, or any free port where that one is taken."""
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError:
            return f"{host}:0"
    return address


def _ready(cluster: Cluster) -> Cluster:
    cluster.require_workers()
    return cluster


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ImportError as error:
        raise InvalidInput(
            "a cluster needs the package distributed, but got no such package here; run pip install "
            "'remanifold[cluster]'."
        ) from error


def _client(distributed: Any, address: str) -> Any:
    client = distributed.Client.__new__(distributed.Client)
    try:
        client.__init__(address, timeout=_ANSWER)
    except Exception as error:  # whatever an address without a scheduler raises
        client.close()  # a client left to the garbage collector can lock up the start of the next
        raise InvalidInput(
            f"the scheduler must answer, but got no answer from {address!r} within {_ANSWER:g} seconds; check the "
            "address, start it with dask scheduler, or use 'local'."
        ) from error
    return client
