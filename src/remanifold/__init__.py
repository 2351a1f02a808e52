"""remanifold: when does a diffusion model memorize its training data, and when does it generalize best?

The names below load on first use, so that ``import remanifold`` stays fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_ROOM_OF = {
    "NoiseLevel": "noise",
    "HiddenManifold": "manifolds",
    "open_points": "data",
    "phases": "theory",
    "phase_diagram": "theory",
    "LinearLandscape": "theory",
    "Denoiser": "scores",
    "SoftmaxSums": "scores",
    "EmpiricalScore": "scores",
    "GaussianScore": "scores",
    "simulate": "sampling",
    "NoiseProfile": "measures",
    "noise_profile": "measures",
    "AuditReport": "audits",
    "audit": "audits",
    "Estimate": "_core.estimate",
    "InvalidInput": "_core.errors",
    "NotConverged": "_core.errors",
}

__all__ = ["__version__", *sorted(_ROOM_OF)]  # noqa: PLE0604  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'remanifold' has no attribute {name!r}")
    value = getattr(import_module(f"remanifold.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from remanifold._core.errors import InvalidInput as InvalidInput
    from remanifold._core.errors import NotConverged as NotConverged
    from remanifold._core.estimate import Estimate as Estimate
