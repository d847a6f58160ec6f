"""Headless Chromium on the stack of real processes; every page is watched for script errors and broken answers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute, expect, sync_playwright

from tests.live.stack import Stack

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 375, "height": 812}
# Nothing is timed here: who waits for what comes waits as long as a busy machine may need.
PATIENCE_MS = 40_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser these tests are reported as not run; where CI is set that is a failure."""
    if CHROMIUM or os.environ.get("CI"):
        return
    reason = "no Chromium on PATH: the browser tests did not run"
    for item in items:
        if "browser" in item.keywords:
            item.add_marker(pytest.mark.skip(reason=reason))


class Line:
    """The page's socket, through the test's hands: it can be cut, and stays cut until it is mended."""

    def __init__(self, page: Page) -> None:
        self._sockets: list[WebSocketRoute] = []
        self._cut = False
        page.route_web_socket("**/ws/**", self._opened)

    def _opened(self, socket: WebSocketRoute) -> None:
        if self._cut:
            socket.close(code=1001)
            return
        socket.connect_to_server()
        self._sockets.append(socket)

    def cut(self) -> None:
        """Close what is open, and refuse what comes."""
        self._cut = True
        for socket in self._sockets:
            socket.close(code=1001)
        self._sockets.clear()

    def mend(self) -> None:
        """Let sockets through again."""
        self._cut = False


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the browser of the run."""
    assert CHROMIUM, "CI needs Chromium on PATH; .ci/run installs it"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def cookies(browser: Browser, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sign in as the demo trader once, and return where the cookies are."""
    path = tmp_path_factory.mktemp("browser") / "state.json"
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{stack.url}/accounts/sign-in")
    page.get_by_label("Username").fill("demo")
    page.get_by_label("Password").fill(stack.store.secrets()["demo_password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/coach/")
    context.storage_state(path=path)
    context.close()
    return path


@pytest.fixture
def open_page(browser: Browser, stack: Stack, cookies: Path) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page of the coach, signed in unless told otherwise."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_(path: str, *, viewport: dict[str, int] = DESKTOP, signed_in: bool = True, cuttable: bool = False) -> Page:
        context = browser.new_context(
            base_url=stack.url, viewport=viewport, storage_state=cookies if signed_in else None
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
        page.on("console", lambda said: troubles.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("response", lambda got: troubles.append(f"{got.status} {got.url}") if got.status >= 500 else None)
        if cuttable:
            page.line = Line(page)  # type: ignore[attr-defined]
        page.goto(path)
        return page

    open_.troubles = troubles  # type: ignore[attr-defined]
    yield open_
    for context in contexts:
        context.close()
    assert not troubles
