"""Names of a room that load on first use, so that what needs one of them does not pay for all."""

from collections.abc import Callable, Mapping
from importlib import import_module
from sys import modules


def on_use(room: str, names_of: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of the package ``room``, which hands these names on.

    Args:
        room: Its full name.
        names_of: Module -> the names that it defines, between blanks.
    """
    home = {name: module for module, names in names_of.items() for name in names.split()}

    def load(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        value = getattr(import_module(home[name]), name)
        setattr(modules[room], name, value)
        return value

    return load, lambda: sorted(home)
