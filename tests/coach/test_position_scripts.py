"""The figures of positions, run by node: what arrives after the page must print as the page did."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.pure import holdings
from config.http.renderers import dumps
from positions.pure.snapshot import snapshot
from tests.coach.test_script_modules import pytestmark as needs_node
from tests.coach.test_script_modules import run
from tests.positions.pure.made_up import NOW, held, position

pytestmark = [needs_node]
MODULE = "positions_figures.js"


def told(**more: Any) -> dict[str, Any]:
    """Return a snapshot as the socket sends it."""
    facts = position(held("+2C5900", "30", 48.125, days=11, delta=0.61, gamma=0.0021, theta=-1.234, vega=3.2, rho=0.4))
    return json.loads(dumps(snapshot(replace(facts, **more), now=NOW)))


SNAPSHOTS = {
    "a call": told(),
    "with limits": told(stop_price=Decimal(24), target_price=Decimal(6000), target_on_underlying=True),
    "without a price": told(value=None, unrealised=None, pnl_pct=None),
    "unlimited": told(max_gain=None, max_loss=None, limits_known=True),
    "not known": told(max_gain=None, max_loss=None, limits_known=False, breakevens=()),
    "a loss": told(unrealised=Decimal("-1234.56"), pnl_pct=-20.576),
    "even": told(unrealised=Decimal(0), pnl_pct=0.0),
    "last day": told() | {"daysToExpiry": 0, "minutesToExpiry": 93},
    "tomorrow": told() | {"daysToExpiry": 1, "minutesToExpiry": 1440},
    "a week": told() | {"daysToExpiry": 7},
    "shares": {name: value for name, value in told().items() if name not in ("daysToExpiry", "greeks")},
    "old": told(stale=True) | {"markSource": "model"},
    "no source": told() | {"markSource": "none", "probabilityOfProfit": 0.125},
}


def as_script(cells: dict[str, holdings.Cell]) -> dict[str, dict[str, Any]]:
    return {name: {"text": cell.text, "token": cell.token} for name, cell in cells.items()}


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_a_card_prints_the_same_before_and_after(name: str) -> None:
    said = SNAPSHOTS[name]

    assert run(MODULE, "m.cells(v.said)", said=said) == as_script(holdings.cells(said))
    assert run(MODULE, "m.kept(v.said)", said=said) == holdings.kept(said)


def test_sums_print_the_same_before_and_after() -> None:
    rows = [holdings.kept(said) for said in SNAPSHOTS.values()]

    found = run(MODULE, "[m.totals(v.rows), m.totals([]), m.totals(v.rows.slice(2, 3))]", rows=rows)

    assert found == [as_script(holdings.totals(part)) for part in (rows, [], rows[2:3])]


CENTS = st.integers(-10_000_000, 10_000_000).map(lambda cents: cents / 100)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "symbol": st.just("SPX"),
            **dict.fromkeys(("pnl", "netPnl", "theta"), CENTS),
            "costBasis": CENTS.map(abs),
            **dict.fromkeys(("spot", "delta", "gamma", "vega"), st.just(1.0)),
        }
    ),
    min_size=1,
    max_size=30,
)


@given(rows=ROWS)
@settings(max_examples=100)
def test_the_sum_is_that_of_the_cents(rows: list[dict[str, Any]]) -> None:
    exact = sum(Decimal(str(row["pnl"])) for row in rows)

    cell = holdings.totals(rows)["pnl"]

    assert cell.text is not None
    assert Decimal(cell.text.replace("$", "").replace(",", "")) == exact


@pytest.mark.parametrize(
    ("unit", "price", "units", "fees", "made"),
    [
        ({"side": 1, "multiplier": 100.0, "cost": 5000.0}, 51.56, 1, 0.0, 156.0),
        ({"side": -1, "multiplier": 100.0, "cost": -4000.0}, 20.0, 2, 2.6, 3997.4),
        ({"side": 1, "multiplier": 1.0, "cost": 600.0}, 590.0, 10, 1.0, -101.0),
    ],
)
def test_what_closing_makes_is_the_same_while_it_is_typed(
    unit: dict[str, float], price: float, units: int, fees: float, made: float
) -> None:
    script = run(MODULE, "m.closedAt(v.price, v.units, v.fees, v.unit)", price=price, units=units, fees=fees, unit=unit)

    assert script == pytest.approx(made)
    assert holdings.closed_at(price, units, fees, **unit) == pytest.approx(made)
