"""The words of a report, folded at the end of its page."""

import re

from remanifold import AuditReport
from remanifold.audits.pages.words import with_words
from remanifold.plots.page.glossary import glossary


def test_a_report_holds_the_words_that_it_uses(sample: AuditReport) -> None:
    page = sample.to_html()
    listed = re.findall(r'<dt id="word-([a-z0-9-]+)">', page)
    assert {"hold-out", "collapse", "onset", "best-stop", "exposure"} <= set(listed) <= {e.key for e in glossary()}
    assert page.index("Words of this page") < page.index("</main>") < page.index("<footer>")


def test_a_page_without_any_of_them_stays_as_it_is() -> None:
    plain = "<main><p>nothing</p></main><script>collapse</script>"
    assert with_words(plain) == plain
    assert "word-collapse" in with_words(plain.replace("nothing", "It collapses."))
