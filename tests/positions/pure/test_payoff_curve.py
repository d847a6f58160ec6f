from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from math import exp, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure import american, black_scholes
from options_engine.pure.contracts import YEAR_S
from options_engine.pure.rates import Curve
from positions.pure import payoff_curve
from positions.pure.facts import MarkSource
from positions.pure.marks import LegMark
from positions.pure.structures import Kind
from positions.pure.valuation import Marked, OpenPosition, value
from tests.positions.pure.test_structures import leg
from tests.positions.pure.test_valuation import CONDOR, EXPIRES, NOW, position

SPOT, SIGMA, RATE = 5950.0, 0.15, 0.04
YEARS = (EXPIRES - NOW.timestamp()) / YEAR_S
FORWARD = SPOT * exp((RATE - 0.014) * YEARS)
RATES = Curve(days=np.array([1.0, 365.0]), rate=np.array([RATE, RATE]))


def marked(of: OpenPosition, *, spot: float = SPOT, sigma: float = SIGMA, european: bool = True) -> Marked:
    """Return a position whose options all imply one volatility, marked at our model's price."""
    legs = tuple(
        replace(each, european=european, expires_ts=nan if each.leg.kind is Kind.STOCK else EXPIRES) for each in of.legs
    )
    marks = {}
    for each in legs:
        if each.leg.kind is Kind.STOCK:
            marks[each.contract] = LegMark.of_stock(spot, at_ts=NOW.timestamp(), old=False)
            continue
        engine = black_scholes.value if european else american.value
        price = engine(
            spot, float(each.leg.strike), YEARS, SIGMA, each.leg.kind is Kind.CALL, rate=RATE, dividend=0.014
        ).price
        marks[each.contract] = LegMark(mark=float(price), source=MarkSource.QUOTE, sigma=sigma, forward=FORWARD)
    return Marked(position=replace(of, legs=legs), marks=marks, spot=spot)


def curve(each: Marked) -> payoff_curve.PayoffCurve:
    (facts,) = value([each], now=NOW)
    breakevens = tuple(float(price) for price in facts.breakevens)
    found = payoff_curve.of(each, breakevens, now_ts=NOW.timestamp(), rates=RATES)
    assert found is not None
    return found


def at(found: payoff_curve.PayoffCurve, price: float) -> tuple[float, float]:
    (row,) = np.flatnonzero(found.prices == price)
    return float(found.at_expiry[row]), float(found.today[row])


def test_a_call_at_its_end_by_hand() -> None:
    found = curve(marked(position("+2C5900", "30")))

    assert [at(found, price)[0] for price in (5900.0, 5930.0, 5950.0)] == [-6_000, pytest.approx(0), 4_000]
    assert found.prices[0] < 5900 < found.prices[-1]
    assert (np.diff(found.prices) > 0).all()


def test_a_condor_at_its_end_by_hand() -> None:
    found = curve(marked(position(CONDOR, "0", "20", "0", "0")))

    assert [at(found, price)[0] for price in (5700.0, 5780.0, 5800.0, 6000.0, 6020.0, 6100.0)] == pytest.approx(
        [-8_000, 0, 2_000, 2_000, 0, -8_000]
    )


@pytest.mark.parametrize("european", [True, False])
@pytest.mark.parametrize("legs", ["+1C5900", "-1P6100", "+1C5900 -1C6000", CONDOR, "+1P5900 +100S"])
def test_todays_line_passes_through_the_marks(legs: str, *, european: bool) -> None:
    each = marked(position(legs, *("10" for _ in legs.split())), european=european)
    (facts,) = value([each], now=NOW)

    _, today = at(curve(each), SPOT)

    assert today == pytest.approx(float(facts.unrealised), abs=0.5)


def test_an_american_option_that_was_sold_never_costs_less_today_than_at_its_end() -> None:
    found = curve(marked(position("-1C6000 -1P5900", "40", "40"), european=False))

    assert (found.today <= found.at_expiry + 0.5).all()


@given(
    strikes=st.lists(st.integers(1100, 1280).map(lambda k: 5 * k), min_size=1, max_size=4, unique=True),
    side=st.sampled_from("CP"),
)
def test_a_sale_wins_what_the_purchase_loses(strikes: list[int], side: str) -> None:
    bought = " ".join(f"+1{side}{strike}" for strike in strikes)
    prices = ["20"] * len(strikes)

    long, short = curve(marked(position(bought, *prices))), curve(marked(position(bought.replace("+", "-"), *prices)))

    assert short.at_expiry == pytest.approx(-long.at_expiry)
    assert short.today == pytest.approx(-long.today)


def test_without_a_volatility_today_is_not_known_and_the_end_is() -> None:
    found = curve(marked(position("+1C5900", "30"), sigma=nan))

    assert np.isnan(found.today).all()
    assert np.isfinite(found.at_expiry).all()


def test_without_a_spot_the_strikes_say_which_prices_matter() -> None:
    each = replace(marked(position("+1C5900 -1C6000", "40", "10")), spot=nan, marks={})

    found = curve(each)

    assert found.prices[0] < 5900
    assert found.prices[-1] > 6000
    assert at(found, 6000.0)[0] == 7_000
    assert np.isnan(found.today).all()


def test_shares_are_a_straight_line_and_the_range_is_narrow_but_not_nothing() -> None:
    found = curve(marked(position("+100S", "5950")))

    assert found.at_expiry == pytest.approx(100 * (found.prices - 5950))
    assert found.today == pytest.approx(found.at_expiry)
    assert (found.prices[0], found.prices[-1]) == pytest.approx((0.98 * SPOT, 1.02 * SPOT))


def test_shares_of_which_nobody_knows_a_price_are_not_drawn() -> None:
    of = position("+100S", "5950")
    each = Marked(position=replace(of, cost=Decimal(0)), marks={}, spot=nan)

    assert payoff_curve.of(each, (), now_ts=NOW.timestamp(), rates=None) is None


def test_what_lives_on_is_valued_by_our_model_and_unknown_without_a_volatility() -> None:
    near, far = leg("-1C5950"), leg("+1C5950", expiry=date(2026, 3, 20))
    of = position("-1C5950 +1C5950", "60", "120")
    one, other = of.legs
    later = datetime(2026, 3, 20, 20, tzinfo=NOW.tzinfo).timestamp()
    legs = (
        replace(one, contract="near", leg=near, expires_ts=EXPIRES, european=True),
        replace(other, contract="far", leg=far, expires_ts=later, european=True),
    )
    priced = LegMark(mark=60, sigma=SIGMA, forward=FORWARD)
    each = Marked(position=replace(of, legs=legs), marks={"near": priced, "far": priced}, spot=SPOT)

    found = curve(each)
    unknown = curve(replace(each, marks={"near": priced}))

    best = found.prices[np.argmax(found.at_expiry)]
    assert best == pytest.approx(SPOT, rel=0.01)
    assert found.at_expiry.min() >= -100 * 60 - 1
    assert np.isnan(unknown.at_expiry).all()


def test_on_the_last_minute_and_after_it_nothing_breaks() -> None:
    each = marked(position("+1C5900", "30"))

    for now_ts in (EXPIRES - 1, EXPIRES, EXPIRES + 60):
        found = payoff_curve.of(each, (5930.0,), now_ts=now_ts, rates=RATES)
        assert found is not None
        assert np.isfinite(found.at_expiry).all()
        assert np.isfinite(found.today).all() == (now_ts < EXPIRES)
