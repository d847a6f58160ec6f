"""What is known of a position and its market at a moment: what the tracker tells, and what rules are applied to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from positions.pure.structures import Kind, Leg, Strategy

NAN: Final = float("nan")


class MarkSource(StrEnum):
    """Where the price of a leg comes from, the best first."""

    QUOTE = "quote"  # the middle of a quote that may be believed
    LAST = "last_trade"  # a trade of the last quarter of an hour
    MODEL = "model"  # our price at the last volatility that anybody told
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFacts:
    """An open leg at a moment. What nobody knows is NaN or None.

    Attributes
    ----------
    contract : str
        The name at the Options Clearing Corporation, or the ticker.
    leg : Leg
        Its `ratio` is what is open. [signed contracts or shares]
    multiplier : float
        Shares a contract; 1 for stock.
    average_price : Decimal
        What was paid or received. [USD a share]
    bid, ask, mark : float
        [USD a share]
    source : MarkSource
    sigma : float
        Implied volatility. [1/sqrt(year)]
    delta, gamma, theta, vega, rho : float
        Of one share, unsigned by the holding; theta a calendar day, vega and rho a point. Of stock 1, 0, 0, 0, 0.
    extrinsic : float
        Mark less what exercise is worth now, at least 0. [USD a share]
    european : bool
    days_to_expiry : int or None
        Calendar days in New York; None for stock.
    minutes_to_expiry : float
        To the instant at which it is worth its intrinsic value; NaN for stock.
    quoted_at : datetime or None
        When its quote was made.
    """

    contract: str
    leg: Leg
    multiplier: float
    average_price: Decimal
    bid: float = NAN
    ask: float = NAN
    mark: float = NAN
    source: MarkSource = MarkSource.NONE
    sigma: float = NAN
    delta: float = NAN
    gamma: float = NAN
    theta: float = NAN
    vega: float = NAN
    rho: float = NAN
    extrinsic: float = NAN
    european: bool = False
    days_to_expiry: int | None = None
    minutes_to_expiry: float = NAN
    quoted_at: datetime | None = None

    @property
    def is_option(self) -> bool:
        """A call or a put."""
        return self.leg.kind is not Kind.STOCK

    @property
    def words(self) -> str:
        """What it is, as traders say it: `6695 put`."""
        kind = self.leg.kind.value
        return f"{self.leg.strike.normalize():f} {kind}" if self.leg.strike is not None else kind

    @property
    def spread_pct(self) -> float:
        """Ask less bid in percent of their middle; NaN without both."""
        middle = 0.5 * (self.bid + self.ask)
        return 100.0 * (self.ask - self.bid) / middle if middle > 0 else NAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeks:
    """Of a whole position: of all its contracts and shares, in dollars. None where a leg's are not known.

    delta: shares. gamma: shares per dollar of spot. theta: a calendar day. vega, rho: a point.
    """

    delta: float | None
    gamma: float | None
    theta: float | None
    vega: float | None
    rho: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionFacts:
    """A position at a moment.

    Attributes
    ----------
    strategy, bought, units, entry_price, cost
        As `pure.holding.Holding` has them.
    value : Decimal or None
        What is open is worth: below 0 for what was sold. To the cent; None when a leg has no price. [USD]
    unrealised : Decimal or None
        value - cost, to the cent. [USD]
    realised, fees : Decimal
        Of what was closed already; all that were paid. [USD]
    pnl_pct : float or None
        unrealised in percent of what was paid or received.
    max_gain, max_loss : Decimal or None
        The most that what is open can make from here on, and lose, both from what it cost; None where there is no limit
        and where nobody knows: `limits_known` tells the two apart. [USD, at least 0]
    breakevens : tuple of Decimal
        Ascending. [USD, or index points]
    greeks : Greeks
    limits_by_model : bool
        The limits and breakevens are those at the first expiry, what lives on valued by our model.
    probability_of_profit : float or None
        At expiry, from the market's own volatility.
    spot : float
        Of the underlying. [USD, or index points]
    stop_price, target_price, stop_on_underlying, target_on_underlying
        As the trader set them.
    stale : bool
        A price is older than it should be; nothing is advised on such.
    as_of : datetime
        Of the oldest price in it.
    """

    id: UUID
    user_id: UUID
    symbol: str
    strategy: Strategy
    bought: bool
    units: int
    entry_price: Decimal
    cost: Decimal
    opened_at: datetime
    legs: tuple[LegFacts, ...]
    value: Decimal | None
    unrealised: Decimal | None
    realised: Decimal
    fees: Decimal
    pnl_pct: float | None
    max_gain: Decimal | None
    max_loss: Decimal | None
    limits_known: bool
    breakevens: tuple[Decimal, ...]
    greeks: Greeks
    probability_of_profit: float | None
    spot: float
    stop_price: Decimal | None = None
    target_price: Decimal | None = None
    stop_on_underlying: bool = False
    target_on_underlying: bool = False
    limits_by_model: bool = False
    stale: bool = False
    as_of: datetime

    @property
    def options(self) -> tuple[LegFacts, ...]:
        """Its legs that are options."""
        return tuple(each for each in self.legs if each.is_option)

    @property
    def nearest_expiry(self) -> date | None:
        """When the first of its options ends."""
        return min((each.leg.expiry for each in self.legs if each.leg.expiry), default=None)

    @property
    def days_to_expiry(self) -> int | None:
        """Calendar days in New York to that."""
        return min((each.days_to_expiry for each in self.legs if each.days_to_expiry is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketFacts:
    """What rules want to know of a position's market beside its prices.

    Attributes
    ----------
    now : datetime
        Market time.
    is_open : bool
        The regular session is on.
    minutes_open, minutes_left : float
        Since its open and to its close; NaN while it is not on.
    atr : float
        Daily ATR(14) of the underlying. [USD, or index points]
    resistances, supports : tuple of float
        Levels above the spot ascending, below it descending.
    gamma_flip : float
    move_left : float
        What today's options still expect, one standard deviation; NaN without any. [USD, or index points]
    ex_date, dividend
        The next one that is known; None and NaN otherwise.
    report_date : date or None
        The next earnings report that is known.
    base_volatility : float
        What its options would imply without the event. [1/sqrt(year)]
    rate, dividend_yield : float
        [1/year]
    close_at, next_close_at : datetime or None
        The close of the session that is on, or else of the next one; and of the one after it.
    ex_sessions : int or None
        How many sessions from today's to that of the ex-date: 1 where it is the next one, 0 on the day itself.
    macro_at, macro_name
        The next release of high impact that is known.
    """

    now: datetime
    is_open: bool
    minutes_open: float = NAN
    minutes_left: float = NAN
    atr: float = NAN
    resistances: tuple[float, ...] = ()
    supports: tuple[float, ...] = ()
    gamma_flip: float = NAN
    move_left: float = NAN
    ex_date: date | None = None
    dividend: float = NAN
    report_date: date | None = None
    base_volatility: float = NAN
    rate: float = NAN
    dividend_yield: float = NAN
    close_at: datetime | None = None
    next_close_at: datetime | None = None
    ex_sessions: int | None = None
    macro_at: datetime | None = None
    macro_name: str = ""
