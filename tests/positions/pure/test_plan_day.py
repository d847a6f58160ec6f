from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure.fills import Fill, ledgers
from positions.pure.plan_day import DayPart, of_position, total

START = datetime(2026, 2, 10, 5, tzinfo=UTC)  # midnight in New York
YESTERDAY, TODAY = START - timedelta(hours=10), START + timedelta(hours=10)
CALL = "SPXW260220C05900000"


def fill(quantity: int, price: str, at: datetime = TODAY, fees: str = "0") -> Fill:
    return Fill(CALL, at, Decimal(quantity), Decimal(price), fees=Decimal(fees))


@pytest.mark.parametrize(
    ("history", "value", "price", "realised", "still_open"),
    [
        # Opened today at 10, now worth 12.
        ([fill(1, "10", fees="1")], "1200", None, "-1", "200"),
        # Sold short today at 10, now 12 to buy back.
        ([fill(-1, "10")], "-1200", None, "0", "-200"),
        # Opened and closed today.
        ([fill(1, "10", fees="1"), fill(-1, "7", fees="1")], "0", None, "-302", "0"),
        # Held over: bought at 10, 14 at the close, 12 now. Today it has lost, though it is up.
        ([fill(1, "10", YESTERDAY)], "1200", "14", "0", "-200"),
        # Held over and closed today at 12: realised is what the book says, the day has lost all the same.
        ([fill(1, "10", YESTERDAY), fill(-1, "12", fees="1")], "0", "14", "199", "-400"),
        # Sold short yesterday at 10, 8 at the close, 9 now.
        ([fill(-2, "10", YESTERDAY)], "-1800", "8", "0", "-200"),
        # Half of what was held over is closed.
        ([fill(2, "10", YESTERDAY), fill(-1, "13")], "1300", "12", "300", "-100"),
        # Yesterday's fees are yesterday's.
        ([fill(1, "10", YESTERDAY, fees="5")], "1000", "10", "0", "0"),
    ],
)
def test_what_a_day_makes_of_a_position(
    history: list[Fill], value: str, price: str | None, realised: str, still_open: str
) -> None:
    prices = {} if price is None else {CALL: Decimal(price)}

    part = of_position(history, START, value=Decimal(value), prices=prices)

    assert part == DayPart(Decimal(realised), Decimal(still_open))


@pytest.mark.parametrize(
    ("history", "value", "prices"),
    [
        ([fill(1, "10", YESTERDAY), fill(-1, "12")], Decimal(0), {}),
        ([fill(2, "10", YESTERDAY), fill(-1, "12")], None, {CALL: Decimal(9)}),
    ],
)
def test_without_a_price_only_what_was_realised_counts(
    history: list[Fill], value: Decimal | None, prices: dict[str, Decimal]
) -> None:
    assert of_position(history, START, value=value, prices=prices) == DayPart(Decimal(200), Decimal(0), known=False)


def test_days_add_up_and_a_gain_is_no_loss() -> None:
    lost = total([DayPart(Decimal("-300.005"), Decimal(100)), DayPart(Decimal(50), Decimal("-25.50"))])
    assert (lost.result, lost.lost) == (lost.realised + lost.open, Decimal("175.50"))
    assert total([DayPart(Decimal(1), Decimal(2))]).lost == 0
    assert total([]).result == 0


steps = st.lists(
    st.tuples(st.integers(-5, 5).filter(bool), st.integers(1, 5000), st.booleans()), min_size=1, max_size=8
)


@given(steps, st.integers(0, 5000), st.integers(0, 5000))
def test_the_days_of_a_position_add_up_to_what_it_has_made(
    told: list[tuple[int, int, bool]], close: int, now: int
) -> None:
    """What it had made by the close before and what the day made of it is what it has made, to the cent."""
    history = [
        fill(quantity, f"{cents}e-2", (TODAY if today else YESTERDAY) + timedelta(minutes=at), fees="0.65")
        for at, (quantity, cents, today) in enumerate(told)
    ]
    earlier = [each for each in history if each.at < START]
    closing, mark = Decimal(close) / 100, Decimal(now) / 100

    part = of_position(history, START, value=_value(history, mark), prices={CALL: closing})

    made = sum((each.cash for each in history), Decimal(0)) + _value(history, mark)
    before = sum((each.cash for each in earlier), Decimal(0)) + _value(earlier, closing)
    assert part.realised + part.open == made - before


def _value(history: list[Fill], mark: Decimal) -> Decimal:
    return sum((each.value(mark) for each in ledgers(history).values()), Decimal(0))
