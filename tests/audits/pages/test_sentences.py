"""What a page does to sentences: numbers and options stay whole, code and indices are set, and text stays text."""

import re

from remanifold.audits.pages.overview import overview_page
from remanifold.plots.page.table import table_of


def tied(text: str) -> str:
    """What a table of a page makes of ``text``."""
    page = overview_page("", "", {}, [table_of("", ("",), [text], lambda cell: (cell,))])
    return re.findall(r'<th scope="row">(.*?)</th>', page)[0]


def test_numbers_and_options_do_not_break_and_text_of_others_stays_text():
    assert tied("σ = 1.2 ± 0.1 data units") == "σ\u00a0=\u00a01.2\u00a0±\u00a00.1\u00a0data\u00a0units"
    assert tied("12 % of it, with --fail-on") == '12\u00a0% of it, with <span class="option">--fail-on</span>'
    assert tied("run `remanifold audit`; t_g < t_c") == (
        "run <code>remanifold audit</code>; t<sub>g</sub> &lt; t<sub>c</sub>"
    )
    assert tied("<b>--x`</b>") == "&lt;b&gt;--x`&lt;/b&gt;" and tied("c_t, at_c, t_close") == "c_t, at_c, t_close"
