"""What the whole suite shares: one rule for property tests, one for the cache and one for the browser."""

import os
import shutil
import signal

import pytest
import torch
from hypothesis import settings

from remanifold._core.compiled import functions as compiled
from remanifold._core.compiled.functions import numba_installed

if "CI" not in os.environ:  # where CI is set, hypothesis itself turns deadlines and randomness off
    settings.register_profile("house", deadline=None)
    settings.load_profile("house")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a runner in the background: programs that tests start would
    signal.signal(signal.SIGINT, signal.default_int_handler)  # inherit that, and tests interrupt them


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """No test reads or fills the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REMANIFOLD_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def same_weights_every_time():
    """Networks that tests draw at random are the same in every run."""
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def budgets_of_its_own(monkeypatch):
    """A small memory budget of one test does not keep the compiler from the next ones."""
    monkeypatch.setattr(compiled, "_within", [])  # private: the smallest budget that this process was told


@pytest.fixture
def without_numba(monkeypatch):
    """Call it: from here on nothing is compiled, as where numba is not installed."""

    def switch_off():
        monkeypatch.setenv("REMANIFOLD_COMPILED", "0")
        numba_installed.cache_clear()

    yield switch_off
    numba_installed.cache_clear()
    monkeypatch.undo()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium for Playwright's ``executable_path``; without one, skip, but fail where CI=true."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    reason = "no chromium, chromium-browser or google-chrome on PATH"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser(chromium):
    """One Chromium for a module; two at once, or one open beside an event loop, are not allowed."""
    from playwright.sync_api import sync_playwright

    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        browser.close()
