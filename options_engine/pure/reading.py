"""A chain as the engine reads it: forwards from parity, quotes judged, volatilities and Greeks of our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import IntEnum
from typing import Any, Final, Self

import numpy as np

from market.pure.bars import Floats, Ints
from market.pure.chain import Chain
from market.pure.sessions import Session
from options_engine.pure import black_scholes, carry, forwards
from options_engine.pure.arbitrage import Market
from options_engine.pure.black_scholes import HigherGreeks, Valuation
from options_engine.pure.contracts import Bools, days_to_expiry, expires_ts, settles_at_open, years_left
from options_engine.pure.implied_volatility import Reasons
from options_engine.pure.own_volatilities import Codes, Source, Terms, exercised_early, volatilities
from options_engine.pure.quotes import Verdict, Verdicts, judge
from options_engine.pure.rates import Curve

INDEX_TICK: Final = 0.05
CENT: Final = 0.01


class Carry(IntEnum):
    """Where a contract's forward comes from."""

    NONE = 0
    PARITY = 1
    TABLE = 2  # the spot, the rate and the table of dividend yields


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A chain with what the engine makes of it; every array is of shape (n,), in the order of the chain.

    Attributes
    ----------
    chain : Chain
        As the vendor told it.
    european : bool
        Whether its contracts can be exercised at expiry only: those of cash indexes.
    expires : int64
        The instant at which each is worth its intrinsic value. [Unix seconds]
    at_open : bool
        AM-settled.
    t_years : float64
        0 once it has expired. [years, ACT/365]
    rate, dividend : float64
        Continuously compounded; the yield that makes spot and forward agree. [1/year]
    forward : float64
        [USD, or index points]
    carry : int8
        A `Carry`.
    verdict : int8
        What the quote is worth, a `quotes.Verdict`.
    mark : float64
        The middle of a good quote, else the last trade of the day; NaN without either. [USD]
    sigma : float64
        Implied volatility, NaN where nothing implies one. [1/sqrt(year)]
    source : int8
        A `Source`.
    reason : int8
        Why its own price implies none, an `implied_volatility.Reason`.
    greeks, higher
        At `sigma`, of one share; price and delta of American contracts with early exercise.
    """

    chain: Chain
    european: bool
    expires: Ints
    at_open: Bools
    t_years: Floats
    rate: Floats
    dividend: Floats
    forward: Floats
    carry: Codes
    verdict: Verdicts
    mark: Floats
    sigma: Floats
    source: Codes
    reason: Reasons
    greeks: Valuation
    higher: HigherGreeks

    def __len__(self) -> int:
        return len(self.chain)

    @property
    def spot(self) -> float:
        """What the underlying cost, NaN when nobody said. [USD, or index points]."""
        return self.chain.spot if self.chain.spot > 0 else np.nan

    @property
    def middle(self) -> Floats:
        """The middle of each quote that may be believed, else NaN. [USD]."""
        return np.where(self.verdict == Verdict.GOOD, 0.5 * (self.chain.bid + self.chain.ask), np.nan)

    def days_to_expiry(self, market_date: date) -> Ints:
        """Return the calendar days to each expiry."""
        return days_to_expiry(self.chain.expiry, market_date)

    def take(self, where: Bools | Ints) -> Self:
        """Return the reading of the contracts that `where` selects, as they were read among all."""

        def part(value: Any) -> Any:
            match value:
                case np.ndarray():
                    return value[where]
                case Valuation() | HigherGreeks():
                    return type(value)(*(getattr(value, each.name)[where] for each in fields(value)))
                case Chain():
                    return value.take(where)
            return value

        return replace(self, **{each.name: part(getattr(self, each.name)) for each in fields(self)})

    def quality(self) -> dict[str, Any]:
        """Return how many contracts there are, how many are quoted and have our volatility, and what was dropped why.

        `filtered` counts quotes by their verdict, `no_quote` included; expired contracts are counted apart.
        """
        live = self.t_years > 0
        codes, counts = np.unique(self.verdict[live], return_counts=True)
        verdicts = {Verdict(code): count for code, count in zip(codes.tolist(), counts.tolist(), strict=True)}
        ours = np.isin(self.source, (Source.QUOTE, Source.TWIN, Source.LAST, Source.ASK))
        return {
            "contracts": len(self),
            "expired": int((~live).sum()),
            "quoted": int(verdicts.get(Verdict.GOOD, 0)),
            "ivSolved": int((live & ours).sum()),
            "ivVendor": int((live & (self.source == Source.VENDOR)).sum()),
            "filtered": {each.name.lower(): count for each, count in verdicts.items() if each is not Verdict.GOOD},
        }


def read(
    chain: Chain, sessions: Mapping[date, Session], *, european: bool, curve: Curve | None = None, in_session: bool
) -> Reading:
    """Return a chain with volatilities and Greeks of our own.

    Parameters
    ----------
    chain : Chain
    sessions : mapping of date to Session
        Of its expiry dates, as `contracts.expires_ts` wants them.
    european : bool
        Whether contracts can be exercised at expiry only.
    curve : Curve, optional
        Risk-free rates; the flat rate of `carry` without it.
    in_session : bool
        Whether quotes should be of now: then those that are too old are refused.

    Notes
    -----
    `own_volatilities.volatilities` says where a volatility comes from.
    """
    at_open = settles_at_open(chain.root)
    expires = expires_ts(chain.expiry, at_open, sessions)
    t_years = years_left(expires, chain.as_of.timestamp())
    rate = curve.to(365.0 * t_years) if curve else np.full(len(chain), carry.RATE)
    forward, carries = _forwards(chain, expires, t_years, rate)
    market = _market(chain, expires, t_years, forward, np.exp(-rate * t_years), european=european)
    age_s = chain.as_of.timestamp() - chain.quotes_ts if in_session and not chain.delayed else 0.0
    judged = judge(market, tick=INDEX_TICK if european else CENT, age_s=np.maximum(np.nan_to_num(age_s), 0.0))
    dividend = _dividend(chain, forward, t_years, rate)
    terms = Terms(chain, european, t_years, rate, dividend, forward)
    sigma, source, reason, judged = volatilities(terms, judged)
    greeks = black_scholes.value(terms.spot, chain.strike, t_years, sigma, chain.is_call, rate=rate, dividend=dividend)
    if not european:
        greeks = exercised_early(terms, sigma, greeks)
    return Reading(
        chain=chain,
        european=european,
        expires=expires,
        at_open=at_open,
        t_years=t_years,
        rate=rate,
        dividend=dividend,
        forward=forward,
        carry=carries,
        verdict=judged.verdict,
        mark=np.where(judged.good, 0.5 * (chain.bid + chain.ask), np.where(chain.last > 0, chain.last, np.nan)),
        sigma=sigma,
        source=source,
        reason=reason,
        greeks=greeks,
        higher=black_scholes.higher_greeks(
            terms.spot, chain.strike, t_years, sigma, chain.is_call, rate=rate, dividend=dividend
        ),
    )


def _forwards(chain: Chain, expires: Ints, t_years: Floats, rate: Floats) -> tuple[Floats, Codes]:
    """Return the forward of each contract and where it comes from: AM- and PM-settled ones of a date have their own."""
    found = forwards.of_quotes(
        expires.astype("datetime64[s]"),
        chain.strike,
        chain.is_call,
        np.where(t_years > 0, chain.bid, np.nan),
        chain.ask,
        discount=np.exp(-rate * t_years),
    )
    told = found.forward[np.searchsorted(found.expiry, expires.astype("datetime64[s]"))]
    spot = chain.spot if chain.spot > 0 else np.nan
    table = spot * np.exp((rate - carry.dividend_yield(chain.symbol)) * t_years)
    parity = np.isfinite(told) & (t_years > 0)
    forward = np.where(parity, told, table)
    source = np.where(parity, Carry.PARITY, np.where(np.isfinite(table), Carry.TABLE, Carry.NONE))
    return forward, source.astype(np.int8)


def _market(
    chain: Chain, expires: Ints, t_years: Floats, forward: Floats, discount: Floats, *, european: bool
) -> Market:
    _, series = np.unique(expires, return_inverse=True)
    live = t_years > 0
    return Market(
        series=series,
        strike=chain.strike,
        is_call=chain.is_call,
        bid=np.where(live, chain.bid, np.nan),
        ask=np.where(live, chain.ask, np.nan),
        t_years=t_years,
        forward=forward,
        # What is exercised early is not discounted until its expiry.
        discount=discount if european else np.ones(len(chain)),
    )


def _dividend(chain: Chain, forward: Floats, t_years: Floats, rate: Floats) -> Floats:
    """Return the yield that leads from the spot to each forward; the table's where there is no time left."""
    spot = chain.spot if chain.spot > 0 else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        implied = rate - np.log(forward / spot) / t_years
    return np.where(t_years > 0, implied, carry.dividend_yield(chain.symbol))
