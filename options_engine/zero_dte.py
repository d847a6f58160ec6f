"""The answer about options that expire today: the move of the day, decay to the close, gamma, what is traded most."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from market import calendar, clock, option_chains, session_minutes
from market.errors import NoChains, UnknownSymbol
from market.pure.sessions import Session, new_york_date
from options_engine import chains, opening_straddles, readings, wire
from options_engine.errors import ExpiryNotListed
from options_engine.pure import zero_dte as pure
from options_engine.pure.contracts import settles_at_open
from options_engine.pure.reading import Reading
from options_engine.pure.zero_dte import Hours
from options_engine.readings import Read

FRESH_S: Final = 15.0  # market seconds
TOP: Final = 8
NEW_YORK: Final = ZoneInfo("America/New_York")
SHARES: Final = 100.0

Side = Literal["call", "put"]


def analysis(
    symbol: str, *, strike: float | None = None, side: Side | None = None, whole_chain: bool = False
) -> dict[str, Any]:
    """Return the contract's `ZeroDTEAnalysis` of a symbol, with members of our own.

    Parameters
    ----------
    symbol : str
        Normalised.
    strike : float, optional
        Whose contract the clock and the gamma are of: the listed one nearest to it, at the money without it.
    side : 'call' or 'put', optional
        A call without it.
    whole_chain : bool
        Every contract of today under `chain`, not only the eight of the largest volume.

    Raises
    ------
    NoSpot, ProviderUnavailable, RateLimited
        As `readings.of_date`.
    """
    now = clock.now()
    day = new_york_date(now)
    session = calendar.session(day)
    blank = {"symbol": symbol, "marketDate": day.isoformat(), "hasZeroDTE": False, "topContracts": []}
    blank |= dict.fromkeys(("expectedMove", "thetaClock", "gammaProfile", "nextExpiry"))
    try:
        read = readings.of_date(symbol, day, now=now, max_age_s=FRESH_S) if session else None
    except (NoChains, UnknownSymbol, ExpiryNotListed):
        read = None
    today = read.reading.take(pure.live_today(read.reading, np.datetime64(day))) if read else None
    if session is None or read is None or today is None or not len(today):
        return blank | _none_today(symbol, now, day, session)
    return blank | _of_today(read, today, session, now, strike, side or "call", whole_chain=whole_chain)


def _of_today(
    read: Read, today: Reading, session: Session, now: datetime, strike: float | None, side: Side, *, whole_chain: bool
) -> dict[str, Any]:
    hours = Hours(session.open_ts, session.close_ts, now.timestamp())
    at = _place(today, strike, side)
    listed = _contracts(today, hours)
    top = sorted(listed, key=lambda row: -(row["volume"] if "volume" not in row["unavailable"] else -1))[:TOP]
    return {
        "hasZeroDTE": True,
        "message": _message(read.symbol, hours, session),
        "minutesInSession": (session.close_ts - session.open_ts) // 60,
        "expectedMove": _expected_move(read, today, session, hours),
        "thetaClock": _theta_clock(today, at, hours),
        "gammaProfile": _gamma_profile(today, at, hours),
        "topContracts": top,
        **({"chain": listed} if whole_chain else {}),
        **wire.provenance(read),
    }


def _expected_move(read: Read, today: Reading, session: Session, hours: Hours) -> dict[str, Any]:
    strike = chains.nearest_strike(today)
    captured = opening_straddles.of(read.symbol, session.date)
    # A day that was set back to its morning has not lived through its capture yet.
    opening = captured if captured and captured.as_of.timestamp() <= hours.now_ts else None
    open_price = _open_price(read.symbol, session)
    move = pure.expected_move(
        pure.straddle(today, strike),
        hours,
        opening=opening.price if opening else np.nan,
        spot=today.spot,
        open_price=open_price,
    )
    figures = {
        "totalExpectedMove": wire.figure(move.total, 4),
        "usedMove": wire.figure(move.used, 4),
        "usedPct": wire.figure(100.0 * move.used / move.total if move.total > 0 else np.nan, 2),
        "remainingMove": wire.figure(move.remaining, 4),
        "remainingPct": wire.figure(100.0 * move.remaining / move.total if move.total > 0 else np.nan, 2),
        "openPrice": wire.figure(open_price, 4),
    }
    return {
        **{name: value or 0 for name, value in figures.items()},
        "minutesLeft": hours.minutes_left,
        "currentPrice": round(today.spot, 4),
        "atmStrike": strike,
        "theoreticalRemaining": wire.figure(move.theoretical, 4),
        "openStraddleSource": move.source,
        "openStraddleAt": opening.as_of.astimezone(UTC).isoformat().replace("+00:00", "Z") if opening else None,
        "unavailable": [name for name, value in figures.items() if value is None],
    }


def _theta_clock(today: Reading, at: int, hours: Hours) -> dict[str, Any] | None:
    if not np.isfinite(today.sigma[at]):
        return None
    clockwork = pure.theta_clock(today, at, hours)
    start = clockwork.value[0]
    mark = today.mark[at]
    return {
        "strike": float(today.chain.strike[at]),
        "type": "call" if today.chain.is_call[at] else "put",
        "currentValue": wire.figure(mark if np.isfinite(mark) else start, 4),
        "thetaPerDay": wire.figure(abs(today.greeks.theta[at]), 4),
        "thetaPerHour": wire.figure(clockwork.per_hour, 4),
        "thetaAcceleration": wire.figure(clockwork.acceleration, 4),
        "projections": [
            {
                "time": f"{datetime.fromtimestamp(instant, UTC).astimezone(NEW_YORK):%H:%M} ET",
                "estimatedValue": round(value, 4),
                "thetaDecay": round(start - value, 4) + 0.0,
                "pctRemaining": round(100.0 * value / start, 2) if start > 0 else 0.0,
            }
            for instant, value in zip(clockwork.at.tolist(), clockwork.value.tolist(), strict=True)
        ],
    }


def _gamma_profile(today: Reading, at: int, hours: Hours) -> dict[str, Any] | None:
    delta, gamma = today.greeks.delta[at], today.greeks.gamma[at]
    if not np.isfinite(delta):
        return None
    risk = float(pure.gamma_risk(today, hours)[at])
    mark = today.mark[at]
    leverage = abs(delta) * today.spot / max(mark, 0.01) if np.isfinite(mark) else np.nan
    return {
        "strike": float(today.chain.strike[at]),
        "type": "call" if today.chain.is_call[at] else "put",
        "currentDelta": round(float(delta), 4),
        "gammaPerDollar": round(float(gamma), 6),
        "dollarDeltaChangePerPoint": round(float(gamma) * SHARES, 4),
        "leverageMultiplier": wire.figure(leverage, 2) or 0,
        "gammaRisk": wire.figure(risk, 1),
        "riskLevel": pure.band(risk) if np.isfinite(risk) else "low",
        "unavailable": [] if np.isfinite(leverage) else ["leverageMultiplier"],
    }


def _contracts(today: Reading, hours: Hours) -> list[dict[str, Any]]:
    """Return every contract of today, the most traded first and of equals the nearest to the money."""
    risk, faster = pure.gamma_risk(today, hours), pure.acceleration(today, hours)
    at_close = pure.value_at_close(today)
    rows = wire.contracts(today)
    kept = ("contract", "strike", "type", "volume", "openInterest", "gamma", "theta", "delta", "bid", "ask")
    listed = []
    for at, row in enumerate(rows):
        away = row["breakeven"] - today.spot if row["breakeven"] is not None else None
        told = {name: row[name] for name in kept}
        told |= {
            "last": row["mark"] or 0,
            "impliedVolatility": row["impliedVolatility"] or None,
            "gammaRisk": wire.figure(risk[at], 1),
            "thetaAcceleration": wire.figure(faster[at], 4),
            "expectedValueAtClose": wire.figure(at_close[at], 4),
            "breakevenDistance": None if away is None else round(abs(away), 4),
            "unavailable": [
                *(name for name in ("volume", "openInterest") if name in row["unavailable"]),
                *(["last"] if row["mark"] is None else []),
            ],
        }
        listed.append(told)
    return sorted(listed, key=lambda row: (-row["volume"], abs(row["strike"] - today.spot)))


def _place(today: Reading, strike: float | None, side: Side) -> int:
    """Return which contract is nearest to what was asked for, the lower strike of two."""
    wanted = chains.nearest_strike(today) if strike is None else strike
    of_side = np.flatnonzero(today.chain.is_call == (side == "call"))
    strikes = today.chain.strike[of_side]
    order = np.lexsort((strikes, np.abs(strikes - wanted)))
    return int(of_side[order[0]])


def _open_price(symbol: str, session: Session) -> float:
    regular = session_minutes.of(symbol, session).regular
    opens = regular.open[np.isfinite(regular.open)]
    return float(opens[0]) if len(opens) else float("nan")


def _message(symbol: str, hours: Hours, session: Session) -> str:
    close = f"{session.close_at.astimezone(NEW_YORK):%H:%M} ET"
    if hours.now_ts < hours.open_ts:
        return f"{symbol} has options that expire today at {close}; the session has not begun."
    if hours.now_ts >= hours.close_ts:
        return f"Today's options of {symbol} ended at {close} and are worth what exercise is worth."
    early = " (early close)" if session.early else ""
    return f"{symbol} options expire today at {close}{early}, {hours.minutes_left} minutes from now."


def _none_today(symbol: str, now: datetime, day: date, session: Session | None) -> dict[str, Any]:
    try:
        listed = option_chains.expiries(symbol, now=now)
    except UnknownSymbol:
        listed = []
    if not listed:
        return {"message": f"There are no options of {symbol}."}
    later = [each.day for each in listed if each.day > day]
    of_today = [each for each in listed if each.day == day]
    following = f" The next expiry is {later[0]}." if later else ""
    if of_today and session and now >= session.close_at:
        why = f"Today's options of {symbol} expired at {session.close_at.astimezone(NEW_YORK):%H:%M} ET."
    elif of_today and settles_at_open(np.array([each.root for each in of_today])).all():
        why = f"The options of {symbol} that expire today settled at the open."
    else:
        why = f"No options of {symbol} expire today."
    return {"message": why + following, "nextExpiry": later[0].isoformat() if later else None}
