"""How bytes and noise levels are written into the page."""

import base64
import math

from remanifold.noise import MeasuredLevel


def as_text(content: bytes) -> str:
    """``content`` in base64."""
    return base64.b64encode(content).decode("ascii")


def level_facts(level: MeasuredLevel | None) -> dict[str, float | None] | None:
    """A level as the page computes its own: t, sigma, and the errors of t and of log t; None where there is none.

    An error that is not known (nan) is None too.
    """
    if level is None:
        return None
    errors = {"stderr": level.stderr, "logError": level.log_stderr}
    known = {name: error if math.isfinite(error) else None for name, error in errors.items()}
    return {"t": level.value, "sigma": level.sigma, **known}
