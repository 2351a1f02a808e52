"""What scikit-learn brings: digits, two photographs, a table. Nothing is downloaded."""

import importlib
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput
from remanifold.networks.known.data_set import DataSet, Rows

N_DIGITS = 1797
_POOLED, _SIDE = 3, 8  # pixels of a photograph in one of a patch; pixels of a patch
_PATCHES = (17, 26)  # of a photograph of 427 x 640, down and across
_PHOTOGRAPHS = ("china.jpg", "flower.jpg")
N_PATCHES = 600  # those of most contrast, of all 884
N_TUMOURS = 569
_FINE = 1024  # steps in a unit: numbers that are computed are rounded, to be the same on every machine


def _loader(name: str) -> Any:
    try:
        return getattr(importlib.import_module("sklearn.datasets"), name)
    except ImportError as error:
        raise InvalidInput(
            "the rows of the shipped models must be read from scikit-learn, but got no such package here; "
            "run pip install 'remanifold[demo]'."
        ) from error


@cache
def digits_and_classes() -> tuple[Rows, NDArray[np.int64]]:
    """All digits, (1797, 8, 8), grey levels 0..16 become -1..1 exactly; and which digit each is.

    Raises:
        InvalidInput: if scikit-learn is not installed.
    """
    values, classes = _loader("load_digits")(return_X_y=True)
    return (values.reshape(-1, 8, 8) / 8 - 1).astype(np.float32), classes.astype(np.int64)


def _digits(numbers: NDArray[np.int64]) -> Rows:
    return digits_and_classes()[0][numbers]


def digit_classes(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which digit each of these is; numbers go on where the digits begin again."""
    return digits_and_classes()[1][numbers % N_DIGITS]


@cache
def _all_patches() -> Rows:
    load = _loader("load_sample_image")
    down, across = (count * _SIDE * _POOLED for count in _PATCHES)
    parts = []
    for name in _PHOTOGRAPHS:
        picture = load(name)[:down, :across].astype(np.float64)
        pooled = picture.reshape(down // _POOLED, _POOLED, across // _POOLED, _POOLED, 3).mean(axis=(1, 3))
        cut = pooled.reshape(_PATCHES[0], _SIDE, _PATCHES[1], _SIDE, 3).transpose(0, 2, 1, 3, 4)
        parts.append(cut.reshape(-1, _SIDE, _SIDE, 3))
    every = np.rint(np.concatenate(parts))
    contrast = np.square(every - every.mean(axis=(1, 2), keepdims=True)).sum(axis=(1, 2, 3))
    kept = np.sort(np.argsort(-contrast, kind="stable")[:N_PATCHES])
    return (every[kept] / 127.5 - 1).astype(np.float32)


def _patches(numbers: NDArray[np.int64]) -> Rows:
    return _all_patches()[numbers]


@cache
def _all_tumours() -> Rows:
    values = np.asarray(_loader("load_breast_cancer")().data, dtype=np.float64)
    return (np.rint((values - values.mean(axis=0)) / values.std(axis=0) * _FINE) / _FINE).astype(np.float32)


def _tumours(numbers: NDArray[np.int64]) -> Rows:
    return _all_tumours()[numbers]


DIGITS_LICENCE = "digits: UCI optical recognition of handwritten digits, CC BY 4.0"
DIGITS = DataSet(
    "digits",
    "scikit-learn digits, 8 x 8, grey levels 0..16 mapped to -1..1",
    DIGITS_LICENCE,
    N_DIGITS,
    (8, 8),
    _digits,
    digit_classes,
)
PATCHES = DataSet(
    "patches",
    "colour patches, 8 x 8 x 3, the 600 of most contrast of scikit-learn's two photographs at a third of their size, "
    "0..255 mapped to -1..1",
    "photographs: danielbuechele (china.jpg) and vultilion (flower.jpg), CC BY 2.0",
    N_PATCHES,
    (_SIDE, _SIDE, 3),
    _patches,
)
TUMOURS = DataSet(
    "tumours",
    "scikit-learn's breast cancer table, 30 columns, each less its mean and over its standard deviation in all rows",
    "table: UCI breast cancer Wisconsin (diagnostic), CC BY 4.0",
    N_TUMOURS,
    (30,),
    _tumours,
)
