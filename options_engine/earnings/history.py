"""What past reports did to a share: measured from daily bars, kept, and told while the vendor is away."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
import redis

from config.redis import client, key
from market import calendar, history
from market.errors import ProviderUnavailable, RateLimited, UnknownSymbol
from market.market_state import wire_instant
from market.pure.bars import Bars
from market.pure.chain import Days
from market.pure.sessions import NEW_YORK, new_york_date
from market.vendors import vendor
from market.vendors.reference import PastOptions
from options_engine import wire
from options_engine.earnings import events, sources
from options_engine.models import EarningsEvent, EarningsReaction
from options_engine.pure.past_straddle import last_session_before
from options_engine.pure.report_moves import Summary, realised, summarise
from options_engine.pure.report_timing import surprise

logger = logging.getLogger(__name__)

USUAL, MOST = 8, 20
# How the expected move of a report is known: from live quotes before it, kept by the job.
SNAPSHOT: Final = "snapshot"
# Twenty quarters, and a month for the sessions around the oldest: one question for all of them.
SESSIONS: Final = 20 * 64 + 22
USUAL_SESSIONS: Final = 8 * 64 + 64
# Daily bars of a session are told once its last trades are in.
SETTLES: Final = timedelta(minutes=30)
# The longest time that exchanges may be closed around a report.
AROUND: Final = timedelta(days=10)
# Wall time after which past reports are asked for again, and after which again when nobody answered.
ASKED_FOR, RETRY = timedelta(days=7), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Past:
    """Past reports of a symbol, newest first.

    Attributes
    ----------
    events, reactions
        Side by side; a reaction that could not be measured is None.
    trouble : str
        Why some are missing or old; empty when none are.
    """

    events: tuple[EarningsEvent, ...]
    reactions: tuple[EarningsReaction | None, ...]
    trouble: str = ""

    @property
    def measured(self) -> list[EarningsReaction]:
        """The reactions whose move is known."""
        return [each for each in self.reactions if each is not None and each.close_move is not None]

    @property
    def measured_at(self) -> datetime | None:
        """When the newest of the reactions was written, in market time."""
        return max((each.updated_at for each in self.measured), default=None)

    def wire(self) -> list[dict[str, Any]]:
        """Return the contract's `historicalMoves`, those that could be measured."""
        return [
            _wire(event, reaction)
            for event, reaction in zip(self.events, self.reactions, strict=True)
            if reaction is not None and reaction.close_move is not None
        ]


def past(symbol: str, now: datetime, *, most: int = USUAL) -> Past:
    """Return what the last reports of a symbol did to its share; never raises for a vendor that is away."""
    trouble = _ask_for_reports(symbol, now)
    today = new_york_date(now)
    rows = EarningsEvent.objects.filter(symbol=symbol, date__lte=today).exclude(status__in=events.NOT_DUE)
    # One more: the newest may be too young for a close after it.
    found = list(rows.order_by("-date")[: most + 1])
    known = {
        each.date: each for each in EarningsReaction.objects.filter(symbol=symbol, date__in=[e.date for e in found])
    }
    missing = [each for each in found if not _is_measured(known.get(each.date), each)]
    if missing:
        try:
            known |= {row.date: row for row in measure(symbol, missing, now, most=most)}
        except (ProviderUnavailable, RateLimited, UnknownSymbol) as away:
            trouble = trouble or str(away)
    told = [each for each in found if _has_move(known.get(each.date))][:most]
    return Past(tuple(told), tuple(known[each.date] for each in told), trouble)


def answer(symbol: str, now: datetime, *, most: int) -> dict[str, Any]:
    """Return the wire's answer about past moves, with what they say together.

    Raises
    ------
    ProviderUnavailable
        If the vendor is away and nothing was ever measured.
    """
    found = past(symbol, now, most=most)
    if found.trouble and not found.measured:
        raise ProviderUnavailable(provider="earnings", reason=found.trouble)
    moves = found.wire()
    return {
        "symbol": symbol,
        "moves": moves,
        "count": len(moves),
        "stats": stats(summarise(np.array([row["actualMove"] for row in moves], dtype=np.float64))),
        "degraded": bool(found.trouble),
        "trouble": found.trouble or None,
        "measuredAt": wire_instant(found.measured_at),
        "simulated": vendor().simulated,
    }


def stats(past: Summary) -> dict[str, Any]:
    """Return a summary as the wire has it. [percent]."""
    return {
        "count": past.count,
        **{name: wire.figure(getattr(past, name), 2) for name in ("mean", "median", "p75", "stdev")},
        "max": wire.figure(past.largest, 2),
        "meanLow": wire.figure(past.low, 2),
        "meanHigh": wire.figure(past.high, 2),
    }


def measure(
    symbol: str, reports: Sequence[EarningsEvent], now: datetime, *, most: int = USUAL
) -> list[EarningsReaction]:
    """Measure how reports moved their share and keep what can be measured; return it.

    Raises
    ------
    UnknownSymbol, ProviderUnavailable, RateLimited
        As every call of a vendor.
    """
    bars = _bars(symbol, now, most)
    days = np.array([datetime.fromtimestamp(ts, NEW_YORK).date() for ts in bars.ts.tolist()], dtype="datetime64[D]")
    rows = []
    for report in reports:
        move = realised(days, bars.open, bars.close, report.date, report.time)  # type: ignore[arg-type]
        if move is not None and _are_whole(days, report):
            rows.append(
                EarningsReaction(
                    symbol=symbol,
                    date=report.date,
                    time=report.time,
                    gap_move=move.gap,
                    close_move=move.close,
                    inferred=move.inferred,
                    updated_at=now,
                )
            )
    _forget_other_times(symbol, rows)
    EarningsReaction.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["symbol", "date"],
        update_fields=["time", "gap_move", "close_move", "inferred", "updated_at"],
    )
    return list(EarningsReaction.objects.filter(symbol=symbol, date__in=[row.date for row in rows]))


def _are_whole(days: Days, report: EarningsEvent) -> bool:
    """Say whether the sessions around a report have bars: at a hole another day would pass for the reaction."""
    listed = [each.date for each in calendar.sessions(report.date - AROUND, report.date + AROUND)]
    before = last_session_before(report.date, report.time, listed)  # type: ignore[arg-type]
    if before is None:
        return False
    first = listed.index(before)
    both = report.time is None and report.date in listed
    return bool(np.isin(np.array(listed[first : first + (3 if both else 2)], dtype="datetime64[D]"), days).all())


def _forget_other_times(symbol: str, rows: Sequence[EarningsReaction]) -> None:
    """Forget the expected moves that were rebuilt for another time of day: theirs was another session's close."""
    times = {row.date: row.time for row in rows}
    stored = EarningsReaction.objects.filter(symbol=symbol, date__in=times).exclude(method=SNAPSHOT)
    other = [row.pk for row in stored if row.time != times[row.date]]
    EarningsReaction.objects.filter(pk__in=other).update(implied_move=None, implied_reason="", method="")


def _bars(symbol: str, now: datetime, most: int) -> Bars:
    today = new_york_date(now)
    session = calendar.session(today)
    over = session is not None and now >= session.close_at + SETTLES
    before = today + timedelta(days=1) if over else today
    return history.daily(symbol, before, n=SESSIONS if most > USUAL else USUAL_SESSIONS)


def _is_measured(row: EarningsReaction | None, report: EarningsEvent) -> bool:
    """Say whether a stored move stands: one that was measured with another time of day does not."""
    return _has_move(row) and row is not None and row.time == report.time


def _has_move(row: EarningsReaction | None) -> bool:
    return row is not None and row.close_move is not None


def _ask_for_reports(symbol: str, now: datetime) -> str:
    """Have the past reports of a symbol at hand; return why they are not, empty when they are."""
    today = new_york_date(now)
    newest = (
        EarningsEvent.objects.filter(symbol=symbol, date__lt=today)
        .order_by("-date")
        .values_list("date", flat=True)
        .first()
    )
    asked_on, trouble = _asked(symbol)
    if asked_on is not None and asked_on <= today and (newest is None or newest < asked_on):
        return trouble
    answers = sources.past(symbol, now)
    for answer in answers:
        if answer.good:
            events.keep(_without_whole(answer), now)
    trouble = "; ".join(answer.trouble for answer in answers if not answer.good)
    good = any(answer.good for answer in answers) or not answers
    _note_asked(symbol, today, "" if good else trouble, ASKED_FOR if good else RETRY)
    return "" if good else trouble


def _without_whole(answer: sources.Answer) -> sources.Answer:
    # A history says nothing of reports to come, so that none of them is dropped for it.
    return sources.Answer(answer.source, answer.reports, whole=False)


def _asked(symbol: str) -> tuple[date | None, str]:
    try:
        packed = client().get(key("earnings", "past", symbol))
    except redis.RedisError:
        logger.warning("earnings.asked_unread")
        return None, ""
    if not packed:
        return None, ""
    day, _, trouble = str(packed, "utf-8").partition("|")
    return date.fromisoformat(day), trouble


def _note_asked(symbol: str, today: date, trouble: str, kept: timedelta) -> None:
    try:
        client().set(key("earnings", "past", symbol), f"{today.isoformat()}|{trouble}", ex=int(kept.total_seconds()))
    except redis.RedisError:
        logger.warning("earnings.asked_unwritten")


def _wire(event: EarningsEvent, reaction: EarningsReaction) -> dict[str, Any]:
    close, implied = reaction.close_move or 0.0, reaction.implied_move
    return {
        "date": event.date.isoformat(),
        "expectedMove": wire.figure(implied, 2) if implied is not None else 0,
        "actualMove": wire.figure(abs(close), 2),
        "signedMove": wire.figure(close, 2),
        "gapMove": wire.figure(reaction.gap_move, 2) if reaction.gap_move is not None else None,
        "direction": "up" if close >= 0 else "down",
        "surprise": surprise(_float(event.eps_actual), _float(event.eps_estimate)),
        "epsEstimate": _float(event.eps_estimate),
        "epsActual": _float(event.eps_actual),
        "time": event.time or EarningsEvent.Time.DURING,
        "timeKnown": event.time is not None,
        "timingInferred": reaction.inferred,
        "ivBefore": wire.figure(reaction.iv_before, 2) if reaction.iv_before is not None else None,
        "ivAfter": wire.figure(reaction.iv_after, 2) if reaction.iv_after is not None else None,
        "expectedMethod": reaction.method or None,
        "expectedReason": None if implied is not None else reaction.implied_reason or _untold(),
        "measuredAt": wire_instant(reaction.updated_at.astimezone(UTC)),
        "unavailable": [] if implied is not None else ["expectedMove"],
    }


def _untold() -> str:
    """Say why nobody has looked for an expected move: the vendor keeps none, or its turn has not come."""
    return "not_looked_up" if isinstance(vendor(), PastOptions) else "not_kept"


def _float(amount: Any) -> float | None:
    return None if amount is None else float(amount)
