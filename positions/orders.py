"""What a trader tells of a trade, as trades: legs one by one, or a structure by its strikes and one price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from config.http.errors import InvalidInput
from market import calendar, clock
from market.pure.contract_names import parse
from positions import contracts
from positions.errors import NotPossible
from positions.ledger import Trade, spec
from positions.models import Direction, LegKind, Position
from positions.pure import structures
from positions.pure.holding import shares
from positions.pure.structures import Kind, Strategy

ZERO = Decimal(0)


def of_legs(symbol: str, legs: Iterable[Mapping[str, Any]], *, today: date) -> list[Trade]:
    """Return the trades of legs that are told one by one.

    Raises
    ------
    InvalidInput
        If an option has expired, or its root is not one of the symbol's.
    """
    return [
        Trade(
            leg=_leg(
                symbol, Kind(told["kind"]), told["quantity"], told.get("strike"), told.get("expiry"), told.get("root"),
                today=today,
            ),
            price=told["price"],
            fees=told.get("fees", ZERO),
        )
        for told in legs
    ]  # fmt: skip


def of_form(symbol: str, told: Mapping[str, Any], *, today: date) -> list[Trade]:
    """Return the trades of a structure that is told by type, strikes, quantity and one price of a unit.

    The price is never below 0: what was bought was paid for, what was sold was paid, and an iron condor is sold.

    Raises
    ------
    InvalidInput
        If strikes or expiry are missing or do not make such a structure, or it has expired.
    """
    strategy, quantity = Strategy(told["type"]), told["quantity"]
    if strategy is not Strategy.STOCK and told.get("expiry") is None:
        raise InvalidInput(issues=["expiry: an option needs it"])
    strikes = told.get("strikes") or [told[name] for name in ("strike", "strike2") if told.get(name) is not None]
    if strategy is not Strategy.STOCK:
        _living(told["expiry"], today)
    root = symbol if strategy is Strategy.STOCK else contracts.root_of(symbol, told.get("root"))
    try:
        legs = structures.of_form(strategy, bought=quantity > 0, strikes=strikes, expiry=told.get("expiry"), root=root)
    except ValueError as problem:
        raise InvalidInput(issues=[f"strikes: {problem}"]) from problem
    paid = quantity > 0 and strategy is not Strategy.IRON_CONDOR
    net = told["entry_price"] if paid else -told["entry_price"]
    return _at_one_price(legs, net, abs(quantity), told.get("fees", ZERO))


def closing(position: Position, price: Decimal, *, units: int | None, fees: Decimal) -> list[Trade]:
    """Return the trades that close a position, or some of its units, at one price of a unit.

    The price is never below 0: what was bought is sold for it, what was sold is bought back.

    Raises
    ------
    InvalidInput
        If there are fewer units.
    """
    units = position.quantity if units is None else units
    if not 0 < units <= position.quantity:
        raise InvalidInput(issues=[f"quantity: expected 1 to {position.quantity}"])
    legs = [spec(leg, -leg.open_quantity // position.quantity) for leg in position.legs.exclude(open_quantity=0)]
    net = -price if position.direction == Direction.LONG else price
    return _at_one_price(legs, net, units, fees)


def rolled(
    position: Position, closing: Iterable[Mapping[str, Any]], opening: Iterable[Mapping[str, Any]], *, today: date
) -> tuple[list[Trade], list[Trade]]:
    """Return the trades of a roll: contracts by their names, what is closed in full where no quantity is told.

    Raises
    ------
    InvalidInput
        If a name is no contract of the symbol that is still alive, or the position does not hold what is closed.
    """
    held = {leg.contract: leg for leg in position.legs.exclude(open_quantity=0)}
    closed = []
    for told in closing:
        leg = held.get(told["contract"])
        if leg is None:
            raise InvalidInput(issues=[f"closing: {told['contract']} is not open in this position"])
        quantity = told.get("quantity", -leg.open_quantity)
        closed.append(Trade(leg=spec(leg, quantity), price=told["price"], fees=told.get("fees", ZERO)))
    opened = [
        Trade(
            leg=_named(position.symbol, told["contract"], told["quantity"], today=today),
            price=told["price"],
            fees=told.get("fees", ZERO),
        )
        for told in opening
    ]
    return closed, opened


def check_roll(position: Position, closing: Iterable[Trade], opening: Sequence[Trade]) -> None:
    """Refuse a roll that leaves an option of the position open, or that trades shares.

    Raises
    ------
    InvalidInput
        Saying what was expected.
    """
    options = [leg for leg in position.legs.exclude(open_quantity=0) if leg.kind != LegKind.STOCK]
    wanted = {leg.contract: -leg.open_quantity for leg in options}
    told: Counter[str] = Counter()
    for trade in closing:
        told[contracts.name(trade.leg)] += trade.leg.ratio
    if not wanted:
        raise NotPossible(what="rolled", why="it has no options")
    if dict(told) != wanted:
        expected = ", ".join(f"{quantity:+d} {name}" for name, quantity in wanted.items())
        raise InvalidInput(issues=[f"closing: a roll closes all options that are held: expected {expected}"])
    if not opening or any(trade.leg.kind is Kind.STOCK for trade in opening):
        raise InvalidInput(issues=["opening: expected options"])


def conversion(position: Position, strike: Decimal, price: Decimal, fees: Decimal) -> Trade:
    """Return the sale that makes a bought option a spread.

    Raises
    ------
    NotPossible
        If the position is not one bought call or put.
    InvalidInput
        If the strike is the one that is held.
    """
    legs = list(position.legs.exclude(open_quantity=0))
    only = legs[0] if len(legs) == 1 else None
    if only is None or only.kind == LegKind.STOCK or only.open_quantity < 0:
        raise NotPossible(what="converted", why="only one bought call or put can be made a spread")
    if strike == only.strike:
        raise InvalidInput(issues=[f"strike: {strike.normalize():f} is the one that is held"])
    return Trade(leg=replace(spec(only, -only.open_quantity), strike=strike), price=price, fees=fees)


def traded_at(told: Mapping[str, Any], now: datetime) -> datetime:
    """Return when something was traded: the instant told, the open of the date told, else now.

    Raises
    ------
    InvalidInput
        If that lies ahead, or on a day without a session.
    """
    at: datetime = told.get("opened_at") or told.get("at") or now
    if day := told.get("entry_date"):
        session = calendar.session(day)
        if session is None:
            raise InvalidInput(issues=[f"entryDate: the market was closed on {day}"])
        at = min(now, session.open_at) if day == clock.market_date(now) else session.open_at
    if at > now:
        raise InvalidInput(issues=["openedAt: lies in the future"])
    return at


def _at_one_price(legs: Sequence[structures.Leg], net: Decimal, units: int, fees: Decimal) -> list[Trade]:
    try:
        prices = shares(net, [leg.ratio for leg in legs])
    except ValueError as problem:
        raise InvalidInput(issues=[f"price: {problem}"]) from problem
    return [
        Trade(
            leg=structures.Leg(leg.kind, leg.ratio * units, leg.strike, leg.expiry, leg.root),
            price=price,
            fees=ZERO if index else fees,
        )
        for index, (leg, price) in enumerate(zip(legs, prices, strict=True))
    ]


def _leg(
    symbol: str,
    kind: Kind,
    quantity: int,
    strike: Decimal | None,
    expiry: date | None,
    root: str | None,
    *,
    today: date,
) -> structures.Leg:
    if kind is Kind.STOCK:
        return structures.Leg(kind, quantity, None, None, symbol)
    assert expiry is not None  # noqa: S101 -- the serializer asks for it
    _living(expiry, today)
    return structures.Leg(kind, quantity, strike, expiry, contracts.root_of(symbol, root))


def _named(symbol: str, contract: str, quantity: int, *, today: date) -> structures.Leg:
    try:
        said = parse(contract)
    except ValueError as problem:
        raise InvalidInput(issues=[f"contract: {problem}"]) from problem
    kind = Kind.CALL if said.is_call else Kind.PUT
    return _leg(symbol, kind, quantity, said.strike, said.expiry, said.root, today=today)


def _living(expiry: date, today: date) -> None:
    if expiry < today:
        raise InvalidInput(issues=[f"expiry: {expiry} is over; expected a date from {today} on"])
