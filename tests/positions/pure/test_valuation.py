from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isnan, nan
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from positions.pure.facts import Greeks, MarkSource, PositionFacts
from positions.pure.holding import Held, holding
from positions.pure.marks import LegMark
from positions.pure.structures import Kind
from positions.pure.valuation import Marked, OpenLeg, OpenPosition, value
from tests.positions.pure.test_structures import leg

NOW = datetime(2026, 2, 9, 15, tzinfo=UTC)
CONDOR = "+1P5700 -1P5800 -1C6000 +1C6100"
EXPIRES = datetime(2026, 2, 20, 21, tzinfo=UTC).timestamp()
QUOTED = LegMark(
    mark=50.0,
    bid=49.8,
    ask=50.2,
    source=MarkSource.QUOTE,
    sigma=0.15,
    delta=0.5,
    gamma=0.002,
    theta=-2.0,
    vega=3.0,
    rho=0.4,
    forward=5950.0,
    at_ts=NOW.timestamp(),
)


def position(legs: str, *prices: str, **about: object) -> OpenPosition:
    """Return a position that was opened at these prices of its legs."""
    specs = [leg(each) for each in legs.split()]
    multipliers = [Decimal(1) if each.kind is Kind.STOCK else Decimal(100) for each in specs]
    costs = [each.ratio * m * Decimal(p) for each, m, p in zip(specs, multipliers, prices, strict=True)]
    whole = holding([Held(*each) for each in zip(specs, multipliers, costs, strict=True)])
    return OpenPosition(
        id=uuid4(),
        user_id=UUID(int=1),
        symbol="SPX",
        strategy=whole.strategy,
        bought=whole.bought,
        units=whole.units,
        entry_price=whole.entry_price,
        cost=whole.cost,
        opened_at=NOW - timedelta(days=3),
        version=1,
        legs=tuple(
            OpenLeg(
                contract=f"{each.kind}{each.strike}",
                leg=each,
                multiplier=m,
                average_price=Decimal(p),
                expires_ts=nan if each.kind is Kind.STOCK else EXPIRES,
            )
            for each, m, p in zip(specs, multipliers, prices, strict=True)
        ),
        **{"realised": Decimal(0), "fees": Decimal(0), **about},
    )


def valued(held: OpenPosition, *marks: float | LegMark, stale: bool = False) -> PositionFacts:
    """Return the position with its legs at these marks."""
    told = {
        each.contract: mark if isinstance(mark, LegMark) else priced(mark, stock=each.leg.kind is Kind.STOCK)
        for each, mark in zip(held.legs, marks, strict=True)
    }
    (found,) = value([Marked(position=held, marks=told, spot=5950.0, stale=stale)], now=NOW)
    return found


def priced(mark: float, *, stock: bool = False) -> LegMark:
    if stock:
        return LegMark.of_stock(mark, at_ts=NOW.timestamp(), old=False)
    return LegMark(mark=mark, source=MarkSource.QUOTE, at_ts=NOW.timestamp())


@pytest.mark.parametrize(
    ("legs", "entry", "marks", "worth", "pnl", "pct"),
    [
        # Pinned by the specification.
        ("+2C5900", ["30"], [50.0], "10000.00", "4000.00", 66.6667),
        ("+1C5900", ["50"], [20.0], "2000.00", "-3000.00", -60.0),
        ("-1P5800", ["40"], [20.0], "-2000.00", "2000.00", 50.0),
        ("+100S", ["5800"], [5900.0], "590000.00", "10000.00", 1.7241),
        # P1: leg by leg, where the long leg alone would say +227 %, and one put of the condor anything.
        ("+1C5900 -1C6000", ["80", "30"], [112.2, 60.64], "5156.00", "156.00", 3.12),
        (CONDOR, ["10", "20", "30", "10"], [8.0, 15.0, 24.0, 9.0], "-2200.00", "800.00", 26.6667),
        # P14: far above what the old column held.
        ("+1C5900", ["1"], [51.0], "5100.00", "5000.00", 5000.0),
    ],
)
def test_value_and_profit_are_those_of_the_legs(
    legs: str, entry: list[str], marks: list[float], worth: str, pnl: str, pct: float
) -> None:
    found = valued(position(legs, *entry), *marks)

    assert (found.value, found.unrealised) == (Decimal(worth), Decimal(pnl))
    assert found.pnl_pct == pytest.approx(pct, abs=1e-4)
    assert not found.stale


amounts = st.integers(1, 9_999_999).map(lambda n: n / 10_000)
structures = st.sampled_from(
    ["+2C5900", "-3P5800", "+1C5900 -1C6000", "-2P5700 +2P5600", CONDOR, "+7S", "+100S -1C6000"]
)


@given(structures, st.data())
def test_whoever_sold_it_loses_what_the_buyer_wins(legs: str, data: st.DataObject) -> None:
    """P2, and exact: the other side of every leg has the other sign of value, cost and profit, to the cent."""
    count = len(legs.split())
    marks = data.draw(st.lists(amounts, min_size=count, max_size=count))
    paid = data.draw(st.lists(st.integers(1, 99_999), min_size=count, max_size=count))
    entries = [str(Decimal(cents) / 100) for cents in paid]
    mirrored = legs.translate(str.maketrans("+-", "-+"))

    one, other = valued(position(legs, *entries), *marks), valued(position(mirrored, *entries), *marks)

    cents = [each.as_tuple().exponent for each in (one.value, one.unrealised)]
    assert cents == [-2, -2]
    assert (one.value, one.unrealised, one.cost) == (-other.value, -other.unrealised, -other.cost)
    exact = sum(
        leg.leg.ratio * Decimal(str(leg.multiplier)) * (Decimal(f"{mark:.4f}") - leg.average_price)
        for leg, mark in zip(one.legs, marks, strict=True)
    )
    assert abs(one.unrealised - exact) <= Decimal("0.005")


def test_greeks_are_of_all_contracts_and_shares() -> None:
    found = valued(position("+100S -2C5900", "5800", "50"), 5950.0, QUOTED)

    assert found.greeks == Greeks(
        delta=0.0, gamma=pytest.approx(-0.4), theta=400.0, vega=-600.0, rho=pytest.approx(-80.0)
    )


def test_greeks_of_which_a_leg_knows_none_are_not_known() -> None:
    found = valued(position("+1C5900 -1C6000", "80", "30"), QUOTED, 20.0)

    assert found.greeks == Greeks(delta=None, gamma=None, theta=None, vega=None, rho=None)
    assert found.value == Decimal("3000.00")


def test_without_the_price_of_a_leg_there_is_no_value() -> None:
    found = valued(position("+1C5900 -1C6000", "80", "30"), QUOTED, LegMark())

    assert (found.value, found.unrealised, found.pnl_pct, found.stale) == (None, None, None, True)
    assert (found.max_loss, found.max_gain) == (Decimal("5000.00"), Decimal("5000.00"))  # of what it cost, all the same
    assert (found.legs[1].source, isnan(found.legs[1].mark)) == (MarkSource.NONE, True)


def test_it_is_as_old_as_its_oldest_price_and_stale_when_one_is_too_old() -> None:
    earlier = LegMark(mark=60.0, source=MarkSource.QUOTE, at_ts=NOW.timestamp() - 700, old=True)

    found = valued(position("+1C5900 -1C6000", "80", "30"), QUOTED, earlier)

    assert (found.stale, found.as_of) == (True, NOW - timedelta(seconds=700))
    assert valued(position("+1C5900", "80"), QUOTED, stale=True).stale


def test_what_cost_nothing_has_no_percentage() -> None:
    found = valued(position("+1C5900 -1C6000", "30", "30"), QUOTED, 20.0)

    assert (found.unrealised, found.pnl_pct) == (Decimal("3000.00"), None)


def test_days_and_minutes_are_those_of_new_york() -> None:
    """P17: on the eve at 19:30 it is one day, on the last day at 15:30 half an hour."""
    held, told = position("+1C5900", "80"), {"call5900": QUOTED}
    eve, last = datetime(2026, 2, 20, 0, 30, tzinfo=UTC), datetime(2026, 2, 20, 20, 30, tzinfo=UTC)
    found = [value([Marked(position=held, marks=told, spot=5950.0)], now=at)[0] for at in (eve, last)]

    assert [each.days_to_expiry for each in found] == [1, 0]
    assert [each.legs[0].minutes_to_expiry for each in found] == [1230.0, 30.0]


def test_a_chance_is_told_of_what_expires_together() -> None:
    found = valued(position("+1C5900", "50"), QUOTED)

    # Breakeven 5950 is the forward: N(-sigma sqrt(t) / 2) at 11.25 days.
    assert found.probability_of_profit == pytest.approx(0.4948, abs=1e-4)
    assert valued(position("+100S", "5800"), 5950.0).probability_of_profit is None


def test_nothing_has_no_facts() -> None:
    assert value([], now=NOW) == []
