"""The whole engine over one chain: rate and forwards from parity, quotes judged, volatilities read, all counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.pure.chain import Chain
from options_engine.pure import american_volatility, carry, contracts, forwards, implied_volatility
from options_engine.pure.arbitrage import Market
from options_engine.pure.implied_volatility import ImpliedVolatility, Reason
from options_engine.pure.quotes import Judged, Verdict, judge, judge_volatility
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
    terms = _terms(recorded)
    market, chain = terms.market, terms.chain
    # Whole chains are of one moment; how old each of their quotes is they do not say.
    judged = judge(market, tick=0.05 if recorded.european else 0.01)
    with np.errstate(invalid="ignore"):
        out = chain.is_call == (chain.strike > market.forward)
    solved = implied_volatility.solve(
        np.where(np.isfinite(market.forward) & out, terms.middle, np.nan),
        market.forward,
        chain.strike,
        market.t_years,
        chain.is_call,
        discount=np.exp(-terms.rate * market.t_years),
        refused=~judged.good,
    )
    near = _near(terms, solved.sigma)
    sigma = solved.sigma if recorded.european else _exercised_early(terms, solved, near)
    judged = judge_volatility(judged, sigma)
    return Reading(
        contracts=len(chain),
        used=int((judged.good & np.isfinite(sigma)).sum()),
        dropped=_dropped(judged, out, np.isfinite(market.forward), sigma, solved),
        rate=terms.rate,
        forwards=terms.forwards,
        expiries=len(np.unique(market.series)),
        sigma=np.where(judged.good, sigma, np.nan),
        told=_both_sides(chain, market.series),
        near=near,
    )


@dataclass(frozen=True)
class _Terms:
    """The live contracts of a chain with what they are read with."""

    chain: Chain
    market: Market
    rate: float
    forwards: int

    @property
    def middle(self) -> np.ndarray:
        return 0.5 * (self.market.bid + self.market.ask)


def _terms(recorded: Recorded) -> _Terms:
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
    told = forwards.of_quotes(series, chain.strike, chain.is_call, bid, ask, discount=discount).forward
    # A handful of contracts has no forward of its own; without a price of the underlying there is none at all.
    carried = chain.spot * np.exp((rate - carry.dividend_yield(chain.symbol)) * years)
    market = Market(
        series=series,
        strike=chain.strike,
        is_call=chain.is_call,
        bid=bid,
        ask=ask,
        t_years=years,
        forward=np.where(np.isfinite(told[series]), told[series], carried),
        discount=discount if recorded.european else np.ones(len(years)),
    )
    return _Terms(chain, market, rate, int(np.isfinite(told).sum()))


def _near(terms: _Terms, sigma: np.ndarray) -> np.ndarray:
    """Say which contracts are within half a standard deviation of the money, and a twentieth."""
    market = terms.market
    reach = np.minimum(0.5 * np.nan_to_num(sigma, nan=0.0) * np.sqrt(market.t_years), 0.05)
    with np.errstate(invalid="ignore"):
        return (np.abs(np.log(market.strike / market.forward)) <= reach) & (market.t_years >= LEAST_YEARS)


def _exercised_early(terms: _Terms, solved: ImpliedVolatility, near: np.ndarray) -> np.ndarray:
    """Return the volatilities, near the money those of American options."""
    market, sigma = terms.market, solved.sigma.copy()
    early = near & (solved.reason == Reason.SOLVED)
    spot = terms.chain.spot if terms.chain.spot > 0 else float(np.nanmin(market.forward))
    sigma[early] = american_volatility.solve(
        terms.middle[early],
        spot,
        market.strike[early],
        market.t_years[early],
        market.is_call[early],
        rate=terms.rate,
        dividend=terms.rate - np.log(market.forward[early] / spot) / market.t_years[early],
    ).sigma
    return sigma


def _dropped(
    judged: Judged, out: np.ndarray, has_forward: np.ndarray, sigma: np.ndarray, solved: ImpliedVolatility
) -> dict[str, int]:
    left = judged.good
    rest = left & has_forward & out & ~np.isfinite(sigma)
    dropped = judged.counts() | {
        Verdict.GOOD.name.lower(): 0,
        "in the money": int((left & has_forward & ~out).sum()),
        "no forward": int((left & ~has_forward).sum()),
        "unsolved": int((rest & (solved.reason == Reason.SOLVED)).sum()),
    }
    for each in (Reason.BELOW_INTRINSIC, Reason.ABOVE_BOUND, Reason.NO_QUOTE):
        dropped[each.name.lower()] = dropped.get(each.name.lower(), 0) + int((rest & (solved.reason == each)).sum())
    return {name: count for name, count in dropped.items() if count}


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
