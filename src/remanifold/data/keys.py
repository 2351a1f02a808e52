"""Which array of a file that holds several."""

from collections.abc import Iterable

from remanifold._core.errors import refusal


def chosen_key(names: Iterable[str], key: str | None, source: str) -> str:
    """``key`` if ``source`` has it, or its only name where no key is given.

    Raises:
        InvalidInput: if there is no array, no such key, or several and no key; the sentence names them.
    """
    known = list(names)
    listed = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
    if not known:
        raise refusal("a data file must hold an array", f"{source} with none", "pass a file with data")
    if key is None:
        if len(known) > 1:
            do = f"pass key={known[0]!r} or write {source}::{known[0]}"
            raise refusal("a file of several arrays needs a key", f"{source} with {listed}", do)
        return known[0]
    if key not in known:
        raise refusal(f"the key must be one of {listed}", f"{key!r} for {source}", "pass one of them")
    return key


def with_key(source: str, key: str | None) -> str:
    """The source as the record names it: ``path`` or ``path::key``."""
    return source if key is None else f"{source}::{key}"
