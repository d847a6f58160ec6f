from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure.fills import Kind, Ledger, Lot, ledgers
from tests.options_engine.pure.made_fills import CALL, MADE, OPEN, PUT, STOCK, amounts, fill, mirrored

MARK = Decimal("2.35")


def walked(*fills) -> Ledger:
    ledger = Ledger(fills[0].contract, fills[0].multiplier)
    for each in fills:
        ledger = ledger.after(each)
    return ledger


# name: fills, then quantity, cost, average price, realised, fees, cash, unrealised at 2.35
TABLE = {
    "a long call closed in part": (
        [fill(5, "2.00", fees="3.25"), fill(-2, "3.50", 1, fees="1.30")],
        ("3", "600", "2", "300", "4.55", "-304.55", "105"),
    ),
    "two lots, the older closed first": (
        [fill(2, "1.00"), fill(2, "3.00", 1), fill(-3, "4.00", 2)],
        ("1", "300", "3", "700", "0", "400", "-65"),
    ),
    "a short put bought back in part": (
        [fill(-4, "3.10", contract=PUT, fees="2.60"), fill(3, "1.10", 1, PUT, fees="1.95")],
        ("-1", "-310", "3.1", "600", "4.55", "905.45", "75"),
    ),
    "a short put bought back dearer": (
        [fill(-1, "3.10", contract=PUT), fill(1, "4.35", 1, PUT)],
        ("0", "0", None, "-125", "0", "-125", "0"),
    ),
    "a flip from long to short": (
        [fill(2, "2.00", fees="1"), fill(-5, "2.60", 1, fees="2.50")],
        ("-3", "-780", "2.6", "120", "3.50", "896.50", "75"),
    ),
    "a long call that expires worthless": (
        [fill(3, "2.00", fees="1.95"), fill(-3, "0", 1, kind=Kind.EXPIRY)],
        ("0", "0", None, "-600", "1.95", "-601.95", "0"),
    ),
    "a short put that expires worthless": (
        [fill(-3, "1.20", contract=PUT), fill(3, "0", 1, PUT, Kind.EXPIRY)],
        ("0", "0", None, "360", "0", "360", "0"),
    ),
    "an index call settled in cash": (
        [fill(2, "30.00", fees="2"), fill(-2, "41.37", 1, kind=Kind.CASH_SETTLEMENT, fees="5")],
        ("0", "0", None, "2274", "7", "2267", "0"),
    ),
    "shares against a covered call, called away": (
        [fill(300, "668.40", contract=STOCK), fill(-100, "670", 1, STOCK, Kind.ASSIGNMENT, fees="5")],
        ("200", "133680", "668.4", "160", "5", "-133525", "-133210"),
    ),
}


@pytest.mark.parametrize(("fills", "expected"), TABLE.values(), ids=TABLE)
def test_a_hand_checked_sequence(fills, expected) -> None:
    ledger = walked(*fills)

    found = (ledger.quantity, ledger.cost, ledger.average_price, ledger.realised, ledger.fees, ledger.cash)
    assert (*found, ledger.unrealised(MARK)) == tuple(None if each is None else Decimal(each) for each in expected)
    assert ledger.net == ledger.realised - Decimal(expected[4])
    assert ledgers(fills) == {ledger.contract: ledger}


def test_lots_are_what_is_left_of_each_fill_oldest_first() -> None:
    ledger = walked(fill(2, "1.00"), fill(2, "3.00", 1), fill(-1, "4.00", 2), fill(1, "5.00", 3))

    assert ledger.lots == tuple(
        Lot(Decimal(quantity), Decimal(price), Decimal(100), OPEN + timedelta(seconds=second))
        for quantity, price, second in ((1, "1.00", 0), (2, "3.00", 1), (1, "5.00", 3))
    )
    assert ledger.at == OPEN + timedelta(seconds=3)


def test_parts_of_one_fill_are_one_lot() -> None:
    whole = walked(fill(-3, "2.00"))

    assert walked(fill(-1, "2.00"), fill(-2, "2.00", kind=Kind.EXERCISE)) == whole
    assert len(walked(fill(-1, "2.00"), fill(-2, "2.00", 1)).lots) == 2


def test_nothing_is_held_before_the_first_fill() -> None:
    blank = Ledger(CALL)

    assert (blank.quantity, blank.cost, blank.average_price, blank.net, blank.value(MARK)) == (0, 0, None, 0, 0)


REFUSED = {
    "another contract": (fill(1, "2", 9, PUT), f"a fill of {PUT} does not belong to the ledger of {CALL}"),
    "an older fill": (fill(1, "2", -1), "a fill of 2026-03-02T14:29:59.* is older than the last of"),
    "another multiplier": (
        replace(fill(1, "2", 9), multiplier=Decimal(10)),
        f"{CALL} has fills of 100 and of 10 shares",
    ),
    "more expires than is held": (
        fill(-3, "0", 9, kind=Kind.EXPIRY),
        f"expiry of {CALL} at .*: 1 more than is held",
    ),
    "the wrong side is settled": (
        fill(1, "2", 9, kind=Kind.CASH_SETTLEMENT),
        f"cash_settlement of {CALL} at .*: 1 more than is held",
    ),
}


@pytest.mark.parametrize(("added", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_fill_that_cannot_follow_is_refused_with_a_sentence(added, sentence) -> None:
    ledger = walked(fill(2, "1.00"))

    with pytest.raises(ValueError, match=f"^{sentence}"):
        ledger.after(added)


def ascending(fills):
    """The same fills of one contract, a second apart."""
    return [
        replace(each, contract=CALL, multiplier=Decimal(100), at=OPEN + timedelta(seconds=second))
        for second, each in enumerate(fills)
    ]


@given(st.lists(MADE, min_size=1, max_size=25).map(ascending), amounts(0, 900_000, 4))
def test_profit_and_cash_agree_after_every_fill(fills, mark) -> None:
    ledger = Ledger(CALL)
    for each in fills:
        ledger = ledger.after(each)

        assert ledger.realised + ledger.unrealised(mark) - ledger.fees == ledger.cash + ledger.value(mark)
        assert ledger.quantity == 0 or all((lot.quantity > 0) == (ledger.quantity > 0) for lot in ledger.lots)

    assert ledgers(fills) == {CALL: ledger}


@given(st.lists(MADE, min_size=1, max_size=25).map(ascending), amounts(0, 900_000, 4))
def test_the_other_side_of_every_fill_made_the_opposite(fills, mark) -> None:
    ours, theirs = walked(*fills), walked(*mirrored(fills))

    assert (theirs.realised, theirs.unrealised(mark), theirs.cost) == (
        -ours.realised,
        -ours.unrealised(mark),
        -ours.cost,
    )
    assert (theirs.quantity, theirs.average_price, theirs.fees) == (-ours.quantity, ours.average_price, ours.fees)


@given(
    st.integers(-1, 1).filter(bool),
    amounts(0, 500_000, 4),
    st.lists(st.tuples(st.integers(1, 9), amounts(0, 900_000, 4)), min_size=1, max_size=8),
)
def test_partial_closes_add_up(side, entry, closes) -> None:
    held = sum(quantity for quantity, _ in closes)
    opening = fill(side * held, entry)
    closings = [fill(-side * quantity, price, 1 + at) for at, (quantity, price) in enumerate(closes)]

    one_by_one = [walked(replace(opening, quantity=-each.quantity), each).realised for each in closings]

    ledger = walked(opening, *closings)
    assert ledger.realised == sum(one_by_one) == sum(side * q * (price - entry) * 100 for q, price in closes)
    assert (ledger.lots, ledger.realised) == ((), ledger.cash + ledger.fees)
