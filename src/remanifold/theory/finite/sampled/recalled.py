"""Sweeps of this process that are kept in memory: another P, or a sharper accuracy, begins with them."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Protocol, TypeVar

from remanifold.theory.finite.sampled.energy_law import EnergyLaw

_MOST_BYTES = 2**28
_BYTES_OF_SAMPLE = 24


class _Laws(Protocol):
    @property
    def laws(self) -> tuple[EnergyLaw, ...]: ...


T = TypeVar("T", bound=_Laws)
_known: OrderedDict[Hashable, _Laws] = OrderedDict()
_lock = Lock()


def recalled(key: Hashable, sweep: Callable[[], T]) -> T:
    """What ``sweep`` gave for an equal ``key``, or gives now; the least used ones are forgotten above 256 MiB."""
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]  # type: ignore[return-value]  # one kind of value for a kind of key
    fresh = sweep()
    with _lock:
        _known[key] = fresh
        while len(_known) > 1 and sum(map(_bytes, _known.values())) > _MOST_BYTES:
            _known.popitem(last=False)
    return fresh


def forget() -> None:
    """Forget all sweeps."""
    with _lock:
        _known.clear()


def _bytes(swept: _Laws) -> int:
    return sum(_BYTES_OF_SAMPLE * len(law.energies) for law in swept.laws)
