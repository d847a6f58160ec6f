from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure.fills import Kind, Ledger, Result, ledgers, round_trips, total
from tests.options_engine.pure.made_fills import (
    CALL,
    CROWDED,
    MULTIPLIERS,
    OPEN,
    PUT,
    SEQUENCES,
    STOCK,
    amounts,
    cut_up,
    fill,
    mirrored,
)

PRICES = st.fixed_dictionaries({contract: amounts(0, 900_000, 4) for contract in MULTIPLIERS})
CONDOR = ["SPXW260320P06600000", "SPXW260320P06700000", "SPXW260320C07100000", "SPXW260320C07200000"]


def leg(at: int, quantity: int, price: str, second: int, kind: Kind = Kind.TRADE, fees: str = "1.15"):
    return replace(fill(quantity, price, second, kind=kind, fees=fees), contract=CONDOR[at])


def closed(fills):
    """The same fills with one more for each contract that is held, a minute later."""
    held = Counter()
    for each in fills:
        held[each.contract] += each.quantity
    return fills + [fill(-quantity, "1.5", 60, contract) for contract, quantity in held.items() if quantity]


def paired_unit_by_unit(fills, contract):
    """What the nth unit sold brought over the nth bought: another way to the gross profit, and what is left."""
    own = [each for each in fills if each.contract == contract]
    order = sorted(own, key=lambda each: (each.at, list(Kind).index(each.kind), each.price))
    bought, sold = (
        [each.price for each in order if (each.quantity > 0) == is_bought for _ in range(abs(int(each.quantity)))]
        for is_bought in (True, False)
    )
    pairs = min(len(bought), len(sold))
    gross = sum((high - low for low, high in zip(bought, sold, strict=False)), Decimal(0)) * MULTIPLIERS[contract]
    return gross, [(1, price) for price in bought[pairs:]] + [(-1, price) for price in sold[pairs:]]


def test_a_condor_put_on_and_taken_off_leg_by_leg() -> None:
    opened = [leg(0, 1, "4.10", 0), leg(1, -1, "7.30", 0), leg(2, -1, "6.20", 0), leg(3, 1, "3.40", 0)]
    ended = [
        leg(1, 1, "2.10", 600),
        leg(0, -1, "0.95", 600),
        leg(2, 1, "12.40", 900, Kind.CASH_SETTLEMENT, "0"),
        leg(3, -1, "0", 900, Kind.EXPIRY, "0"),
    ]

    halfway, done = (total(ledgers(fills).values()) for fills in (opened + ended[:2], opened + ended))

    # Puts: sold at 3.20, back at 1.15. Calls: sold at 2.80, settled at 12.40.
    assert halfway == Result(gross=Decimal(205), fees=Decimal("6.90"), cash=Decimal("478.10"))
    assert done == Result(gross=Decimal(-755), fees=Decimal("6.90"), cash=Decimal("-761.90"))
    assert done.net == done.cash


def test_an_assignment_closes_the_put_at_nothing_and_delivers_shares_at_the_strike() -> None:
    fills = [
        fill(-2, "3.10", contract=PUT, fees="1.30"),
        fill(2, "0", 60, PUT, Kind.ASSIGNMENT),
        fill(200, "670", 60, STOCK, Kind.ASSIGNMENT, fees="5"),
    ]

    found = ledgers(fills)

    assert (found[PUT].quantity, found[PUT].realised, found[PUT].net) == (0, 620, Decimal("618.70"))
    assert (found[STOCK].quantity, found[STOCK].average_price, found[STOCK].realised) == (200, 670, 0)
    # What the shares cost all told is the strike less the premium.
    assert total(found.values()).cash == -2 * 100 * (Decimal(670) - Decimal("3.10")) - Decimal("6.30")


def test_of_no_fills_there_is_nothing() -> None:
    assert (ledgers([]), round_trips([]), total([])) == ({}, [], Result())


def test_several_multipliers_of_one_contract_are_refused() -> None:
    mixed = [fill(1, "2"), replace(fill(-1, "2", 1), multiplier=Decimal(10))]

    for reading in (ledgers, round_trips):
        with pytest.raises(ValueError, match=f"^{CALL} has fills of 100 and of 10 shares$"):
            reading(mixed)


def test_what_is_left_at_the_bell_expires_after_the_trades_of_that_second() -> None:
    found = ledgers([fill(-1, "0", 9, kind=Kind.EXPIRY), fill(-2, "0.05", 9), fill(3, "1.00")])

    assert (found[CALL].quantity, found[CALL].realised) == (0, Decimal(-290))


def test_what_was_never_held_cannot_expire() -> None:
    for reading in (ledgers, round_trips):
        with pytest.raises(ValueError, match=rf"^expiry of {CALL} at 2026-03-02 14:30:09\+0000: 1 more than is held$"):
            reading([fill(2, "1.00"), fill(-3, "0", 9, kind=Kind.EXPIRY)])


@given(SEQUENCES | CROWDED, PRICES)
def test_profit_and_cash_agree(fills, marks) -> None:
    found = ledgers(fills)

    for contract, ledger in found.items():
        mark = marks[contract]
        assert ledger.realised + ledger.unrealised(mark) - ledger.fees == ledger.cash + ledger.value(mark)
    everything = total(found.values())
    assert everything.cash == sum(each.cash for each in fills)
    assert everything.fees == sum(each.fees for each in fills)
    assert everything.gross == sum(ledger.realised for ledger in found.values())


@given(SEQUENCES | CROWDED)
def test_the_nth_bought_is_paired_with_the_nth_sold(fills) -> None:
    for contract, ledger in ledgers(fills).items():
        gross, left = paired_unit_by_unit(fills, contract)

        assert ledger.realised == gross
        assert [
            (1 if lot.quantity > 0 else -1, lot.price) for lot in ledger.lots for _ in range(abs(int(lot.quantity)))
        ] == left


@given(st.data(), SEQUENCES | CROWDED)
def test_order_and_parts_of_equal_fills_change_nothing(data, fills) -> None:
    parts = data.draw(cut_up(fills))

    assert ledgers(parts) == ledgers(fills)
    assert round_trips(parts) == round_trips(fills)


@given(SEQUENCES | CROWDED, PRICES)
def test_the_other_side_of_every_fill_made_the_opposite(fills, marks) -> None:
    ours, theirs = ledgers(fills), ledgers(mirrored(fills))

    for contract, ledger in ours.items():
        other = theirs[contract]
        assert (other.realised, other.cost) == (-ledger.realised, -ledger.cost)
        assert other.unrealised(marks[contract]) == -ledger.unrealised(marks[contract])
    assert total(theirs.values()).fees == total(ours.values()).fees


@given((SEQUENCES | CROWDED).map(closed))
def test_once_flat_the_profit_is_the_cash(fills) -> None:
    found = ledgers(fills)

    assert all(ledger.lots == () and ledger.realised == ledger.cash + ledger.fees for ledger in found.values())
    assert all(trip.closed_at is not None for trip in round_trips(fills))


def test_a_trip_goes_from_flat_to_flat() -> None:
    first, second = round_trips(
        [fill(2, "1.00"), fill(2, "2.00", 5), fill(-4, "2.50", 9), fill(-1, "9", 20), fill(-1, "8", 30, fees="2")]
    )

    assert (first.opened_at, first.closed_at) == (OPEN, OPEN + timedelta(seconds=9))
    assert (first.quantity, first.entry_price, first.exit_price) == (4, Decimal("1.50"), Decimal("2.50"))
    assert first.result == Result(gross=Decimal(400), cash=Decimal(400))
    assert (second.contract, second.quantity, second.entry_price) == (CALL, -2, Decimal("8.50"))
    assert (second.closed_at, second.exit_price, second.result.net) == (None, None, -2)


def test_a_fill_that_flips_is_split_at_zero_and_its_fees_with_it() -> None:
    flip = fill(-3, "3.00", 9, fees="1.00")

    long, short = round_trips([fill(1, "2.00"), flip])

    # A third of a dollar, to eight decimals; the rest is exact.
    assert long.fills[-1] == replace(flip, quantity=Decimal(-1), fees=Decimal("0.33333333"))
    assert short.fills == (replace(flip, quantity=Decimal(-2), fees=Decimal("0.66666667")),)
    assert (long.result.gross, long.closed_at, short.quantity, short.closed_at) == (100, flip.at, -2, None)


# What is held before, then fills of one second, and the trips that they make: how many, and whether it is closed.
INSTANTS = {
    "additions go first: it is never flat": ([3], [-3, 3], [(6, False)]),
    "from flat, the side that is left goes first": ([], [-2, 5], [(5, False)]),
    "from flat, sold first where that is left": ([], [2, -5], [(-5, False)]),
    "from flat, bought first where nothing is left": ([], [-2, 2], [(2, True)]),
    "one flip, not two": ([2], [-5, 1], [(3, True), (-2, False)]),
    "short, and one flip": ([-2], [5, -1], [(-3, True), (2, False)]),
}


@pytest.mark.parametrize(("before", "same_second", "trips"), INSTANTS.values(), ids=INSTANTS)
def test_fills_of_one_instant_make_as_few_trips_as_they_can(before, same_second, trips) -> None:
    fills = [fill(each, "1") for each in before] + [fill(each, "2" if each > 0 else "3", 5) for each in same_second]

    for order in (fills, fills[::-1]):
        assert [(int(trip.quantity), trip.closed_at is not None) for trip in round_trips(order)] == trips


@given(SEQUENCES | CROWDED)
def test_trips_add_up_to_the_ledgers(fills) -> None:
    trips, found = round_trips(fills), ledgers(fills)

    assert total(trip.ledger for trip in trips) == total(found.values())
    for contract, ledger in found.items():
        own = [trip for trip in trips if trip.contract == contract]
        assert all(trip.closed_at is not None for trip in own[:-1])
        assert own[-1].ledger.lots == ledger.lots
        assert sum((each.quantity for trip in own for each in trip.fills), Decimal(0)) == ledger.quantity
        assert all(one.closed_at <= other.opened_at for one, other in pairwise(own))


@given(SEQUENCES | CROWDED)
def test_a_trip_is_on_one_side_from_beginning_to_end(fills) -> None:
    for trip in round_trips(fills):
        ledger = Ledger(trip.contract, trip.ledger.multiplier)
        for each in trip.fills:
            ledger = ledger.after(each)

            assert ledger.quantity * trip.quantity > 0 or each is trip.fills[-1]
        assert ledger == trip.ledger
        assert (ledger.quantity == 0) == (trip.closed_at is not None)
