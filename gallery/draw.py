"""Draws setups with our own chart in a headless browser, one picture each; no coach has to run."""

from __future__ import annotations

import base64
import mimetypes
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
import numpy as np
from playwright.sync_api import Page, Route, sync_playwright

from gallery.palette import Pixels, indexed_png

SIZE = {"width": 1200, "height": 640}
MOST_BYTES = 60_000
# Nobody is asked there: every request of the page is answered from the checkout.
ORIGIN = "http://gallery.invalid"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking")
# Four bytes a point of a PNG, all as Base64.
DECODE = """async (shot) => {
    const bytes = Uint8Array.from(atob(shot), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, picture.width, picture.height);
    const reader = new FileReader();
    const read = new Promise((resolve) => reader.addEventListener("load", resolve));
    reader.readAsDataURL(new Blob([data]));
    await read;
    return reader.result.split(",")[1];
}"""
OVERLAYS = ("vwap", "openingRange", "volume", "levels")


@dataclass(frozen=True, slots=True)
class Case:
    """A picture to draw.

    Attributes
    ----------
    name : str
        Of the file, without its ending.
    title, note : str
        What stands above the chart, in bold and beside it.
    data : mapping
        The chart as `coach.pure.drawing.of_setup` returns it.
    """

    name: str
    title: str
    data: Mapping[str, Any]
    note: str = ""


def draw(cases: Sequence[Case], folder: Path) -> None:
    """Write a PNG of each case, 1200 by 640 points and at most 60 kB.

    Raises
    ------
    RuntimeError
        If there is no Chromium on PATH, a script of the page fails, or a picture is too large.
    """
    _stand()
    folder.mkdir(parents=True, exist_ok=True)
    with _browser_page() as (page, troubles):
        for case in cases:
            page.unroute_all()
            page.route(f"{ORIGIN}/**", _answering(_document(case)))
            page.goto(f"{ORIGIN}/{case.name}")
            page.wait_for_selector("html[data-drawn]", state="attached")
            if troubles:
                raise RuntimeError(f"{case.name}: {'; '.join(troubles)}")
            _write(page, folder, case.name)


def _stand() -> None:
    # Templates and static files are Django's to find; nothing here asks a database.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("COACH_ENV", "test")
    os.environ.setdefault("COACH_STORE", "test")
    django.setup()


@contextmanager
def _browser_page() -> Iterator[tuple[Page, list[str]]]:
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        raise RuntimeError("no Chromium on PATH")
    troubles: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        page = browser.new_page(viewport=SIZE, color_scheme="dark", reduced_motion="reduce")  # type: ignore[arg-type]
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("requestfailed", lambda request: troubles.append(f"{request.url}: {request.failure}"))
        yield page, troubles
        browser.close()


def _document(case: Case) -> str:
    from django.template import engines  # noqa: PLC0415 -- Django has to stand

    from coach.pages.context import STYLESHEETS  # noqa: PLC0415 -- Django has to stand

    facts = {
        "case": case,
        "stylesheets": STYLESHEETS,
        "overlays": [{"key": key, "label": key, "group": "", "on": True} for key in OVERLAYS],
    }
    source = Path(__file__).with_name("picture.html").read_text(encoding="utf-8")
    return str(engines["django"].from_string(source).render(facts))


def _answering(document: str) -> Any:
    from django.contrib.staticfiles import finders  # noqa: PLC0415 -- Django has to stand

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(f"{ORIGIN}/").split("?")[0]
        found = finders.find(path.removeprefix("static/")) if path.startswith("static/") else None
        if found:
            route.fulfill(path=found, content_type=mimetypes.guess_type(found)[0] or "text/javascript")
        elif route.request.is_navigation_request():
            route.fulfill(body=document, content_type="text/html; charset=utf-8")
        else:
            route.fulfill(status=404)

    return answer


def _write(page: Page, folder: Path, name: str) -> None:
    picture = indexed_png(_pixels(page))
    if len(picture) > MOST_BYTES:
        raise RuntimeError(f"{name}: {len(picture)} bytes")
    (folder / f"{name}.png").write_bytes(picture)


def _pixels(page: Page) -> Pixels:
    """Return what the page shows; the browser itself decodes its screenshot."""
    shot = base64.b64encode(page.screenshot(type="png")).decode()
    colours = base64.b64decode(page.evaluate(DECODE, shot))
    return np.frombuffer(colours, dtype=np.uint8).reshape(SIZE["height"], SIZE["width"], 4)[:, :, :3]
