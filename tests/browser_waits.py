"""Waiting for a page whose content security policy forbids eval, which Playwright's wait_for_function needs."""

import time

from playwright.sync_api import Page


def wait_for(page: Page, expression: str, seconds: float = 30.0) -> None:
    """Return once ``expression`` is true in ``page``; fail after ``seconds``."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"still false after {seconds} s: {expression}"
        page.wait_for_timeout(20)
