"""The analysis of one symbol before its report: what the options expect, what past reports did, and what fits both."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from market import answers, symbols
from market.errors import UnknownSymbol
from market.market_state import wire_instant
from market.pure.sessions import new_york_date
from market.symbols import INDEXES
from market.vendors import vendor
from options_engine import readings, volatility_history, wire
from options_engine.earnings import events, history, straddles
from options_engine.earnings.cards import card
from options_engine.earnings.straddles import Occasion, Straddle
from options_engine.models import EarningsEvent
from options_engine.pure.report_moves import FEW, Bias, Summary, assess, bias, overpricing, summarise
from options_engine.pure.report_strategies import WAIT, Situation, suggest

SLOW_S: Final = 4 * 3_600
NOT_AN_ISSUER: Final = "not_a_reporting_issuer"
NO_DATE: Final = "no_date_known"
# A straddle that lives longer is mostly ordinary days.
COMPARABLE_DAYS: Final = 7
# The rule of thumb where nothing better is known: what share of its volatility an option loses, by IV rank. [percent]
CRUSH_LEAST, CRUSH_SPAN, CRUSH_MOST, USUAL_RANK = 15.0, 25.0, 50.0, 50.0


@dataclass(frozen=True, slots=True)
class Prospect:
    """Who reports, and when: the event is None for a fund, and where nobody knows a date."""

    event: EarningsEvent | None
    reason: str | None

    @property
    def occasion(self) -> Occasion | None:
        """The report as the options see it."""
        return Occasion.of(self.event) if self.event else None


def analysis(symbol: str, now: datetime, *, max_age_s: float = readings.FRESH_S) -> dict[str, Any]:
    """Return the contract's `EarningsAnalysis`, with members of our own.

    Dates and history are kept for four hours; prices, volatilities and structures are those of now.

    Raises
    ------
    TooLittle, NoChains, NoSpot, UnknownSymbol, ProviderUnavailable, RateLimited
        As `straddles.around`.
    """
    due = prospect(symbol, now)
    with straddles.asked_ahead(symbol, now=now, max_age_s=max_age_s):
        told = slow(symbol, due, now)
    straddle = straddles.around(symbol, due.occasion, now=now, max_age_s=max_age_s)
    moves = told["moves"]
    past = summarise(np.array([row["actualMove"] for row in moves], dtype=np.float64))
    leaning = bias(np.array([row["signedMove"] for row in moves], dtype=np.float64))
    body = _report(symbol, due, now) | _expected(straddle, due) | _pricing(straddle, past) | _volatility(straddle, told)
    body["verdict"] = _verdict(body, straddle, past)
    body |= {
        "historicalMoves": moves,
        "historyStats": history.stats(past),
        "insideExpected": _inside(moves),
        "historyTrouble": told["trouble"] or None,
        "historyAsOf": told["asOf"],
        "directionalBias": leaning,
        "suggestedStrategies": _strategies(straddle, due, body, leaning),
        **wire.provenance(straddle.read),
    }
    body["unavailable"] = _unknown(body, past)
    return body


def prospect(symbol: str, now: datetime) -> Prospect:
    """Return the next report of a symbol: of today until its news is in the price.

    Raises
    ------
    ProviderUnavailable, RateLimited
        If only the vendor could tell what the symbol is, and it is away.
    """
    if not is_issuer(symbol):
        return Prospect(None, NOT_AN_ISSUER)
    events.ensure([symbol], now)
    today = new_york_date(now)
    event = events.next_report(symbol, today)
    if event is not None and event.date == today:
        known_at = straddles.opens_after(Occasion.of(event))
        if known_at is not None and known_at <= now:
            event = events.next_report(symbol, today + timedelta(days=1))
    return Prospect(event, None if event else NO_DATE)


def is_issuer(symbol: str) -> bool:
    """Say whether a symbol is a company's share: indexes and funds report nothing."""
    if symbol in INDEXES:
        return False
    info = symbols.lookup(symbol)
    if info is None:
        raise UnknownSymbol(symbol=symbol)
    return info.type == "stock"


def slow(symbol: str, due: Prospect, now: datetime) -> dict[str, Any]:
    """Return what changes with reports only, kept for four hours: past moves and volatilities before them."""
    day = due.event.date.isoformat() if due.event else "none"

    def compute() -> dict[str, Any]:
        if due.reason == NOT_AN_ISSUER:
            return {"moves": [], "trouble": "", "asOf": None, "degraded": []}
        past = history.past(symbol, now)
        return {
            "moves": past.wire(),
            "trouble": past.trouble,
            "asOf": wire_instant(past.measured_at),
            "degraded": ["history"] if past.trouble else [],
        }

    return answers.remembered("earnings", vendor().name, symbol, day, ttl_s=SLOW_S, now=now, compute=compute).body


def stored_rank(straddle: Straddle) -> float | None:
    """Return where its volatility stood in the past year when it was last kept, None with too short a record."""
    found = volatility_history.last_rank(straddle.read.symbol, straddle.read.market_date)
    return found[0].rank if found else None


def crush_pct(straddle: Straddle, moves: list[dict[str, Any]]) -> tuple[float | None, str | None]:
    """Return what share of its volatility the options are likely to lose, and how that is known. [percent].

    The event's own variance where two expiries tell it apart, else the median of what past reports took, else the rule
    of thumb by IV rank; None without a volatility or a report.
    """
    if straddle.event == "no_event" or not straddle.sigma > 0:
        return None, None
    if (crushed := straddle.crush) is not None:
        return 100.0 * crushed.drop_share, "event_variance"
    past = [
        100.0 * (1.0 - row["ivAfter"] / row["ivBefore"])
        for row in moves
        if row["ivBefore"] and row["ivAfter"] is not None
    ]
    if past:
        return float(np.median(past)), "own_history"
    rank = stored_rank(straddle)
    known = USUAL_RANK if rank is None else rank
    return min(max(CRUSH_LEAST + known / 100.0 * CRUSH_SPAN, CRUSH_LEAST), CRUSH_MOST), "heuristic"


def _report(symbol: str, due: Prospect, now: datetime) -> dict[str, Any]:
    event = due.event
    return {
        "symbol": symbol,
        "marketDate": new_york_date(now).isoformat(),
        "earningsDate": event.date.isoformat() if event else None,
        "daysUntil": (event.date - new_york_date(now)).days if event else None,
        "earningsTime": (event.time or EarningsEvent.Time.DURING) if event else None,
        "timeKnown": event.time is not None if event else False,
        "status": event.status if event else None,
        "source": event.source if event else None,
        "reason": due.reason,
    }


def _expected(straddle: Straddle, due: Prospect) -> dict[str, Any]:
    event = straddle.split
    return {
        "expectedMove": {
            "points": wire.figure(straddle.price, 2),
            "pct": wire.figure(straddle.pct, 2),
            "basis": "event" if due.event else "nearest_expiry",
        },
        "eventMove": {
            "std": wire.figure(100.0 * event.event_move, 2) if event else None,
            "expectedAbs": wire.figure(100.0 * event.expected_absolute_move, 2) if event else None,
            "baseIV": wire.figure(100.0 * event.base_sigma, 2) if event else None,
            "reason": None if event else straddle.event,
        },
    }


def _pricing(straddle: Straddle, past: Summary) -> dict[str, Any]:
    # As the specification's worked example: the expected move as it is, the average as it is shown.
    shown = round(past.mean, 2) if past.count else math.nan
    median = round(past.median, 2) if past.count else math.nan
    event = 100.0 * straddle.split.expected_absolute_move if straddle.split else math.nan
    return {
        "avgHistoricalMove": wire.figure(shown, 2) or 0,
        "moveOverpricing": wire.figure(overpricing(straddle.pct, shown), 2) or 0,
        "moveOverpricingMedian": wire.figure(overpricing(straddle.pct, median), 2),
        "eventOverpricing": wire.figure(overpricing(event, shown), 2),
        "straddlePricing": {
            "atmStraddle": wire.figure(straddle.price, 4),
            "referenceExpiry": straddle.day.isoformat(),
            "assessment": assess(straddle.pct, past),
            "eventAssessment": assess(event, past) if straddle.split and past.count else None,
            "strike": straddle.at_the_money.strike,
            "lowConfidence": past.count < FEW,
        },
    }


def _volatility(straddle: Straddle, told: dict[str, Any]) -> dict[str, Any]:
    sigma = wire.figure(100.0 * straddle.sigma, 2)
    before = [row["ivBefore"] for row in told["moves"] if row["ivBefore"] is not None][: history.USUAL]
    typical = float(np.median(before)) if before else None
    crushed, method = crush_pct(straddle, told["moves"])
    rank = stored_rank(straddle)
    return {
        "currentIV": sigma,
        "preEarningsIVRank": None if rank is None else wire.figure(rank, 2),
        "typicalPreEarningsIV": wire.figure(typical, 2) if typical is not None else None,
        "ivVsTypicalPct": wire.figure(100.0 * (sigma / typical - 1.0), 2) if sigma is not None and typical else None,
        "projectedIVCrushPct": wire.figure(crushed, 2) if crushed is not None else None,
        "crushMethod": method,
    }


def _inside(moves: list[dict[str, Any]]) -> dict[str, int]:
    """Return how many past reports stayed inside of what their options expected, of those where that is known."""
    known = [row for row in moves if "expectedMove" not in row["unavailable"]]
    return {"inside": sum(row["actualMove"] <= row["expectedMove"] for row in known), "known": len(known)}


def _verdict(body: dict[str, Any], straddle: Straddle, past: Summary) -> dict[str, Any]:
    """Return whether the options are dear, comparing like with like, or why that cannot be said.

    The event's own move is held against past ones. Where it is not known the straddle is, if it ends soon: one that
    lives for weeks holds their ordinary moves too, and held against moves of one day it always looks dear.
    """
    pricing = body["straddlePricing"]
    days = int(straddle.expiry.days_to_expiry(straddle.read.market_date)[0])
    basis, said, premium, why = None, None, None, None
    if past.count < FEW:
        why = "fewer than four past reports to compare with" if past.count else "no past report to compare with"
    elif straddle.event == "no_event":
        why = "no report to compare with past ones"
    elif body["eventOverpricing"] is not None:
        basis, said, premium = "event", pricing["eventAssessment"], body["eventOverpricing"]
    elif days > COMPARABLE_DAYS:
        why = f"the straddle holds {days} days of ordinary moves"
    else:
        basis, said, premium = "straddle", pricing["assessment"], body["moveOverpricing"]
    return {"basis": basis, "assessment": said, "overpricing": premium, "reason": why}


def _strategies(straddle: Straddle, due: Prospect, body: dict[str, Any], leaning: Bias) -> list[dict[str, Any]]:
    if due.event is None:
        return [card(WAIT, straddle)]
    verdict = body["verdict"]
    # Noise calls for nothing, and neither do fewer than four reports: those have no verdict.
    called_for = verdict["assessment"] in ("overpriced", "underpriced")
    situation = Situation(
        overpricing=verdict["overpricing"] if called_for else math.nan,
        expected=straddle.pct,
        iv_rank=body["preEarningsIVRank"],
        bias=leaning,
        spot=straddle.spot,
    )
    return [card(each, straddle) for each in suggest(situation)]


def _unknown(body: dict[str, Any], past: Summary) -> list[str]:
    missing = [] if past.count else ["avgHistoricalMove", "moveOverpricing"]
    if body["historicalMoves"] and not body["insideExpected"]["known"]:
        missing.append("historicalMoves.expectedMove")
    return missing
