"""A detector's numbers in words and units."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coach.pure import figures
from coach.pure.figures import NO_REASON, Figure
from detectors.pure import engine
from detectors.pure.background import Background
from tests.detectors.sessions import random_panel

BREAKOUT = {
    "dedupeKey": "orb:15:long:101.00:99.50",
    "description": "SPY closed above the high",
    "currentPrice": 101.2,
    "atrRatio": None,
    "volumeRatio": 3.56,
    "orbPeriodMinutes": 15,
    "orbHigh": 1101.0,
    "confluence": ["vwap_cross"],
}


def test_the_numbers_come_in_our_order_without_what_the_page_says_elsewhere() -> None:
    assert figures.of(BREAKOUT) == [
        Figure("Opening range", "15 min", NO_REASON),
        Figure("Range high", "$1,101.00", NO_REASON),
        Figure("Range width, to ATR", None, "there are too few days for an ATR"),
        Figure("Volume, to recent", "3.56x", NO_REASON),
    ]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("gapSize", -2.0, "-2.00 pts"),
        ("gapPct", 0.5, "+0.50%"),
        ("fillPct", 53.33, "53%"),
        ("historicalFillRate", 0.61, "61%"),
        ("deviationBand", -2.345, "-2.35 sigma"),
        ("trendExtensionAtr", 0.42, "0.42 ATR"),
        ("tolerance", 0.48, "0.48 pts"),
        ("testCount", 4, "4"),
        ("weakening", True, "yes"),
        ("potentialExhaustion", False, "no"),
        ("rejectionPattern", "shooting_star", "shooting star"),
        ("gammaRegime", "negative_gamma", "negative gamma"),
        ("nearestStrike", 6030.0, "$6,030"),
        ("level", "PDH", "PDH, prior day high"),
        ("level", "round", "round number"),
        ("level", "GEX flip", "GEX flip"),
        ("otherLevels", ["PDC", "PP"], "PDC, PP"),
        ("otherLevels", ["VWAP"], "VWAP"),
        ("lastTestAt", "2026-02-09T14:58:00Z", "09:58 ET"),
        ("touchedAt", "2026-07-09T13:58:00+00:00", "09:58 ET"),
    ],
)
def test_each_number_has_its_unit(name: str, value: Any, text: str) -> None:
    (figure,) = figures.of({name: value})

    assert figure.text == text


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1"), (2.0, "2"), (2.5, "2.50"), (12345.678, "12,345.68"), (True, "yes"), ("so", "so")]
)
def test_a_name_that_nobody_knows_is_printed_with_its_own_words(value: Any, text: str) -> None:
    assert figures.of({"someNewRatio": value}) == [Figure("Some new ratio", text, NO_REASON)]


@pytest.mark.parametrize("value", ["soon", 7, "2026-02-09T14:58:00", ""])
def test_what_is_no_instant_is_missing(value: Any) -> None:
    assert figures.of({"touchedAt": value}) == [Figure("Touched at", None, NO_REASON)]


@pytest.mark.parametrize("name", ["orbHigh", "gapSize", "volumeRatio", "historicalFillRate", "nearestStrike"])
def test_what_is_no_number_is_missing_and_never_0(name: str) -> None:
    (figure,) = figures.of({name: "a lot"})

    assert figure.text is None


@pytest.mark.parametrize("signal", [{"otherLevels": []}, {"levels": {"PDH": 1}}, {"bars": [1, 2]}, {}])
def test_empty_lists_and_documents_are_no_figures(signal: dict[str, Any]) -> None:
    assert figures.of(signal) == []


def test_the_setups_beside_a_detection_are_read_by_side() -> None:
    signal = {"confluence": ["vwap_cross", 3], "opposed": ["gap_fill"]}

    assert figures.company(signal) == (["vwap_cross"], ["gap_fill"])
    assert figures.company({"confluence": None}) == ([], [])


def test_every_number_that_a_detector_gives_has_a_label() -> None:
    names = ("NDX", "RND", "RNE", "SPX")
    panel = replace(random_panel(1, symbols=4), symbols=names, volume_source=names, prev_close=np.full(4, 99.6))
    background = Background(levels={name: {"PDH": 100.6, "PDL": 99.4, "PDC": 99.6} for name in names})

    found, _ = engine.detect(panel, close_ts=panel.ts(390), background=background)

    named = {name for detection in found for name in detection.signal}
    assert len({detection.setup_type for detection in found}) >= 5
    assert named - figures._KNOWN.keys() - figures._SAID_ELSEWHERE == set()
