from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure import black_scholes
from options_engine.pure.event_distribution import Terminal
from options_engine.pure.payoff import Envelope, Leg, LegKind, Structure, envelope_by_model
from tests.options_engine.pure.made_fills import amounts

NEAR, FAR = date(2026, 3, 20), date(2026, 4, 17)
SPOTS = np.linspace(1.0, 300.0, 1_200)


def option(kind: LegKind, quantity: int, strike: str, price: str, expiry: date = NEAR, half: str = "0") -> Leg:
    return Leg(kind, Decimal(quantity), Decimal(price), Decimal(100), Decimal(strike), expiry, Decimal(half))


def call(quantity: int, strike: str, price: str, expiry: date = NEAR) -> Leg:
    return option(LegKind.CALL, quantity, strike, price, expiry)


def put(quantity: int, strike: str, price: str, expiry: date = NEAR) -> Leg:
    return option(LegKind.PUT, quantity, strike, price, expiry)


def stock(quantity: int, price: str) -> Leg:
    return Leg(LegKind.STOCK, Decimal(quantity), Decimal(price), Decimal(1))


# name: legs, most won, most lost (None is no limit), breakevens, slope at infinity
TABLE = {
    # The specification's table and its pinned cases.
    "long call, two": ([call(2, "5900", "30")], None, "6000", ["5930"], 200),
    "short call": ([call(-1, "5900", "30")], "3000", None, ["5930"], -100),
    "long put": ([put(1, "5800", "40")], "576000", "4000", ["5760"], 0),
    "short put": ([put(-1, "5800", "40")], "4000", "576000", ["5760"], 0),
    "debit spread, five at 30": ([call(5, "5900", "45"), call(-5, "6000", "15")], "35000", "15000", ["5930"], 0),
    "debit spread at 25": ([call(1, "5900", "40"), call(-1, "6000", "15")], "7500", "2500", ["5925"], 0),
    "credit spread": ([put(-2, "5900", "60"), put(2, "5800", "25")], "7000", "13000", ["5865"], 0),
    "condor, equal wings": (
        [put(1, "90", "0.40"), put(-1, "95", "1.10"), call(-1, "105", "1.20"), call(1, "110", "0.45")],
        *("145", "355", ["93.55", "106.45"], 0),
    ),
    "condor, the wider wing loses": (
        [put(1, "85", "0.20"), put(-1, "95", "1.10"), call(-1, "105", "1.20"), call(1, "110", "0.45")],
        *("165", "835", ["93.35", "106.65"], 0),
    ),
    "long stock": ([stock(100, "5800")], None, "580000", ["5800"], 100),
    "short stock": ([stock(-100, "5800")], "580000", None, ["5800"], -100),
    # Others, by hand.
    "butterfly": (
        [call(1, "95", "6"), call(-2, "100", "3"), call(1, "105", "1.20")],
        *("380", "120", ["96.2", "103.8"], 0),
    ),
    "broken-wing butterfly": (
        [put(1, "105", "6"), put(-2, "100", "3.25"), put(1, "90", "0.50")],
        *("500", "500", ["95", "105"], 0),
    ),
    "call ratio, one against two": ([call(1, "100", "5"), call(-2, "110", "2")], "900", None, ["101", "119"], -100),
    "put back ratio": ([put(-1, "100", "5"), put(2, "90", "1.5")], "8200", "800", ["82", "98"], 0),
    "straddle": ([put(1, "100", "3.10"), call(1, "100", "3.25")], None, "635", ["93.65", "106.35"], 100),
    "short strangle": ([put(-1, "95", "1.10"), call(-1, "105", "1.20")], "230", None, ["92.7", "107.3"], -100),
    "covered call": ([stock(100, "98"), call(-1, "105", "2")], "900", "9600", ["96"], 0),
    "protective put": ([stock(100, "98"), put(1, "95", "2.50")], None, "550", ["100.5"], 100),
    "collar": ([stock(100, "98"), put(1, "95", "2"), call(-1, "105", "1.75")], "675", "325", ["98.25"], 0),
    "half a covered call": ([stock(50, "98"), call(-1, "105", "2")], "550", None, ["94", "116"], -50),
    "locked in: nothing can be lost": ([call(1, "100", "2"), call(-1, "105", "3")], "600", "0", [], 0),
    "dearer than it can pay": ([call(1, "100", "6"), call(-1, "105", "0.50")], "0", "550", [], 0),
    "even at worst": ([call(1, "100", "2"), call(-1, "105", "2")], "500", "0", ["100"], 0),
    "synthetic stock": ([call(1, "100", "4"), put(-1, "100", "3")], None, "10100", ["101"], 100),
}  # fmt: skip


@pytest.mark.parametrize(("legs", "gain", "loss", "breakevens", "slope"), TABLE.values(), ids=TABLE)
def test_limits_and_breakevens_by_hand(legs, gain, loss, breakevens, slope) -> None:
    envelope = Structure(tuple(legs)).envelope()

    assert (envelope.max_gain, envelope.max_loss) == tuple(
        None if each is None else Decimal(each) for each in (gain, loss)
    )
    assert envelope.breakevens == [Decimal(each) for each in breakevens]
    assert (envelope.slope, envelope.model_based) == (slope, False)


def test_reward_to_risk_is_known_where_both_are_limited() -> None:
    found = {name: Structure(tuple(TABLE[name][0])).envelope().risk_reward for name in TABLE}

    assert found["debit spread at 25"] == 3
    assert [found[name] for name in ("long call, two", "short call", "locked in: nothing can be lost")] == [None] * 3


def test_where_it_wins() -> None:
    winning = {name: Structure(tuple(row[0])).envelope().winning for name, row in TABLE.items()}

    assert winning["condor, equal wings"] == [(Decimal("93.55"), Decimal("106.45"))]
    assert winning["straddle"] == [(0, Decimal("93.65")), (Decimal("106.35"), None)]
    assert winning["long put"] == [(0, 5760)]
    assert winning["locked in: nothing can be lost"] == [(0, None)]
    assert winning["dearer than it can pay"] == []
    assert winning["even at worst"] == [(100, None)]


def test_a_cost_moves_breakevens_and_limits() -> None:
    legs = [
        option(leg.kind, int(leg.quantity), str(leg.strike), str(leg.price), half="0.05")
        for leg in TABLE["condor, equal wings"][0]
    ]
    condor = Structure(tuple(legs))

    envelope = condor.envelope(cost=condor.cost)

    assert (condor.premium, condor.cost, envelope.max_gain) == (145, 20, 125)
    assert envelope.breakevens == [Decimal("93.75"), Decimal("106.25")]
    assert condor.envelope(cost=Decimal(150)).winning == []


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "no quantity": (lambda: call(0, "100", "2"), "quantity=0: expected"),
    "a negative price": (lambda: call(1, "100", "-2"), "price=-2: expected"),
    "an unknown price": (lambda: call(1, "100", "NaN"), "price=NaN: expected"),
    "no multiplier": (lambda: Leg(LegKind.STOCK, Decimal(1), Decimal(1), Decimal(0)), "multiplier=0: expected"),
    "an option without expiry": (
        lambda: Leg(LegKind.PUT, Decimal(1), Decimal(1), Decimal(100), Decimal(5)),
        "strike=5, expiry=None: an option needs both",
    ),
    "a strike of nothing": (lambda: put(1, "0", "2"), "strike=0, expiry=2026-03-20: an option needs both"),
    "stock with a strike": (
        lambda: Leg(LegKind.STOCK, Decimal(1), Decimal(1), Decimal(1), Decimal(5)),
        "stock has neither strike nor expiry",
    ),
    "no legs": (lambda: Structure(()), "a structure has at least one leg"),
    "several expiries": (
        lambda: Structure((call(-1, "100", "2"), call(1, "100", "3", FAR))).envelope(),
        "legs expire from 2026-03-20 to 2026-04-17: only a model",
    ),
}


@pytest.mark.parametrize(("make", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_is_refused_with_a_sentence(make, sentence) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        make()


LEGS = st.builds(
    lambda kind, quantity, price, multiplier, strike: Leg(
        kind,
        Decimal(quantity),
        price,
        Decimal(1) if kind == LegKind.STOCK else Decimal(multiplier),
        None if kind == LegKind.STOCK else Decimal(strike),
        None if kind == LegKind.STOCK else NEAR,
    ),
    st.sampled_from(LegKind),
    st.integers(-3, 3).filter(bool),
    amounts(0, 80_000, 4) | st.integers(0, 6).map(Decimal),
    st.sampled_from([100, 100, 10]),
    st.integers(80, 120),
)
STRUCTURES = st.lists(LEGS, min_size=1, max_size=6).map(lambda legs: Structure(tuple(legs)))
GRID = [Decimal(quarters) / 4 for quarters in range(601)]  # every strike is on it, and so is 0
ABOVE = Decimal(10) ** 9


def by_brute_force(structure: Structure, spot: Decimal) -> Decimal:
    won = Decimal(0)
    for leg in structure.legs:
        if leg.kind == LegKind.STOCK:
            worth = spot
        elif leg.kind == LegKind.CALL:
            worth = max(Decimal(0), spot - leg.strike)
        else:
            worth = max(Decimal(0), leg.strike - spot)
        won += leg.quantity * leg.multiplier * (worth - leg.price)
    return won


@given(STRUCTURES)
def test_limits_are_those_of_a_walk_over_all_prices(structure) -> None:
    envelope = structure.envelope()
    walked = [by_brute_force(structure, spot) for spot in GRID]
    rises = by_brute_force(structure, ABOVE + 1) - by_brute_force(structure, ABOVE)

    assert envelope.slope == rises
    assert envelope.max_gain == (None if rises > 0 else max(0, *walked))
    assert envelope.max_loss == (None if rises < 0 else -min(0, *walked))
    assert walked == [structure.profit_at(spot) for spot in GRID]
    for spot, profit in zip(GRID, walked, strict=True):
        assert abs(envelope.profit_at(spot) - profit) < Decimal("1e-15")


@given(STRUCTURES)
def test_breakevens_and_winning_stretches_are_those_of_a_walk_over_all_prices(structure) -> None:
    envelope = structure.envelope()
    far = [*GRID, *(Decimal(10) ** power for power in range(3, 8))]
    walked = [by_brute_force(structure, spot) for spot in far]

    assert all(abs(by_brute_force(structure, price)) < Decimal("1e-15") for price in envelope.breakevens)
    for (low, at_low), (high, at_high) in pairwise(zip(far, walked, strict=True)):
        if at_low * at_high < 0:
            assert sum(low < price < high for price in envelope.breakevens) == 1
    for spot, profit in zip(far, walked, strict=True):
        if abs(profit) > Decimal("1e-12"):
            assert (profit > 0) == any(low <= spot and (high is None or spot <= high) for low, high in envelope.winning)


@given(STRUCTURES)
def test_the_other_side_wins_what_this_one_loses(structure) -> None:
    other = Structure(
        tuple(Leg(leg.kind, -leg.quantity, leg.price, leg.multiplier, leg.strike, leg.expiry) for leg in structure.legs)
    )

    ours, theirs = structure.envelope(), other.envelope()

    assert (theirs.max_gain, theirs.max_loss, theirs.slope) == (ours.max_loss, ours.max_gain, -ours.slope)
    assert theirs.breakevens == ours.breakevens


def model(sigma: float, years: float = 28 / 365):
    def worth(leg: Leg, spots: np.ndarray) -> np.ndarray:
        is_call = leg.kind == LegKind.CALL
        return black_scholes.price(spots, float(leg.strike), years, sigma, is_call, rate=0.04, dividend=0.0)

    return worth


CALENDAR = Structure((call(-1, "100", "2.10"), call(1, "100", "4.05", FAR)))
DIAGONAL = Structure((put(-2, "95", "1.30"), put(2, "92", "2.20", FAR)))
POOR_MANS_COVERED_CALL = Structure((call(1, "85", "16.80", FAR), call(-1, "105", "1.00")))
SHORT_CALENDAR = Structure((put(1, "100", "2.00"), put(-1, "100", "3.60", FAR)))
LATER_CALL_SOLD = Structure((call(1, "100", "2.10"), call(-2, "105", "2.40", FAR)))
BY_MODEL = {
    "calendar": CALENDAR,
    "diagonal": DIAGONAL,
    "poor man's covered call": POOR_MANS_COVERED_CALL,
    "short calendar": SHORT_CALENDAR,
    "later call sold": LATER_CALL_SOLD,
}


@pytest.mark.parametrize("held", BY_MODEL.values(), ids=BY_MODEL)
def test_a_calendar_is_what_a_fine_walk_over_model_values_says(held) -> None:
    envelope = envelope_by_model(held, SPOTS, model(0.25))

    fine = np.linspace(1.0, 300.0, 59_801)  # half a cent
    worth = np.full_like(fine, float(held.premium))
    for leg in held.legs:
        intrinsic = np.maximum((fine - float(leg.strike)) * (1 if leg.kind == LegKind.CALL else -1), 0.0)
        worth += float(leg.shares) * (intrinsic if leg.expiry == NEAR else model(0.25)(leg, fine))
    crossings = fine[1:][np.sign(worth[1:]) != np.sign(worth[:-1])]

    assert envelope.model_based
    assert envelope.max_gain is None or float(envelope.max_gain) == pytest.approx(max(0.0, worth.max()), abs=0.05)
    assert envelope.max_loss is None or float(envelope.max_loss) == pytest.approx(max(0.0, -worth.min()), abs=0.05)
    assert (envelope.max_gain is None, envelope.max_loss is None) == (held.slope > 0, held.slope < 0)
    assert [float(each) for each in envelope.breakevens] == pytest.approx(crossings.tolist(), abs=0.01)
    assert [float(envelope.profit_at(Decimal(spot))) for spot in (70, 100, 104)] == pytest.approx(
        np.interp((70, 100, 104), fine, worth), abs=0.05
    )


def test_a_calendar_loses_its_debit_at_most_and_wins_most_at_its_strike() -> None:
    envelope = envelope_by_model(CALENDAR, SPOTS, model(0.25))

    peak, _ = max(envelope.knots, key=lambda knot: knot[1])
    low, high = envelope.breakevens
    assert (peak, envelope.max_loss) == (100, pytest.approx(195))
    assert low < 100 < high
    assert envelope.winning == [(low, high)]


def test_a_cost_lowers_a_calendar_everywhere() -> None:
    plain, paid = (envelope_by_model(CALENDAR, SPOTS, model(0.25), cost=Decimal(cost)) for cost in (0, 12))

    assert [(price, profit - 12) for price, profit in plain.knots] == list(paid.knots)


@pytest.mark.parametrize("held", BY_MODEL.values(), ids=BY_MODEL)
def test_the_chance_of_a_calendar_is_the_share_of_outcomes_that_win(held) -> None:
    envelope = envelope_by_model(held, SPOTS, model(0.25))
    draws = 100.3 * np.exp(0.07 * np.random.default_rng(11).normal(size=200_000) - 0.5 * 0.07**2)
    worth = np.full_like(draws, float(held.premium))
    for leg in held.legs:
        intrinsic = np.maximum((draws - float(leg.strike)) * (1 if leg.kind == LegKind.CALL else -1), 0.0)
        worth += float(leg.shares) * (intrinsic if leg.expiry == NEAR else model(0.25)(leg, draws))

    assert Terminal(100.3, 0.07**2).chance_of_profit(envelope) == pytest.approx((worth > 0).mean(), abs=0.004)


def test_where_all_expires_together_no_model_is_asked() -> None:
    def refuse(leg: Leg, spots: np.ndarray) -> np.ndarray:
        raise AssertionError(leg, spots)

    condor = Structure(tuple(TABLE["condor, equal wings"][0]))

    assert envelope_by_model(condor, SPOTS, refuse, cost=Decimal(20)) == condor.envelope(cost=Decimal(20))
    assert envelope_by_model(Structure((stock(5, "10"),)), SPOTS, refuse).max_loss == 50


WRONG = {
    "no spots": (np.array([]), model(0.25), "spots: expected finite prices above 0"),
    "a spot of nothing": (np.array([0.0, 100.0]), model(0.25), "spots: expected finite prices above 0"),
    "an unknown spot": (np.array([math.nan, 100.0]), model(0.25), "spots: expected finite prices above 0"),
    "a value missing": (
        SPOTS,
        lambda _, spots: np.where(spots > 200, np.nan, 1.0),
        "the model of 2026-04-17 100 call has no",
    ),
    "too few values": (
        SPOTS,
        lambda *_: np.array([1.0]),
        "the model of 2026-04-17 100 call has no finite value for each",
    ),
}


@pytest.mark.parametrize(("spots", "worth", "sentence"), WRONG.values(), ids=WRONG)
def test_a_model_without_values_is_refused(spots, worth, sentence) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        envelope_by_model(CALENDAR, spots, worth)


def test_below_a_models_first_price_it_says_what_it_says_there() -> None:
    envelope = Envelope(((Decimal(50), Decimal(-10)), (Decimal(60), Decimal(10))), Decimal(0), model_based=True)

    assert [envelope.profit_at(Decimal(spot)) for spot in (0, 50, 55, 57, 60, 900)] == [-10, -10, 0, 4, 10, 10]
    assert envelope.winning == [(55, None)]
