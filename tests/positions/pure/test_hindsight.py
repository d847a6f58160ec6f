"""Worked by hand: prices are of one share, a contract stands for a hundred."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from options_engine.pure.fills import Fill, Kind
from positions.pure.hindsight import Advised, Outcome, Policy, Quote, Story, Terms, Why, outcomes

OPENS, CLOSES = datetime(2026, 2, 9, 14, 30, tzinfo=UTC), datetime(2026, 2, 9, 21, tzinfo=UTC)
TEN, ELEVEN, NOON, TWO = (OPENS + timedelta(minutes=each) for each in (30, 90, 150, 270))
LAST = CLOSES - timedelta(minutes=1)
LOW, HIGH, SHARES = "SPXW260209C05900000", "SPXW260209C06000000", "SPY"
TODAY = date(2026, 2, 9)


def fill(
    at: datetime, quantity: int, price: str, contract: str = LOW, fees: str = "0", kind: Kind = Kind.TRADE
) -> Fill:
    multiplier = Decimal(1 if contract == SHARES else 100)
    return Fill(contract, at, Decimal(quantity), Decimal(price), multiplier, Decimal(fees), kind)


def path(*points: tuple[datetime, str, str], until: datetime = LAST) -> list[Quote]:
    """Return a quote a minute from the first point on: each point's bid and ask hold until the next one."""
    found, at = [], points[0][0]
    while at <= until:
        _, bid, ask = next(point for point in reversed(points) if point[0] <= at)
        found.append(Quote(at, Decimal(bid), Decimal(ask)))
        at += timedelta(minutes=1)
    return found


def look(
    fills: Sequence[Fill],
    quotes: dict[str, list[Quote]],
    *advice: Advised,
    terms: dict[str, Terms] | None = None,
) -> dict[Policy, Outcome]:
    return outcomes(Story(fills=fills, quotes=quotes, advice=advice, sessions=[(OPENS, CLOSES)], terms=terms or {}))


def call(strike: int, settlement: str | None, *, never: bool = False) -> Terms:
    return Terms(True, Decimal(strike), TODAY, None if settlement is None else Decimal(settlement), never)


def out(orders: dict[str, int], at: datetime = ELEVEN) -> Advised:
    return Advised(at, orders)


# Two calls bought at ten for 10.00, fee 1.30 each way, sold at two for 6.00. At eleven they were 15.00 to 15.20.
BOUGHT = [fill(TEN, 2, "10", fees="1.30"), fill(TWO, -2, "6", fees="1.30")]
UP_AND_DOWN = {
    LOW: path((TEN, "9.90", "10.10"), (ELEVEN, "15.00", "15.20"), (NOON, "6.00", "6.20"), (LAST, "3", "3.2"))
}


def test_advice_is_followed_at_its_time_and_at_the_bid() -> None:
    found = look(BOUGHT, UP_AND_DOWN, out({LOW: -2}))

    assert found[Policy.ACTUAL] == Outcome(Decimal("-802.60"), TWO)
    assert found[Policy.ADVICE] == Outcome(Decimal("997.40"), ELEVEN)  # 2 x 100 x (15 - 10) - 2.60


def test_half_is_taken_and_the_rest_goes_as_it_went() -> None:
    found = look(BOUGHT, UP_AND_DOWN, out({LOW: -1}))

    # 500 on the one, -400 on the other, the same fees.
    assert found[Policy.ADVICE] == Outcome(Decimal("97.40"), TWO)


def test_a_second_advice_takes_no_more_than_is_left() -> None:
    found = look(BOUGHT, UP_AND_DOWN, out({LOW: -1}), out({LOW: -2}, NOON))

    assert found[Policy.ADVICE] == Outcome(Decimal("97.40"), NOON)  # 500 at eleven, -400 at noon


def test_without_advice_there_is_nothing_to_follow() -> None:
    assert look(BOUGHT, UP_AND_DOWN)[Policy.ADVICE] == Outcome(None, why=Why.NO_ADVICE)


@pytest.mark.parametrize(
    "advice",
    [
        out({LOW: -2}, TWO),  # at the moment it was closed
        out({LOW: -2}, TWO + timedelta(minutes=1)),
        out({LOW: -2}, CLOSES),
        out({LOW: -2}, OPENS - timedelta(minutes=5)),
        out({LOW: -2}, TEN - timedelta(minutes=5)),  # nothing was held
        out({LOW: 2}),  # more of it
        out({LOW: -2, HIGH: 2}),  # a roll: what would come of it nobody knows
    ],
)
def test_advice_that_cannot_be_followed_is_passed_over(advice: Advised) -> None:
    assert look(BOUGHT, UP_AND_DOWN, advice)[Policy.ADVICE] == Outcome(None, why=Why.NO_ADVICE)


def test_advice_after_the_close_is_passed_over_though_the_position_lives_on() -> None:
    next_open, next_close = OPENS + timedelta(days=1), CLOSES + timedelta(days=1)
    fills = [fill(TEN, 1, "10"), fill(next_open + timedelta(hours=1), -1, "8")]
    story = Story(
        fills=fills, quotes={LOW: path((TEN, "9", "11"))}, advice=[out({LOW: -1}, CLOSES)],
        sessions=[(OPENS, CLOSES), (next_open, next_close)], terms={},
    )  # fmt: skip

    assert outcomes(story)[Policy.ADVICE] == Outcome(None, why=Why.NO_ADVICE)


def test_what_was_sold_is_bought_back_at_the_ask() -> None:
    sold = [fill(TEN, -1, "8", fees="0.65"), fill(TWO, 1, "9", fees="0.65")]
    quotes = {LOW: path((TEN, "7.90", "8.10"), (ELEVEN, "3.80", "4.00"), (NOON, "9", "9.20"))}

    found = look(sold, quotes, out({LOW: 1}, ELEVEN + timedelta(seconds=20)))

    assert found[Policy.ACTUAL] == Outcome(Decimal("-101.30"), TWO)
    # Told twenty seconds into a minute, carried out in the next one: 100 x (8 - 4) - 1.30.
    assert found[Policy.ADVICE].net == Decimal("398.70")
    # Half of the credit is kept at 4.00 to the cent: the rule gets out there too.
    assert found[Policy.BRACKET] == Outcome(Decimal("398.70"), ELEVEN)
    assert found[Policy.ENTRY_CLOSE] == Outcome(Decimal("-121.30"), LAST)


def test_a_spread_goes_out_leg_by_leg_on_the_side_of_each() -> None:
    # A debit of 5.00; at eleven the long leg's bid is 16 and the short leg's ask 5: 11.00 for it.
    fills = [
        fill(TEN, 1, "8"), fill(TEN, -1, "3", HIGH),
        fill(TWO, -1, "9", fees="1"), fill(TWO, 1, "2", HIGH, fees="1"),
    ]  # fmt: skip
    quotes = {
        LOW: path((TEN, "7.9", "8.1"), (ELEVEN, "16", "16.4"), (NOON, "9", "9.2")),
        HIGH: path((TEN, "2.9", "3.1"), (ELEVEN, "4.8", "5"), (NOON, "1.8", "2")),
    }

    found = look(fills, quotes, out({LOW: -1, HIGH: 1}), terms={LOW: call(5900, "6050"), HIGH: call(6000, "6050")})

    assert found[Policy.ACTUAL].net == Decimal("198.00")
    assert found[Policy.ADVICE] == Outcome(Decimal("598.00"), ELEVEN)
    assert found[Policy.BRACKET] == Outcome(Decimal("598.00"), ELEVEN)  # +120 % of 500
    assert found[Policy.ENTRY_CLOSE].net == Decimal("198.00")  # 9 - 2 at the last quotes
    assert found[Policy.EXPIRY] == Outcome(Decimal("9500.00"))  # the whole width, less 5.00, and nobody's fee


@pytest.mark.parametrize(
    ("bid", "exits"),
    [("5.01", LAST), ("5.00", ELEVEN), ("4.99", ELEVEN), ("19.99", LAST), ("20.00", ELEVEN), ("20.01", ELEVEN)],
)
def test_the_bracket_of_what_was_bought(bid: str, exits: datetime) -> None:
    fills = [fill(TEN, 1, "10"), fill(TWO, -1, "10")]
    ask = str(Decimal(bid) + 1)
    quotes = {LOW: path((TEN, "9.9", "10.1"), (ELEVEN, bid, ask), (NOON, "10", "10.2"))}

    found = look(fills, quotes)[Policy.BRACKET]

    assert found.exit_at == exits
    assert found.net == (0 if exits == LAST else 100 * (Decimal(bid) - 10))


@pytest.mark.parametrize(
    ("ask", "exits"),
    [("5.01", LAST), ("5.00", ELEVEN), ("4.99", ELEVEN), ("19.99", LAST), ("20.00", ELEVEN), ("20.01", ELEVEN)],
)
def test_the_bracket_of_what_was_sold(ask: str, exits: datetime) -> None:
    fills = [fill(TEN, -1, "10"), fill(TWO, 1, "10")]
    bid = str(Decimal(ask) - 1)
    quotes = {LOW: path((TEN, "9.9", "10.1"), (ELEVEN, bid, ask), (NOON, "9.8", "10"))}

    assert look(fills, quotes)[Policy.BRACKET].exit_at == exits


def test_where_the_path_has_a_hole_the_bracket_is_not_known() -> None:
    whole = UP_AND_DOWN[LOW]
    with_hole = [each for each in whole if not ELEVEN <= each.at < ELEVEN + timedelta(minutes=6)]

    found = look(BOUGHT, {LOW: with_hole}, out({LOW: -2}))

    assert found[Policy.BRACKET] == Outcome(None, why=Why.NO_PRICES)
    assert found[Policy.ADVICE] == Outcome(None, why=Why.NO_PRICES)
    assert found[Policy.ENTRY_CLOSE].net == Decimal("-1402.60")  # 2 x 100 x (3 - 10) - 2.60


def test_where_nobody_quotes_the_side_that_is_needed_nothing_is_known() -> None:
    quotes = {LOW: [Quote(each.at, None, each.ask) for each in UP_AND_DOWN[LOW]]}

    found = look(BOUGHT, quotes, out({LOW: -2}))

    for policy in (Policy.ADVICE, Policy.ENTRY_CLOSE, Policy.BRACKET):
        assert found[policy] == Outcome(None, why=Why.NO_PRICES), policy


def test_without_any_path_what_was_done_is_known_all_the_same() -> None:
    found = look(BOUGHT, {}, terms={LOW: call(5900, "5912.50")})

    assert found[Policy.ACTUAL].net == Decimal("-802.60")
    assert found[Policy.ENTRY_CLOSE].why is found[Policy.BRACKET].why is Why.NO_PRICES
    assert found[Policy.EXPIRY] == Outcome(Decimal("498.70"))  # 2 x 100 x (12.50 - 10) - 1.30


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({LOW: call(5900, None)}, Why.NOT_EXPIRED),
        ({LOW: call(5900, None, never=True)}, Why.NO_SETTLEMENT),
        ({}, Why.NO_EXPIRY),
    ],
)
def test_why_the_end_is_not_known(terms: dict[str, Terms], why: Why) -> None:
    assert look(BOUGHT, UP_AND_DOWN, terms=terms)[Policy.EXPIRY] == Outcome(None, why=why)


def test_what_cost_nothing_has_no_bracket() -> None:
    fills = [fill(TEN, 1, "3"), fill(TEN, -1, "3", HIGH), fill(TWO, -1, "4"), fill(TWO, 1, "1", HIGH)]
    quotes = {LOW: path((TEN, "3", "3.2")), HIGH: path((TEN, "2.8", "3"))}

    assert look(fills, quotes)[Policy.BRACKET] == Outcome(None, why=Why.NO_PREMIUM)


def test_what_was_added_after_the_rule_got_out_never_was() -> None:
    fills = [fill(TEN, 1, "5"), fill(NOON, 1, "20"), fill(TWO, -2, "6")]
    quotes = {LOW: path((TEN, "4.9", "5.1"), (ELEVEN, "11", "11.2"), (NOON, "6", "6.2"))}

    found = look(fills, quotes, out({LOW: -1}))

    assert found[Policy.BRACKET] == Outcome(Decimal("600.00"), ELEVEN)
    assert found[Policy.ADVICE] == Outcome(Decimal("600.00"), ELEVEN)
    assert found[Policy.ACTUAL].net == Decimal("-1300.00")


def test_shares_that_were_delivered_are_not_what_was_opened() -> None:
    fills = [
        fill(TEN, -1, "2"),
        fill(TWO, 1, "0", kind=Kind.ASSIGNMENT), fill(TWO, -100, "590", SHARES, kind=Kind.ASSIGNMENT),
        fill(TWO, 100, "595", SHARES),
    ]  # fmt: skip
    quotes = {LOW: path((TEN, "1.9", "2"), (ELEVEN, "2.9", "3"))}

    found = look(fills, quotes, terms={LOW: call(590, "594")})

    assert found[Policy.ACTUAL].net == Decimal("-300.00")
    assert found[Policy.ENTRY_CLOSE].net == Decimal("-100.00")
    assert found[Policy.EXPIRY].net == Decimal("-200.00")


def test_what_is_open_is_not_looked_back_at() -> None:
    with pytest.raises(ValueError, match="still open"):
        look([fill(TEN, 1, "10")], {})
