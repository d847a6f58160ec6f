"""Positions, markets and listed contracts as a test wants them, every figure that follows from others worked out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from market.pure.contract_names import names
from options_engine.pure import black_scholes, payoff
from positions.pure.facts import Greeks, LegFacts, MarketFacts, MarkSource, PositionFacts
from positions.pure.holding import Held, holding
from positions.pure.listed import Listed
from positions.pure.rules import Case
from positions.pure.structures import Kind, Leg
from positions.pure.thresholds import Thresholds
from tests.positions.pure.test_structures import leg

NOW = datetime(2026, 2, 9, 17, tzinfo=UTC)  # noon in New York, a Monday
TODAY = date(2026, 2, 9)
CLOSE = datetime(2026, 2, 9, 21, tzinfo=UTC)
NEXT_CLOSE = datetime(2026, 2, 10, 21, tzinfo=UTC)
ID, TRADER = UUID(int=7), UUID(int=9)
RATE = 0.04


def held(
    text: str, price: str, mark: float, *, root: str = "SPXW", days: int = 11, spread: float = 0.02, **more: Any
) -> LegFacts:
    """Return `+2C5900` bought at a price and marked at another, quoted 1 % to each side of it unless told otherwise."""
    plain = leg(text, root=root)
    stock = plain.kind is Kind.STOCK
    what = plain if stock else Leg(plain.kind, plain.ratio, plain.strike, TODAY + timedelta(days=days), root)
    usual: dict[str, Any] = {
        "contract": root if stock else name(what),
        "leg": what,
        "multiplier": 1.0 if stock else 100.0,
        "average_price": Decimal(price),
        "bid": mark * (1 - spread / 2),
        "ask": mark * (1 + spread / 2),
        "mark": mark,
        "source": MarkSource.QUOTE,
        "days_to_expiry": None if stock else days,
        "minutes_to_expiry": math.nan if stock else 1440.0 * days + 240.0,
        "quoted_at": NOW,
        "delta": 1.0 if stock else math.nan,
        "theta": 0.0 if stock else math.nan,
        "european": root in ("SPX", "SPXW"),
    }
    return LegFacts(**{**usual, **more})


def name(of: Leg) -> str:
    (found,) = names(
        np.array([of.root]),
        np.array([of.expiry], dtype="datetime64[D]"),
        np.array([of.kind is Kind.CALL]),
        np.array([float(of.strike)]),
    )
    return found


def position(*legs: LegFacts, symbol: str = "SPX", spot: float = 5950.0, **more: Any) -> PositionFacts:
    """Return a position of these legs: value, gain, limits and Greeks are theirs."""
    multipliers = [Decimal(str(each.multiplier)) for each in legs]
    costs = [each.average_price * each.leg.ratio * shares for each, shares in zip(legs, multipliers, strict=True)]
    whole = holding([Held(each.leg, shares, cost) for each, shares, cost in zip(legs, multipliers, costs, strict=True)])
    worth = (
        sum(
            (
                Decimal(f"{each.mark:.6f}") * each.leg.ratio * shares
                for each, shares in zip(legs, multipliers, strict=True)
            ),
            Decimal(0),
        ).quantize(Decimal("0.01"))
        if all(math.isfinite(each.mark) for each in legs)
        else None
    )
    gain = None if worth is None else worth - whole.cost
    envelope = _envelope(legs)
    usual: dict[str, Any] = {
        "id": ID,
        "user_id": TRADER,
        "symbol": symbol,
        "strategy": whole.strategy,
        "bought": whole.bought,
        "units": whole.units,
        "entry_price": whole.entry_price,
        "cost": whole.cost,
        "opened_at": NOW - timedelta(days=3),
        "legs": legs,
        "value": worth,
        "unrealised": gain,
        "realised": Decimal(0),
        "fees": Decimal(0),
        "pnl_pct": None if gain is None or not whole.cost else float(100 * gain / abs(whole.cost)),
        "max_gain": envelope.max_gain if envelope else None,
        "max_loss": envelope.max_loss if envelope else None,
        "limits_known": envelope is not None,
        "breakevens": tuple(envelope.breakevens) if envelope else (),
        "greeks": greeks(legs),
        "probability_of_profit": None,
        "spot": spot,
        "as_of": NOW,
    }
    return PositionFacts(**{**usual, **more})


def greeks(legs: Sequence[LegFacts]) -> Greeks:
    def total(of: str) -> float | None:
        found = sum(getattr(each, of) * each.leg.ratio * each.multiplier for each in legs)
        return found if math.isfinite(found) else None

    return Greeks(**{of: total(of) for of in ("delta", "gamma", "theta", "vega", "rho")})


def _envelope(legs: Sequence[LegFacts]) -> payoff.Envelope | None:
    if len({each.leg.expiry for each in legs if each.is_option}) > 1:
        return None
    return payoff.Structure(
        tuple(
            payoff.Leg(
                payoff.LegKind(each.leg.kind.value),
                Decimal(each.leg.ratio),
                each.average_price,
                Decimal(str(each.multiplier)),
                each.leg.strike,
                each.leg.expiry,
            )
            for each in legs
        )
    ).envelope()


def market(**more: Any) -> MarketFacts:
    usual = {
        "now": NOW,
        "is_open": True,
        "minutes_open": 150.0,
        "minutes_left": 240.0,
        "close_at": CLOSE,
        "next_close_at": NEXT_CLOSE,
        "rate": RATE,
        "dividend_yield": 0.0,
    }
    return MarketFacts(**{**usual, **more})


def case(facts: PositionFacts, listed: Listed | None = None, limits: Thresholds | None = None, **more: Any) -> Case:
    return Case(facts=facts, market=market(**more), thresholds=limits or Thresholds(), listed=listed)


def chain(
    *,
    spot: float = 5950.0,
    days: Sequence[int] = (11, 25, 32, 39, 45),
    step: int = 25,
    root: str = "SPXW",
    sigma: float = 0.15,
) -> Listed:
    """Return calls and puts 20 strikes to each side of the spot at one volatility, quoted 0.5 % to each side."""
    strikes = np.round(spot / step) * step + step * np.arange(-20, 21)
    expiry, strike, is_call = (
        each.ravel() for each in np.meshgrid(np.array(days), strikes, np.array([True, False]), indexing="ij")
    )
    t_years = (expiry + 1 / 6) / 365.0
    told = black_scholes.value(spot, strike, t_years, np.full(len(strike), sigma), is_call, rate=RATE, dividend=0.0)
    dates = np.datetime64(TODAY) + expiry.astype("timedelta64[D]")
    roots = np.full(len(strike), root)
    return Listed(
        contract=np.array(names(roots, dates, is_call, strike)),
        root=roots,
        expiry=dates,
        strike=strike,
        is_call=is_call,
        bid=np.round(0.995 * told.price, 2),
        ask=np.round(1.005 * told.price + 0.005, 2),
        delta=told.delta,
        theta=told.theta,
        vega=told.vega,
        sigma=np.full(len(strike), sigma),
        model=told.price,
        t_years=t_years,
        forward=spot * np.exp(RATE * t_years),
    )


def priced(each: LegFacts, *, spot: float = 5950.0, sigma: float = 0.15) -> LegFacts:
    """Return a leg with its mark and Greeks as the model has them."""
    told = black_scholes.value(
        spot,
        float(each.leg.strike),
        each.minutes_to_expiry / 1440.0 / 365.0,
        sigma,
        each.leg.kind is Kind.CALL,
        rate=RATE,
        dividend=0.0,
    )
    mark = float(told.price)
    return replace(
        each,
        mark=mark,
        bid=0.995 * mark,
        ask=1.005 * mark,
        sigma=sigma,
        delta=float(told.delta),
        gamma=float(told.gamma),
        theta=float(told.theta),
        vega=float(told.vega),
        rho=float(told.rho),
    )
