"""The answer of /api/levels: where price may turn, how far away that is and how often it was tried today.

Everything but the current price comes from completed sessions and completed minutes, so that a level of the previous
day reads the same from 04:00 to 20:00. See docs/market-api.md.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from market import answers, calendar, clock, feed, latest_price, references, session_minutes
from market.market_state import wire_instant
from market.pure import levels, touches
from market.pure.bars import Floats
from market.pure.indicators import VwapLine
from market.pure.levels import Level
from market.references import Reference
from market.session_minutes import INTRADAY, Minutes
from market.vendors import vendor

VIEWS = ("intraday", "daily", "weekly")
TTL_S = 60
BANDS = {"upper2": 2, "upper1": 1, "lower1": -1, "lower2": -2}
EXPANDING, CONTRACTING = 1.1, 0.9


def answer(symbol: str, view: str = "intraday") -> dict[str, Any]:
    """Return the contract's `Levels` of a symbol in our spelling, at most a minute old.

    Raises
    ------
    ProviderUnavailable, RateLimited
        If there are no daily bars; all else that cannot be had is named in `degraded`.
    UnknownSymbol
        If the vendor knows no such symbol.
    """
    now = clock.now()
    kept = answers.remembered("levels", symbol, view, ttl_s=TTL_S, now=now, compute=lambda: _compute(symbol, view, now))
    return kept.body | {"cached": kept.cached, "cacheExpiresAt": wire_instant(kept.expires_at) if kept.cached else None}


def _compute(symbol: str, view: str, now: datetime) -> dict[str, Any]:
    day = references.levels_date(now)
    found = references.reference(symbol, day, view)
    price = latest_price.latest(symbol, now, close=found.day.close, close_date=found.session_date)
    minutes = _minutes(symbol, day)
    vwap = minutes.vwap()
    candidates = levels.candidates(
        day=found.day,
        week=found.week,
        premarket=levels.period(minutes.premarket),
        vwap=_last(vwap.vwap),
        standard=found.pivots.standard,
        recent=found.recent,
    )
    return {
        "symbol": symbol,
        "timeframe": view,
        "timestamp": now,
        "levelsDate": day,
        "referenceDate": found.session_date,
        "currentPrice": _cents(price.price),
        "priceAsOf": price.at,
        "priceSource": price.source,
        "levels": {
            **_sides(candidates, price.price, found, _tests(candidates, minutes, vwap.vwap, found.atr_of_day)),
            "pivots": _pivots(found),
            "indicators": _indicators(found, vwap, minutes),
        },
        "marketContext": _context(now),
        "degraded": [*_late(found, day), *([] if np.isfinite(found.atr14) else ["atr14"]), *minutes.degraded],
        "simulated": vendor().simulated,
        "delayed": feed.plan_is_delayed(),
    }


def _late(found: Reference, day: date) -> list[str]:
    # The vendor has no bar yet of the session that has just ended; the levels are still those of the one before.
    return [] if found.session_date == calendar.previous_session(day).date else ["daily"]


def _minutes(symbol: str, day: date) -> Minutes:
    session = calendar.session(day)
    assert session is not None, day  # noqa: S101 -- a levels' date is a trading day by construction
    return session_minutes.of(symbol, session)


def _sides(
    candidates: dict[str, float], price: float, found: Reference, tests: dict[str, dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    # Rounded before they are placed, so that every distance is the difference of two numbers that stand in the answer.
    rounded = {name: _cents(at) for name, at in candidates.items()}
    ladder = levels.ladder(rounded, price=_cents(price), atr=found.atr14)
    return {
        "resistance": [_item(level) | tests.get(level.name, {}) for level in ladder.resistance],
        "support": [_item(level) | tests.get(level.name, {}) for level in ladder.support],
    }


def _item(level: Level) -> dict[str, Any]:
    # The contract wants a number and a word; without an ATR there is neither, and `unavailable` says so.
    has_atr = np.isfinite(level.distance_atr)
    missing = [*([] if has_atr else ["distanceATR"]), *([] if level.strength else ["strength"])]
    return {
        "type": level.name,
        "name": level.name,
        "price": level.price,
        "distance": _cents(level.distance),
        "distancePct": _cents(level.distance_pct),
        "distanceATR": _cents(level.distance_atr) if has_atr else 0.0,
        "strength": level.strength or "weak",
        "description": levels.DESCRIPTIONS[level.name],
        **({"unavailable": missing} if missing else {}),
    }


def _tests(candidates: dict[str, float], minutes: Minutes, vwap: Floats, atr: float) -> dict[str, dict[str, Any]]:
    # Without minutes or ATR nobody knows how often a level was tested; then the members are left out, not 0.
    if INTRADAY in minutes.degraded or not np.isfinite(atr):
        return {}
    bars = minutes.regular
    lines = np.empty((len(candidates), len(bars)))
    for row, (name, at) in enumerate(candidates.items()):
        lines[row] = vwap if name == "VWAP" else at
    tested = touches.touches(
        bars.high,
        bars.low,
        lines,
        tolerance=touches.tolerance(bars.close, atr),
        excursion=touches.excursion(atr),
    ).tested
    return {
        name: {
            "testsToday": int(row.sum()),
            "lastTest": datetime.fromtimestamp(int(bars.ts[row][-1]), UTC) if row.any() else None,
        }
        for name, row in zip(candidates, tested, strict=True)
    }


def _pivots(found: Reference) -> dict[str, dict[str, float]]:
    families = {name: getattr(found.pivots, name) for name in ("standard", "camarilla", "fibonacci")}
    return {name: {pivot: _cents(at) for pivot, at in family.items()} for name, family in families.items()}


def _indicators(found: Reference, vwap: VwapLine, minutes: Minutes) -> dict[str, Any]:
    middle, sigma = _last(vwap.vwap), _last(vwap.sigma)
    return {
        "vwap": _cents_or_none(middle),
        "vwapBands": {name: _cents_or_none(middle + k * sigma) for name, k in BANDS.items()},
        "volumeSource": minutes.volume_source if np.isfinite(middle) else None,
        "atr14": _cents_or_none(found.atr14),
        "atr7": _cents_or_none(found.atr7),
        "atrRegime": _regime(found.atr7, found.atr14),
    }


def _regime(atr7: float, atr14: float) -> str | None:
    if not (np.isfinite(atr7) and atr14 > 0):
        return None
    if atr7 > EXPANDING * atr14:
        return "expanding"
    return "contracting" if atr7 < CONTRACTING * atr14 else "normal"


def _context(now: datetime) -> dict[str, Any]:
    state = calendar.state(now).as_wire()
    names = {"marketStatus": "status", "sessionType": "session", "timeSinceOpen": "timeSinceOpen"}
    return {ours: state[theirs] for ours, theirs in names.items() if theirs in state}


def _last(values: Floats) -> float:
    return float(values[-1]) if len(values) else float("nan")


def _cents(value: float) -> float:
    return round(float(value), 2)


def _cents_or_none(value: float) -> float | None:
    return _cents(value) if np.isfinite(value) else None
