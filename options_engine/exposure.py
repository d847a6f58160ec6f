"""The answer about a symbol's gamma exposure, by open interest and by volume, kept for five minutes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np

from market import calendar, clock
from market.errors import OutsideCalendar
from market.market_state import wire_instant
from market.pure.bars import Floats
from options_engine import readings, wire
from options_engine.errors import TooLittle
from options_engine.keeping import kept
from options_engine.pure import gex_profile
from options_engine.pure.book import of_reading
from options_engine.pure.exposures import Exposures
from options_engine.pure.gex_profile import Profile, Strikes, View
from options_engine.pure.gex_words import implication
from options_engine.readings import Read

LEAST_STRIKES, MOST_STRIKES, USUAL_STRIKES = 5, 50, 30
MOST_EXPIRIES, USUAL_EXPIRIES = 12, 6
_DOLLARS = 0


def gex(
    symbol: str,
    *,
    expiry: date | None = None,
    strikes: int = USUAL_STRIKES,
    expiries: int = USUAL_EXPIRIES,
    force: bool = False,
) -> dict[str, Any]:
    """Return the contract's `GEXProfile`, with members of our own.

    Parameters
    ----------
    symbol : str
        Normalised.
    expiry : date, optional
        This date alone; the nearest ones without it.
    strikes : int
        How many rows on each side of the spot are shown. Every total is over all strikes. 5 to 50, or the nearer end.
    expiries : int
        How many dates, today's counted until midnight. 1 to 12, or the nearer end.
    force : bool
        Ask the vendor now, whatever is kept.

    Raises
    ------
    ExpiryNotListed
        If nothing expires on that date.
    TooLittle
        If no live contract is known to be open and to have gamma.
    NoChains, UnknownSymbol, NoSpot, ProviderUnavailable, RateLimited
        As `readings.nearest`.
    """
    strikes = min(max(strikes, LEAST_STRIKES), MOST_STRIKES)
    expiries = min(max(expiries, 1), MOST_EXPIRIES)

    def made(max_age_s: float) -> dict[str, Any]:
        now = clock.now()
        if expiry:
            return _answer(readings.of_date(symbol, expiry, now=now, max_age_s=max_age_s), now)
        return _answer(readings.nearest(symbol, now=now, expiries=expiries, max_age_s=max_age_s), now)

    # All rows are kept, so that one answer serves every range.
    found = kept("gex", symbol, expiry or expiries, force=force, made=made)
    body = found.body
    shown = _around(body["gexByStrike"], body["spotPrice"], strikes)
    return body | {"gexByStrike": shown, "strikesAnalyzed": len(body["gexByStrike"]), "cached": found.cached}


def _answer(read: Read, now: datetime) -> dict[str, Any]:
    reading = read.reading
    found = gex_profile.profile(of_reading(reading), reading.spot)
    if found is None:
        raise TooLittle(symbol=read.symbol, reason="no contract is known to be open and to have gamma")
    traded = gex_profile.profile(of_reading(reading, weight="volume"), reading.spot)
    usual, chain = found.usual, reading.chain
    return {
        "symbol": read.symbol,
        "spotPrice": round(reading.spot, 2),
        "gexByStrike": _rows(found, traded),
        "regime": _regime(usual),
        "implication": implication(found),
        "calculatedAt": wire_instant(now),
        "expirationsAnalyzed": [each.expiry.isoformat() for each in found.expiries],
        **_view(usual),
        "model": usual.model.name,
        "models": _models(found, traded),
        "flipMethod": "repriced",
        "flipRange": gex_profile.REACHES[-1],
        "repricedShare": round(found.repriced, 4),
        "spotProfile": [
            {"spot": spot, "netGex": net}
            for spot, net in zip(wire.figures(found.spots, 4), wire.figures(found.net_at, _DOLLARS), strict=True)
        ],
        "byExpiry": [
            {
                "expiry": each.expiry.isoformat(),
                "netGex": wire.figure(usual.model.calls * each.call_gex + usual.model.puts * each.put_gex, _DOLLARS),
                "grossGex": wire.figure(each.call_gex + each.put_gex, _DOLLARS),
                "share": round(each.share, 6),
            }
            for each in found.expiries
        ],
        "oiAsOf": _session_before(read.market_date),
        "volumeAsOf": wire_instant(chain.as_of),
        # What is older or less than it should be is asked for again soon.
        "degraded": [name for name, is_so in (("stale", read.stale), ("partial", chain.partial)) if is_so],
        **wire.provenance(read),
    }


def _rows(found: Profile, traded: Profile | None) -> list[dict[str, Any]]:
    strikes, model = found.strikes, found.usual.model
    needed = {
        "callGamma": wire.figures(strikes.call_gamma, wire.CURVATURE),
        "putGamma": wire.figures(strikes.put_gamma, wire.CURVATURE),
        "callOI": wire.counts(strikes.call_count),
        "putOI": wire.counts(strikes.put_count),
    }
    vanna, charm = _greeks_at(strikes, found.greeks)
    optional = {
        "callGex": wire.figures(model.calls * strikes.call_gex, _DOLLARS),
        "putGex": wire.figures(model.puts * strikes.put_gex, _DOLLARS),
        "volumeGex": wire.figures(_traded_at(strikes, traded), _DOLLARS),
        "vannaExposure": wire.figures(vanna, _DOLLARS),
        "charmExposure": wire.figures(charm, _DOLLARS),
    }
    rows = []
    for at, (strike, net) in enumerate(zip(strikes.strike.tolist(), strikes.net(model).tolist(), strict=True)):
        row: dict[str, Any] = {"strike": strike, "gexValue": round(net)}
        row |= {name: values[at] or 0 for name, values in needed.items()}
        row |= {name: values[at] for name, values in optional.items()}
        row["unavailable"] = [name for name, values in needed.items() if values[at] is None]
        rows.append(row)
    return rows


def _greeks_at(strikes: Strikes, greeks: Exposures) -> tuple[Floats, Floats]:
    """Return vanna and charm exposure at each strike; NaN where no contract has a volatility."""
    return _placed(strikes, greeks.strikes, greeks.vanna), _placed(strikes, greeks.strikes, greeks.charm)


def _traded_at(strikes: Strikes, traded: Profile | None) -> Floats:
    """Return the net exposure by volume at each strike; NaN where nothing traded."""
    if traded is None:
        return np.full(len(strikes.strike), np.nan)
    return _placed(strikes, traded.strikes.strike, traded.strikes.net())


def _placed(strikes: Strikes, strike: Floats, values: Floats) -> Floats:
    placed = np.full(len(strikes.strike), np.nan)
    _, ours, theirs = np.intersect1d(strikes.strike, strike, assume_unique=True, return_indices=True)
    placed[ours] = values[theirs]
    return placed


def _models(found: Profile, traded: Profile | None) -> list[dict[str, Any]]:
    return [
        {
            "name": view.model.name,
            "assumption": view.model.assumption,
            "source": view.model.source,
            "byOpenInterest": {"regime": _regime(view), **_view(view)},
            "byVolume": {"regime": _regime(traded.views[at]), **_view(traded.views[at])} if traded else None,
        }
        for at, view in enumerate(found.views)
    ]


def _view(view: View) -> dict[str, Any]:
    return {
        "netGex": wire.figure(view.net, _DOLLARS),
        "grossGex": wire.figure(abs(view.call_gex) + abs(view.put_gex), _DOLLARS),
        "callGex": wire.figure(view.call_gex, _DOLLARS),
        "putGex": wire.figure(view.put_gex, _DOLLARS),
        "flipPoint": None if view.flip is None else round(view.flip, 4),
        "zeroGammaLevels": [
            {"level": round(each.level, 4), "direction": "rising" if each.rising else "falling"}
            for each in view.zero_levels
        ],
        "callWall": view.call_wall,
        "putWall": view.put_wall,
        "maxGEXStrike": view.max_strike,
        "keyLevels": [
            {"strike": each.strike, "gexValue": round(each.value), "type": each.kind} for each in view.key_levels
        ],
        "vannaExposure": wire.figure(view.vanna, _DOLLARS),
        "charmExposure": wire.figure(view.charm, _DOLLARS),
    }


def _regime(view: View) -> str:
    return "positive_gamma" if view.is_positive else "negative_gamma"


def _around(rows: list[dict[str, Any]], spot: float, each_side: int) -> list[dict[str, Any]]:
    """Return the row nearest to the spot, the lower of two, and so many on each side of it."""
    at = min(range(len(rows)), key=lambda row: abs(rows[row]["strike"] - spot))
    return rows[max(0, at - each_side) : at + each_side + 1]


def _session_before(day: date) -> str | None:
    try:
        return calendar.previous_session(day).date.isoformat()
    except OutsideCalendar:
        return None
