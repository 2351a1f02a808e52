"""Every page of the site in real Chromium, as wide as a phone: formulas set, no error, no request, nothing too wide."""

import functools
import http.server
import threading

import pytest

pytestmark = pytest.mark.browser
_PHONE = {"width": 390, "height": 844}
_RAW = """() => {
  const walk = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const inside = walk.currentNode.parentElement.closest("pre, code, .katex, script, style, .sig, .headerlink");
    if (!inside && walk.currentNode.data.includes("$")) found.push(walk.currentNode.data.trim());
  }
  return found;
}"""
_OPEN = "() => document.querySelectorAll('details').forEach((folded) => { folded.open = true; })"
_TALL = "() => document.documentElement.scrollHeight"
_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_COVERED = """() => [...document.querySelectorAll(".katex-html:has(> .tag, > .katex-tag)")].filter((formula) => {
  const number = formula.querySelector(":scope > .tag, :scope > .katex-tag").getBoundingClientRect();
  const parts = [...formula.querySelectorAll(":scope > .base")].map((part) => part.getBoundingClientRect());
  return parts.some((part) => part.right > number.left + 1 && part.left < number.right);
}).length"""
_UNSET = '() => [...document.querySelectorAll(".formula")].filter(f => !f.querySelector(".katex")).length'


def faults(page, address: str) -> list[str]:
    """What is wrong with the page at ``address``: errors, requests to elsewhere, unreadable formulas, too wide."""
    found: list[str] = []
    home = address.split("/", 3)[2]

    def heard(message):
        if message.type in ("error", "warning"):
            found.append(message.text)

    def asked(request):
        if not request.url.startswith(("file:", "data:", "blob:", f"http://{home}/" if home else "file:")):
            found.append(f"asks {request.url}")

    def threw(error):
        found.append(str(error))

    page.on("console", heard)
    page.on("request", asked)
    page.on("pageerror", threw)
    page.goto(address, wait_until="load")
    found += [f"raw formula: {text[:60]}" for text in page.evaluate(_RAW)]
    page.evaluate(_OPEN)  # what is folded must not be too wide either
    unset, wide, covered = (page.evaluate(count) for count in (_UNSET, _WIDE, _COVERED))
    found += [f"{covered} formulas lie under their numbers"] * (covered > 0)
    found += [f"{unset} formulas are not set"] * (unset > 0) + [f"{wide} pixels too wide"] * (wide > 0)
    for event, handler in (("console", heard), ("request", asked), ("pageerror", threw)):
        page.remove_listener(event, handler)
    return found


@pytest.fixture(scope="module")
def phone(browser):
    page = browser.new_page(viewport=_PHONE)
    yield page
    page.close()


def test_every_page_opens_from_disk_without_a_fault(phone, site, pages):
    found = {name: wrong for name in pages if (wrong := faults(phone, (site / name).as_uri()))}
    assert not found


def test_pages_of_python_names_are_lists_that_open_where_a_link_leads(phone, site):
    tall = {}
    for file in sorted((site / "reference" / "api").glob("*.html")):
        phone.goto(file.as_uri())
        tall[file.stem] = phone.evaluate(_TALL)
    assert {name: pixels for name, pixels in tall.items() if pixels > 15_000} == {}
    name = "remanifold.measures.closer_share"
    phone.goto((site / "reference/api/measures.html").as_uri() + f"#{name}")
    assert phone.locator(f"[id='{name}']").is_visible()
    assert not phone.locator("[id='remanifold.measures.memory_test']").is_visible()


def test_the_search_works_from_disk(phone, site):
    assert faults(phone, (site / "search.html").as_uri() + "?q=collapse") == []
    phone.wait_for_selector("#search-results li a")
    assert phone.locator("#search-results li a").count() > 5


def test_the_site_works_when_it_is_served(phone, site):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        assert [faults(phone, f"{address}/{name}") for name in ("index.html", "explanation/theory.html")] == [[], []]
        server.shutdown()


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("<p>about $t_c$</p>", "raw formula"),
        ("<div style='width: 900px'>wide</div>", "too wide"),
        ("<details><summary>so</summary><div style='width: 900px'>wide</div></details>", "too wide"),
        ("<img src='https://localhost:9/x.png'>", "asks"),
        ("<script>throw Error('planted')</script>", "planted"),
        ("<span class='formula'>x</span>", "not set"),
        ("<b class='katex-html'><b class='base'>x + y</b><b class='tag' style='margin: -9px'>(1)</b></b>", "numbers"),
    ],
)
def test_planted_faults_are_found(phone, site, tmp_path, planted, said):
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><article>{planted}</article>")
    assert any(said in fault for fault in faults(phone, page.as_uri()))
