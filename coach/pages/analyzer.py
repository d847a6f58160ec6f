"""The analyzer: what a position would be worth, win and lose, before anybody holds it; and the way to track it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_POST

from coach.pages import addresses, marks
from coach.pages.analyzer_form import STRIKES, TYPES, Form, by_field
from coach.pages.leaps import number
from coach.pages.panel import show, signed_in
from config.http.errors import CoachError, InvalidInput
from market import clock, watchlists
from positions import analysis, book, orders
from positions.analysis import Analysis, Idea
from positions.api import analysis_wire
from positions.api.serializers import About
from positions.models import Source
from positions.pure.analysis import PriceSource

WRONG_INPUT: Final = 422
# Of what is tracked: where it came from, by what the address says.
_FROM: Final = {"chain": Source.CHAIN}
_GREEKS: Final = ("delta", "gamma", "theta", "vega", "rho")
_EVERY: Final = 8  # points of the curve for one line of its table
SOURCES: Final = {
    PriceSource.QUOTE: "middle of live quotes",
    PriceSource.LAST: "last trade",
    PriceSource.MODEL: "our model, for want of a quote",
    PriceSource.CLIENT: "the price that you told",
    PriceSource.NONE: "nobody tells a price",
}


@require_GET
@signed_in
def analyze(request: HttpRequest) -> HttpResponse:
    """Show the form as the address fills it in, and the analysis once it is asked for."""
    now = clock.now()
    form = Form.of(request.GET.dict(), today=clock.market_date(now))
    if request.GET.get("analyze") != "1":
        return _page(request, form, {})
    return _analysed(request, form, now, tracked=_as_uuid(request.GET.get("tracked", "")))


@require_POST
@signed_in
def track(request: HttpRequest) -> HttpResponse:
    """Store the position that was analysed; the key that its form carries stores nothing twice."""
    now = clock.now()
    today = clock.market_date(now)
    form = Form.of(request.POST.dict(), today=today)
    told, form = form.told(today)
    if not told:
        return _page(request, form, {}, status=WRONG_INPUT)
    about = About(data=_limits(request))
    if not about.is_valid():
        form = form.wrong({"limits": "Stop and target are prices above 0, or empty."})
        return _analysed(request, form, now, status=WRONG_INPUT)
    try:
        made = _open(request, told, dict(about.validated_data), now)
    except InvalidInput as problem:
        form = form.wrong(by_field(problem.facts["issues"]))  # type: ignore[arg-type]  # its own list
    except CoachError as problem:
        form = form.wrong({"form": f"{problem}."})
    else:
        return HttpResponseRedirect(form.address(tracked=str(made)))
    return _analysed(request, form, now, status=WRONG_INPUT)


def _open(request: HttpRequest, told: Mapping[str, Any], about: dict[str, Any], now: datetime) -> UUID:
    symbol, today = told["symbol"], clock.market_date(now)
    by_legs, source = "legs" in told, _FROM.get(request.POST.get("from", ""), Source.MANUAL)
    trades = orders.of_legs(symbol, told["legs"], today=today) if by_legs else orders.of_form(symbol, told, today=today)
    return book.open_position(
        request.user.pk,  # type: ignore[arg-type]  # signed in
        symbol,
        trades,
        # What is taken from the chain is priced by the quote of now; of another day only the date is known.
        at=now if source is Source.CHAIN and told["entry_date"] == today else orders.traded_at(told, now),
        now=now,
        idempotency_key=f"analyzer {_as_uuid(request.POST.get('key', '')) or uuid4()}",
        net_priced=not by_legs and len(trades) > 1,
        source=source,
        **about,
    )


def _limits(request: HttpRequest) -> dict[str, Any]:
    said = {"stopPrice": request.POST.get("stop", "").strip(), "targetPrice": request.POST.get("target", "").strip()}
    return {name: number(text) for name, text in said.items() if text}


def _analysed(
    request: HttpRequest, form: Form, now: datetime, *, tracked: UUID | None = None, status: int = 200
) -> HttpResponse:
    idea, told, checked = form.idea(clock.market_date(now))
    if idea is None:
        return _page(request, checked, {}, status=WRONG_INPUT)
    (found,) = analysis.of([idea], now=now, curves=True)
    facts = {"result": _result(checked, idea, told, found, now), "tracked": tracked, "key": uuid4()}
    return _page(request, checked, facts, status=status)


def _page(request: HttpRequest, form: Form, facts: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    shown = {
        "form": form,
        "types": [
            {"key": key, "label": label, "strikes": strikes, "chosen": key == form.values["type"]}
            for key, label, _, _, strikes in TYPES
        ],
        "strike_boxes": [
            {
                "name": name,
                "label": "Strike" if at == 0 else f"Strike {at + 1}",
                "value": form.values[name],
                "problem": form.problems.get(name, ""),
                "used": at < form.strikes,
                "least": at + 1,
            }
            for at, name in enumerate(STRIKES)
        ],
        "symbols": watchlists.default_list(request.user).symbols,  # type: ignore[arg-type]  # signed in
        "today": clock.market_date(),
        "stop": request.POST.get("stop", ""),
        "target": request.POST.get("target", ""),
        "again": form.address(),
        "positions": addresses.of("positions"),
        "chain_panel": addresses.of("options", symbol=form.values["symbol"]),
        "result": None,
        **facts,
    }
    return show(request, "positions", shown, template="analyzer/page", status=status)


def _result(form: Form, idea: Idea, told: Mapping[str, Any], found: Analysis, now: datetime) -> dict[str, Any]:
    """Return what is printed of an analysis; None where nobody knows it."""
    facts = found.facts
    said = analysis_wire.one(told, found, now=now)
    unknown = set(said.get("unavailable", ()))
    priced = found.source is not PriceSource.NONE
    label = next(label for key, label, *_ in TYPES if key == form.values["type"])
    strikes = [("strike", float(leg.leg.strike)) for leg in facts.legs if leg.leg.strike is not None]
    levels = [*strikes, *(("breakeven", float(each)) for each in facts.breakevens)]
    return {
        "name": f"{facts.symbol} {label if form.wire_type else facts.strategy.value.replace('_', ' ')}",
        "units": idea.position.units,
        "bought": facts.bought,
        "pnl": said["pnl"] if priced else None,
        "pnl_pct": said["pnlPct"] if priced and "pnlPct" not in unknown else None,
        "pnl_of_risk": said.get("pnlPctOfMaxRisk"),
        "value": said.get("marketValue") if priced else None,
        "cost": said["costBasis"],
        "price": said["currentPrice"] if priced else None,
        "source": SOURCES[found.source],
        "held": said["daysHeld"],
        "days": None if facts.nearest_expiry is None and not told.get("expiry") else said["daysToExpiry"],
        "breakevens": [float(each) for each in facts.breakevens],
        "ratio": said.get("riskRewardRatio"),
        "max_gain": said["maxGain"],
        "max_loss": said["maxLoss"],
        "by_model": facts.limits_by_model,
        "chance_pct": None if facts.probability_of_profit is None else 100 * facts.probability_of_profit,
        "greeks": [(name, None if "greeks" in unknown else said["greeks"][name]) for name in _GREEKS],
        "spot": said.get("underlyingPrice"),
        "stale": facts.stale,
        "as_of": facts.as_of,
        "legs": said["legs"],
        "warnings": found.warnings,
        "away": found.away,
        "may_be_tracked": bool(facts.legs) and not _is_over(facts.nearest_expiry, now),
        "chart": addresses.chart(facts.symbol, level=marks.written(sorted(set(levels)))),
        "chain": addresses.of("options", symbol=facts.symbol, expiry=facts.nearest_expiry),
        **_drawn(said.get("payoff"), facts.breakevens, said.get("underlyingPrice"), [price for _, price in strikes]),
    }


def _is_over(expiry: date | None, now: datetime) -> bool:
    return expiry is not None and expiry < clock.market_date(now)


def _drawn(
    points: list[dict[str, float]] | None, breakevens: tuple[Any, ...], spot: float | None, strikes: list[float]
) -> dict[str, Any]:
    """Return what the diagram is drawn from, and the lines of its table: every eighth point, and those with a name."""
    if not points or all("atExpiry" not in each for each in points):
        return {"plot": None, "rows": []}
    known = [*(("strike", price) for price in strikes), *(("breakeven", float(price)) for price in breakevens)]
    named: dict[float, list[str]] = {}
    for word, price in [*known, *([("now", spot)] if spot else [])]:
        if word not in named.setdefault(round(price, 4), []):
            named[round(price, 4)].append(word)
    rows = [
        {"price": each["price"], "word": ", ".join(named.get(each["price"], ())), "end": each.get("atExpiry"),
         "today": each.get("today")}
        for at, each in enumerate(points)
        if at % _EVERY == 0 or each["price"] in named
    ]  # fmt: skip
    plot = {
        "prices": [each["price"] for each in points],
        "atExpiry": [each.get("atExpiry") for each in points],
        "today": [each.get("today") for each in points],
        "spot": spot,
        "breakevens": [float(each) for each in breakevens],
    }
    return {"plot": plot, "rows": rows, "has_today": any(each is not None for each in plot["today"])}


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
