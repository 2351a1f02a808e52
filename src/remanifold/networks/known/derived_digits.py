"""Sets that are made of the digits: shifted versions, near copies, latents."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from remanifold._core.seeds import uniforms
from remanifold.networks.known.data_set import DataSet, Rows
from remanifold.networks.known.sklearn_data import DIGITS_LICENCE, N_DIGITS, digit_classes, digits_and_classes

SHIFTS = tuple((down, across) for down in (0, -1, 1) for across in (0, -1, 1))
NEAR_COPIES = 50  # of a digit, itself among them
CHANGED = 0.1  # share of the pixels that a near copy changes
LATENTS = 16
_FINE = 256  # steps in a unit of a latent: rounded, to be the same on every machine


def _shifted(numbers: NDArray[np.int64]) -> Rows:
    """Number r + 1797 k is digit r by shift k; what comes in is background."""
    every = digits_and_classes()[0]
    padded = np.pad(every, ((0, 0), (1, 1), (1, 1)), constant_values=-1.0)
    out = np.empty((len(numbers), 8, 8), dtype=np.float32)
    for place, number in enumerate(numbers):
        down, across = SHIFTS[number // N_DIGITS]
        out[place] = padded[number % N_DIGITS, 1 - down : 9 - down, 1 - across : 9 - across]
    return out


def _near(numbers: NDArray[np.int64]) -> Rows:
    """Number r + 1797 k: digit r, for k > 0 with a tenth of its pixels off by one grey level up or down."""
    out = digits_and_classes()[0][numbers % N_DIGITS].copy()
    for place, number in enumerate(numbers):
        if number >= N_DIGITS:
            drawn = uniforms(0, "ground truth/near copies", int(number), int(number) + 1, 128).reshape(2, 8, 8)
            step = np.where(drawn[1] < 0.5, -1, 1) * (drawn[0] < CHANGED)
            out[place] = np.clip(out[place] + step / 8, -1, 1)
    return out


@cache
def _all_latents() -> Rows:
    """The first principal components of all digits, each pointing to where its largest entry is positive."""
    flat = digits_and_classes()[0].reshape(N_DIGITS, -1).astype(np.float64)
    centred = flat - flat.mean(axis=0)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :LATENTS]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(LATENTS)])
    return (np.rint(centred @ axes * _FINE) / _FINE).astype(np.float32)


def _latents(numbers: NDArray[np.int64]) -> Rows:
    return _all_latents()[numbers]


SHIFTED_DIGITS = DataSet(
    "shifted-digits",
    "scikit-learn digits, 8 x 8, in -1..1, each shifted by -1, 0 or 1 pixel down and across",
    DIGITS_LICENCE,
    N_DIGITS * len(SHIFTS),
    (8, 8),
    _shifted,
    digit_classes,
)
NEAR_DIGITS = DataSet(
    "near-digits",
    "scikit-learn digits, 8 x 8, in -1..1, and copies of them with a tenth of the pixels one grey level up or down",
    DIGITS_LICENCE,
    N_DIGITS * NEAR_COPIES,
    (8, 8),
    _near,
    digit_classes,
)
DIGIT_LATENTS = DataSet(
    "digit-latents",
    "latents of scikit-learn digits in -1..1: their first 16 principal components, rounded to 1/256",
    DIGITS_LICENCE,
    N_DIGITS,
    (LATENTS,),
    _latents,
    digit_classes,
)
