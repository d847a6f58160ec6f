"""What a report takes out of the straddle that lives through it: the projection, and any other outcome priced anew."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any, Final

from market.market_state import wire_instant
from options_engine import readings, wire
from options_engine.earnings import analysis, events, straddles
from options_engine.earnings.straddles import Occasion, Straddle
from options_engine.models import EarningsEvent
from options_engine.pure import crush_grid

MOST_CRUSH: Final = 90
CURVE_STEP: Final = 5
# What the sliders of the page reach. [percent]
CRUSHES, MOVES = tuple(range(10, 61)), tuple(range(-15, 16))
FIRST_CRUSH: Final = 25


def iv_crush(
    symbol: str,
    now: datetime,
    *,
    event_date: date | None = None,
    crush_pct: float | None = None,
    spot_move_pct: float = 0.0,
    max_age_s: float = readings.FRESH_S,
) -> dict[str, Any]:
    """Return what the straddle is worth at the first open after a report, by how much volatility it loses.

    Parameters
    ----------
    symbol : str
        Normalised.
    event_date : date, optional
        The next report without it. A date that nobody knows a report of counts as one whose time of day is unknown.
    crush_pct : float, optional
        What share of itself the volatility loses; the projection without it. [percent]
    spot_move_pct : float
        How the share has moved by then. [percent]

    Raises
    ------
    TooLittle, NoChains, NoSpot, UnknownSymbol, ProviderUnavailable, RateLimited
        As `straddles.around`.
    """
    due = analysis.prospect(symbol, now)
    occasion = due.occasion if event_date is None else _of_date(symbol, event_date)
    straddle = straddles.around(symbol, occasion, now=now, max_age_s=max_age_s)
    projected, method = analysis.crush_pct(straddle, analysis.slow(symbol, due, now)["moves"])
    chosen = projected if crush_pct is None else crush_pct
    share, why = breakeven(straddle, spot_move_pct)
    curve = priced(straddle, range(0, MOST_CRUSH + 1, CURVE_STEP), [spot_move_pct])
    return {
        "symbol": symbol,
        "eventDate": occasion.day.isoformat() if occasion else None,
        "reason": None if occasion else due.reason,
        **projection(straddle, chosen, spot_move_pct),
        "crushPct": wire.figure(chosen, 2) if chosen is not None else None,
        "projectedIVCrushPct": wire.figure(projected, 2) if projected is not None else None,
        "crushMethod": method if crush_pct is None else "given",
        "spotMovePct": spot_move_pct,
        "strike": straddle.at_the_money.strike,
        "referenceExpiry": straddle.day.isoformat(),
        "repricedAt": wire_instant(straddle.after_at.astimezone(UTC)),
        "breakevenCrushPct": share,
        "breakevenReason": why,
        "curve": [
            {"crushPct": pct, "straddle": row[0]}
            for pct, row in zip(range(0, MOST_CRUSH + 1, CURVE_STEP), curve, strict=True)
        ],
        **wire.provenance(straddle.read),
    }


def simulator(symbol: str, now: datetime) -> dict[str, Any]:
    """Return what the page's two sliders are answered from: the straddle at every crush and move that they reach.

    Raises
    ------
    TooLittle, NoChains, NoSpot, UnknownSymbol, ProviderUnavailable, RateLimited
        As `straddles.around`.
    """
    due = analysis.prospect(symbol, now)
    straddle = straddles.around(symbol, due.occasion, now=now)
    projected, _ = analysis.crush_pct(straddle, analysis.slow(symbol, due, now)["moves"])
    first = FIRST_CRUSH if projected is None else round(projected)
    breakevens = [breakeven(straddle, move) for move in MOVES]
    return {
        "crushes": [CRUSHES[0], CRUSHES[-1]],
        "moves": [MOVES[0], MOVES[-1]],
        "firstCrush": min(max(first, CRUSHES[0]), CRUSHES[-1]),
        "projected": wire.figure(projected, 2) if projected is not None else None,
        "paid": wire.figure(straddle.price, 4),
        "sigma": wire.figure(100.0 * straddle.at_the_money.sigma, 2),
        "spot": wire.figure(straddle.spot, 2),
        "strike": straddle.at_the_money.strike,
        "repricedAt": wire_instant(straddle.after_at.astimezone(UTC)),
        "known": not math.isnan(straddle.at_the_money.sigma),
        "prices": priced(straddle, CRUSHES, MOVES),
        "breakevens": [share for share, _ in breakevens],
        "breakevenReasons": [why for _, why in breakevens],
    }


def projection(straddle: Straddle, crush_pct: float | None, spot_move_pct: float) -> dict[str, Any]:
    """Return volatility and straddle before and after, None where the crush or the volatility is not known."""
    sigma = straddle.at_the_money.sigma
    known = crush_pct is not None and not math.isnan(sigma)
    after = priced(straddle, [crush_pct], [spot_move_pct])[0][0] if known and crush_pct is not None else None
    drop = sigma * crush_pct / 100.0 if known and crush_pct is not None else math.nan
    return {
        "currentIV": wire.figure(100.0 * sigma, 2),
        "estimatedPostEventIV": wire.figure(100.0 * (sigma - drop), 2),
        "ivDrop": wire.figure(100.0 * drop, 2),
        "ivDropPct": wire.figure(crush_pct, 2) if crush_pct is not None else None,
        "currentStraddle": wire.figure(straddle.price, 4),
        "estimatedPostEventStraddle": after,
        "straddleLoss": wire.figure(straddle.price - after, 4) if after is not None else None,
    }


def priced(straddle: Straddle, crush_pcts: Any, move_pcts: Any) -> list[list[float | None]]:
    """Return the straddle at the first open after the news, a row a crush and a column a move; None where unknown."""
    crushes, moves = [each / 100.0 for each in crush_pcts], [each / 100.0 for each in move_pcts]
    if math.isnan(straddle.at_the_money.sigma):
        return [[None] * len(moves) for _ in crushes]
    worth = crush_grid.straddle(straddle.at_the_money, crushes, moves, straddle.years_after)
    return [wire.figures(row, 4) for row in worth]


def breakeven(straddle: Straddle, move_pct: float) -> tuple[float | None, str | None]:
    """Return what share of its volatility the straddle may lose without loss, else why there is none. [percent].

    `never_wins`: time alone takes more than the move gives back. `never_loses`: the move alone is worth what was paid.
    """
    money = straddle.at_the_money
    if math.isnan(money.sigma) or not straddle.years_after > 0:
        return None, "unknown"
    if (priced(straddle, [0], [move_pct])[0][0] or 0.0) < straddle.price:
        return None, "never_wins"
    share = crush_grid.breakeven_crush(money, straddle.price, move_pct / 100.0, straddle.years_after)
    return (None, "never_loses") if math.isnan(share) else (wire.figure(100.0 * share, 2), None)


def _of_date(symbol: str, day: date) -> Occasion:
    known = EarningsEvent.objects.filter(symbol=symbol, date=day).exclude(status__in=events.NOT_DUE).first()
    return Occasion.of(known) if known else Occasion(day, None)
