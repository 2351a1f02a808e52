"""Names of other people's data are shown without effect on the terminal or the page."""

import pytest
from markupsafe import Markup

from remanifold._core.shown import plain
from remanifold.plots.page.render import _shown  # what every template prints passes it; no page has all kinds of names
from remanifold.plots.page.table import escaped


@pytest.mark.parametrize("control", ["\x1b", "\x07", "\x00", "\x7f", "\x9d", "\r", "\u202e", "\u2066"])
def test_control_characters_are_written_out(control):
    for show in (plain, escaped, _shown):
        assert control not in str(show(f"a{control}b"))


def test_what_is_no_control_character_stays():
    assert plain("é σ\n\t日本 ü") == "é σ\n\t日本 ü"
    assert isinstance(_shown(Markup("<b>")), Markup) and _shown(3) == 3
