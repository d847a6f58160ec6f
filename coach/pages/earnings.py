"""The earnings panel: who reports soon, and for one symbol what options expect, what past reports did and what fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages import addresses, marks
from coach.pages.panel import show, signed_in
from coach.pure import words
from config.http.errors import CoachError
from market import clock, symbols, watchlists
from market.errors import NoChains, UnknownSymbol
from options_engine.earnings import analysis, calendar, crush, history

WINDOWS = (7, 14, 21, 30, 45, 60)
VIEWS = ("agenda", "month")
# Companies that everybody knows, for whoever follows none.
USUAL = ("AAPL", "NVDA", "TSLA", "MSFT", "META")
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what means nothing counts as absent.

    Attributes
    ----------
    listed : tuple of str
        Whose reports.
    own : bool
        The list is the trader's own and not of the address.
    refused : tuple of str
        What was typed and is no symbol.
    """

    listed: tuple[str, ...]
    own: bool
    refused: tuple[str, ...]
    days: int
    view: str
    symbol: str

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """Read the query."""
        query = request.GET
        typed = [each for each in query.get("symbols", "").replace(" ", ",").split(",") if each]
        given = symbols.sanitise(typed, calendar.MOST_SYMBOLS)
        days = query.get("days", "")
        chosen = symbols.sanitise([query.get("symbol", "")], 1)
        return cls(
            listed=tuple(given) or _own(request),
            own=not given,
            refused=tuple(each for each in typed if not symbols.sanitise([each])),
            days=int(days) if days in {str(each) for each in WINDOWS} else calendar.USUAL_DAYS,
            view=query.get("view", "") if query.get("view", "") in VIEWS else VIEWS[0],
            symbol=chosen[0] if chosen else "",
        )

    def address(self, **changes: Any) -> str:
        """Return the address of the same view with some of it changed."""
        asked = replace(self, **changes)
        return addresses.of(
            "earnings",
            symbols="" if asked.own else ",".join(asked.listed),
            days=asked.days if asked.days != calendar.USUAL_DAYS else None,
            view=asked.view if asked.view != VIEWS[0] else None,
            symbol=asked.symbol,
        )


@require_GET
@signed_in
def earnings(request: HttpRequest) -> HttpResponse:
    """Show the panel."""
    asked, now = Asked.of(request), clock.now()
    told = _calendar(asked, now)
    chosen = _chosen(asked, told["events"])
    facts = _analysis(chosen, now)
    facts |= {
        "asked": asked,
        "typed": ", ".join(asked.listed),
        "chosen": chosen,
        "windows": WINDOWS,
        "views": [{"key": key, "address": asked.address(view=key)} for key in VIEWS],
        "calendar": told,
        "others": [{"symbol": each, "address": asked.address(symbol=each)} for each in asked.listed],
        "chart": addresses.chart(chosen),
        "months": _months(told["events"], told["today"], asked.days) if asked.view == "month" else [],
    }
    return show(request, "earnings", facts)


def _own(request: HttpRequest) -> tuple[str, ...]:
    """Return the companies of the trader's default list, or those that everybody knows."""
    own = watchlists.default_list(request.user).symbols  # type: ignore[arg-type]
    return tuple(each for each in own if _is_company(each))[: calendar.MOST_SYMBOLS] or USUAL


def _is_company(symbol: str) -> bool:
    try:
        return analysis.is_issuer(symbol)
    except CoachError:
        return False


def _calendar(asked: Asked, now: datetime) -> dict[str, Any]:
    """Return the calendar as the template prints it, or why there is none."""
    today = clock.market_date(now)
    try:
        told = calendar.calendar(asked.listed, asked.days, now)
    except CoachError as problem:
        return {"events": [], "trouble": str(problem), "degraded": True, "sources": [], "today": today}
    events = [
        {**each, "day": date.fromisoformat(each["date"]), "address": asked.address(symbol=each["symbol"])}
        for each in told["events"]
    ]
    sources = [{**each, "at": _instant(each["answeredAt"])} for each in told["sources"]]
    return {**told, "events": events, "sources": sources, "trouble": "", "today": today}


def _chosen(asked: Asked, events: Sequence[dict[str, Any]]) -> str:
    """Return whose analysis to show: the address's, else the first that reports, else the first of the list."""
    if asked.symbol:
        return asked.symbol
    return events[0]["symbol"] if events else asked.listed[0]


def _analysis(symbol: str, now: datetime) -> dict[str, Any]:
    """Return the analysis and what the simulator is drawn from, or why there is none and what history is stored."""
    try:
        told = analysis.analysis(symbol, now)
        slider = crush.simulator(symbol, now)
    except (NoChains, UnknownSymbol) as problem:
        return {"told": None, "state": "none", "trouble": str(problem), "past": _past(symbol, now)}
    except CoachError as problem:
        return {"told": None, "state": "away", "trouble": str(problem), "past": _past(symbol, now)}
    moves = _moves(told["historicalMoves"])
    return {
        "told": told
        | {
            "day": _day(told["earningsDate"]),
            "expiry_day": _day(told["straddlePricing"]["referenceExpiry"]),
            "read_at": _instant(told["asOf"]),
            "history_at": _instant(told["historyAsOf"]),
            "average": told["avgHistoricalMove"] if told["historyStats"]["count"] else None,
        },
        "cards": [_card(each, symbol) for each in told["suggestedStrategies"]],
        "moves": moves,
        "plot": _plot(moves),
        "slider": slider,
        "slider_at": _instant(slider["repricedAt"]),
        "state": "",
        "trouble": "",
    }


def _past(symbol: str, now: datetime) -> dict[str, Any] | None:
    """Return the history that is known while the rest is not, with its age."""
    try:
        told = history.answer(symbol, now, most=history.USUAL)
    except CoachError:
        return None
    return {"moves": _moves(told["moves"]), "at": _instant(told["measuredAt"])} if told["moves"] else None


def _moves(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "day": date.fromisoformat(row["date"]),
            "expected": None if "expectedMove" in row["unavailable"] else row["expectedMove"],
            "unexpected": words.UNEXPECTED.get(row["expectedReason"], ""),
        }
        for row in rows
    ]


def _plot(moves: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what the chart of past moves is drawn from, oldest first."""
    ordered = list(reversed(moves))
    return {
        "days": [f"{row['day']:%b %-d, %Y}" for row in ordered],
        "expected": [row["expected"] for row in ordered],
        "actual": [row["actualMove"] for row in ordered],
        "directions": [row["direction"] for row in ordered],
        "surprises": [row["surprise"] for row in ordered],
    }


def _card(told: dict[str, Any], symbol: str) -> dict[str, Any]:
    return told | {
        "expiry_day": _day(told["expiry"]),
        "chain": addresses.of("options", symbol=symbol, expiry=told["expiry"]),
        "chart": addresses.chart(symbol, level=marks.written(("breakeven", price) for price in told["breakevens"])),
        "waits": told["setup"]["type"] == "wait_for_confirmation",
        "reward": _reward(told),
    }


def _reward(told: dict[str, Any]) -> str:
    """Return what may be won for each dollar at risk in this very spread; its kind's usual ratio where that is open."""
    lost, won = told["maxLossAmount"], told["maxGainAmount"]
    return f"1 : {won / lost:.2f}" if lost and won is not None else str(told["riskReward"])


def _months(events: Sequence[dict[str, Any]], today: date, days: int) -> list[list[dict[str, Any]]]:
    """Return the weeks of the window, Monday to Friday, each day with its reports."""
    first, last = today - timedelta(days=today.weekday()), today + timedelta(days=days)
    weeks = []
    for start in (first + timedelta(days=_WEEK * number) for number in range((last - first).days // _WEEK + 1)):
        week = [start + timedelta(days=number) for number in range(5)]
        weeks.append(
            [
                {
                    "day": day,
                    "inside": today <= day <= last,
                    "today": day == today,
                    "events": [each for each in events if each["day"] == day],
                }
                for day in week
            ]
        )
    return weeks


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
