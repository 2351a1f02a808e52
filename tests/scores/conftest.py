"""The ten-line reference that every path of the score engine is held against."""

import numpy as np
import pytest

from remanifold.scores import budget


@pytest.fixture(autouse=True)
def every_size_has_an_index(request, monkeypatch):
    """Small data go through the index and the streams too, but in tests of the path that few points take."""
    if "few_points" not in request.keywords:
        # private: no caller can ask for an index of points that need none
        monkeypatch.setattr(budget, "_FEW_POINTS", 0)


@pytest.fixture(scope="session")
def reference():
    """Explicit differences, no product, no centring, in extended precision: what the engine must reproduce."""

    def compute(data, x, t):
        xi, x = np.asarray(data, np.longdouble), np.asarray(x, np.longdouble)
        xi, x = xi.reshape(len(xi), -1), x.reshape(len(x), -1)
        t = np.broadcast_to(np.asarray(t, np.longdouble), len(x))[:, None]
        energy = np.stack([((row - xi) ** 2).sum(1) / 2 for row in x])
        logits = -energy / t
        best = logits.max(1, keepdims=True)
        w = np.exp(logits - best)
        log_density = best[:, 0] + np.log(w.sum(1)) - np.log(len(xi)) - xi.shape[1] / 2 * np.log(2 * np.pi * t[:, 0])
        w /= w.sum(1, keepdims=True)
        shift = np.stack([(row[:, None] * (xi - point)).sum(0) for row, point in zip(w, x)])
        return {
            "log_density": log_density.astype(float),
            "denoise": (x + shift).astype(float),
            "score": (shift / t).astype(float),
            "weights": w.astype(float),
            "participation": (w**2).sum(1).astype(float),
            "mean_energy": (w * energy).sum(1).astype(float),
        }

    return compute
