"""The answer about a symbol's implied volatility: its rank, its skew and its term structure."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import numpy as np

from market import clock
from market.market_state import wire_instant
from market.pure.sessions import new_york_date
from options_engine import readings, term_readings, volatility_history, wire
from options_engine.errors import TooLittle
from options_engine.keeping import kept
from options_engine.pure import ladder, smile, term_structure, volatility_rank
from options_engine.pure.smile import Skew
from options_engine.term_readings import Rung, Term

MOST_EXPIRIES: Final = 12
USUAL_EXPIRIES: Final = 6
# Of the smile that is told, on each side of the strike nearest to the spot.
LEAST_STRIKES, USUAL_STRIKES, MOST_STRIKES = 5, 20, 50
POINTS: Final = 2  # decimals of a volatility in percent points
METHOD: Final = (
    "Current IV: at the forward, total variance interpolated to 30 days. Rank and percentile: among the last 252 days "
    "of the same measure, or of realised volatility where historySource says so. Skew: put less call at exact deltas "
    "on the forward, volatility linear in delta. Events: variance a session over 1.5 times that of the expiries beside."
)
_WORDS: Final = {
    "put_heavy": "Puts cost {size} points more than calls as far away: protection is in demand.",
    "call_heavy": "Calls cost {size} points more than puts as far away: upside is in demand.",
    "balanced": "Puts and calls as far away cost about the same.",
    "unknown": "Too few strikes have a volatility to compare puts with calls.",
}


def answer(
    symbol: str,
    *,
    expiry: date | None = None,
    expirations: int = USUAL_EXPIRIES,
    strikes: int = USUAL_STRIKES,
    force: bool = False,
) -> dict[str, Any]:
    """Return the analysis, at most five minutes old; `force` asks the vendor now. Else as `analysis`.

    `strikes` bounds the rows of the smile on each side and nothing else: one analysis serves every width.
    """

    def made(max_age_s: float) -> dict[str, Any]:
        return analysis(symbol, expiry=expiry, expirations=expirations, max_age_s=max_age_s)

    body = kept("iv", symbol, expiry or "multi", expirations, force=force, made=made).body
    shown = around(body["skew"]["smile"], body["currentPrice"], strikes)
    return body | {"skew": body["skew"] | {"smile": shown}}


def analysis(
    symbol: str,
    *,
    expiry: date | None = None,
    expirations: int = USUAL_EXPIRIES,
    max_age_s: float = readings.FRESH_S,
) -> dict[str, Any]:
    """Return the contract's `IVAnalysis`, with members of our own.

    Parameters
    ----------
    symbol : str
        Normalised.
    expiry : date, optional
        Whose skew is told; that nearest to thirty days without it.
    expirations : int
        How many the term structure has, chosen by `ladder.pick`.
    max_age_s : float
        0 asks the vendor in any case. [market seconds]

    Raises
    ------
    TooLittle
        If nothing expires on that date, or no option at the money has a volatility.
    NoChains, UnknownSymbol, NoSpot, ProviderUnavailable, RateLimited
        As `readings`.
    """
    now = clock.now()
    today = new_york_date(now)
    days = term_readings.listed(symbol, now)
    if expiry is not None and expiry not in days:
        raise TooLittle(symbol=symbol, reason=f"nothing expires on {expiry}")
    shown = {*ladder.pick(days, today, expirations), *([expiry] if expiry else [])}
    needed = sorted({*shown, *ladder.around_month(days, today)})
    term = term_readings.read(symbol, needed, now=now, max_age_s=max_age_s)
    if term.front() is None:
        raise TooLittle(symbol=symbol, reason="no option at the money has a volatility")
    skewed = next((rung for rung in term.rungs if rung.day == expiry), None) if expiry else term.nearest_month()
    return {
        "symbol": symbol,
        "currentPrice": round(term.spot, 2),
        "ivRank": _rank(term, today),
        "skew": _skew(skewed) | {"smile": around(_smile(skewed), term.spot, MOST_STRIKES)},
        "termStructure": _term_structure(term.of(sorted(shown)), today),
        **term.provenance(),
        "calculatedAt": wire_instant(now),
        "method": METHOD,
    }


def around(rows: list[dict[str, Any]], spot: float, each_side: int) -> list[dict[str, Any]]:
    """Return the row whose strike is nearest to the spot, the lower of two, and so many on each side of it."""
    if not rows:
        return []
    at = min(range(len(rows)), key=lambda place: abs(rows[place]["strike"] - spot))
    return rows[max(0, at - each_side) : at + each_side + 1]


def points(sigma: float) -> float | None:
    """Return a volatility in percent points, None where it is not known."""
    return wire.figure(100.0 * sigma, POINTS)


def _rank(term: Term, today: date) -> dict[str, Any]:
    front = term.front()
    current = term.month()
    history = volatility_history.series(term.symbol, today)
    found = volatility_rank.rank(current, history.values)
    return {
        "currentIV": points(current),
        "ivRank": wire.figure(found.rank, POINTS) if found else None,
        "ivPercentile": wire.figure(found.percentile, POINTS) if found else None,
        "iv52wkHigh": points(found.high) if found else None,
        "iv52wkLow": points(found.low) if found else None,
        "ivTrend": found.trend if found else "unknown",
        "frontIV": points(front.smile.at_the_money()) if front else None,
        "frontExpiry": front.day.isoformat() if front else None,
        "historySource": history.kind,
        "historyDays": len(history.values),
        "reconstructedDays": history.reconstructed,
    }


def _skew(rung: Rung | None) -> dict[str, Any]:
    found = smile.skew(rung.smile) if rung else Skew(*[float("nan")] * 5)
    told = found.skew25 if np.isfinite(found.skew25) else found.skew10
    return {
        "skew25delta": points(found.skew25),
        "skew10delta": points(found.skew10),
        "skewDirection": found.lean,
        "interpretation": _WORDS[found.lean].format(size=f"{100.0 * abs(told):.1f}"),
        "normalizedSkew": wire.figure(found.normalised, 4),
        "riskReversal25": points(found.risk_reversal25),
        "butterfly25": points(found.butterfly25),
        "atmIV": points(found.at_the_money),
        "expiry": rung.day.isoformat() if rung else None,
    }


def _smile(rung: Rung | None) -> list[dict[str, Any]]:
    if rung is None:
        return []
    told = zip(rung.smile.strike.tolist(), rung.smile.sigma.tolist(), rung.smile.call_deltas().tolist(), strict=True)
    return [
        {"strike": strike, "iv": points(sigma), "callDelta": wire.figure(delta, 4)} for strike, sigma, delta in told
    ]


def _term_structure(term: Term, today: date) -> dict[str, Any]:
    # The contract wants a number for each date, so that one without is left out.
    term = term.of([rung.day for rung in term.rungs if np.isfinite(rung.smile.at_the_money())])
    days = [rung.day for rung in term.rungs]
    dte = np.array([(day - today).days for day in days], dtype=np.int64)
    slope = term_structure.slope(dte, term.sigma)
    forwards = term_structure.forward_volatilities(term.t_years, term.sigma)
    told: dict[str, Any] = {
        "expirations": [
            {
                "date": day.isoformat(),
                "dte": int(days_left),
                "atmIV": points(sigma),
                "forward": wire.figure(rung.forward, 4),
            }
            for day, days_left, sigma, rung in zip(days, dte, term.sigma, term.rungs, strict=True)
        ],
        "shape": slope.shape,
        "slopeFrom": None if slope.near is None else days[slope.near].isoformat(),
        "slopeTo": None if slope.far is None else days[slope.far].isoformat(),
        "forwardVols": [
            {"from": start.isoformat(), "to": end.isoformat(), "vol": points(vol)}
            for start, end, vol in zip([today, *days[:-1]], days, forwards.tolist(), strict=True)
        ],
        "eventKinks": _kinks(term, today),
    }
    if slope.inversion is not None:
        told["inversionPoint"] = days[slope.inversion].isoformat()
    return told


def _kinks(term: Term, today: date) -> list[dict[str, Any]]:
    usual = term_readings.usual_days(term)
    if usual is None:
        return []
    days = [today, *(rung.day for rung in term.rungs)]
    return [
        {
            "from": days[kink.place].isoformat(),
            "to": days[kink.place + 1].isoformat(),
            "ratio": wire.figure(kink.ratio, POINTS),
            "impliedMovePct": wire.figure(100.0 * kink.move, POINTS),
        }
        for kink in term_structure.kinks(usual, term.t_years, term.sigma)
    ]
