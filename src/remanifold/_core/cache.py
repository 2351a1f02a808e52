"""The folder for what can be computed again."""

import os
from pathlib import Path

VARIABLE = "REMANIFOLD_CACHE"


def cache_directory() -> Path | None:
    """$REMANIFOLD_CACHE, else $XDG_CACHE_HOME/remanifold, else ~/.cache/remanifold; nothing is made.

    Returns:
        None, where nothing is to be kept: $REMANIFOLD_CACHE is set to nothing, or there is no home.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return Path(chosen).expanduser() if chosen.strip() else None
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if Path(shared).is_absolute():  # the convention ignores relative ones
        return Path(shared) / "remanifold"
    try:
        return Path.home() / ".cache" / "remanifold"
    except RuntimeError:
        return None
