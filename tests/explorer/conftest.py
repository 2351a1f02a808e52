"""One page for the room."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from browser_waits import wait_for
from playwright.sync_api import Browser, Page

from remanifold.explorer import explorer_page

Opened = Callable[..., tuple[Page, list[str]]]


@pytest.fixture(scope="session")
def own_rows() -> np.ndarray:
    """Pictures of 6 by 6 pixels, so many grey levels as a byte has."""
    return np.random.default_rng(5).integers(0, 256, size=(60, 6, 6)).astype(np.uint8)


@pytest.fixture(scope="session")
def file(own_rows: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with these rows, on disk."""
    path = tmp_path_factory.mktemp("explorer") / "explore.html"
    path.write_text(explorer_page(own_rows, n_rows=40, threads=1), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Opened]:
    """Call it with what follows # in the address: the page, and what it said, failed at and asked for."""
    pages: list[Page] = []

    def open_at(address: str = "", width: int = 1200, **context: object) -> tuple[Page, list[str]]:
        page = browser.new_page(viewport={"width": width, "height": 900}, **context)  # pyright: ignore
        seen: list[str] = []
        page.on("console", lambda message: seen.append(f"console {message.type}: {message.text}"))
        page.on("pageerror", lambda error: seen.append(f"error: {error}"))
        page.on("request", lambda request: seen.append(f"request {request.url.split('#')[0]}"))
        page.goto(f"{file.as_uri()}#{address}")
        wait_for(page, "globalThis.explorer !== undefined")
        pages.append(page)
        return page, seen

    yield open_at
    for page in pages:
        page.close()
