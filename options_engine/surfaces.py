"""The answer about a symbol's volatility surface: a fitted slice an expiry, and what free money it has been rid of."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from market import clock
from market.market_state import wire_instant
from market.pure.sessions import new_york_date
from options_engine import readings, term_readings, wire
from options_engine.errors import TooLittle
from options_engine.pure import ladder, surface
from options_engine.pure.surface import Absence, Quotes, Slice
from options_engine.term_readings import Rung
from options_engine.volatility import points

MOST_EXPIRIES: Final = 12
USUAL_EXPIRIES: Final = 6
_POINTS: Final = 25  # of each slice that are told for drawing
METHOD: Final = (
    "SVI in total variance, fitted to quotes out of the money with half a spread as tolerance; no spread of a negative "
    "price on 200 points to a quarter further from the money than quotes reach, total variance never below an earlier "
    "expiry's. Beyond its own quotes a slice keeps to those of later expiries. An expiry for which no such slice is "
    "close to its quotes is left out and named."
)


def fitted(symbol: str, *, expirations: int = USUAL_EXPIRIES, max_age_s: float = readings.FRESH_S) -> dict[str, Any]:
    """Return the fitted slices of some expiries, chosen by `ladder.pick`.

    Raises
    ------
    TooLittle
        If no expiry could be fitted.
    NoChains, UnknownSymbol, NoSpot, ProviderUnavailable, RateLimited
        As `readings`.
    """
    now = clock.now()
    days = ladder.pick(term_readings.listed(symbol, now), new_york_date(now), expirations)
    term = term_readings.read(symbol, days, now=now, max_age_s=max_age_s)
    slices = surface.fit([Quotes.of_reading(rung.reading) for rung in term.rungs])
    told = [(rung, each) for rung, each in zip(term.rungs, slices, strict=True) if isinstance(each, Slice)]
    if not told:
        raise TooLittle(symbol=symbol, reason="no expiry has quotes that a surface can be fitted to")
    today = new_york_date(now)
    return {
        "symbol": symbol,
        "currentPrice": round(term.spot, 2),
        "slices": [_slice(rung, each, (rung.day - today).days) for rung, each in told],
        "arbitrageReport": _report(term.rungs, slices),
        **term.provenance(),
        "calculatedAt": wire_instant(now),
        "method": METHOD,
    }


def _slice(rung: Rung, made: Slice, dte: int) -> dict[str, Any]:
    quotes = made.quotes
    k = np.linspace(quotes.k[0], quotes.k[-1], _POINTS)
    return {
        "date": rung.day.isoformat(),
        "dte": dte,
        "years": wire.figure(quotes.t_years, 8),
        "forward": wire.figure(quotes.forward, 4),
        "atmIV": points(float(made.volatility(np.zeros(1))[0])),
        "svi": {name: getattr(made.svi, name) for name in ("level", "slope", "lean", "centre", "bend")},
        "strikesUsed": len(quotes.k),
        "rmsePoints": points(made.root_mean_square),
        "insideSpreadPct": wire.figure(100.0 * made.inside, 1),
        "leastDensity": wire.figure(made.least_density, 6),
        "leastCalendarGap": wire.figure(made.least_gap, 8),
        "points": [
            {"strike": wire.figure(strike, 2), "iv": points(sigma)}
            for strike, sigma in zip(quotes.forward * np.exp(k), made.volatility(k), strict=True)
        ],
    }


def _report(rungs: tuple[Rung, ...], slices: list[Slice | Absence]) -> dict[str, Any]:
    fitted_ones = [each for each in slices if isinstance(each, Slice)]
    gaps = [each.least_gap for each in fitted_ones[1:] if np.isfinite(each.least_gap)]
    return {
        "gridPoints": surface.GRID,
        "butterflyFree": all(each.least_density >= 0 for each in fitted_ones),
        "calendarFree": all(gap >= 0 for gap in gaps),
        "leastDensity": wire.figure(min(each.least_density for each in fitted_ones), 6),
        "leastCalendarGap": wire.figure(min(gaps), 8) if gaps else None,
        "leftOut": [
            {"date": rung.day.isoformat(), "reason": each}
            for rung, each in zip(rungs, slices, strict=True)
            if not isinstance(each, Slice)
        ],
    }
