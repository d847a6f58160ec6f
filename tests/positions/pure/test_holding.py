from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from positions.pure.holding import Held, holding, shares
from tests.positions.pure.test_structures import leg

HUNDRED = Decimal(100)


def held(text: str, cost: str) -> Held:
    of = leg(text)
    return Held(of, Decimal(1) if of.kind == "stock" else HUNDRED, Decimal(cost))


@pytest.mark.parametrize(
    ("legs", "strategy", "units", "bought", "entry_price"),
    [
        ([("+2C5900", "6000")], "call", 2, True, "30"),
        ([("-1P5800", "-4000")], "put", 1, False, "-40"),
        ([("-1P5800", "0")], "put", 1, False, "0"),  # given away
        ([("+5C5900", "21000"), ("-5C6000", "-6000")], "call_spread", 5, True, "30"),
        ([("-2P5800", "-900"), ("+2P5700", "400")], "put_spread", 2, False, "-2.5"),
        (
            [("+3P5700", "300"), ("-3P5800", "-900"), ("-3C6000", "-900"), ("+3C6100", "300")],
            *("iron_condor", 3, False, "-4"),
        ),
        # One of its calls was bought back: three legs that make one unit of no name.
        ([("+2P5700", "200"), ("-2P5800", "-600"), ("-1C6000", "-300"), ("+2C6100", "200")], "other", 1, False, "-5"),
        ([("+10S", "1234.56")], "stock", 10, True, "123.456"),
        ([("+100S", "20000"), ("-1C210", "-150")], "other", 1, True, "198.5"),
        ([("+3C5900", "100")], "call", 3, True, "0.3333"),
    ],
)
def test_open_legs_are_one_structure(
    legs: list[tuple[str, str]], strategy: str, units: int, bought: bool, entry_price: str
) -> None:
    whole = holding([held(*each) for each in legs])

    assert (whole.strategy, whole.units, whole.bought) == (strategy, units, bought)
    assert whole.entry_price == Decimal(entry_price)
    assert whole.cost == sum(Decimal(cost) for _, cost in legs)


def test_no_legs_are_no_holding() -> None:
    with pytest.raises(ValueError, match="nothing is held"):
        holding([])


@pytest.mark.parametrize(
    ("net", "ratios", "prices"),
    [
        ("30", [1, -1], ["30", "0"]),
        ("-2.5", [1, -1], ["0", "2.5"]),
        ("-4", [1, -1, -1, 1], ["0", "4", "0", "0"]),
        ("0", [1, -1], ["0", "0"]),
        ("6", [-1, 2], ["0", "3"]),
        ("6", [2, -3, 1], ["0", "0", "6"]),  # the one that divides it least
    ],
)
def test_one_price_of_the_whole_lies_on_one_leg(net: str, ratios: list[int], prices: list[str]) -> None:
    assert shares(Decimal(net), ratios) == [*map(Decimal, prices)]


@pytest.mark.parametrize(("net", "ratios"), [("1", [-1]), ("-1", [1, 2])])
def test_money_needs_something_that_it_was_paid_for(net: str, ratios: list[int]) -> None:
    with pytest.raises(ValueError, match=r"1 was (paid, and nothing bought|received, and nothing sold)"):
        shares(Decimal(net), ratios)


@given(
    net=st.decimals(-1000, 1000, places=4),
    ratios=st.lists(st.sampled_from([-1, 1, 2, -2, 5]), min_size=2, max_size=4),
)
def test_the_prices_add_up_to_the_whole(net: Decimal, ratios: list[int]) -> None:
    if all(ratio * (1 if net >= 0 else -1) < 0 for ratio in ratios) and net:
        return

    prices = shares(net, ratios)

    assert sum(price * ratio for price, ratio in zip(prices, ratios, strict=True)) == net
    assert all(price >= 0 for price in prices)
