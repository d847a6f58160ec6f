"""What the market says of single options and their underlyings now; what it does not say stays unknown."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np

from config.http.errors import CoachError
from market import contract_marks, feed
from market.errors import ProviderUnavailable, RateLimited
from market.pure.chain import Chain
from market.pure.contract_marks import Mark
from market.pure.contract_names import Contract, names, parse
from market.pure.sessions import new_york_date
from market.symbols import INDEXES
from market.vendors import vendor
from options_engine import rates, readings, term_readings
from options_engine.pure import ladder, reading
from options_engine.pure.quotes import Verdict
from options_engine.pure.reading import Reading
from positions.contracts import CLOSING_ROOTS

logger = logging.getLogger(__name__)

NAN: Final = float("nan")
FRESH_S: Final = 60.0  # market seconds
_TERM_DATES: Final = 6
_FIGURES: Final = ("bid", "ask", "last", "iv", "delta", "gamma", "theta", "vega", "open_interest")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An option as a trader names it: without the root of its contract."""

    symbol: str
    is_call: bool
    strike: float
    expiry: date

    @property
    def roots(self) -> list[str]:
        """The roots it may have, the likelier first: long-dated index options settle at the open."""
        plain = self.symbol.replace(".", "")
        return list(dict.fromkeys([plain, CLOSING_ROOTS.get(self.symbol, plain)]))


@dataclass(frozen=True, slots=True)
class Spot:
    """What an underlying costs, NaN when nobody said, and when that was. [USD, or index points]"""

    price: float = NAN
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of an option, per share; NaN and None where nobody said.

    Attributes
    ----------
    contract : str
        Its name; empty when the vendor does not know it.
    spot : Spot
        Of the underlying.
    bid, ask, mark : float
        The mark is the middle of a quote that may be believed, else the last trade of the day. [USD]
    is_quote : bool
        The mark is of a quote.
    at : datetime or None
        When its quote was made.
    sigma, delta, gamma, theta, vega : float
        As `options_engine.pure.reading` reads them.
    dividend : float
        The yield that the option and its twin imply, else the table's. [1/year]
    """

    contract: str = ""
    spot: Spot = Spot()
    bid: float = NAN
    ask: float = NAN
    mark: float = NAN
    is_quote: bool = False
    at: datetime | None = None
    sigma: float = NAN
    delta: float = NAN
    gamma: float = NAN
    theta: float = NAN
    vega: float = NAN
    dividend: float = NAN


def told(wanted: Collection[Wanted], now: datetime) -> dict[Wanted, Told]:
    """Return what is known of each option: one question of the vendor for 250 contracts, whatever their underlyings.

    The other side of each strike is asked for as well: in the money its volatility is the one to be believed, and both
    together tell the forward. A vendor's trouble leaves things unknown and is logged.
    """
    named = {each: _names(each) for each in wanted}
    asked = sorted({name for pairs in named.values() for pair in pairs for name in pair})
    found = contract_marks.marks(asked, now=now, max_age_s=FRESH_S).marks
    chosen = {each: next((pair for pair in pairs if pair[0] in found), None) for each, pairs in named.items()}
    at = spots({each.symbol for each in wanted}, now, found=_beside(chosen, found))
    known: dict[Wanted, Told] = {each: Told(spot=at[each.symbol]) for each in wanted}
    for symbol in sorted({each.symbol for each in wanted}):
        own = {each: pair for each, pair in chosen.items() if pair and each.symbol == symbol}
        if own:
            known |= _read(symbol, own, found, at[symbol], now)
    return known


def spots(symbols: Collection[str], now: datetime, *, found: Mapping[str, Mark] | None = None) -> dict[str, Spot]:
    """Return what underlyings cost: as the feed says, else the vendor, else what stood beside an option's quote."""
    told = {symbol: Spot(quote.price, quote.at) for symbol, quote in feed.quotes(sorted(symbols)).items()}
    missing = [symbol for symbol in sorted(symbols) if not (symbol in told and told[symbol].price > 0)]
    if missing:
        told |= _asked(missing, now)
    for symbol, mark in (found or {}).items():
        if not (symbol in told and told[symbol].price > 0) and mark.underlying_price > 0:
            told[symbol] = Spot(mark.underlying_price, mark.at)
    return {symbol: told[symbol] if symbol in told and told[symbol].price > 0 else Spot() for symbol in symbols}


def term(symbol: str, expiry: date, now: datetime) -> list[tuple[float, float]]:
    """Return the volatility at the money by days to expiry, ascending; empty where nobody tells. [days, 1/sqrt(year)]

    Of the dates that `ladder.pick` chooses and the one asked for, where it is listed.
    """
    try:
        listed = term_readings.listed(symbol, now)
        days = {*ladder.pick(listed, new_york_date(now), _TERM_DATES), *({expiry} & set(listed))}
        found = term_readings.read(symbol, sorted(days), now=now)
    except CoachError as trouble:
        logger.info("positions.leaps.no_term", extra={"symbol": symbol, "reason": str(trouble)})
        return []
    pairs = zip((365.0 * found.t_years).tolist(), found.sigma.tolist(), strict=True)
    return [(days_left, sigma) for days_left, sigma in pairs if math.isfinite(sigma)]


def _names(wanted: Wanted) -> list[tuple[str, str]]:
    """Return, for each root, the names of the option and of the other side of its strike."""
    roots, sides = wanted.roots, (wanted.is_call, not wanted.is_call)
    made = names(
        np.array([root for root in roots for _ in sides]),
        np.array([wanted.expiry] * 2 * len(roots), dtype="datetime64[D]"),
        np.array(list(sides) * len(roots)),
        np.full(2 * len(roots), wanted.strike),
    )
    return list(zip(made[::2], made[1::2], strict=True))


def _beside(chosen: Mapping[Wanted, tuple[str, str] | None], found: Mapping[str, Mark]) -> dict[str, Mark]:
    return {each.symbol: found[pair[0]] for each, pair in chosen.items() if pair}


def _asked(symbols: Sequence[str], now: datetime) -> dict[str, Spot]:
    try:
        snapshots = vendor().snapshot(symbols, now=now)
    except (ProviderUnavailable, RateLimited) as trouble:
        logger.warning("positions.leaps.no_spot", extra={"symbols": list(symbols), "reason": str(trouble)})
        return {}
    return {symbol: Spot(each.quote.price, each.quote.at) for symbol, each in snapshots.items()}


def _read(
    symbol: str, own: Mapping[Wanted, tuple[str, str]], found: Mapping[str, Mark], spot: Spot, now: datetime
) -> dict[Wanted, Told]:
    """Return the options of one symbol, read together with the other sides of their strikes."""
    listed = sorted({name for pair in own.values() for name in pair if name in found})
    marks = [found[name] for name in listed]
    chain = _chain(symbol, [parse(name) for name in listed], marks, spot, now)
    made = reading.read(
        chain,
        readings.sessions(chain.expiries),
        european=symbol in INDEXES,
        curve=rates.of(now).curve,
        # How old each quote is, its own instant says; a chain has one age for all.
        in_session=False,
    )
    rows = {name: row for row, name in enumerate(listed)}
    return {each: _told(made, rows[name], marks[rows[name]], spot) for each, (name, _) in own.items()}


def _chain(symbol: str, contracts: Sequence[Contract], marks: Sequence[Mark], spot: Spot, now: datetime) -> Chain:
    figures: dict[str, Any] = {
        name: np.array([getattr(mark, name) for mark in marks], dtype=np.float64) for name in _FIGURES
    }
    return Chain(
        symbol=symbol,
        spot=spot.price,
        as_of=now,
        root=np.array([each.root for each in contracts]),
        expiry=np.array([each.expiry for each in contracts], dtype="datetime64[D]"),
        strike=np.array([float(each.strike) for each in contracts]),
        is_call=np.array([each.is_call for each in contracts]),
        volume=np.full(len(marks), np.nan),
        shares_per_contract=np.full(len(marks), 100.0),
        delayed=any(mark.delayed for mark in marks),
        **figures,
    )


def _told(made: Reading, row: int, mark: Mark, spot: Spot) -> Told:
    greeks = {name: float(getattr(made.greeks, name)[row]) for name in ("delta", "gamma", "theta", "vega")}
    return Told(
        contract=mark.ticker,
        spot=spot,
        bid=mark.bid,
        ask=mark.ask,
        mark=float(made.mark[row]),
        is_quote=bool(made.verdict[row] == Verdict.GOOD),
        at=mark.at,
        sigma=float(made.sigma[row]),
        dividend=float(made.dividend[row]),
        **greeks,
    )
