"""The matrix of a symbol's nearest expiry dates: what is traded, held and paid for at each strike, kept for a while."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import numpy as np

from market import clock
from market.errors import NoChains
from market.market_state import wire_instant
from market.pure.sessions import new_york_date
from market.vendors import vendor
from options_engine import readings, wire
from options_engine.keeping import kept
from options_engine.pure import matrix as pure
from options_engine.pure.matrix import Cells
from options_engine.pure.reading import Reading
from options_engine.readings import Read

USUAL_EXPIRATIONS, MOST_EXPIRATIONS = 5, 10
LEAST_STRIKES, USUAL_STRIKES, MOST_STRIKES = 10, 50, 80
KEPT_S: Final = 180  # market seconds
METHOD: Final = {
    "volume": "calls and puts together, contracts traded today",
    "openInterest": "calls and puts together, contracts open at the end of the session before",
    "impliedVolatility": "the side out of the money on the forward of its date",
    "gex": "calls less puts (dealers taken to be long calls and short puts): "
    "gamma x open interest x shares x spot^2 x 0.01, our gamma",
    "vanna": "calls less puts: vanna x open interest x shares x spot, dollars of delta per volatility point",
    "charm": "calls less puts: charm x open interest x shares x spot, dollars of delta per calendar day",
}


def matrix(
    symbol: str,
    *,
    expirations: int = USUAL_EXPIRATIONS,
    strikes: int = USUAL_STRIKES,
    force: bool = False,
) -> dict[str, Any]:
    """Return the contract's `OptionsMatrix`, with members of our own; the same to all who ask within three minutes.

    Parameters
    ----------
    symbol : str
        Normalised.
    expirations : int
        How many dates, the nearest.
    strikes : int
        How many on each side of the one nearest to the spot, of each date.
    force : bool
        Ask the vendor now, whatever is kept.

    Raises
    ------
    NoChains, UnknownSymbol, NoSpot, ProviderUnavailable, RateLimited
        As `readings.nearest`.
    """

    def made(max_age_s: float) -> dict[str, Any]:
        now = clock.now()
        read = readings.nearest(symbol, now=now, expiries=expirations, max_age_s=max_age_s)
        return _body(read, strikes, (symbol, str(expirations), str(strikes)), now)

    return kept("matrix", symbol, expirations, strikes, force=force, made=made, ttl_s=KEPT_S).body


def _body(read: Read, strikes: int, name: tuple[str, ...], now: datetime) -> dict[str, Any]:
    whole = read.reading
    alive = whole.expires + readings.LINGERS_S > now.timestamp()
    shown = whole.take(alive)
    shown = shown.take(pure.chosen(shown, strikes))
    if not len(shown):
        raise NoChains(provider=vendor().name, symbol=read.symbol)
    cells = pure.cells(shown)
    return {
        "symbol": read.symbol,
        "currentPrice": round(shown.spot, 2),
        "expirations": np.unique(cells.expiry).astype(str).tolist(),
        "strikes": np.unique(cells.strike).tolist(),
        "cells": _cells(shown, cells),
        "generatedAt": wire_instant(now),
        "cacheKey": blake2b("/".join(name).encode(), digest_size=12).hexdigest(),
        "expiries": _expiries(shown, now),
        "method": METHOD,
        # What is not whole is asked for again soon (market.answers).
        "degraded": [what for what, is_so in (("stale", read.stale), ("partial", shown.chain.partial)) if is_so],
        **wire.provenance(read),
        "dataQuality": shown.quality(),
    }


def _expiries(reading: Reading, now: datetime) -> list[dict[str, Any]]:
    days, first = np.unique(reading.chain.expiry, return_index=True)
    left = reading.days_to_expiry(new_york_date(now))[first].tolist()
    roots, forwards = reading.chain.root[first].tolist(), wire.figures(reading.forward[first], 4)
    return [
        {
            "date": day,
            "root": roots[at],
            "settlement": "AM" if reading.at_open[first[at]] else "PM",
            "daysToExpiry": left[at],
            "forward": forwards[at],
        }
        for at, day in enumerate(days.astype(str).tolist())
    ]


def _cells(reading: Reading, cells: Cells) -> list[dict[str, Any]]:
    rows = wire.contracts(reading)
    # Exposures are not rounded: sums over cells are to agree with the profile's.
    needed: dict[str, list[Any]] = {
        "volume": wire.counts(np.rint(cells.volume)),
        "openInterest": wire.counts(np.rint(cells.open_interest)),
        "gex": wire.known(cells.gex),
    }
    optional = {
        "impliedVolatility": wire.figures(cells.sigma, wire.VOLATILITY),
        "callGex": wire.known(cells.call_gex),
        "putGex": wire.known(cells.put_gex),
        "vanna": wire.known(cells.vanna),
        "charm": wire.known(cells.charm),
    }
    days, strikes = cells.expiry.astype(str).tolist(), cells.strike.tolist()
    calls, puts = cells.call.tolist(), cells.put.tolist()
    return [
        {
            "expiry": days[at],
            "strike": strikes[at],
            "call": None if calls[at] == pure.NOBODY else rows[calls[at]],
            "put": None if puts[at] == pure.NOBODY else rows[puts[at]],
            "metrics": {
                **{name: values[at] or 0 for name, values in needed.items()},
                **{name: values[at] for name, values in optional.items()},
                "unavailable": [name for name, values in needed.items() if values[at] is None],
            },
        }
        for at in range(len(cells))
    ]
