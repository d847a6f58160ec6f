"""A trader's positions together: sums of their cents, net Greeks in dollars, and how much they risk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Final, TypeVar

from positions.pure.facts import Greeks, PositionFacts
from positions.pure.valuation import GREEKS

ZERO: Final = Decimal(0)
# The score of the specification, section 3.
MOST_DELTA, LEAST_THETA, MOST_VEGA = 100.0, -500.0, 1000.0
NEAR_DAYS: Final = 7
MOST_SHARE: Final = Decimal("0.5")  # of the total cost in one position
LEVELS: Final = ((6, "extreme"), (3, "high"), (1, "moderate"), (0, "low"))

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Net:
    """What some positions are together; sums are of what is known.

    Attributes
    ----------
    positions, unpriced, unread, stale : int
        All of them; those without a value; those whose Greeks are not known; those whose numbers are not of now.
    exposure, net_liq : Decimal
        The sum of values as the cards show them, of what was sold above 0 too, and with their signs. [USD]
    cost : Decimal
        Paid and received, both above 0. [USD]
    unrealised, realised, fees : Decimal
        [USD]
    greeks : Greeks
        Plain sums, which mean little across underlyings; 0 where nothing is known.
    dollar_delta : float
        What is won when every underlying rises by 100 %, to first order. [USD]
    dollar_gamma_1pct : float
        How much `dollar_delta` grows when every underlying rises by 1 %. [USD]

    Theta and vega are dollars already: those of `greeks`.
    """

    positions: int
    unpriced: int
    unread: int
    stale: int
    exposure: Decimal
    net_liq: Decimal
    cost: Decimal
    unrealised: Decimal
    realised: Decimal
    fees: Decimal
    greeks: Greeks
    dollar_delta: float
    dollar_gamma_1pct: float

    @property
    def pnl_pct(self) -> float:
        """`unrealised` in percent of `cost`; 0 without any."""
        return float(100 * self.unrealised / self.cost) if self.cost else 0.0


@dataclass(frozen=True, slots=True)
class Assessment:
    """How risky a portfolio is: a score, what it is called, and a line for each thing that counted."""

    score: int
    level: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Everything that a trader holds.

    Attributes
    ----------
    max_gain, max_loss : Decimal or None
        Sums of what is known; None when one has no limit. [USD]
    limits_known : bool
        Whether every position's are.
    by_underlying, by_expiry : tuple of (key, Net)
        The largest cost first; by the date of the first option that ends, shares under None last.
    """

    net: Net
    max_gain: Decimal | None
    max_loss: Decimal | None
    limits_known: bool
    assessment: Assessment
    by_underlying: tuple[tuple[str, Net], ...]
    by_expiry: tuple[tuple[date | None, Net], ...]


def of(held: Sequence[PositionFacts]) -> Portfolio:
    """Return what positions are together."""
    net = _net(held)
    by_symbol, by_expiry = _parts(held, lambda each: each.symbol), _parts(held, lambda each: each.nearest_expiry)
    return Portfolio(
        net=net,
        max_gain=_limit(each.max_gain for each in held if each.limits_known),
        max_loss=_limit(each.max_loss for each in held if each.limits_known),
        limits_known=all(each.limits_known for each in held),
        assessment=assess(held, net),
        by_underlying=tuple(sorted(by_symbol, key=lambda part: (-part[1].cost, part[0]))),
        by_expiry=tuple(sorted(by_expiry, key=lambda part: (part[0] is None, part[0] or date.min))),
    )


def assess(held: Sequence[PositionFacts], net: Net) -> Assessment:
    """Return the score of the specification: 0 low, 1-2 moderate, 3-5 high, from 6 on extreme."""
    greeks = net.greeks
    unlimited = sum(each.limits_known and each.max_loss is None for each in held)
    near = sum(each.days_to_expiry is not None and each.days_to_expiry <= NEAR_DAYS for each in held)
    large = [each for each in held if abs(each.cost) > MOST_SHARE * net.cost] if net.cost else []
    counted = [
        (unlimited > 0, 3, f"{_of(unlimited)} with unlimited loss"),
        (abs(greeks.delta or 0) > MOST_DELTA, 2, f"Net delta {greeks.delta or 0:,.0f} is beyond {MOST_DELTA:g} shares"),
        ((greeks.theta or 0) < LEAST_THETA, 1, f"Time decay of ${-(greeks.theta or 0):,.0f} a day"),
        (abs(greeks.vega or 0) > MOST_VEGA, 1, f"Net vega of ${greeks.vega or 0:,.0f} a volatility point"),
        (near > 0, 1, f"{_of(near)} within {NEAR_DAYS} days of expiry"),
        (bool(large), 2, f"{large[0].symbol if large else ''} holds more than half of the total cost"),
    ]
    score = sum(points for hit, points, _ in counted if hit)
    level = next(name for least, name in LEVELS if score >= least)
    return Assessment(score, level, tuple(words for hit, _, words in counted if hit))


def _of(count: int) -> str:
    return f"{count} position{'s' * (count != 1)}"


def _net(held: Sequence[PositionFacts]) -> Net:
    valued = [each for each in held if each.value is not None]
    read = [each for each in held if each.greeks.delta is not None]
    return Net(
        positions=len(held),
        unpriced=len(held) - len(valued),
        unread=len(held) - len(read),
        stale=sum(each.stale for each in held),
        exposure=sum(((1 if each.bought else -1) * (each.value or ZERO) for each in valued), ZERO),
        net_liq=sum((each.value or ZERO for each in valued), ZERO),
        cost=sum((abs(each.cost) for each in held), ZERO),
        unrealised=sum((each.unrealised or ZERO for each in valued), ZERO),
        realised=sum((each.realised for each in held), ZERO),
        fees=sum((each.fees for each in held), ZERO),
        greeks=Greeks(**{name: sum(getattr(each.greeks, name) or 0.0 for each in held) for name in GREEKS}),
        dollar_delta=sum((each.greeks.delta or 0.0) * each.spot for each in read if isfinite(each.spot)),
        dollar_gamma_1pct=sum((each.greeks.gamma or 0.0) * each.spot**2 / 100 for each in read if isfinite(each.spot)),
    )


def _parts(held: Sequence[PositionFacts], key: Callable[[PositionFacts], Key]) -> list[tuple[Key, Net]]:
    parts: defaultdict[Key, list[PositionFacts]] = defaultdict(list)
    for each in held:
        parts[key(each)].append(each)
    return [(name, _net(part)) for name, part in parts.items()]


def _limit(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total
