"""Our figures beside those that brokers stated for their customers' fills."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from options_engine.pure.fills import Fill, Kind, Ledger, ledgers, round_trips, total

EXPORTS = Path(__file__).resolve().parents[4] / "shared" / "data" / "broker_exports"
pytestmark = pytest.mark.skipif(not EXPORTS.is_dir(), reason="needs the shared broker exports")

POINTS = {"MNQ": Decimal(2), "MBT": Decimal("0.1")}  # dollars a point, by the exchange's contract specifications


def money(text: str) -> Decimal:
    """Read $1,234.50, and the brackets of a negative amount."""
    digits = Decimal(text.strip("()$").replace("$", "").replace(",", "").strip("()"))
    return -digits if "(" in text else digits


def rows(name: str) -> list[dict[str, str]]:
    with (EXPORTS / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def of_pairs(pairs: list[dict[str, str]]) -> dict[str, Fill]:
    """The fills that a list of matched pairs was made of, by the broker's number of each."""
    made: dict[str, Fill] = {}
    for pair in pairs:
        for side, sign in (("Buy", 1), ("Sell", -1)):
            number = pair[f"{side} Fill ID"]
            so_far = made[number].quantity if number in made else 0
            stamp = pair["Bought Timestamp" if sign > 0 else "Sold Timestamp"]
            # Fills of one second in the order of their numbers.
            at = datetime.strptime(stamp, "%m/%d/%Y %H:%M:%S").replace(tzinfo=UTC)
            at += timedelta(microseconds=int(number) % 1_000_000)
            quantity = so_far + sign * Decimal(pair["Paired Qty"])
            made[number] = Fill(
                pair["Contract"], at, quantity, Decimal(pair[f"{side} Price"]), POINTS[pair["Contract"][:3]]
            )
    return made


def performance() -> list[dict[str, str]]:
    renamed = {
        "symbol": "Contract",
        "buyFillId": "Buy Fill ID",
        "sellFillId": "Sell Fill ID",
        "qty": "Paired Qty",
        "buyPrice": "Buy Price",
        "sellPrice": "Sell Price",
        "boughtTimestamp": "Bought Timestamp",
        "soldTimestamp": "Sold Timestamp",
        "pnl": "P/L",
    }
    return [
        {ours: row[theirs] for theirs, ours in renamed.items()} for row in rows("tradovate_performance_2024-12.csv")
    ]


PAIRED = {
    "performance": performance,
    "position history": lambda: rows("tradovate_paired_trades_2026-04.csv"),
}


@pytest.mark.parametrize("read", PAIRED.values(), ids=PAIRED)
def test_every_closing_fill_won_what_the_broker_says(read) -> None:
    pairs = read()
    fills = of_pairs(pairs)
    stated: dict[str, Decimal] = defaultdict(Decimal)
    for pair in pairs:
        stated[max(pair["Buy Fill ID"], pair["Sell Fill ID"], key=lambda number: fills[number].at)] += money(
            pair["P/L"]
        )

    books: dict[str, Ledger] = {}
    won = {}
    for number, each in sorted(fills.items(), key=lambda item: item[1].at):
        before = books.get(each.contract, Ledger(each.contract, each.multiplier))
        books[each.contract] = before.after(each)
        won[number] = books[each.contract].realised - before.realised

    assert len(pairs) >= 5
    assert won == {number: stated[number] for number in fills}
    assert total(books.values()).cash == sum(money(pair["P/L"]) for pair in pairs)
    assert books == ledgers(fills.values())


def test_a_day_of_one_stock_made_what_the_statement_says() -> None:
    lines = (EXPORTS / "thinkorswim_account_statement_2022-06-21.csv").read_text(encoding="utf-8-sig").splitlines()
    trades = lines.index("Account Trade History") + 1
    results = lines.index("Profits and Losses") + 1
    fills = [
        Fill(
            row["Symbol"],
            datetime.strptime(row["Exec Time"], "%m/%d/%y %H:%M:%S").replace(tzinfo=UTC),
            Decimal(row["Qty"]),
            Decimal(row["Price"]),
            Decimal(1),
        )
        for row in csv.DictReader(lines[trades : results - 2])
    ]
    (stated,) = [row for row in csv.DictReader(lines[results : results + 3]) if row["Symbol"] == "NVDA"]

    ledger = ledgers(fills)["NVDA"]
    trips = round_trips(fills)

    assert len(fills) == 83
    assert (ledger.realised, ledger.quantity) == (money(stated["P/L Day"]), 0)
    assert sum(trip.result.gross for trip in trips) == money(stated["P/L Day"])


def test_cash_of_fills_is_the_net_proceeds_of_the_template() -> None:
    for row in rows("tradenote_template.csv"):
        sign = 1 if row["Side"] in {"B", "BC"} else -1
        fees = sum(Decimal(row[name]) for name in ("Comm", "SEC", "TAF", "NSCC", "Nasdaq"))
        at = datetime.strptime(f"{row['T/D']} {row['Exec Time']}", "%m/%d/%Y %H:%M:%S").replace(tzinfo=UTC)
        made = Fill(row["Symbol"], at, sign * Decimal(row["Qty"]), Decimal(row["Price"]), Decimal(1), fees)

        assert made.cash == Decimal(row["Net Proceeds"])


TRADED = {"BTO": 1, "BTC": 1, "STO": -1, "STC": -1}
ENDED = {"OEXP": Kind.EXPIRY, "OASGN": Kind.ASSIGNMENT, "OEXCS": Kind.EXERCISE}


def named(row: dict[str, str]) -> str:
    return row["Description"].removeprefix("Option Expiration for ")


def of_an_option(row: dict[str, str]) -> Fill:
    at = datetime.strptime(row["Activity Date"], "%m/%d/%Y").replace(tzinfo=UTC)
    if row["Trans Code"] in ENDED:  # the S of a quantity says that what was long leaves
        quantity = Decimal(row["Quantity"].rstrip("S")) * (-1 if row["Quantity"].endswith("S") else 1)
        return Fill(named(row), at, quantity, Decimal(0), kind=ENDED[row["Trans Code"]])
    quantity, price = TRADED[row["Trans Code"]] * Decimal(row["Quantity"]), money(row["Price"])
    return Fill(named(row), at, quantity, price, fees=-money(row["Amount"]) - 100 * quantity * price)


HELD = {"STEM 7/1/2022 Call $9.00": -1, "SOFI 1/20/2023 Call $15.00": 1}  # these end after the statement


def test_years_of_options_by_the_day_end_flat_with_the_cash_that_was_booked() -> None:
    booked = [row for row in rows("robinhood_activity_to_2022-06.csv") if row["Trans Code"] in {*TRADED, *ENDED, "OCA"}]
    adjusted = {named(row) for row in booked if row["Trans Code"] == "OCA"}  # renamed by a merger or a split
    booked = [row for row in booked if named(row) not in adjusted]

    found = ledgers(of_an_option(row) for row in booked)

    assert len(found) == 558
    assert {each.contract: each.quantity for each in found.values() if each.quantity} == HELD
    cash = sum(money(row["Amount"]) for row in booked if row["Amount"])
    assert total(found.values()).cash == cash
    assert sum(each.net for each in found.values() if not each.quantity) == cash - sum(
        found[each].cash for each in HELD
    )
