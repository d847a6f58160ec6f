"""Whether the market is open, and when it will not be: answers without an envelope."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from market import calendar, published
from market.pure.phase import Phase
from market.pure.sessions import NEW_YORK
from tests.massive_server.message import Answer
from tests.massive_server.routes.question import Question, Route

WEEKDAYS, DAYS_AHEAD = 5, 365
WORDS = {Phase.OPEN: "open", Phase.CLOSED: "closed", Phase.PRE: "extended-hours", Phase.AFTER: "extended-hours"}
INDEX_GROUPS = ("s_and_p", "nasdaq", "dow_jones", "ftse_russell", "cgi", "msci", "mstar", "cccy", "societe_generale")


def now(question: Question) -> Answer:
    """Answer where the session stands."""
    at = question.world.now
    phase = calendar.state(at).phase
    word = WORDS[phase]
    computed = "open" if phase is Phase.OPEN else "closed"
    return Answer(
        200,
        {
            "market": word,
            "earlyHours": phase is Phase.PRE,
            "afterHours": phase is Phase.AFTER,
            "serverTime": at.astimezone(NEW_YORK).isoformat(timespec="seconds"),
            "exchanges": dict.fromkeys(("nyse", "nasdaq", "otc"), word),
            "currencies": {"fx": "open", "crypto": "open"},
            "indicesGroups": dict.fromkeys(INDEX_GROUPS, computed),
        },
    )


def upcoming(question: Question) -> Answer:
    """Answer the closed and shortened days of a year, one row an exchange, as a bare array."""
    days = [question.world.today + timedelta(days=n) for n in range(DAYS_AHEAD)]
    found = [_of_day(day) for day in days if day.weekday() < WEEKDAYS]
    return Answer(200, [{**day, "exchange": name} for day in found if day for name in ("NYSE", "NASDAQ")])


def _of_day(day: Any) -> dict[str, str] | None:
    session = calendar.session(day)
    if session is None:
        return {"date": day.isoformat(), "name": published.holiday_name(day) or "Closed", "status": "closed"}
    if not session.early:
        return None
    edges = {"open": session.open_at, "close": session.close_at}
    return {
        "date": day.isoformat(),
        "name": "Early close",
        "status": "early-close",
        **{name: at.isoformat(timespec="milliseconds").replace("+00:00", "Z") for name, at in edges.items()},
    }


ROUTES = (Route("/v1/marketstatus/now", now), Route("/v1/marketstatus/upcoming", upcoming))
