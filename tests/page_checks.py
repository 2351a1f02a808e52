"""Opening a written page in real Chromium, and what axe-core says of it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page


def open_page(browser: Browser, file: Path, width: int = 1200, scheme: Any = "light") -> tuple[Page, list[str]]:
    """The page, and a list that grows by what it says on the console, asks for and fails at."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    seen: list[str] = []
    page.on("console", lambda message: seen.append(f"console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen.append(f"error: {error}"))
    page.on("request", lambda request: seen.append(f"request {request.url}") if outside(request.url) else None)
    page.goto(file.as_uri())
    painted(page)
    return page, seen


def outside(url: str) -> bool:
    """Whether asking for ``url`` leaves the page; pictures in it do not."""
    return not url.startswith(("data:", "blob:"))


def painted(page: Page) -> None:
    """Wait until what was asked for is on the screen: two frames."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def serious(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical: rule and first element."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")
    ]
