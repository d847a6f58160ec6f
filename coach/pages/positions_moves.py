"""Rolling a position and making a spread of it: listed contracts to choose from, then what was really traded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import ValidationError

from coach.pages import positions_view
from coach.pages.leaps import number
from coach.pages.panel import signed_in
from coach.pages.positions import found
from coach.pages.positions_forms import Form, gone, held, issues_in, plain
from coach.pure import formats
from config.http.errors import CoachError, InvalidInput
from config.http.handler import issues_of
from market import clock
from positions import book, listed_contracts, orders, previews
from positions.api.fields import LARGEST_FEES, PriceField
from positions.book import Act
from positions.errors import NotPossible, PositionNotOpen, TooManyPositions, VersionConflict
from positions.pure import roll as rolls
from positions.pure.conversion import Conversion
from positions.pure.facts import PositionFacts
from positions.pure.orders import Order
from positions.pure.roll import Roll

SHOWN: Final = 8
REFUSALS: Final = (InvalidInput, NotPossible, VersionConflict, PositionNotOpen, TooManyPositions)
VARIANTS: Final = {
    "same_strike": "same strike",
    "same_delta": "same delta",
    "sigma_up": "one deviation up",
    "sigma_down": "one deviation down",
    "named": "as you named it",
}

Found = TypeVar("Found", Roll, Conversion)


@require_http_methods(["GET", "POST"])
@signed_in
def roll(request: HttpRequest, position_id: UUID) -> HttpResponse:
    """Offer contracts to roll into, ask what was traded, or write it down."""
    row = found(request, position_id)
    facts = held(row)
    if facts is None:
        return gone(request, row)
    now = clock.now()
    form = Form(request, row, facts, _asked(request, "strike", "expiry") | {"fees": "", "key": str(uuid4())})
    named = _named(form.values)
    choices, trouble = _tried(lambda: previews.of_roll(row.user_id, position_id, now=now, **named))
    chosen = choices[0] if choices and named.get("strike") and named.get("expiry") else None
    facts_of = _roll_facts(facts, choices, chosen, now=now) | {"trouble": trouble}
    if request.method == "GET" or chosen is None:
        return form.show("roll", facts_of)
    legs, issues = _prices(request, facts_of["legs"])
    fees, wrong = _price(form.values["fees"] or "0", "fees", largest=LARGEST_FEES)
    if issues or wrong:
        return form.refused("roll", issues + wrong, facts_of)
    closing = [{**leg, "fees": fees if not at else orders.ZERO} for at, leg in enumerate(legs) if leg["closes"]]
    opening = [leg for leg in legs if not leg["closes"]]
    act = Act(at=now, now=now, version=_version(form))
    try:
        trades = orders.rolled(row, closing, opening, today=clock.market_date(now))
        _, new = book.roll(row.user_id, position_id, *trades, act, key=form.values["key"] or None)
    except REFUSALS as problem:
        return form.failed("roll", problem, facts_of)
    told = f"{positions_view.named(facts)} rolled to {formats.strike(chosen.strike)}, {chosen.expiry:%b %-d, %Y}."
    return form.done(told, ended=new.pk != row.pk, opened=new.pk)


@require_http_methods(["GET", "POST"])
@signed_in
def convert(request: HttpRequest, position_id: UUID) -> HttpResponse:
    """Offer options to sell against a bought one, ask what was traded, or write it down."""
    row = found(request, position_id)
    facts = held(row)
    if facts is None:
        return gone(request, row)
    now = clock.now()
    form = Form(request, row, facts, _asked(request, "strike") | {"price": "", "fees": ""})
    strike = _named(form.values).get("strike")
    choices, trouble = _tried(lambda: previews.of_conversion(row.user_id, position_id, now=now, strike=strike))
    chosen = choices[0] if choices and strike else None
    if chosen and not form.values["price"] and request.method == "GET":
        form.values["price"] = plain(Decimal(str(chosen.order.limit)))
    facts_of = _conversion_facts(choices, chosen) | {"trouble": trouble}
    if request.method == "GET" or chosen is None or strike is None:
        return form.show("convert", facts_of)
    price, issues = _price(form.values["price"], "price")
    fees, wrong = _price(form.values["fees"] or "0", "fees", largest=LARGEST_FEES)
    if issues or wrong:
        return form.refused("convert", issues + wrong, facts_of)
    act = Act(at=now, now=now, version=_version(form))
    try:
        book.convert(row.user_id, position_id, strike, price, act, fees=fees)
    except REFUSALS as problem:
        return form.failed("convert", problem, facts_of)
    return form.done(f"{positions_view.named(facts)}: the {formats.strike(strike)} sold at {formats.money(price)}.")


def _asked(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.GET.get(name, "") for name in names}


def _named(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the strike and expiry that are named; what means nothing counts as none."""
    wanted: dict[str, Any] = {}
    strike = formats.number(values["strike"].replace(",", ""))
    if strike is not None and strike > 0:
        wanted["strike"] = Decimal(str(strike))
    if values.get("expiry"):
        try:
            wanted["expiry"] = date.fromisoformat(values["expiry"])
        except ValueError:
            return wanted
    return wanted


def _tried(read: Callable[[], Sequence[Found]]) -> tuple[Sequence[Found], str]:
    """Return what is offered, or nothing and why."""
    try:
        return read(), ""
    except InvalidInput as refused:
        told = ". ".join(each.partition(": ")[2] for each in issues_in(refused))
        return (), told[:1].upper() + told[1:]
    except CoachError as problem:
        return (), str(problem)


def _roll_facts(facts: PositionFacts, choices: Sequence[Roll], chosen: Roll | None, *, now: datetime) -> dict[str, Any]:
    days = facts.days_to_expiry or 0
    return {
        "choices": [_roll(each, days) for each in choices[:SHOWN]],
        "chosen": _roll(chosen, days) if chosen else None,
        "legs": _legs(chosen) if chosen else [],
        "expiries": _expiries(facts, now),
    }


def _roll(each: Roll, days_now: int) -> dict[str, Any]:
    return {
        "strike": each.strike,
        "strike_text": f"{each.strike:.10g}",
        "expiry": each.expiry,
        "days": each.days,
        "variants": ", ".join(VARIANTS.get(name, name.replace("_", " ")) for name in each.variants),
        "net": each.net,
        "net_at_limits": each.net_at_limits,
        "breakevens": ", ".join(filter(None, map(formats.money, each.breakevens))) or None,
        "delta_change": each.delta_change,
        "theta": each.theta,
        "vega": each.vega,
        "chance": 100 * each.probability_of_profit,
        "recommendation": rolls.recommendation(each, days_now),
    }


def _legs(chosen: Roll) -> list[dict[str, Any]]:
    """Return what is traded, each with the field that asks for its price."""
    return [_leg(order, closes=True) for order in chosen.closing] + [
        _leg(order, closes=False) for order in chosen.opening
    ]


def _leg(order: Order, *, closes: bool) -> dict[str, Any]:
    return {
        "field": f"{'close' if closes else 'open'}-{order.contract}",
        "closes": closes,
        "contract": order.contract,
        "quantity": order.quantity,
        "bid": order.bid,
        "ask": order.ask,
        "value": "" if formats.number(order.limit) is None else plain(Decimal(str(order.limit))),
        "error": "",
    }


def _expiries(facts: PositionFacts, now: datetime) -> list[date]:
    lead = rolls.leading(facts)
    if lead is None or lead.leg.expiry is None:
        return []
    try:
        listed = listed_contracts.expiries(facts.symbol, lead.leg.root, now=now)
    except CoachError:
        return []
    return sorted(day for day in listed if day >= lead.leg.expiry)


def _conversion_facts(choices: Sequence[Conversion], chosen: Conversion | None) -> dict[str, Any]:
    return {
        "choices": [_conversion(each) for each in choices[:SHOWN]],
        "chosen": _conversion(chosen) if chosen else None,
    }


def _conversion(each: Conversion) -> dict[str, Any]:
    return {
        "contract": each.order.contract,
        "quantity": each.order.quantity,
        "bid": each.order.bid,
        "ask": each.order.ask,
        "strike": each.strike,
        "strike_text": f"{each.strike:.10g}",
        "delta": each.delta,
        "credit": each.credit,
        "max_loss": each.max_loss,
        "max_gain": each.max_gain,
        "breakevens": ", ".join(filter(None, map(formats.money, each.breakevens))) or None,
        "locked_in": each.locked_in,
    }


def _prices(request: HttpRequest, legs: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the trades that the fields of legs say, and what is wrong; each leg keeps what was typed."""
    told, wrong = [], []
    for leg in legs:
        leg["value"] = request.POST.get(leg["field"], "").strip()
        price, issues = _price(leg["value"], leg["field"])
        leg["error"] = issues[0].partition(": ")[2] if issues else ""
        wrong += [f"{leg['contract']}: {leg['error']}"] if issues else []
        told.append({name: leg[name] for name in ("contract", "quantity", "closes")} | {"price": price})
    return told, wrong


def _price(text: str, field: str, *, largest: Decimal | None = None) -> tuple[Decimal, list[str]]:
    asked = PriceField(largest=largest) if largest else PriceField()
    try:
        return asked.run_validation(number(text)), []
    except ValidationError as refused:
        return orders.ZERO, issues_of({field: refused.detail})


def _version(form: Form) -> int | None:
    told = form.version
    return int(told) if isinstance(told, float) and told.is_integer() else None
