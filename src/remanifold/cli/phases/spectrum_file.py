"""Eigenvalues from a file: .npy, or text with one number per word."""

from pathlib import Path
from typing import TYPE_CHECKING

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.files import path_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LARGEST_FILE = 10**9
_DO = "pass a .npy array or a text file of eigenvalues"


def read_spectrum(path: Path) -> "NDArray[np.float64]":
    """The eigenvalues in ``path``, in file order: a one-dimensional .npy array, or text split at spaces, commas, lines.

    In text, what follows a # is a comment. Pickled arrays are not loaded.

    Raises:
        InvalidInput: if the file cannot be read or holds anything but real numbers.
    """
    path = path_of(path, "--spectrum")
    require(path.is_file(), "--spectrum must name a file", path, _DO)
    size = path.stat().st_size
    if not (0 < size <= _LARGEST_FILE):
        raise refusal(f"--spectrum must name a file of 1 to {_LARGEST_FILE} bytes", size, _DO)
    try:
        return _from_npy(path) if path.suffix.lower() == ".npy" else _from_text(path)
    except (OSError, ValueError, EOFError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"--spectrum must name a readable file, but got {path} ({error}); {_DO}.") from error


def _from_npy(path: Path) -> "NDArray[np.float64]":
    import numpy as np

    from remanifold.data.npy import mapped

    try:
        values = mapped(path)
    except InvalidInput as error:
        got = f"{path} ({str(error).rstrip('.')})"
        raise InvalidInput(f"--spectrum must name a readable file, but got {got}; {_DO}.") from error
    real = values.ndim == 1 and values.dtype.kind in "fiu"
    came = f"{values.dtype} of shape {values.shape}"
    require(real, "the spectrum must be a one-dimensional array of real numbers", came, "save the eigenvalues alone")
    return np.array(values, np.float64)


def _from_text(path: Path) -> "NDArray[np.float64]":
    import numpy as np

    numbers: list[float] = []
    for count, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        for word in line.split("#")[0].replace(",", " ").replace(";", " ").split():
            try:
                numbers.append(float(word))
            except ValueError as error:
                raise InvalidInput(
                    f"the spectrum must hold numbers only, but got {word[:40]!r} in line {count} of {path}; {_DO}."
                ) from error
    return np.array(numbers)
