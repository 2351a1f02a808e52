"""remanifold: when does a diffusion model memorize its training data, and when does it generalize best?

The names below load on first use, so that ``import remanifold`` stays fast; experts' tools live in the rooms.
"""

import gc
from importlib import import_module
from typing import TYPE_CHECKING
from warnings import warn

from remanifold._core.version import __version__ as __version__

if TYPE_CHECKING:
    from remanifold._core.errors import InvalidInput, NotConverged
    from remanifold.audits import AuditedNetwork, AuditReport, audit, audit_copies
    from remanifold.data import open_points
    from remanifold.manifolds import HiddenManifold
    from remanifold.measures import MemorizationMonitor, find_duplicates, noise_profile
    from remanifold.networks import from_callable, from_diffusers, from_edm
    from remanifold.noise import NoiseLevel
    from remanifold.sampling import simulate
    from remanifold.scores import EmpiricalScore, GaussianScore
    from remanifold.theory import phase_diagram, phases

__all__ = [
    "AuditReport",
    "AuditedNetwork",
    "EmpiricalScore",
    "GaussianScore",
    "HiddenManifold",
    "InvalidInput",
    "MemorizationMonitor",
    "NoiseLevel",
    "NotConverged",
    "audit",
    "audit_copies",
    "find_duplicates",
    "from_callable",
    "from_diffusers",
    "from_edm",
    "noise_profile",
    "open_points",
    "phase_diagram",
    "phases",
    "simulate",
]

_ROOM_OF = {
    "AuditReport": "audits",
    "EmpiricalScore": "scores",
    "GaussianScore": "scores",
    "HiddenManifold": "manifolds",
    "InvalidInput": "_core.errors",
    "MemorizationMonitor": "measures",
    "AuditedNetwork": "audits",
    "NoiseLevel": "noise",
    "NotConverged": "_core.errors",
    "audit": "audits",
    "audit_copies": "audits",
    "find_duplicates": "measures",
    "from_callable": "networks",
    "from_diffusers": "networks",
    "from_edm": "networks",
    "noise_profile": "measures",
    "open_points": "data",
    "phase_diagram": "theory",
    "phases": "theory",
    "simulate": "sampling",
}
_LEFT = {
    "Denoiser": "scores",
    "Estimate": "measures",
    "LinearLandscape": "theory",
    "NoiseProfile": "measures",
    "SoftmaxSums": "scores",
}
"""Names that 0.1 had at the door: they work until 0.3, with a warning."""

if not TYPE_CHECKING:  # a type checker sees the imports above, and no other name

    def __getattr__(name: str) -> object:
        room = _ROOM_OF.get(name) or _LEFT.get(name)
        if room is None:
            raise AttributeError(f"module 'remanifold' has no attribute {name!r}")
        collects = gc.isenabled()
        gc.disable()  # it would look again and again through all that torch defines: a seventh of the time
        try:
            value = getattr(import_module(f"remanifold.{room}"), name)
        finally:
            if collects:
                gc.enable()
        if name in _LEFT:
            do = f"import it from remanifold.{room}"
            warn(f"remanifold.{name} leaves the front door in version 0.3; {do}", DeprecationWarning, stacklevel=2)
        else:
            globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
