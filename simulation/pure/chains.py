"""A made-up option chain: contracts priced on the surface, quoted in ticks, with open interest and volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np

from market.pure.bars import Floats
from market.pure.chain import Chain
from options_engine.pure import black_scholes, carry
from options_engine.pure.contracts import years_left
from simulation.pure.contracts import INDEX_ROOTS, Expiry, strike_numbers, strikes
from simulation.pure.interest import crowd
from simulation.pure.listings import ETF, Listing
from simulation.pure.surface import at_the_money, smile_of, total_variance

SHARES: Final = 100.0
# Prices move in nickels below this and in dimes above; funds in cents throughout, stocks in cents below it.
TICK_CHANGES_AT: Final = 3.0
CENT, NICKEL, DIME = 0.01, 0.05, 0.10
# Width of a quote: a share of the price that grows with the distance from the money, and at least two ticks.
WIDTH, WIDTH_AWAY = 0.008, 0.25
LEAST_DAYS: Final = 1e-6  # on the variance clock


@dataclass(frozen=True, slots=True)
class Moment:
    """What the rest of the made-up market says when a chain is read.

    Attributes
    ----------
    day : date
        The session.
    now_ts : float
        [Unix seconds]
    spot, close : float
        Price of the underlying, and of the session before. [USD, or index points]
    level : float
        Implied volatility of now over the usual one. [1]
    traded : float
        How much of a full session's volume has traded. [1]
    """

    day: date
    now_ts: float
    spot: float
    close: float
    level: float
    traded: float


def chain(seed: int, listing: Listing, expiries: Sequence[Expiry], days: Floats, moment: Moment) -> Chain:
    """Return the chain of a listing: every strike as call and put.

    Parameters
    ----------
    seed, listing
        Whose market.
    expiries : sequence of Expiry, length e
        At least one, none of them over.
    days : float64, shape (e,)
        Time to each on the clock of variance. [usual days]
    moment : Moment
    """
    numbers = strike_numbers(listing, moment.close)
    crowds = [crowd(seed, listing, each, numbers, day=moment.day, close=moment.close) for each in expiries]
    shape = (len(expiries), 2, len(numbers))
    strike = np.broadcast_to(strikes(listing, numbers), shape)
    is_call = np.broadcast_to(np.array([[True], [False]]), shape)
    t_years = years_left(np.array([each.expires_ts for each in expiries], dtype=np.int64), moment.now_ts)[:, None, None]
    dividend = carry.dividend_yield(listing.symbol)
    moneyness = np.log(strike / moment.spot) - (carry.RATE - dividend) * t_years
    at_money = at_the_money(np.maximum(days, LEAST_DAYS), sigma=listing.sigma, level=moment.level)[:, None, None]
    iv = np.sqrt(total_variance(moneyness, at_money, smile_of(listing)) / t_years)
    worth = black_scholes.value(moment.spot, strike, t_years, iv, is_call, rate=carry.RATE, dividend=dividend)
    away = np.abs(moneyness) / np.sqrt(at_money)
    bid, ask, last = _quoted(listing, worth.price, away)
    volume = np.floor(np.array([each.day_volume for each in crowds]).reshape(shape) * moment.traded)
    return Chain(
        symbol=listing.symbol,
        spot=moment.spot,
        as_of=datetime.fromtimestamp(moment.now_ts, UTC),
        root=np.repeat([each.root for each in expiries], strike[0].size),
        expiry=np.repeat(np.array([each.day for each in expiries], dtype="datetime64[D]"), strike[0].size),
        strike=strike.ravel(),
        is_call=is_call.ravel(),
        bid=bid.ravel(),
        ask=ask.ravel(),
        last=np.where(volume > 0, last, np.nan).ravel(),
        volume=volume.ravel(),
        open_interest=np.array([each.open_interest for each in crowds]).reshape(shape).ravel(),
        iv=iv.ravel(),
        delta=worth.delta.ravel(),
        gamma=worth.gamma.ravel(),
        theta=worth.theta.ravel(),
        vega=worth.vega.ravel(),
        shares_per_contract=np.full(strike.size, SHARES),
    )


def _quoted(listing: Listing, price: Floats, away: Floats) -> tuple[Floats, Floats, Floats]:
    """Return bid, ask and a trade between them, in ticks; the bid is 0 where nobody would bid a tick."""
    tick = _ticks(listing, price)
    half = np.maximum(0.5 * WIDTH * price * (1.0 + WIDTH_AWAY * away), tick)
    bid = np.maximum(np.floor((price - half) / tick), 0.0) * tick
    ask = np.maximum(np.ceil((price + half) / tick) * tick, bid + tick)
    last = np.maximum(np.rint(price / tick), 1.0) * tick
    quoted = np.round(np.stack([bid, ask, last]), 2)
    return quoted[0], quoted[1], quoted[2]


def _ticks(listing: Listing, price: Floats) -> Floats:
    if listing.type == ETF:
        return np.full(price.shape, CENT)
    below, above = (NICKEL, DIME) if listing.symbol in INDEX_ROOTS else (CENT, NICKEL)
    return np.where(price < TICK_CHANGES_AT, below, above)
