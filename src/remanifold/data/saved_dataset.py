"""The files of a Hugging Face data set on disk: a state that names its own Arrow files, and nothing elsewhere."""

import json
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from remanifold._core.errors import InvalidInput, refusal


def require_own_files(folder: Path) -> None:
    """Refuse a data set in ``folder``, or one of its splits, that names files or folders elsewhere.

    Raises:
        InvalidInput: if it does, or its state is no such state.
    """
    splits = folder / "dataset_dict.json"
    if splits.is_file() and not (folder / "state.json").is_file():
        for name in _named(splits, lambda content: content["splits"]):
            if (folder / name / "state.json").is_file():
                require_own_files(folder / name)
        return
    _named(folder / "state.json", lambda content: [file["filename"] for file in content["_data_files"]])


def _named(file: Path, names_in: Any) -> list[str]:
    """The names in a JSON file, each of something that lies beside it."""
    do = "save it again"
    try:
        names = [str(name) for name in names_in(json.loads(file.read_text(encoding="utf-8")))]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidInput(
            f"a Hugging Face data set must be complete, but got a damaged {file.parent}; {do}."
        ) from error
    foreign = next((name for name in names if not _is_plain(name)), None)
    if foreign is not None:
        raise refusal("a Hugging Face data set must hold its own files", f"{foreign!r} in {file}", do)
    return names


def _is_plain(name: str) -> bool:
    return name not in ("", ".", "..") and PurePosixPath(name).name == name == PureWindowsPath(name).name
