"""The page in real Chromium: asks nobody, complains about nothing, fits, obeys the keyboard, keeps its address."""

import re

import pytest
from browser_waits import wait_for
from contrast import CONTRAST
from page_checks import painted, serious

from remanifold.explorer import explorer_page

pytestmark = pytest.mark.browser
PARTS = ["fall", "levels", "structure", "digits", "own", "tasks", "teach"]
READY = "explorer.fall.run() !== null && explorer.fall.levels() !== null"


def test_it_is_one_small_file_that_names_no_other(file):
    page = file.read_text(encoding="utf-8")
    assert len(page.encode()) < 2_000_000 and "default-src 'none'" in page
    assert not re.findall(r"<(?:link|img|script)[^>]*(?:src|href)=", page)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (390, "dark")])
def test_every_part_shows_itself_asks_nobody_and_fits(opened, file, part, width, scheme):
    page, seen = opened(f"part={part}", width, color_scheme=scheme)
    wait_for(page, READY)
    assert page.locator(f"#part-{part}").is_visible() and page.locator("section.part:visible").count() == 1
    assert [line for line in seen if not line.startswith("request blob:")] == [f"request {file.as_uri()}"]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper[4:-1].split(","))) < 100) == (scheme == "dark")
    contrasts = page.evaluate(CONTRAST, f"#part-{part} :is(p, td, th, button, label, small, h2, h3, a, dd, dt)")
    assert contrasts and min(contrasts) >= 4.5
    assert serious(page) == []


CROSSED = """() => {
  const pins = [...document.querySelectorAll(".part:not([hidden]) .pin")].map((pin) => {
    const [line, label] = [pin.getBoundingClientRect(), pin.querySelector("span").getBoundingClientRect()];
    return { x: pin.classList.contains("left") ? line.right : line.left, top: line.top, label };
  });
  const under = (pin, x) => pin.label.left + 8 < x && x < pin.label.right - 8;
  const hit = (pin, other) => under(pin, other.x) && other.top < pin.label.top;
  return [pins.length, pins.filter((pin) => pins.some((other) => other !== pin && hit(pin, other))).length];
}"""


@pytest.mark.parametrize(
    "address", ["part=fall&marks=1", "part=fall&data=ring&n=12&marks=1", "part=levels", "part=digits", "part=own"]
)
def test_no_line_of_a_noise_axis_crosses_the_label_of_another(opened, address):
    page, _ = opened(address)
    wait_for(page, READY)
    wait_for(page, f"({CROSSED})()[0] === 3")
    assert page.evaluate(f"({CROSSED})()") == [3, 0]
    page.add_style_tag(content=".pin span { padding: 0 300px !important } .pin:last-child { height: 99px !important }")
    assert page.evaluate(f"({CROSSED})()")[1] > 0, "it would notice"


def test_the_same_seed_makes_the_same_particles_fall_and_the_address_brings_them_back(opened):
    first = "Array.from(explorer.fall.run().paths.slice(-600))"
    page, _ = opened("part=fall&data=ring&n=12&seed=7&at=60")
    wait_for(page, READY)
    once = page.evaluate(first)
    page.locator("#reseed").click()
    wait_for(page, f"{first}.join() !== '{','.join(map(str, once))}'")
    wait_for(page, "location.hash.includes('seed=8')")
    other, _ = opened(page.evaluate("location.hash.slice(1)").replace("seed=8", "seed=7"))
    wait_for(other, READY)
    assert other.evaluate(first) == once
    assert other.evaluate("explorer.settings.at") == 60


def test_the_exact_score_ends_in_copies_and_the_gaussian_does_not(opened):
    page, _ = opened("part=fall&at=100")
    wait_for(page, READY)
    assert page.evaluate("explorer.fall.run().copies.at(-1)") > 0.9
    other, _ = opened("part=fall&at=100&score=gaussian")
    wait_for(other, READY)
    assert other.evaluate("explorer.fall.run().copies.at(-1)") < 0.2


def test_the_keyboard_alone_plays_steps_adds_and_removes(opened):
    page, _ = opened("part=fall&at=10")
    wait_for(page, READY)
    page.locator("#step").focus()
    page.keyboard.press("Enter")
    wait_for(page, "explorer.settings.at === 11")
    painted(page)  # the slider follows in the next frame; a key before moves it from where it was
    page.locator("#fall-axis input").focus()
    page.keyboard.press("ArrowLeft")
    wait_for(page, "explorer.settings.at === 12")
    page.locator("#stage").focus()
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    wait_for(page, "document.getElementById('count').textContent.startsWith('31 ')")
    page.keyboard.press("Delete")
    wait_for(page, "document.getElementById('count').textContent.startsWith('30 ')")
    wait_for(page, "document.getElementById('spoken').textContent.includes('Noise level')")


def test_a_mouse_adds_a_point_and_the_levels_follow(opened):
    page, _ = opened("part=fall&at=50&n=12")
    wait_for(page, READY)
    before = page.evaluate("explorer.fall.levels().count")
    box = page.locator("#stage").bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + 20)
    wait_for(page, f"explorer.fall.levels()?.count === {before + 1}")
    wait_for(page, "location.hash.includes('pts=')")


def test_it_works_in_a_frame_without_rights(browser, file, tmp_path):
    outer = tmp_path / "outer.html"
    outer.write_text(
        f'<iframe src="{file.as_uri()}#part=fall&embed=1" sandbox="allow-scripts" width="900" height="800">'
    )
    page = browser.new_page()
    page.goto(outer.as_uri())
    page.frame_locator("iframe").locator("#phase-word", has_text=re.compile("Your guess first")).wait_for(timeout=20000)
    assert not page.frame_locator("iframe").locator("header").is_visible()
    page.close()


def test_frames_are_drawn_in_time(opened):
    """Median work of a frame while 300 particles fall over 60 points: 33 ms, thrice that on a busy machine."""
    page, _ = opened("part=fall&n=60")
    wait_for(page, READY)
    page.evaluate("""() => { globalThis.spent = []; const ask = requestAnimationFrame;
      globalThis.requestAnimationFrame = (work) => ask((now) => { const start = performance.now(); work(now);
        spent.push(performance.now() - start); }); }""")
    wait_for(page, "spent.length > 25")
    assert sorted(page.evaluate("spent"))[12] < 3 * 33


def test_without_rows_there_is_a_page_too():
    page = explorer_page()
    assert len(page.encode()) < 1_700_000 and '"own":null' in page


def test_levels_condense_as_the_noise_falls(opened):
    page, _ = opened("part=levels&level=4")
    wait_for(page, "document.getElementById('levels-word').textContent === 'Undecided'")
    page.locator("#levels-axis input").focus()
    page.keyboard.press("Home")
    wait_for(page, "document.getElementById('levels-word').textContent === 'Condensed'")
    wait_for(page, "explorer.levels.measured()?.collapse.sigma > 0.4")


def test_a_point_that_has_not_condensed_below_the_collapse_is_said_to_be_one_of_few(opened):
    page, _ = opened("part=levels&level=0.6")
    assert page.locator("#levels-word").inner_text() == "Competing"
    assert "typical point has condensed; this one has not" in page.locator("#levels-sentence").inner_text()
    assert "single points may differ" in page.locator("#levels-formulas").inner_text()
    above, _ = opened("part=levels&level=1")
    assert "typical point" not in above.locator("#levels-sentence").inner_text()
    start, _ = opened("part=levels")
    wait_for(start, "explorer.levels.measured() !== null")
    assert start.evaluate("explorer.settings.level > explorer.levels.measured().collapse.sigma")


def test_what_was_said_of_a_part_is_not_said_of_the_next(opened):
    page, _ = opened("part=digits&size=100&noise=0.6")
    wait_for(page, "document.getElementById('spoken').textContent.includes('It comes back')")
    for part in ("tasks", "teach"):
        page.locator(f"#to-{part}").click()
        assert page.locator("#spoken").inner_text() == ""


def test_a_picture_is_offered_only_where_there_is_one(browser, tmp_path, opened):
    (tmp_path / "e.html").write_text(explorer_page(), encoding="utf-8")
    page = browser.new_page()
    page.goto(f"{(tmp_path / 'e.html').as_uri()}#part=own")
    assert not page.locator("#share-picture").is_visible() and page.locator("#share-link").is_visible()
    page.close()
    mine, _ = opened("part=own")
    assert mine.locator("#share-picture").is_visible()


INSIDE = """() => { const box = document.querySelector(".sheet").getBoundingClientRect();
  return [...document.querySelectorAll(".sheet table")].every((table) => {
    const { left, right } = table.getBoundingClientRect(); return left > box.left && right < box.right; }); }"""


@pytest.mark.parametrize("part", ["fall", "teach"])
def test_the_tab_of_the_part_is_seen_on_a_phone(opened, part):
    page, _ = opened(f"part={part}", 390)
    box = page.locator(f"#to-{part}").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390


@pytest.mark.parametrize("width", [1200, 390])
def test_the_tables_for_teachers_stay_in_their_sheet(opened, width):
    page, _ = opened("part=teach", width)
    assert page.evaluate(INSIDE)


def test_pixels_move_the_best_stop_and_not_the_collapse(opened):
    page, _ = opened("part=structure&latent=8&ambient=8")
    rows = page.locator("#structure-now tbody tr")
    before = [float(rows.nth(k).locator("td").first.inner_text()) for k in (0, 1)]
    page.locator("#structure-pixels-more-go").click()
    wait_for(page, "document.getElementById('structure-ambient-now').textContent === '512'")
    after = [float(rows.nth(k).locator("td").first.inner_text()) for k in (0, 1)]
    assert after[1] == pytest.approx(before[1], rel=0.02) and after[0] < before[0] / 5


def test_the_exact_score_returns_a_digit_and_the_large_network_does_not(opened):
    page, _ = opened("part=digits&size=100&noise=0.6")
    wait_for(page, "document.getElementById('digits-copies').textContent === '8 of 8'")
    assert page.locator("#digits-word").inner_text() == "It comes back"
    page.select_option("#set-size", "1400")
    page.select_option("#set-model", "network")
    wait_for(page, "document.getElementById('digits-copies').textContent === '0 of 8'")
    page.locator("#to-tasks").click()
    page.locator("#task-network button").click()
    wait_for(page, "document.querySelector('#task-network.solved') !== null")
    wait_for(page, "location.hash.includes('done=network')")


@pytest.mark.parametrize(("key", "right", "wrong"), [("information", "1.308", "1"), ("curse", "10000", "200")])
def test_an_answer_is_checked(opened, key, right, wrong):
    page, _ = opened("part=tasks")
    for answer, word in ((wrong, "Not yet"), (right, "Solved")):
        page.locator(f"#answer-{key}").fill(answer)
        page.keyboard.press("Enter")
        assert word in page.locator(f"#task-{key} .told").inner_text()


def test_a_view_can_be_linked_embedded_and_saved(opened):
    page, _ = opened("part=levels&dim=12")
    page.locator("#share-embed").click()
    assert "embed=1" in page.locator("#shared input").input_value()
    page.locator("#share-link").click()
    assert "dim=12" in page.locator("#shared input").input_value()
    with page.expect_download() as download:
        page.locator("#share-picture").click()
    assert download.value.suggested_filename == "remanifold-levels.png"


@pytest.mark.parametrize("part", [*PARTS, "constructor"])
def test_an_address_that_nobody_should_write_breaks_nothing(opened, part):
    names = (
        "seed data n pts score method at marks dim points view level "
        "ambient latent logp activation digit model size noise"
    )
    for value in ("constructor", "-5", "1e9"):
        page, seen = opened(
            f"part={part}&own={value}&ownnoise={value}&" + "&".join(f"{name}={value}" for name in names.split())
        )
        wait_for(page, "document.querySelectorAll('section.part:not([hidden])').length === 1")
        assert not [line for line in seen if not line.startswith("request")]
        page.close()


def test_the_way_back_leads_to_the_part_before(opened):
    page, _ = opened("part=fall&at=40")
    page.locator("#to-levels").click()
    assert page.locator("#part-levels").is_visible()
    page.go_back()
    wait_for(page, "!document.getElementById('part-fall').hidden")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("activation=sign&latent=8&ambient=8&logp=1.2", "have a copy; sampled times are of points without one"),
        ("activation=tanh&latent=16&ambient=64", "sampled up to N\u00a0=\u00a060"),
        ("activation=relu&latent=20&ambient=20", "sampled up to D\u00a0=\u00a016"),
        ("activation=relu&latent=4&ambient=40", "sampled up to 3.75 numbers a direction"),
    ],
)
def test_it_says_why_a_place_has_the_limit_alone(opened, address, why):
    page, _ = opened(f"part=structure&{address}")
    told = page.locator("#structure-why").inner_text()
    assert why in told and "only the limit of large dimension is shown" in told
    assert "–" not in page.locator("#structure-now tbody").inner_text()
    wait_for(page, f"document.getElementById('spoken').textContent.includes({told[:40]!r})")


@pytest.mark.parametrize(
    "address",
    ["activation=relu&latent=4&ambient=4", "activation=tanh&latent=8&ambient=30", "", "activation=sign&logp=8"],
)
def test_it_says_so_nowhere_else(opened, address):
    page, _ = opened(f"part=structure&{address}")
    assert page.locator("#structure-why").inner_text() == ""


def test_every_entry_without_times_has_its_reason(opened):
    page, _ = opened("part=structure")
    tables = page.evaluate("explorer.facts.tables.finite")
    for name in ("tanh", "relu", "sign"):
        for times, reasons in zip(tables[name]["t_collapse"], tables[name]["why"], strict=True):
            for row, whys in zip(times, reasons, strict=True):
                assert [one is None for one in row] == [isinstance(why, str) for why in whys]


@pytest.mark.parametrize(
    ("address", "why"),
    [("latent=64&ambient=64&logp=1", "outside the tables"), ("activation=sign&logp=8", "can tell apart")],
)
def test_it_says_why_a_place_has_no_levels(opened, address, why):
    page, _ = opened(f"part=structure&{address}")
    assert why in page.locator("#structure-sentence").inner_text()


@pytest.mark.parametrize("address", ["activation=relu&latent=4&ambient=4&logp=4", "activation=linear&latent=4"])
def test_no_curve_lies_flat_on_the_floor_of_its_chart(opened, address):
    """A level below the scale once ran along its lower end as if it stayed there."""
    page, _ = opened(f"part=structure&{address}")
    ends = """() => [...document.querySelectorAll('#structure-points path')].map((one) =>
      [...one.getAttribute('d').matchAll(/[ML]\\s*([\\d.-]+)[ ,]([\\d.-]+)/g)].map((found) => Number(found[2])))"""
    curves = [curve for curve in page.evaluate(ends) if len(curve) > 20]
    assert len(curves) >= 6 and all(curve[-1] != curve[-2] for curve in curves)
