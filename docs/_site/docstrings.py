"""What docstrings say of fields and arguments: the sections of names that the whole package writes alike."""

import inspect
import re
from dataclasses import fields

_SECTION = re.compile(r"^(?P<indent> *)Attributes:\n(?P<body>(?:(?P=indent) +.*\n|\n)*)", flags=re.M)
_ENTRY = re.compile(r"^(?P<names>\w+(?:, \w+)*): (?P<text>.*)$")


def attributes(kind: type) -> dict[str, str]:
    """Name -> text of the section *Attributes* of a class, "a, b: text" for both names."""
    section = _SECTION.search((inspect.getdoc(kind) or "") + "\n")
    if section is None:
        return {}
    found: dict[str, str] = {}
    names: list[str] = []
    for line in inspect.cleandoc(section["body"]).splitlines():
        entry = _ENTRY.match(line)
        if entry and not line.startswith(" "):
            names = entry["names"].split(", ")
            found |= dict.fromkeys(names, entry["text"])
        else:
            pending = _broken_names(line) if not line.startswith(" ") else None
            if pending:  # a list of names that goes on in the next line
                names = pending
                found |= dict.fromkeys(names, "")
                continue
            for name in names:
                found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def _broken_names(line: str) -> list[str] | None:
    if re.fullmatch(r"\w+(?:, \w+)*(?:,|:)", line):
        return re.findall(r"\w+", line)
    return None


def first_sentence(thing: object) -> str:
    """The first sentence of a docstring, on one line."""
    text = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    return re.split(r"(?<=\.) (?=[A-Z`])", text)[0].rstrip(":;") if text else ""


def undescribed(kind: type) -> list[str]:
    """The fields of a dataclass that its docstring does not describe."""
    described = attributes(kind)
    return [field.name for field in fields(kind) if not field.name.startswith("_") and not described.get(field.name)]
