"""Where what was computed once is kept for the next process: never beside the data."""

import os
from pathlib import Path

from remanifold._core.files import path_of

VARIABLE = "REMANIFOLD_CACHE"


def cache_directory() -> Path | None:
    """$REMANIFOLD_CACHE, else $XDG_CACHE_HOME/remanifold, else ~/.cache/remanifold; nothing is made.

    Returns:
        None, where nothing is to be kept: $REMANIFOLD_CACHE is set to nothing, or there is no home.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return path_of(chosen, "the cache") if chosen.strip() else None
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if Path(shared).is_absolute():  # the convention ignores relative ones
        return Path(shared) / "remanifold"
    try:
        return Path.home() / ".cache" / "remanifold"
    except RuntimeError:
        return None
