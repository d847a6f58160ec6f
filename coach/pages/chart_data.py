"""What a chart draws: bars and lines of the chart answer, levels, opening range, and the trader's plans."""

from __future__ import annotations

import logging
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.models import Preferences
from coach.pages import addresses
from coach.pure import plan as plans
from coach.pure import words
from detectors import wire
from detectors.models import TrackedSetup
from market import chart, clock, levels
from market.errors import ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.timeframes import TIMEFRAMES

logger = logging.getLogger(__name__)

NEW_YORK = ZoneInfo("America/New_York")
TABLE_BARS = 20
MOST_PLANS = 20
RESYNC_S = 60
FASTEST_RESYNC_S = 5
NOTHING: dict[str, Any] = {
    "bars": [],
    "hasVolume": False,
    "volumeNote": "",
    "vwap": [],
    "ema8": [],
    "ema21": [],
    "rsi": [],
    "macd": [],
    "openingRange": None,
    "session": None,
    "markers": [],
}


def read(user: Any, row: Preferences, symbol: str, frame: str, setup: str) -> dict[str, Any]:
    """Return everything a chart draws; trouble with the data is a state with a sentence, not an error."""
    return {
        "symbol": symbol,
        "frame": frame,
        "resyncMs": resync_ms(),
        "levels": ladder(symbol),
        "setups": _plans(user, symbol, setup),
        **_bars(row, symbol, frame),
    }


def resync_ms() -> int:
    """Return how often a chart asks for its data anew: each minute of the market. [ms]."""
    return int(1000 * max(FASTEST_RESYNC_S, RESYNC_S / clock.speed()))


def state(name: str, title: str = "", text: str = "") -> dict[str, str]:
    """Return the state of a chart with what stands over it: `ready`, `empty`, `error` or `unknown`."""
    return {"state": name, "title": title, "text": text}


def table(bars: list[dict[str, Any]], frame: str) -> list[dict[str, Any]]:
    """Return the last bars, newest first, with their times in New York."""
    pattern = "%b %-d, %Y" if frame == "1D" else "%b %-d, %H:%M"
    return [
        {**bar, "time": datetime.fromtimestamp(bar["time"], NEW_YORK).strftime(pattern)}
        for bar in reversed(bars[-TABLE_BARS:])
    ]


def ladder(symbol: str) -> list[dict[str, Any]]:
    """Return name and price of each level of the session that levels are for, from the highest down."""
    try:
        found = levels.answer(symbol)["levels"]
    except (ProviderUnavailable, RateLimited, UnknownSymbol) as trouble:
        # The chart is worth having without them; its menu says that there are none.
        logger.info("coach.chart.no_levels", extra={"symbol": symbol, "reason": str(trouble)})
        return []
    named = [{"name": item["name"], "price": item["price"]} for item in (*found["resistance"], *found["support"])]
    pivot = {"name": "PP", "price": found["pivots"]["standard"]["pp"]}
    kept = [level for level in (*named, pivot) if level["name"] != "VWAP"]
    return sorted(kept, key=lambda level: -level["price"])


def volume_note(symbol: str, source: str | None) -> str:
    """Return what an index chart says instead of volume, and whose volume its VWAP weighs with."""
    return f"No volume for index {symbol}." + (f" VWAP weighs with the volume of {source}." if source else "")


def _bars(row: Preferences, symbol: str, frame: str) -> dict[str, Any]:
    try:
        answer = chart.answer(symbol, frame, with_indicators=True)
    except UnknownSymbol as unknown:
        return NOTHING | state("unknown", f"There is no chart of {symbol}", f"{unknown}. Press / to find another.")
    except (ProviderUnavailable, RateLimited) as trouble:
        return NOTHING | state("error", "The chart could not be loaded", f"{trouble}. Saved data is unaffected.")
    lines = answer["providerIndicators"]
    drawn = {
        "bars": answer["bars"],
        "hasVolume": answer["hasVolume"],
        # Intraday answers carry the source.
        "volumeNote": "" if answer["hasVolume"] else volume_note(symbol, answer.get("volumeSource")),
        "vwap": answer.get("vwap", []),
        "ema8": lines["ema8"],
        "ema21": lines["ema21"],
        "rsi": lines["rsi14"],
        "macd": lines["macd"],
        "openingRange": _opening_range(row, answer, frame),
        "session": _session(answer),
        "markers": [],
    }
    if not answer["bars"]:
        return drawn | state("empty", "No chart data available", "No bar of this timeframe has been traded yet.")
    return drawn | state("ready")


def _opening_range(row: Preferences, answer: dict[str, Any], frame: str) -> dict[str, Any] | None:
    step_s = TIMEFRAMES[frame].step_s
    own = [one for one in answer.get("openingRange", []) if one["minutes"] == row.orb_period]
    # A bar longer than the range would show a box over more than the range.
    if not own or step_s is None or step_s > 60 * row.orb_period:
        return None
    close = answer["session"]["close"]
    return {**own[0], "until": close, "over": clock.now().timestamp() >= close}


def _session(answer: dict[str, Any]) -> dict[str, int]:
    session = answer["session"]
    day = session["date"] if isinstance(session["date"], date) else date.fromisoformat(session["date"])
    midnight = datetime.combine(day, time(0), NEW_YORK)
    return {"open": session["open"], "close": session["close"], "day": int(midnight.timestamp())}


def _plans(user: Any, symbol: str, setup: str) -> list[dict[str, Any]]:
    chosen = _as_uuid(setup)
    shown = TrackedSetup.objects.owned_by(user.pk).filter(symbol=symbol)
    shown = shown.filter(Q(status="active") | Q(pk=chosen)).newest_first()
    return [_plan(row, chosen) for row in wire.tracked(shown[:MOST_PLANS])]


def _plan(row: dict[str, Any], chosen: UUID | None) -> dict[str, Any]:
    plan = plans.read(row["opportunity_data"])
    return {
        "id": str(row["id"]),
        "type": row["setup_type"],
        "label": words.setup_name(row["setup_type"]),
        "direction": row["direction"],
        "status": row["status"],
        "entry": plan.entry,
        "stop": plan.stop,
        "firstTarget": None,
        "target": plan.target,
        "at": int(row["tracked_at"].timestamp()),
        "until": None,
        "chosen": row["id"] == chosen,
        "address": addresses.tracked_row(row["id"]),
    }


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
