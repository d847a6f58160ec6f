"""Levels of gamma exposure as the chart and the options panel show them."""

from __future__ import annotations

from typing import Any

from options_engine import exposure

KINDS = {"support": "GEX support", "resistance": "GEX resistance", "magnet": "GEX magnet"}


def read(symbol: str) -> dict[str, Any]:
    """Return flip, largest exposure and key strikes of a symbol, `{levels: [{kind, label, price}], asOf, stale}`.

    Raises
    ------
    CoachError
        As `exposure.gex`.
    """
    told = exposure.gex(symbol)
    return {"levels": of(told), "asOf": told["asOf"], "stale": told["stale"]}


def of(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the levels of an answer about gamma exposure; a flip that is not in range is no level."""
    levels = [{"kind": "flip", "label": "Gamma flip", "price": told["flipPoint"]}]
    levels.append({"kind": "max", "label": "Max GEX", "price": told["maxGEXStrike"]})
    levels += [
        {"kind": each["type"], "label": KINDS[each["type"]], "price": each["strike"]} for each in told["keyLevels"]
    ]
    return [level for level in levels if level["price"] is not None]
