"""What tables of others may name: Arrow files of their own, and types of columns that are no pickles."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from remanifold._core.errors import InvalidInput, refusal

_PICKLED_TYPE = "arrow.py_extension_type"  # older pyarrow unpickles what its metadata hold


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


@contextmanager
def untold_types() -> Iterator[None]:
    """Older pyarrow warns that it does not unpickle a type; `require_plain_types` says so in its own sentence."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"(?s).*PyExtensionType")
        yield


def require_plain_types(schema: Any, source: str) -> None:
    """Refuse (`InvalidInput`) an Arrow ``schema`` with a column whose type is a pickle."""
    with untold_types():
        fields = [(field.name, field.metadata or {}, field.type) for field in schema]
    for name, metadata, kind in fields:
        named = metadata.get(b"ARROW:extension:name", b"").decode(errors="replace")
        if _PICKLED_TYPE in (named, getattr(kind, "extension_name", None)):
            got = f"a pickled type of column {name} in {source}, which can run code"
            raise refusal("columns must have plain types", got, "write the table again with lists of numbers")
