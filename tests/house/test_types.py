"""The front door as a type checker sees it: signatures without Any, wrong keywords and names refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import remanifold

ROOT = Path(__file__).parents[2]
USES = ROOT / "tests" / "typing" / "uses.py"
REFUSED = {
    "remanifold.audit(x, holdouts=3)": "holdouts",
    "remanifold.no_such_name": "no_such_name",
    "remanifold.EmpiricalScore(x, tolerence=1e-6)": "tolerence",
    "remanifold.simulate(x)": "levels",
}


# Records are made by the functions that return them; errors and levels have the constructors of ValueError and float.
MADE = [
    name
    for name in remanifold.__all__
    if isinstance(getattr(remanifold, name), type)
    and name not in ("AuditReport", "InvalidInput", "NoiseLevel", "NotConverged")
]

REVEALED = [*remanifold.__all__, *(f"{name}.__init__" for name in MADE)]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What pyright says of three files, in one call: file -> [(line, severity, message)]."""
    pytest.importorskip("pyright")
    folder = tmp_path_factory.mktemp("types")
    lines = [
        f"reveal_type(remanifold.{name})" for name in (*remanifold.__all__, *(f"{name}.__init__" for name in MADE))
    ]
    (folder / "revealed.py").write_text("\n".join(["import remanifold", *lines]))
    planted = "def loose(x): ...\ndef bare() -> list: ...\nreveal_type(loose)\nreveal_type(bare)"
    (folder / "planted.py").write_text(planted)
    (folder / "refused.py").write_text("\n".join(["import remanifold", "x = [[0.0], [1.0], [2.0]]", *REFUSED]))
    settings = {
        "include": [str(folder / "*.py"), str(USES)],
        "extraPaths": [str(ROOT / "src")],
        "pythonVersion": f"{sys.version_info.major}.{sys.version_info.minor}",
        "typeCheckingMode": "standard",
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", "-p", str(folder)]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found: dict[str, list[tuple[int, str, str]]] = {}
    for entry in json.loads(output)["generalDiagnostics"]:
        words = (entry["range"]["start"]["line"], entry["severity"], entry["message"])
        found.setdefault(Path(entry["file"]).name, []).append(words)
    return found


@pytest.mark.parametrize("name", REVEALED)
def test_no_any_in_what_a_name_reveals(said, name):
    words = [message for _, _, message in said["revealed.py"] if f'"remanifold.{name}"' in message]
    assert len(words) == 1
    assert not _loose(words[0]), words[0]


def test_the_search_finds_planted_any_and_unknown_elements(said):
    assert [_loose(message) for _, severity, message in said["planted.py"] if severity == "information"] == [True] * 2


@pytest.mark.parametrize("line", REFUSED)
def test_mistakes_are_refused(said, line):
    here = 2 + list(REFUSED).index(line)
    errors = [message for at, severity, message in said["refused.py"] if severity == "error" and at == here]
    assert any(REFUSED[line] in message for message in errors)


def test_what_users_write_passes(said):
    assert [words for words in said.get(USES.name, []) if words[1] == "error"] == []


def _loose(revealed: str) -> bool:
    """Whether a revealed type has an Any, an Unknown, an untyped parameter or a bare container."""
    return any(word in revealed for word in ("Any", "Unknown", "(x)"))
