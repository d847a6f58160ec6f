"""A clean chain of the simulated market as quotes, and the ways in which a quote can be bad."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import cycle

import numpy as np

from market.pure.chain import Chain
from options_engine.pure import carry
from options_engine.pure.arbitrage import Market
from options_engine.pure.contracts import years_left
from simulation.pure.chains import Moment, chain
from simulation.pure.contracts import Expiry
from simulation.pure.listings import LISTINGS
from tests.simulation.days import SEED, stamp

DAY = date(2026, 2, 9)
NOW = stamp(DAY, 10, 30)
AHEAD = (0, 1, 4, 11, 32, 60)  # days
KINDS = ("crossed", "no bid", "wide", "stale", "too high", "too low")


@dataclass(frozen=True)
class Quoted:
    """A chain, its quotes, and what age they have."""

    chain: Chain
    market: Market
    tick: np.ndarray
    age_s: np.ndarray


def quoted(symbol: str = "SPX", *, seed: int = SEED) -> Quoted:
    listing = LISTINGS[symbol]
    dates = [DAY + timedelta(days=ahead) for ahead in AHEAD]
    expiries = [
        Expiry(day, symbol, at_open=False, cycle="daily", session=row, expires_ts=stamp(day, 16))
        for row, day in enumerate(dates)
    ]
    moment = Moment(DAY, NOW, spot=1.0013 * listing.price, close=listing.price, level=1.1, traded=0.2)
    made = chain(seed, listing, expiries, np.array([0.7, 1.7, 4.7, 8.7, 23.7, 42.7]), moment)
    series = np.searchsorted(np.array(dates, dtype="datetime64[D]"), made.expiry)
    years = years_left(np.array([each.expires_ts for each in expiries])[series], NOW)
    dividend = carry.dividend_yield(symbol)
    market = Market(
        series=series,
        strike=made.strike,
        is_call=made.is_call,
        bid=made.bid,
        ask=made.ask,
        t_years=years,
        forward=made.spot * np.exp((carry.RATE - dividend) * years),
        discount=np.exp(-carry.RATE * years),
    )
    below = {"SPX": 0.05, "SPY": 0.01}[symbol]
    return Quoted(made, market, np.full(len(made), below), np.zeros(len(made)))


def spoilt(clean: Quoted, share: float, *, seed: int) -> tuple[Quoted, np.ndarray, np.ndarray]:
    """Return the chain with this share of quotes made bad, which those are, and how, as numbers of `KINDS`."""
    draw = np.random.default_rng(seed)
    bid, ask, age = clean.market.bid.copy(), clean.market.ask.copy(), clean.age_s.copy()
    middle, spread = 0.5 * (bid + ask), ask - bid
    # What costs a few ticks cannot be told from what costs a few more.
    candidates = np.flatnonzero(middle >= 10 * clean.tick)
    bad = draw.choice(candidates, round(share * len(bid)), replace=False)
    kinds = np.full(len(bid), -1)
    for place, kind in zip(bad.tolist(), cycle(range(len(KINDS)))):
        kinds[place] = kind
        by = float(max(draw.uniform(4, 10) * spread[place], draw.uniform(0.1, 0.3) * middle[place]))
        match KINDS[kind]:
            case "crossed":
                bid[place], ask[place] = ask[place], bid[place]
            case "no bid":
                bid[place] = 0.0
            case "wide":
                level = max(middle[place], 1.5)  # a quote below a dollar may be as wide as it likes
                wider = float(draw.uniform(0.3, 0.6)) * level
                bid[place], ask[place] = level - wider / 2, level + wider / 2
            case "stale":
                age[place] = draw.uniform(601, 5000)
            case "too high":
                bid[place], ask[place] = bid[place] + by, ask[place] + by
            case "too low":
                by = min(by, 0.8 * bid[place])
                bid[place], ask[place] = bid[place] - by, ask[place] - by
    market = replace(clean.market, bid=np.round(bid, 2), ask=np.round(ask, 2))
    return replace(clean, market=market, age_s=age), kinds >= 0, kinds
