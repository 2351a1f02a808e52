"""Compiled pieces that several kernels share; import only where `compiled.can_compile` holds."""

import numpy as np

from remanifold._core.compiled.functions import compiled

LANES = 16
RUN = 64  # numbers of a sum in single precision; a weight of 1 among more would round the light ones away
_LOG2_E, _HALF = np.float32(1.4426950408889634), np.float32(0.5)
_FLOOR = np.float32(-60.0)  # e^-60 is below the round-off of a sum that is at least 1
_LEAST = np.float32(8.9e-27)  # just above e^-60: what was cut off there counts as 0
# 2^r for r in [-1/2, 1/2], least maximal error, 1e-7
_C6, _C5, _C4 = np.float32(1.5353362e-4), np.float32(1.3398874e-3), np.float32(9.6184373e-3)
_C3, _C2, _C1 = np.float32(5.5503324e-2), np.float32(2.4022648e-1), np.float32(6.9314720e-1)
_ONE, _ZERO = np.float32(1.0), np.float32(0.0)


@compiled
def largest(values, lanes):
    """Largest of the float32 ``values``; ``lanes`` is a buffer of `LANES` numbers."""
    whole = values.shape[0] // LANES * LANES
    for k in range(LANES):
        lanes[k] = values[0]
    for i in range(0, whole, LANES):
        for k in range(LANES):
            lanes[k] = lanes[k] if lanes[k] > values[i + k] else values[i + k]
    top = lanes[0]
    for k in range(1, LANES):
        top = max(top, lanes[k])
    for i in range(whole, values.shape[0]):
        top = max(top, values[i])
    return top


@compiled
def exponentials(logits, shift, weights, bits, exponents):
    """Write exp(logits - shift) to ``weights``, to 1e-7 relative; 0 below e^-60. ``bits`` is a view of ``weights``."""
    for i in range(logits.shape[0]):
        y = logits[i] - shift
        y = (y if y > _FLOOR else _FLOOR) * _LOG2_E
        whole = np.floor(y + _HALF)
        r = y - whole
        p = _C6 * r + _C5
        p = p * r + _C4
        p = p * r + _C3
        p = p * r + _C2
        p = p * r + _C1
        weights[i] = p * r + _ONE
        exponents[i] = np.int32(whole)
    for i in range(logits.shape[0]):
        bits[i] += exponents[i] << 23
    for i in range(logits.shape[0]):
        weights[i] = weights[i] if weights[i] > _LEAST else _ZERO
