"""What made a position's profit: hand-checked tables, sums that are exact, and how much is left over."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from options_engine.pure import american, black_scholes
from positions.pure.explain import MARKET, Change, LegPath, Look, Parts, explain
from tests.positions.pure.test_structures import leg

DAY = 86_400.0
NOW = 1_770_000_000.0
RATE = 0.04
HUNDRED, ONE = Decimal(100), Decimal(1)


def worth(text: str, spot: float, sigma: float, days: float, *, european: bool = True) -> Decimal:
    """Return a quote of our model, rounded to a cent as quotes are."""
    told = leg(text)
    engine = black_scholes if european else american
    found = engine.value(
        spot, float(told.strike or 0), days / 365, sigma, told.kind.value == "call", rate=RATE, dividend=0.0
    )
    return Decimal(f"{float(found.price):.2f}")


def look(text: str, spot: float, sigma: float, days: float, at: float = NOW, *, european: bool = True) -> Look:
    forward = spot * float(black_scholes.np.exp(RATE * days / 365))
    price = worth(text, spot, sigma, days, european=european)
    return Look(price=price, at_ts=at, spot=spot, sigma=sigma, forward=forward)


def held(text: str, before: tuple[float, float], after: tuple[float, float], days: float, **more: Any) -> LegPath:
    """Return a leg `+2C5900` over one day, from one spot and volatility to another."""
    european = more.pop("european", True)
    return LegPath(
        contract=text.lstrip("+-0123456789"[:2]),
        leg=leg(text),
        multiplier=HUNDRED,
        expires_ts=NOW + days * DAY,
        european=european,
        held=leg(text).ratio,
        start=look(text, *before, days, european=european),
        end=look(text, *after, days - 1, NOW + DAY, european=european),
        **more,
    )


def shares(quantity: int, start: str | None, end: str | None, *changes: Change) -> LegPath:
    at = {"start": start and Look(price=Decimal(start), at_ts=NOW), "end": end and Look(price=Decimal(end), at_ts=NOW)}
    return LegPath(
        contract="XYZ", leg=leg("+1S"), multiplier=ONE, held=quantity, changes=changes,
        **{name: each or None for name, each in at.items()},
    )  # fmt: skip


def whole(*legs: LegPath) -> Parts:
    found = explain(legs, rate=RATE)
    assert found is not None
    return found[0]


def total(parts: Parts) -> Decimal:
    names = (*MARKET, "spread", "fees", "residual")
    return sum((getattr(parts, name) for name in names), Decimal(0))


def test_shares_are_all_delta() -> None:
    assert whole(shares(-40, "100", "101.5")) == Parts(delta=Decimal(-60), pnl=Decimal(-60))


def test_a_day_in_which_shares_are_bought_and_sold_by_hand() -> None:
    """100 from 50; 100 bought at 52.02 beside a mark of 52, 2 fees; 150 sold at 52.9 beside 53, 3 fees; close 53.5."""
    bought = Change(quantity=100, price=Decimal("52.02"), fees=Decimal(2), look=Look(price=Decimal(52), at_ts=NOW))
    sold = Change(quantity=-150, price=Decimal("52.9"), fees=Decimal(3), look=Look(price=Decimal(53), at_ts=NOW))

    parts = whole(shares(100, "50", "53.5", bought, sold))

    assert parts.delta == 100 * 2 + 200 * 1 + 50 * Decimal("0.5")
    assert (parts.spread, parts.fees, parts.residual) == (-2 - 15, -5, 0)
    # Value at the end less value at the start plus cash paid in.
    assert parts.pnl == 50 * Decimal("53.5") - 100 * 50 + (150 * Decimal("52.9") - 3) - (100 * Decimal("52.02") + 2)


def test_a_call_by_hand() -> None:
    """42, half a year, strike 40, 20 %: N(d1) with d1 = 0.557; the vega at 43 is S sqrt(T) n(d1) = 9.32 a 1.00."""
    path = replace(held("+1C40", (42.0, 0.20), (43.0, 0.22), 182.5), european=True)

    parts = whole(path)

    assert float(parts.delta) == pytest.approx(100 * 0.7113, abs=0.05)
    assert 0 < parts.gamma < 3
    assert -2 < parts.theta < 0
    assert float(parts.vega) == pytest.approx(2 * 100 * 0.0932, rel=0.02)
    assert abs(parts.residual) <= Decimal("1.00")  # two quotes, each rounded to half a cent
    assert parts.pnl == 100 * (path.end.price - path.start.price) == total(parts)  # type: ignore[union-attr]


def test_a_day_without_a_move_is_all_time() -> None:
    parts = whole(held("-1P5900", (5900.0, 0.15), (5900.0, 0.15), 10))

    assert (parts.delta, parts.gamma, parts.vega) == (0, 0, 0)
    assert parts.theta > 100
    assert abs(parts.residual) <= 1


def test_a_volatility_that_moves_alone_is_all_vega() -> None:
    path = held("+1C5900", (5900.0, 0.15), (5900.0, 0.18), 30)
    still = replace(path, expires_ts=NOW + 31 * DAY, end=replace(path.end, at_ts=NOW + DAY))  # type: ignore[type-var]
    parts = whole(replace(still, start=replace(path.end, sigma=0.15, price=worth("+1C5900", 5900, 0.15, 30))))  # type: ignore[type-var]

    assert parts.vega > abs(parts.theta) * 5
    assert (parts.delta, parts.gamma) == (0, 0)


def test_one_to_the_other_at_the_end_is_worth_its_intrinsic_value() -> None:
    """An option that is paid out: what was left of its time value was lost to time."""
    start = look("+1C5900", 5905.0, 0.15, 1)
    out = Change(quantity=-1, price=Decimal(20), look=Look(price=Decimal(20), at_ts=NOW + DAY, spot=5920.0))
    path = LegPath(
        contract="C5900", leg=leg("+1C5900"), multiplier=HUNDRED, expires_ts=NOW + DAY, european=True, held=1,
        start=start, changes=(out,),
    )  # fmt: skip

    parts = whole(path)

    assert parts.pnl == 100 * (20 - start.price) == total(parts)
    assert float(parts.theta) == pytest.approx(100 * (5 - float(start.price)), abs=0.6)
    assert float(parts.delta + parts.gamma) == pytest.approx(1500, abs=0.01)
    assert abs(parts.residual) <= Decimal("0.6")


@pytest.mark.parametrize("beside", ["-0.07", "0.03", "0.35"])
@pytest.mark.parametrize(("text", "end_at"), [("+1P5900", 5870.0), ("-2P5900", 5931.0), ("+1C5900", 5870.0)])
def test_what_a_quote_stood_beside_the_model_is_time_value_once_the_option_is_over(
    text: str, end_at: float, beside: str
) -> None:
    path = held(text, (5890.0, 0.2), (5890.0, 0.2), 2)
    worth_then = max(5900.0 - end_at, 0.0) if "P" in text else max(end_at - 5900.0, 0.0)
    end = Change(
        quantity=-path.held,
        price=Decimal(str(worth_then)),
        look=Look(price=Decimal(str(worth_then)), at_ts=path.expires_ts, spot=end_at),
    )
    assert path.start is not None
    quoted = replace(path.start, price=path.start.price + Decimal(beside))

    parts = whole(replace(path, start=quoted, end=None, changes=(end,)))

    assert parts.pnl == path.held * 100 * (Decimal(str(worth_then)) - quoted.price) == total(parts)
    # Rounded parts leave a cent at most.
    assert abs(parts.residual) <= Decimal("0.01")
    intrinsic = Decimal(10) if "P" in text else Decimal(0)
    assert parts.theta == pytest.approx(path.held * 100 * (intrinsic - quoted.price), abs=Decimal("0.01"))


def test_an_exercise_moves_what_the_option_was_worth_into_the_shares() -> None:
    start = look("+1C100", 109.0, 0.2, 1, european=False)
    gone = Change(quantity=-1, price=Decimal(0), look=Look(price=Decimal(10), at_ts=NOW + DAY, spot=110.0))
    option = LegPath(
        contract="C100", leg=leg("+1C100"), multiplier=HUNDRED, expires_ts=NOW + DAY, held=1, start=start,
        changes=(gone,),
    )  # fmt: skip
    came = Change(quantity=100, price=Decimal(100), look=Look(price=Decimal(110), at_ts=NOW + DAY, spot=110.0))

    parts = whole(option, shares(0, None, "111", came))

    assert (parts.spread, parts.pnl) == (0, 100 * (10 - start.price) + 100)
    assert abs(parts.residual) <= 1


def test_without_a_look_the_rest_is_said_to_be_unexplained() -> None:
    path = held("+1C5900", (5900.0, 0.15), (5950.0, 0.15), 10)
    told_late = Change(quantity=1, price=Decimal(90))
    path = replace(path, held=0, start=None, changes=(told_late,))

    parts = whole(path)

    assert parts.unexplained == (path.contract,)
    assert parts.residual == parts.pnl == 100 * (path.end.price - 90)  # type: ignore[union-attr]


@pytest.mark.parametrize("missing", ["start", "end"])
def test_what_has_no_price_has_no_profit(missing: str) -> None:
    path = held("+1C5900", (5900.0, 0.15), (5950.0, 0.15), 10)

    assert explain([shares(1, "1", "2"), replace(path, **{missing: None})], rate=RATE) is None


def test_a_volatility_that_nobody_knows_explains_nothing() -> None:
    path = held("+1C5900", (5900.0, 0.15), (5950.0, 0.15), 10)
    blind = replace(path, end=replace(path.end, sigma=float("nan")))  # type: ignore[type-var]

    parts = whole(blind)

    assert (parts.vega, parts.delta, parts.unexplained) == (0, 0, (path.contract,))
    assert parts.residual == parts.pnl


# Typical structures: three weeks, a week, tomorrow; bought and sold.
STRUCTURES = {
    "call": ["+1C5900"],
    "short put": ["-2P5850"],
    "call spread": ["+3C5900", "-3C6000"],
    "put spread": ["-1P5900", "+1P5800"],
    "straddle": ["+1C5900", "+1P5900"],
    "strangle": ["-1C6000", "-1P5800"],
    "condor": ["+1P5700", "-1P5800", "-1C6000", "+1C6100"],
    "butterfly": ["+1C5850", "-2C5900", "+1C5950"],
}


def smile(text: str, spot: float, level: float) -> float:
    """Return a volatility of a simulated chain: sticky by moneyness, dearer below."""
    return level - 0.9 * (float(leg(text).strike or 0) / spot - 1)


@pytest.mark.parametrize("days", [2.0, 7.0, 21.0])
@pytest.mark.parametrize("move", [-0.01, 0.01])
@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("european", [True, False], ids=["index", "shares"])
def test_one_percent_in_a_day_leaves_five_percent_at_most(name: str, move: float, days: float, european: bool) -> None:
    """P8. Where two legs' gains cancel, the cent that each quote is rounded to is more than that."""
    spot, after = 5900.0, 5900.0 * (1 + move)
    legs = [
        held(
            text,
            (spot, smile(text, spot, 0.16)),
            (after, smile(text, after, 0.16 - 1.5 * move)),
            days,
            european=european,
        )
        for text in STRUCTURES[name]
    ]

    parts = whole(*legs)

    noise = Decimal("0.01") * sum(abs(path.held) for path in legs) * 100
    if not european:  # the model's own, 1e-4 of a price
        noise += Decimal("0.02") * sum(abs(path.held) for path in legs) * 100
    assert parts.unexplained == ()
    assert total(parts) == parts.pnl
    assert abs(parts.residual) <= max(Decimal("0.05") * abs(parts.pnl), noise)


PRICES = st.decimals(Decimal("0.0001"), 9999, places=4)
LOOKS = st.builds(
    Look,
    price=PRICES,
    at_ts=st.floats(NOW, NOW + 30 * DAY),
    spot=st.floats(50, 9000) | st.just(float("nan")),
    sigma=st.floats(0.05, 2) | st.just(float("nan")),
    forward=st.floats(50, 9000) | st.just(float("nan")),
)
CHANGES = st.builds(
    Change,
    quantity=st.integers(-20, 20).filter(bool),
    price=PRICES,
    fees=st.decimals(0, 50, places=3),
    look=LOOKS | st.none(),
)
PATHS = st.builds(
    LegPath,
    contract=st.sampled_from(["A", "B"]),
    leg=st.sampled_from([leg("+1C5900"), leg("+1P120"), leg("+1S")]),
    multiplier=st.sampled_from([HUNDRED, ONE]),
    expires_ts=st.just(NOW + 12 * DAY),
    european=st.just(True),
    held=st.integers(-10, 10),
    start=LOOKS,
    end=LOOKS,
    changes=st.lists(CHANGES, max_size=4).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(path=PATHS, other=PATHS)
def test_the_parts_are_the_profit_to_the_cent_and_the_profit_is_that_of_the_cash(path: LegPath, other: LegPath) -> None:
    paths = [replace(path, contract="A"), replace(other, contract="B")]
    found = explain(paths, rate=RATE)

    assert found is not None
    parts, by_leg = found
    assert all(total(each) == each.pnl for each in [parts, *by_leg.values()])
    exact = Decimal(0)
    for each in paths:
        assert each.start is not None
        assert each.end is not None
        exact += (each.left * each.end.price - each.held * each.start.price) * each.multiplier
        exact -= sum((c.quantity * c.price * each.multiplier + c.fees for c in each.changes), Decimal(0))
    assert abs(parts.pnl - exact) <= Decimal("0.005")
