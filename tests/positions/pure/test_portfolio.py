from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from positions.pure import portfolio
from positions.pure.facts import Greeks, PositionFacts
from positions.pure.marks import LegMark
from tests.positions.pure.test_structures import FRIDAY
from tests.positions.pure.test_valuation import QUOTED, position, valued

CALM = Greeks(delta=10.0, gamma=0.1, theta=-50.0, vega=80.0, rho=1.0)


def calm(symbol: str = "SPX", cost: str = "1000", **about: object) -> PositionFacts:
    """Return a long call of a far date that raises no warning by itself."""
    held = valued(position("+1C5900", "80"), QUOTED)
    far = tuple(replace(leg, days_to_expiry=30) for leg in held.legs)
    return replace(held, symbol=symbol, legs=far, greeks=CALM, cost=Decimal(cost), **about)


def test_totals_are_the_sums_of_the_rows_to_the_cent() -> None:
    held = [
        valued(
            position("+2C5900", "30", realised=Decimal("12.34"), fees=Decimal("1.30")), replace(QUOTED, mark=50.1234)
        ),
        valued(position("-1P5800", "40"), replace(QUOTED, mark=20.5)),
        valued(position("+1C5900", "10"), LegMark()),
    ]

    net = portfolio.of(held).net

    assert (net.positions, net.unpriced, net.unread, net.stale) == (3, 1, 1, 1)
    assert net.net_liq == held[0].value + held[1].value == Decimal("7974.68")
    assert net.exposure == Decimal("12074.68")
    assert net.unrealised == held[0].unrealised + held[1].unrealised
    assert (net.cost, net.realised, net.fees) == (Decimal(11000), Decimal("12.34"), Decimal("1.30"))
    assert net.pnl_pct == pytest.approx(float(100 * net.unrealised / 11000))


def test_greeks_are_summed_and_told_in_dollars() -> None:
    one = replace(calm(), spot=6000.0, greeks=Greeks(delta=50.0, gamma=0.2, theta=-10.0, vega=30.0, rho=1.0))
    other = replace(calm("SPY"), spot=600.0, greeks=Greeks(delta=-100.0, gamma=0.5, theta=4.0, vega=-10.0, rho=0.0))
    unread = replace(calm(), greeks=Greeks(delta=None, gamma=None, theta=None, vega=None, rho=None))

    net = portfolio.of([one, other, unread]).net

    assert net.greeks == Greeks(delta=-50.0, gamma=0.7, theta=-6.0, vega=20.0, rho=1.0)
    assert net.dollar_delta == 50 * 6000 - 100 * 600
    assert net.dollar_gamma_1pct == pytest.approx(0.2 * 6000**2 / 100 + 0.5 * 600**2 / 100)
    assert net.unread == 1


def test_one_long_call_of_half_a_delta_is_fifty_shares() -> None:
    assert portfolio.of([valued(position("+1C5900", "50"), QUOTED)]).net.greeks.delta == 50.0


def test_ten_calls_sold_short_are_extreme() -> None:
    """Pinned: unlimited loss, 600 shares of delta and all of the cost in one."""
    found = portfolio.of([valued(position("-10C5900", "30"), replace(QUOTED, delta=0.6, vega=15.0, theta=-1.0))])

    assert found.max_loss is None
    assert found.limits_known
    assert (found.assessment.level, found.assessment.score) == ("extreme", 3 + 2 + 1 + 2)  # vega 15,000 a point
    assert found.assessment.warnings[0] == "1 position with unlimited loss"


NONE = Greeks(delta=0.0, gamma=0.0, theta=0.0, vega=0.0, rho=0.0)


@pytest.mark.parametrize(
    ("change", "score"),
    [
        ({}, 0),
        ({"greeks": replace(NONE, delta=100.0)}, 0),
        ({"greeks": replace(NONE, delta=100.01)}, 2),
        ({"greeks": replace(NONE, delta=-100.01)}, 2),
        ({"greeks": replace(NONE, theta=-500.0)}, 0),
        ({"greeks": replace(NONE, theta=-500.01)}, 1),
        ({"greeks": replace(NONE, vega=1000.0)}, 0),
        ({"greeks": replace(NONE, vega=-1000.01)}, 1),
        ({"max_loss": None}, 3),
        ({"max_loss": None, "limits_known": False}, 0),
        ({"cost": Decimal(2000)}, 0),  # exactly half
        ({"cost": Decimal("2000.01")}, 2),
    ],
)
def test_each_condition_counts_beyond_its_threshold(change: dict[str, object], score: int) -> None:
    one, others = replace(calm("AAPL"), greeks=NONE), [replace(calm(), greeks=NONE), replace(calm("SPY"), greeks=NONE)]

    found = portfolio.of([replace(one, **change), *others]).assessment

    assert (found.score, len(found.warnings)) == (score, int(score > 0))
    assert found.level == {0: "low", 1: "moderate", 2: "moderate", 3: "high"}[score]


@pytest.mark.parametrize(("days", "score"), [(8, 0), (7, 1), (0, 1)])
def test_a_week_to_expiry_counts(days: int, score: int) -> None:
    three = [replace(calm(symbol), greeks=NONE) for symbol in ("AAPL", "SPX", "SPY")]
    three[0] = replace(three[0], legs=tuple(replace(leg, days_to_expiry=days) for leg in three[0].legs))

    assert portfolio.of(three).assessment.score == score


def test_parts_add_up_to_the_whole() -> None:
    shares = replace(valued(position("+100S", "58"), 5950.0), symbol="AAPL")
    held = [calm("SPX", "3000"), calm("SPY", "9000"), calm("SPX", "100"), shares]

    found = portfolio.of(held)

    assert [(name, part.positions, part.cost) for name, part in found.by_underlying] == [
        ("SPY", 1, Decimal(9000)),
        ("AAPL", 1, Decimal(5800)),
        ("SPX", 2, Decimal(3100)),
    ]
    assert [(day, part.positions) for day, part in found.by_expiry] == [(FRIDAY, 3), (None, 1)]
    for parts in (found.by_underlying, found.by_expiry):
        assert sum(part.net_liq for _, part in parts) == found.net.net_liq
        assert sum(part.dollar_delta for _, part in parts) == pytest.approx(found.net.dollar_delta)


def test_nothing_held_is_nothing() -> None:
    found = portfolio.of([])

    assert (found.net.positions, found.net.net_liq, found.net.pnl_pct, found.assessment.level) == (0, 0, 0.0, "low")
    assert (found.max_loss, found.by_underlying, found.by_expiry) == (Decimal(0), (), ())
