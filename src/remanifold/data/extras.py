"""Optional packages, imported when first needed."""

from importlib import import_module
from typing import Any

from remanifold._core.errors import InvalidInput


def extra(module: str, what: str) -> Any:
    """The module, which belongs to the extra `formats`.

    Raises:
        InvalidInput: if it is not installed; the sentence has the command that installs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.split(".", maxsplit=1)[0]
        raise InvalidInput(
            f"{what} must be read by the package {package}, but got no such package here; "
            "run pip install 'remanifold[formats]'."
        ) from error
