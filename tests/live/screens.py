"""The screens of the existing front end as data: what each asks for, what it reads of the answers, and what is to come.

Screens and members are those of "What the front end reads" in docs/contract/README.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

Operation = tuple[str, str]

LEVELS = ("/api/levels/{symbol}", "get")
CHART = ("/api/chart/{symbol}", "get")
SEARCH = ("/api/symbols/search", "get")
SCAN = ("/api/scanner/scan", "get")
LISTS, NEW_LIST = ("/api/watchlist", "get"), ("/api/watchlist", "post")
CHANGE_LIST, DROP_LIST = ("/api/watchlist/{id}", "put"), ("/api/watchlist/{id}", "delete")
TRACKED, TRACK = ("/api/tracked-setups", "get"), ("/api/tracked-setups", "post")
MOVE_SETUP, DROP_SETUP = ("/api/tracked-setups/{id}", "patch"), ("/api/tracked-setups/{id}", "delete")
SIMULATE = ("/api/tracked-setups/e2e/simulate-detected", "post")
ALERTS, NEW_ALERT = ("/api/alerts", "get"), ("/api/alerts", "post")
CHANGE_ALERT, DROP_ALERT = ("/api/alerts/{id}", "put"), ("/api/alerts/{id}", "delete")
CANCEL_ALERT = ("/api/alerts/{id}/cancel", "post")
MESSAGE = ("/api/chat/message", "post")
EXPIRATIONS = ("/api/options/{symbol}/expirations", "get")
CHAIN = ("/api/options/{symbol}/chain", "get")
EARNINGS, ANALYSIS = ("/api/earnings/calendar", "get"), ("/api/earnings/{symbol}/analysis", "get")
GEX = ("/api/options/{symbol}/gex", "get")
IV = ("/api/options/{symbol}/iv", "get")
ZERO = ("/api/options/{symbol}/0dte", "get")
MATRIX = ("/api/options/{symbol}/matrix", "get")
LEAPS, NEW_LEAPS, DROP_LEAPS = ("/api/leaps", "get"), ("/api/leaps", "post"), ("/api/leaps/{id}", "delete")
PROJECTION = ("/api/leaps/{id}/greeks-projection", "post")
ANALYZE = ("/api/positions/analyze", "post")
HELD, ADVICE = ("/api/positions/live", "get"), ("/api/positions/advice", "get")

SCREENS: dict[str, tuple[Operation, ...]] = {
    "Chat": (("/api/chat/stream", "post"), MESSAGE),
    "Chat cards, chart jump, journal link": (),  # drawn from the chat's tool results
    "Session list": (
        ("/api/chat/sessions", "get"),
        ("/api/chat/sessions/{sessionId}", "delete"),
        ("/api/chat/sessions/{sessionId}/messages", "get"),
    ),
    "Chat picture, screenshot view": (("/api/screenshot/analyze", "post"),),
    "Home": (CHART, SCAN),
    "Header ticker": (CHART,),
    "Chart": (CHART,),
    "Options": (
        EXPIRATIONS,
        CHAIN,
        GEX,
        ZERO,
        IV,
        MATRIX,
    ),
    "Positions": (HELD, ADVICE),
    "Position form (not mounted)": (ANALYZE,),
    "Scanner": (LISTS, NEW_LIST, CHANGE_LIST, SCAN, TRACK),
    "Tracked": (TRACKED, MOVE_SETUP, DROP_SETUP),
    "Daily brief": (("/api/brief/today", "get"), ("/api/brief/today", "patch"), GEX),
    "Alerts": (ALERTS, NEW_ALERT, DROP_ALERT, CANCEL_ALERT),
    "Journal": (
        ("/api/journal/trades", "get"),
        ("/api/journal/trades", "post"),
        ("/api/journal/trades/{id}", "delete"),
        ("/api/journal/analytics", "get"),
        ("/api/journal/insights", "get"),
    ),
    "LEAPS": (LEAPS, NEW_LEAPS, DROP_LEAPS, PROJECTION),
    "Earnings": (EARNINGS, ANALYSIS),
    "Macro": (("/api/macro", "get"),),
    "Symbol box": (SEARCH,),
    "Lesson tutor (another part of the site, server to server)": (MESSAGE,),
    "Client functions without a screen": (
        ("/api/journal/drafts", "get"),
        ("/api/journal/drafts/generate", "post"),
        ("/api/journal/trades/{id}/draft-status", "patch"),
        ("/api/journal/trades/{id}", "put"),
        ("/api/journal/import", "post"),
        ANALYZE,
        DROP_LIST,
    ),
}

# In the contract, and asked for by no screen and no client function.
NO_SCREEN: frozenset[Operation] = frozenset(
    {
        LEVELS,
        CHANGE_ALERT,
        SIMULATE,  # the end-to-end suite's
        ("/api/macro/impact/{symbol}", "get"),
        ("/api/leaps/{id}", "get"),
        ("/api/leaps/{id}", "put"),
        ("/api/leaps/{id}/roll-calculation", "post"),
    }
)

# What the screens ask for and nobody serves yet. An operation that begins to be served has to leave this list, be
# played in test_existing_front_end.py, and leave the list in docs/existing-front-end.md.
TO_COME: frozenset[Operation] = frozenset(
    {
        ("/api/brief/today", "get"),
        ("/api/brief/today", "patch"),
        ("/api/chat/message", "post"),
        ("/api/chat/sessions", "get"),
        ("/api/chat/sessions/{sessionId}", "delete"),
        ("/api/chat/sessions/{sessionId}/messages", "get"),
        ("/api/chat/stream", "post"),
        ("/api/journal/analytics", "get"),
        ("/api/journal/drafts", "get"),
        ("/api/journal/drafts/generate", "post"),
        ("/api/journal/import", "post"),
        ("/api/journal/insights", "get"),
        ("/api/journal/trades", "get"),
        ("/api/journal/trades", "post"),
        ("/api/journal/trades/{id}", "delete"),
        ("/api/journal/trades/{id}", "put"),
        ("/api/journal/trades/{id}/draft-status", "patch"),
        ("/api/macro", "get"),
        ("/api/scanner/scan", "get"),
        ("/api/screenshot/analyze", "post"),
    }
)

# What a screen does with each member: `number` is handed to toFixed, `time` to a date parser, `text` is printed,
# a `flag` decides.
# A question mark: null is drawn as nothing.
READS: dict[tuple[str, Operation], dict[str, str]] = {
    ("Home", CHART): {"bars[].time": "seconds", "bars[].close": "number"},
    ("Header ticker", CHART): {"bars[].close": "number"},
    ("Chart", CHART): {
        "bars[].time": "seconds",
        "bars[].open": "number",
        "bars[].high": "number",
        "bars[].low": "number",
        "bars[].close": "number",
        "bars[].volume": "number",
        "providerIndicators.ema8[].time": "seconds",
        "providerIndicators.ema8[].value": "number",
        "providerIndicators.ema21[].value": "number",
        "providerIndicators.rsi14[].value": "number",
        "providerIndicators.macd[].value": "number",
        "providerIndicators.macd[].signal": "number",
        "providerIndicators.macd[].histogram": "number",
    },
    ("Options", MATRIX): {
        "symbol": "text",
        "currentPrice": "number",
        "expirations[]": "text",
        "strikes[]": "number",
        "cells[].expiry": "text",
        "cells[].strike": "number",
        "cells[].metrics.volume": "number",
        "cells[].metrics.openInterest": "number",
        "cells[].metrics.impliedVolatility": "number?",
        "cells[].metrics.gex": "number",
    },
    ("Scanner", LISTS): {"defaultWatchlist.id": "text", "defaultWatchlist.symbols[]": "text"},
    ("Scanner", NEW_LIST): {"watchlist.id": "text"},
    ("Scanner", CHANGE_LIST): {"watchlist.id": "text"},
    ("Scanner", TRACK): {"trackedSetup": "object"},
    ("Tracked", TRACKED): {
        "trackedSetups[].id": "text",
        "trackedSetups[].symbol": "text",
        "trackedSetups[].setup_type": "text",
        "trackedSetups[].direction": "text",
        "trackedSetups[].status": "text",
        "trackedSetups[].notes": "text?",
        "trackedSetups[].tracked_at": "time",
        "trackedSetups[].opportunity_data": "object",
        "trackedSetups[].opportunity_data.score": "number",
        "trackedSetups[].opportunity_data.currentPrice": "number",
        "trackedSetups[].opportunity_data.suggestedTrade.entry": "number",
    },
    ("Tracked", MOVE_SETUP): {"trackedSetup.status": "text"},
    ("Alerts", ALERTS): {
        "alerts[].id": "text",
        "alerts[].symbol": "text",
        "alerts[].alert_type": "text",
        "alerts[].target_value": "number",
        "alerts[].status": "text",
        "alerts[].created_at": "time",
        "alerts[].triggered_at": "time?",
        "alerts[].notes": "text?",
    },
    ("Alerts", NEW_ALERT): {"id": "text", "target_value": "number"},
    ("Options", EXPIRATIONS): {"expirations[]": "text"},
    ("Options", CHAIN): {
        "currentPrice": "number",
        **{
            f"options.{side}[].{member}": kind
            for side in ("calls", "puts")
            for member, kind in {
                **dict.fromkeys(("strike", "last", "delta", "impliedVolatility", "volume", "openInterest"), "number"),
                "inTheMoney": "flag",
            }.items()
        },
    },
    ("Options", GEX): {
        "symbol": "text",
        "spotPrice": "number",
        "gexByStrike[].strike": "number",
        "gexByStrike[].gexValue": "number",
        "gexByStrike[].callGamma": "number",
        "gexByStrike[].putGamma": "number",
        "gexByStrike[].callOI": "number",
        "gexByStrike[].putOI": "number",
        "flipPoint": "number?",
        "maxGEXStrike": "number?",
        "keyLevels[].strike": "number",
        "keyLevels[].gexValue": "number",
        "keyLevels[].type": "text",
        "regime": "text",
        "implication": "text",
    },
    ("Options", ZERO): {
        "hasZeroDTE": "flag",
        "message": "text",
        "expectedMove.totalExpectedMove": "number",
        "expectedMove.usedPct": "number",
        "expectedMove.remainingPct": "number",
        "expectedMove.minutesLeft": "number",
        "thetaClock.projections[].time": "text",
        "thetaClock.projections[].estimatedValue": "number",
        "thetaClock.projections[].pctRemaining": "number",
        "gammaProfile.gammaPerDollar": "number",
        "gammaProfile.leverageMultiplier": "number",
        "gammaProfile.riskLevel": "text",
        "topContracts[].strike": "number",
        "topContracts[].last": "number",
        "topContracts[].volume": "number",
    },
    ("Options", IV): {
        "currentPrice": "number",
        "ivRank.currentIV": "number?",
        "ivRank.ivRank": "number?",
        "ivRank.ivPercentile": "number?",
        "ivRank.iv52wkHigh": "number?",
        "ivRank.iv52wkLow": "number?",
        "ivRank.ivTrend": "text",
        "skew.skew25delta": "number?",
        "skew.skew10delta": "number?",
        "skew.interpretation": "text",
        "termStructure.expirations[].date": "text",
        "termStructure.expirations[].dte": "number",
        "termStructure.expirations[].atmIV": "number",
        "termStructure.shape": "text",
    },
    ("Daily brief", GEX): {"regime": "text", "flipPoint": "number?", "maxGEXStrike": "number?"},
    ("Earnings", EARNINGS): {
        "events[].symbol": "text",
        "events[].date": "text",
        "events[].time": "text",
        "count": "number",
    },
    ("Earnings", ANALYSIS): {
        "symbol": "text",
        "expectedMove.points": "number",
        "expectedMove.pct": "number",
        "historicalMoves[].date": "text",
        "historicalMoves[].expectedMove": "number",
        "historicalMoves[].actualMove": "number",
        "avgHistoricalMove": "number",
        "moveOverpricing": "number",
        "currentIV": "number?",
        "preEarningsIVRank": "number?",
        "projectedIVCrushPct": "number?",
        "straddlePricing.atmStraddle": "number",
        "suggestedStrategies[].name": "text",
        "suggestedStrategies[].probability": "number",
        "suggestedStrategies[].expectedMaxLoss": "text",
        "suggestedStrategies[].expectedMaxGain": "text",
    },
    ("LEAPS", LEAPS): {
        "positions[].id": "text",
        "positions[].symbol": "text",
        "positions[].option_type": "text",
        "positions[].strike": "number",
        "positions[].entry_price": "number",
        "positions[].entry_date": "text",
        "positions[].expiry_date": "text",
        "positions[].quantity": "number",
        "positions[].current_value": "number?",
        "positions[].current_delta": "number?",
        "positions[].current_gamma": "number?",
        "positions[].current_theta": "number?",
        "positions[].current_vega": "number?",
    },
    ("LEAPS", NEW_LEAPS): {"position.id": "text"},
    ("LEAPS", PROJECTION): {
        f"projections[].{member}": "number" for member in ("dte", "delta", "theta", "vega", "projectedValue")
    },
    ("Positions", HELD): {
        **{f"positions[].{member}": "text" for member in ("id", "symbol", "type")},
        **{
            f"positions[].{member}": "number"
            for member in ("entryPrice", "currentPrice", "currentValue", "costBasis", "pnl", "pnlPct")
        },
        "timestamp": "time",
    },
    ("Positions", ADVICE): {f"advice[].{member}": "text" for member in ("positionId", "type", "urgency", "message")},
    ("Position form (not mounted)", ANALYZE): {
        **dict.fromkeys(("currentValue", "costBasis", "pnl", "pnlPct", "daysHeld", "daysToExpiry"), "number"),
        "breakeven": "number?",
        **{f"greeks.{name}": "number" for name in ("delta", "gamma", "theta", "vega")},
    },
    ("Symbol box", SEARCH): {"results[].symbol": "text", "results[].name": "text", "results[].type": "text"},
}

LATEST_SECONDS = 10_000_000_000  # milliseconds would be far above


def values(body: Any, path: str) -> Iterator[Any]:
    """Yield what a screen finds at a path such as `bars[].close`; a member that is not there fails."""
    first, _, rest = path.partition(".")
    name = first.removesuffix("[]")
    assert isinstance(body, dict), f"{path}: {body!r} has no members"
    assert name in body, f"{name} is not among {sorted(body)}"
    found = body[name] if first.endswith("[]") else [body[name]]
    assert isinstance(found, list), f"{name} is no list"
    for each in found:
        if rest:
            yield from values(each, rest)
        else:
            yield each


def is_usable(value: Any, kind: str) -> bool:
    """Say whether a screen can do with the value what it does with values of this kind."""
    return (value is None and kind.endswith("?")) or KINDS[kind.removesuffix("?")](value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_time(value: Any) -> bool:
    zoned = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return isinstance(value, str) and bool(re.fullmatch(zoned, value))


KINDS: dict[str, Callable[[Any], bool]] = {
    "number": _is_number,
    "seconds": lambda value: _is_number(value) and isinstance(value, int) and 0 < value < LATEST_SECONDS,
    "text": lambda value: isinstance(value, str) and value != "",
    "time": _is_time,
    "object": lambda value: isinstance(value, dict),
    "flag": lambda value: isinstance(value, bool),
}


def screens_of(operations: frozenset[Operation]) -> dict[str, set[Operation]]:
    """Return which of the operations each screen asks for; screens that ask for none are left out."""
    found = {screen: operations.intersection(asked) for screen, asked in SCREENS.items()}
    return {screen: set(asked) for screen, asked in found.items() if asked}
