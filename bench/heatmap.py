"""How long the heatmap takes to draw in a real browser, beside the same cells drawn by the pinned chart library."""

from __future__ import annotations

import mimetypes
import shutil
import statistics
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, sync_playwright

from bench.row import Row, faster

BENCH = "heatmap"
SIZES = ((51, 10), (70, 10))  # strikes and dates: what a page opens with, and the most it shows
RUNS = 60
ROOT = Path(__file__).resolve().parent.parent
# Where the files of an address lie, the more special one first.
PLACES = {"/static/vendor/": ROOT / "node_modules", "/static/": ROOT / "static", "/bench/": ROOT / "bench"}
PAGE = """<!doctype html><link rel="stylesheet" href="/static/css/tokens.css">
<div id="ours" style="width:900px;height:760px"><canvas style="width:100%;height:100%"></canvas></div>
<div id="theirs" style="width:900px;height:760px"></div>"""
MEASURED = "given => import('/bench/heatmap.js').then(({ drawings }) => drawings(given))"


def run(*, quick: bool = False) -> list[Row]:
    """Draw each size many times over; the aim is 100 ms for 500 cells and more."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 1700})
        page.route("**/*", _answer)
        page.goto("http://heatmap.bench/")
        return [row for size in SIZES[: 1 if quick else None] for row in _rows(page, *size, runs=3 if quick else RUNS)]


def _rows(page: Page, strikes: int, expiries: int, *, runs: int) -> list[Row]:
    found: dict[str, Any] = page.evaluate(MEASURED, {"strikes": strikes, "expiries": expiries, "runs": runs})
    case = f"{strikes * expiries} cells"
    ours, theirs = (statistics.median(found[each]) for each in ("ours", "theirs"))
    return [
        faster(BENCH, case, "a drawing, median", ours, theirs, "ECharts"),
        faster(BENCH, case, "the slowest of them", max(found["ours"]), max(found["theirs"]), "ECharts"),
        Row(BENCH, case, "cells drawn", found["cells"], "cells", must_be=strikes * expiries),
    ]


def _answer(route: Route) -> None:
    path = route.request.url.removeprefix("http://heatmap.bench")
    place = next((start for start in PLACES if path.startswith(start)), None)
    if place is None:
        route.fulfill(body=PAGE, content_type="text/html")
        return
    file = _file(place, path.removeprefix(place))
    kind = "text/javascript" if file.suffix in (".js", ".mjs") else mimetypes.guess_type(file.name)[0]
    route.fulfill(body=file.read_bytes(), content_type=kind or "application/octet-stream")


def _file(place: str, name: str) -> Path:
    if place == "/static/vendor/":
        package, _, rest = name.partition("/")
        return PLACES[place] / package / "dist" / rest
    return PLACES[place] / name


def _chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise SystemExit("bench: no Chromium on PATH, and the heatmap is drawn by one")
    return found
