"""How bytes and noise levels are written into the page."""

import base64

from remanifold.noise import MeasuredLevel


def as_text(content: bytes) -> str:
    """``content`` in base64."""
    return base64.b64encode(content).decode("ascii")


def level_facts(level: MeasuredLevel | None) -> dict[str, float] | None:
    """A level as the page computes its own: t, sigma, and the errors of t and of log t; None where there is none."""
    if level is None:
        return None
    return {"t": level.value, "sigma": level.sigma, "stderr": level.stderr, "logError": level.log_stderr}
