"""The whole engine over one chain: rate and forwards from parity, quotes judged, volatilities read, all counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.pure.chain import Chain
from options_engine.pure import american_volatility, carry, contracts, forwards, implied_volatility
from options_engine.pure.arbitrage import Market
from options_engine.pure.implied_volatility import Reason
from options_engine.pure.quotes import Verdict, judge, judge_volatility
from tests.options_engine.real_chains import Recorded

# About what bills paid: for where no expiry tells, and for American options, whose early exercise bends the line of
# calls less puts more than the rate slopes it.
BILLS = {2013: 0.001, 2014: 0.001, 2020: 0.001, 2021: 0.001, 2022: 0.022, 2023: 0.053, 2026: 0.037}
LEAST_YEARS = 2 / 365  # a vendor's clock of the last days is not ours
UNQUOTED = 0.01  # of a middle: how wide its quote is taken to be


@dataclass(frozen=True)
class Reading:
    """What the engine says of a chain; arrays of shape (n,) of its live contracts."""

    contracts: int
    used: int
    dropped: dict[str, int]
    rate: float
    forwards: int
    expiries: int
    sigma: np.ndarray
    told: np.ndarray
    near: np.ndarray

    @property
    def gaps(self) -> np.ndarray:
        """How far apart our volatilities near the money and the file's are."""
        both = self.near & np.isfinite(self.sigma) & np.isfinite(self.told)
        return np.abs(self.sigma - self.told)[both]


def read(recorded: Recorded) -> Reading:
    """Return what the engine makes of a chain."""
    chain = recorded.chain
    ends = contracts.expires_ts(chain.expiry, contracts.settles_at_open(chain.root), {})
    years = contracts.years_left(ends, chain.as_of.timestamp())
    chain, years, ends = chain.take(years > 0), years[years > 0], ends[years > 0]
    _, series = np.unique(ends, return_inverse=True)
    bid, ask = (chain.bid, chain.ask) if recorded.has_quotes else _around(chain.last)
    rate = BILLS[chain.as_of.year]
    if recorded.european:
        rate = _rate(series, years, chain.strike, chain.is_call, bid, ask, otherwise=rate)
    discount = np.exp(-rate * years)
    told = forwards.of_quotes(series, chain.strike, chain.is_call, bid, ask, discount=discount)
    # A handful of contracts has no forward of its own; without a price of the underlying there is none at all.
    carried = chain.spot * np.exp((rate - carry.dividend_yield(chain.symbol)) * years)
    forward = np.where(np.isfinite(told.forward[series]), told.forward[series], carried)
    market = Market(
        series=series,
        strike=chain.strike,
        is_call=chain.is_call,
        bid=bid,
        ask=ask,
        t_years=years,
        forward=forward,
        discount=discount if recorded.european else np.ones(len(years)),
    )
    # Whole chains are of one moment; how old each of their quotes is they do not say.
    judged = judge(market, tick=0.05 if recorded.european else 0.01)
    with np.errstate(invalid="ignore"):
        out = chain.is_call == (chain.strike > forward)
    solved = implied_volatility.solve(
        np.where(np.isfinite(forward) & out, 0.5 * (bid + ask), np.nan),
        forward,
        chain.strike,
        years,
        chain.is_call,
        discount=discount,
        refused=~judged.good,
    )
    sigma, reason = solved.sigma.copy(), solved.reason
    with np.errstate(invalid="ignore"):
        reach = np.minimum(0.5 * np.nan_to_num(sigma, nan=0.0) * np.sqrt(years), 0.05)
        near = (np.abs(np.log(chain.strike / forward)) <= reach) & (years >= LEAST_YEARS)
    if not recorded.european:
        early = near & (reason == Reason.SOLVED)
        spot = chain.spot if chain.spot > 0 else float(told.forward[0])
        sigma[early] = american_volatility.solve(
            0.5 * (bid + ask)[early],
            spot,
            chain.strike[early],
            years[early],
            chain.is_call[early],
            rate=rate,
            dividend=rate - np.log(forward[early] / spot) / years[early],
        ).sigma
    judged = judge_volatility(judged, sigma)
    dropped = {name: count for name, count in judged.counts().items() if name != Verdict.GOOD.name.lower()}
    left = judged.good
    dropped["in the money"] = int((left & np.isfinite(forward) & ~out).sum())
    dropped["no forward"] = int((left & ~np.isfinite(forward)).sum())
    rest = left & np.isfinite(forward) & out & ~np.isfinite(sigma)
    for each in (Reason.BELOW_INTRINSIC, Reason.ABOVE_BOUND, Reason.SOLVED):
        dropped["unsolved" if each is Reason.SOLVED else each.name.lower()] = int((rest & (reason == each)).sum())
    return Reading(
        contracts=len(years),
        used=int((left & np.isfinite(sigma)).sum()),
        dropped={name: count for name, count in dropped.items() if count},
        rate=rate,
        forwards=int(np.isfinite(told.forward).sum()),
        expiries=len(told.forward),
        sigma=np.where(left, sigma, np.nan),
        told=_both_sides(chain, series),
        near=near,
    )


def _both_sides(chain: Chain, series: np.ndarray) -> np.ndarray:
    """Return the file's volatility of each strike: the mean of its call's and its put's.

    Vendors read both with a spot and a rate of their own; where those are off, the two differ by up to ten points, and
    their mean is as right as if they did not.
    """
    _, which = np.unique(np.stack([series, chain.strike]), axis=1, return_inverse=True)
    calls, puts = (np.full(which.max() + 1, np.nan) for _ in range(2))
    calls[which[chain.is_call]] = chain.iv[chain.is_call]
    puts[which[~chain.is_call]] = chain.iv[~chain.is_call]
    return (0.5 * (calls + puts))[which]


def _around(middle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return middle * (1 - UNQUOTED / 2), middle * (1 + UNQUOTED / 2)


def _rate(series, years, strike, is_call, bid, ask, *, otherwise: float) -> float:
    """Return the rate that expiries of a month to two years agree on."""
    found = forwards.of_quotes(series, strike, is_call, bid, ask)
    when = np.array([years[series == key][0] for key in found.expiry.tolist()])
    telling = np.isfinite(found.discount) & (when > 1 / 12) & (when < 2) & (found.discount_error < 0.01 * when)
    return float(np.median(-np.log(found.discount[telling]) / when[telling])) if telling.any() else otherwise
