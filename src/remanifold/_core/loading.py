"""Modules loaded without passes of the garbage collector, which would look through all that they define, again and
again: a seventh of the time that the audits and torch take to load."""

import gc
from importlib import import_module
from types import ModuleType


def load(name: str) -> ModuleType:
    """The module ``name``, imported where it is not yet; the collector is afterwards as it was."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return import_module(name)
    finally:
        if collects:
            gc.enable()
