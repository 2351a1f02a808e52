"""One task a shard, and a tree of merges above them: ordinary futures whose keys can be read on the dashboard."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from remanifold._core.errors import InvalidInput
from remanifold._core.progress import Progress
from remanifold.cluster.session import Cluster
from remanifold.cluster.shards import Shard

_FAN = 4  # results merged by one task
_LOOK = 0.25  # seconds between two looks at the workers while nothing ends

Block = TypeVar("Block")
Part = TypeVar("Part")


def over_shards(
    cluster: Cluster,
    what: str,
    task: Callable[..., Part],
    calls: Sequence[tuple[Shard, tuple[Any, ...]]],
    blocks: Sequence[Block],
    merge: Callable[..., Part],
    progress: Progress,
) -> list[Part]:
    """For every block: ``merge`` of task(shard, block, *extra) over the shards, merged in a tree in their order.

    The scheduler gives the tasks of a lost worker to another; a block is sent as a task of its own, so that it is not
    lost with a worker either.

    Args:
        cluster: Where.
        what: Name on the dashboard ("sums"): keys are what-rows-CALL-BLOCK-SHARD and merge-what-...
        task: Called on a worker.
        calls: (shard, extra arguments) of each shard.
        blocks: What every shard is asked.
        merge: Of several parts, on a worker; associative.
        progress: Told ("on the cluster", tasks done, tasks).

    Raises:
        InvalidInput: what a task raises; or if a task lost one worker after the other, or all workers are gone.
    """
    call, leaves, roots = cluster.next_call(), [], []
    submit, homes = cluster.client.submit, [cluster.home(shard) for shard, _ in calls]
    for b, block in enumerate(blocks):
        asked = submit(_given, block, key=f"ask-{what}-{call}-{b}", pure=False)
        parts = []
        for s, ((shard, extra), home) in enumerate(zip(calls, homes)):
            options = {"workers": [home], "allow_other_workers": True} if home else {}
            key = f"{what}-rows-{call}-{b}-{s}"
            parts.append(submit(task, shard, asked, *extra, key=key, pure=False, **options))
        leaves += parts
        roots.append(_tree(submit, parts, merge, f"merge-{what}-{call}-{b}"))
    try:
        _await(cluster, leaves, roots, progress)
        return [root.result() for root in roots]
    finally:
        for future in [*roots, *leaves]:
            future.release()  # the scheduler drops what nobody waits for


def _given(block: Block) -> Block:
    return block


def _tree(submit: Callable[..., Any], parts: list[Any], merge: Callable[..., Any], name: str) -> Any:
    level = 0
    while len(parts) > 1:
        groups = [parts[k : k + _FAN] for k in range(0, len(parts), _FAN)]
        parts = [submit(merge, *group, key=f"{name}-{level}-{k}", pure=False) for k, group in enumerate(groups)]
        level += 1
    return parts[0]


def _await(cluster: Cluster, leaves: list[Any], roots: list[Any], progress: Progress) -> None:
    """Return when all roots are done; raise what went wrong, as soon as it did."""
    pending, total = {future.key: future for future in [*leaves, *roots]}, len(leaves)
    wanted = {root.key for root in roots}
    last, told = time.monotonic(), -1
    while pending:
        for key, future in list(pending.items()):
            if future.done():
                _require_good(future)
                del pending[key]
                if key not in wanted:
                    future.release()  # its workers need not keep it once it is merged
        done = total - sum(future.key in pending for future in leaves)
        if done != told:
            progress("on the cluster", done, total)
            last, told = time.monotonic(), done
        elif time.monotonic() - last > _LOOK:
            cluster.check()
            last = time.monotonic()
        if pending:
            time.sleep(0.005)


def _require_good(future: Any) -> None:
    from distributed import KilledWorker

    if future.status == "finished":
        return
    error = future.exception() if future.status == "error" else None
    if isinstance(error, InvalidInput):
        raise InvalidInput(str(error)) from error
    if isinstance(error, KilledWorker):
        raise InvalidInput(
            f"workers must outlive their tasks, but got {error.allowed_failures + 1} of them lost one after the other "
            f"with {error.task}; give them more memory, or pass more and smaller `shards`."
        ) from error
    if error is not None:
        raise error
    raise InvalidInput(
        "the scheduler must keep its tasks to the end, but got a lost one; it was restarted or told to cancel: start "
        "the work again."
    )
