from __future__ import annotations

from decimal import Decimal

import pytest

from options_engine.pure.fills import Kind as FillKind
from positions.pure.settlement import Awaited, Option, Outcome, Print, PrintKind, in_cash, in_the_money, outcome
from tests.positions.pure.test_structures import leg

EXPIRED = Outcome(kind=FillKind.EXPIRY)
EXERCISE, ASSIGNMENT = FillKind.EXERCISE, FillKind.ASSIGNMENT


def of_share(text: str) -> Option:
    return Option(leg=leg(text, root="XYZ"), multiplier=Decimal(100), pays_cash=False, settles_at_open=False)


def of_index(text: str, root: str = "SPXW") -> Option:
    return Option(
        leg=leg(text, root=root), multiplier=Decimal(100), pays_cash=True, settles_at_open=root in ("SPX", "VIX")
    )


def close(price: str) -> Print:
    return Print(Decimal(price), PrintKind.CLOSE)


def ended(option: Option, told: Print, *, patient: bool = True) -> Outcome:
    return outcome(option, told, patient=patient)


@pytest.mark.parametrize(
    ("text", "price", "kind", "shares"),
    [
        ("+2C100", "101", EXERCISE, 200),
        ("-2C100", "101", ASSIGNMENT, -200),
        ("+3P100", "95", EXERCISE, -300),
        ("-3P100", "95", ASSIGNMENT, 300),
        # By a cent, and just not.
        ("+1C100", "100.01", EXERCISE, 100),
        ("+1C100", "100.0099", FillKind.EXPIRY, 0),
        ("+1C100", "100", FillKind.EXPIRY, 0),
        ("+1P100", "99.99", EXERCISE, -100),
        ("+1P100", "99.9901", FillKind.EXPIRY, 0),
        ("-1C100", "90", FillKind.EXPIRY, 0),
        ("-1P100", "110", FillKind.EXPIRY, 0),
    ],
)
def test_shares_are_delivered_for_what_is_in_the_money_by_a_cent(
    text: str, price: str, kind: FillKind, shares: int
) -> None:
    found = ended(of_share(text), close(price))

    assert found == Outcome(kind=kind, shares=shares)


@pytest.mark.parametrize(
    ("price", "asks"),
    [("100.25", True), ("100.26", False), ("99.75", True), ("99.74", False), ("100", True)],
)
@pytest.mark.parametrize("text", ["-1C100", "-1P100"])
def test_what_was_sold_and_closes_within_a_quarter_of_a_percent_is_asked_about(
    text: str, price: str, asks: bool
) -> None:
    found = ended(of_share(text), close(price))

    assert (found.awaits is Awaited.ASSIGNMENT, found.kind is None) == (asks, asks)


def test_it_goes_by_the_rule_once_its_trader_had_his_time_and_says_that_it_was_near() -> None:
    assert ended(of_share("-1C100"), close("100.20"), patient=False) == Outcome(kind=ASSIGNMENT, shares=-100, near=True)
    assert ended(of_share("-1C100"), close("99.90"), patient=False) == Outcome(kind=FillKind.EXPIRY, near=True)
    assert not ended(of_share("-1C100"), close("105"), patient=False).near


def test_a_bought_option_is_asked_about_only_when_the_close_is_not_the_official_one() -> None:
    unofficial = Print(Decimal("100.02"), PrintKind.LAST_MINUTE)

    assert ended(of_share("+1C100"), close("100.02")).kind is EXERCISE
    assert ended(of_share("+1C100"), unofficial).awaits is Awaited.ASSIGNMENT
    assert ended(of_share("+1C100"), Print(Decimal(105), PrintKind.LAST_MINUTE)).kind is EXERCISE


@pytest.mark.parametrize(
    ("text", "price", "worth"),
    [
        ("+1C5900", "5950.25", "50.25"),
        ("-1C5900", "5950.25", "50.25"),
        ("+1P5900", "5899.9999", "0.0001"),
        ("-1P6000", "5950", "50"),
    ],
)
def test_index_options_pay_what_they_are_worth_in_cash(text: str, price: str, worth: str) -> None:
    assert ended(of_index(text), close(price)) == Outcome(kind=FillKind.CASH_SETTLEMENT, price=Decimal(worth))


@pytest.mark.parametrize(("text", "price"), [("+1C5900", "5900"), ("-1P5900", "5900.01"), ("+1P5900", "6000")])
def test_worthless_index_options_expire_without_a_question_however_near(text: str, price: str) -> None:
    assert ended(of_index(text), close(price)) == EXPIRED


@pytest.mark.parametrize(
    ("root", "text", "price", "asks"),
    [
        ("SPX", "+1C6000", "5825.2", False),  # 174.8 away, three percent are 174.756
        ("SPX", "+1C6000", "5825.3", True),
        ("SPX", "+1C5900", "6400", True),  # how much it pays is not known, only that it does
        ("SPX", "-1P5700", "5900", False),
        ("VIX", "+1C20", "16", True),
        ("VIX", "+1C20", "15", False),
    ],
)
def test_of_an_am_settled_one_the_first_print_says_only_that_it_is_worthless_for_certain(
    root: str, text: str, price: str, asks: bool
) -> None:
    found = ended(of_index(text, root), Print(Decimal(price), PrintKind.FIRST), patient=False)

    assert found == (Outcome(kind=None, awaits=Awaited.VALUE) if asks else EXPIRED)


def test_its_settlement_value_settles_it() -> None:
    told = Print(Decimal("5931.17"), PrintKind.TOLD)

    assert ended(of_index("+1C5900", "SPX"), told) == in_cash(leg("+1C5900"), Decimal("5931.17"))
    assert in_cash(leg("+1C5900"), Decimal("5931.17")).price == Decimal("31.17")


def test_a_long_and_a_short_of_one_contract_end_alike() -> None:
    for text in ("1C100", "1P100"):
        for price in ("80", "99", "100.5", "130"):
            one, other = (ended(of_share(side + text), close(price), patient=False) for side in "+-")
            assert one.shares == -other.shares
            assert one.price == other.price
            assert (one.kind is FillKind.EXPIRY) == (other.kind is FillKind.EXPIRY)


def test_how_far_in_the_money() -> None:
    assert in_the_money(leg("-5C100"), Decimal("102.5")) == Decimal("2.5")
    assert in_the_money(leg("+1P100"), Decimal("102.5")) == Decimal("-2.5")


def test_shares_have_no_end() -> None:
    shares = Option(leg=leg("+100S"), multiplier=Decimal(1), pays_cash=False, settles_at_open=False)

    with pytest.raises(ValueError, match="shares have no end"):
        ended(shares, close("100"))
