"""One colour a concept: the palette and the style sheet agree, and nobody else writes a colour of theirs."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from remanifold.plots import palette
from remanifold.plots.palette import COLOUR_OF, VARIABLE_OF

ROOT = Path(__file__).parents[2] / "src" / "remanifold"
STYLE = files("remanifold.plots.page").joinpath("templates/style.css").read_text(encoding="utf-8")
KNOWN = VARIABLE_OF | {palette.ACCENT: "--accent", palette.LINE: "--line", palette.MEMORIZING_FILL: "--memorizing-fill"}


@pytest.mark.parametrize(("colour", "variable"), KNOWN.items())
def test_the_style_sheet_has_the_same_colour_in_the_light(colour, variable):
    assert f"{variable}: {colour};" in STYLE.split("@media")[0]


def test_each_noise_level_has_a_colour_of_its_own_which_paper_keeps():
    assert len(set(COLOUR_OF.values())) == len(COLOUR_OF) == 3
    print_style = STYLE[STYLE.index("@media print") :]
    assert all(f"--{level}: {colour};" in print_style for level, colour in COLOUR_OF.items())
    dark = STYLE[STYLE.index("prefers-color-scheme: dark") : STYLE.index("* { box-sizing")]
    assert len(set(re.findall(r"--(?:onset|collapse|generalization): (#\w+);", dark))) == 3


def test_nobody_else_writes_these_colours():
    written = {}
    for path in sorted(ROOT.rglob("*")):
        if path.suffix in (".py", ".js", ".j2", ".css") and path.name not in ("palette.py", "style.css"):
            for colour in KNOWN.keys() & set(re.findall(r"#[0-9a-f]{6}", path.read_text(encoding="utf-8"))):
                written.setdefault(str(path.relative_to(ROOT)), []).append(colour)
    assert written == {}
