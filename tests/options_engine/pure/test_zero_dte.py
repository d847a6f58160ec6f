from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.pure.chain import Chain
from market.pure.sessions import make_session
from options_engine.pure import black_scholes, zero_dte
from options_engine.pure.reading import Reading, read
from options_engine.pure.zero_dte import Hours
from tests.market.chains import chain

DAY = date(2026, 2, 10)
SESSION = make_session(DAY)
OPEN, CLOSE = SESSION.open_ts, SESSION.close_ts
OFFSETS = (-0.01, -0.005, 0.0, 0.005, 0.01)
# The straddle at the open, of the spot, that the specification's reference figures are for.
OPENING = 0.00667


def at(minutes_left: float) -> Hours:
    return Hours(OPEN, CLOSE, CLOSE - 60 * minutes_left)


def today(hours: Hours, *, spot: float = 6000.0, opening: float = OPENING) -> Reading:
    """Return a chain that is priced with one volatility for the whole session, as it stands at a moment."""
    left = hours.left
    root = opening / (2 * black_scholes.price(1.0, 1.0, 1.0, 1e-3, is_call=True, rate=0.0, dividend=0.0) / 1e-3)
    years = max(60.0, CLOSE - hours.now_ts) / (365 * 86_400)
    sigma = float(root) * np.sqrt(left / years)
    strikes = [round(spot * (1 + each), 4) for each in OFFSETS]
    listed = [(DAY, "SPXW", strike, side) for strike in strikes for side in ("C", "P")]
    plain = chain("SPX", listed, spot=spot, as_of=datetime.fromtimestamp(hours.now_ts, UTC))
    worth = black_scholes.price(spot, plain.strike, years, sigma, plain.is_call, rate=0.045, dividend=0.045)
    told: Chain = chain(
        "SPX",
        listed,
        spot=spot,
        as_of=plain.as_of,
        bid=np.maximum(worth - 0.0001 * spot / 6000, 0.0),
        ask=worth + 0.0001 * spot / 6000,
    )
    return read(told, {DAY: SESSION}, european=True, in_session=True)


@pytest.mark.parametrize("spot", [6000.0, 600.0])
@pytest.mark.parametrize(
    ("minutes_left", "risks"),
    [
        (390, (15.5, 13.1, 7.8)),
        (240, (19.7, 14.9, 6.4)),
        (60, (38.3, 13.2, 0.5)),
        (15, (68.3, 2.0, 0.0)),
    ],
)
def test_gamma_risk_is_the_same_for_an_index_and_a_tenth_of_it(
    spot: float, minutes_left: float, risks: tuple[float, ...]
) -> None:
    hours = at(minutes_left)
    reading = today(hours, spot=spot)

    found = zero_dte.gamma_risk(reading, hours)

    calls = {round(float(k) / spot - 1, 4): risk for k, risk in zip(reading.chain.strike[::2], found[::2], strict=True)}
    for offset, risk in zip((0.0, 0.005, 0.01), risks, strict=True):
        assert calls[offset] == pytest.approx(risk, abs=0.2)


def test_bands() -> None:
    assert [zero_dte.band(risk) for risk in (0, 9.9, 10, 24.9, 25, 49.9, 50, 100)] == [
        *("low", "low", "moderate", "moderate", "high", "high", "extreme", "extreme")
    ]


@pytest.mark.parametrize(
    ("hours", "opening", "source", "total"),
    [
        (Hours(OPEN, CLOSE, OPEN - 600), np.nan, "premarket", 40.0),
        (Hours(OPEN, CLOSE, OPEN - 600), 45.0, "premarket", 40.0),
        (at(390 / 4), 80.0, "captured", 80.0),
        (at(390 / 4), np.nan, "inferred", 80.0),
    ],
)
def test_the_move_of_the_day(hours: Hours, opening: float, source: str, total: float) -> None:
    move = zero_dte.expected_move(40.0, hours, opening=opening, spot=6012.0, open_price=6001.0)

    assert (move.source, move.total, move.used, move.remaining) == (source, pytest.approx(total), 11.0, 40.0)
    assert move.theoretical == pytest.approx(total * hours.left**0.5)


def test_with_a_constant_volatility_the_straddle_falls_with_the_root_of_the_variance_left() -> None:
    opening = zero_dte.straddle(today(at(390)), 6000.0)

    for minutes in (300, 240, 120, 60, 15):
        left = at(minutes).left
        assert zero_dte.straddle(today(at(minutes)), 6000.0) == pytest.approx(opening * left**0.5, rel=2e-3)


def test_after_the_close_nothing_is_left() -> None:
    over = Hours(OPEN, CLOSE, CLOSE + 60.0)

    move = zero_dte.expected_move(0.5, over, opening=40.0, spot=6012.0, open_price=6001.0)

    assert (move.remaining, move.theoretical, move.total) == (0.0, 0.0, 40.0)
    unknown = zero_dte.expected_move(0.5, over, opening=np.nan, spot=6012.0, open_price=6001.0)
    assert np.isnan(unknown.total)


@pytest.mark.parametrize("place", range(2 * len(OFFSETS)))
@pytest.mark.parametrize("minutes_left", [390, 247, 31, 14, 1])
def test_the_clock_ends_at_exercise_and_falls_without_a_jump(place: int, minutes_left: float) -> None:
    hours = at(minutes_left)
    reading = today(hours)

    clock = zero_dte.theta_clock(reading, place, hours)

    sign = 1 if reading.chain.is_call[place] else -1
    assert clock.value[-1] == max(sign * (6000.0 - reading.chain.strike[place]), 0.0)
    assert clock.at[-1] == CLOSE
    assert np.diff(clock.at).max() <= 15 * 60
    # Deep in the money a put gains what its strike earns until the close.
    assert (np.diff(clock.value) <= 0.02).all()
    if OFFSETS[place // 2] == 0.0:
        whole = -np.diff(clock.value)[1:-1]
        assert (whole[1:] <= 1.6 * whole[:-1]).all()


def test_decay_accelerates_at_the_money() -> None:
    found = [zero_dte.theta_clock(today(at(minutes)), 4, at(minutes)).acceleration for minutes in (390, 120, 60, 45)]

    assert found == sorted(found)
    assert found[0] > 1
    assert np.isnan(zero_dte.theta_clock(today(at(29)), 4, at(29)).acceleration)


def test_the_clock_of_a_contract_is_among_those_of_all() -> None:
    hours = at(240)
    reading = today(hours)

    found = zero_dte.acceleration(reading, hours)

    assert found[4] == pytest.approx(zero_dte.theta_clock(reading, 4, hours).acceleration)
    assert np.isnan(zero_dte.acceleration(today(at(20)), at(20))).all()


def test_before_the_open_the_clock_starts_at_it() -> None:
    early = Hours(OPEN, CLOSE, OPEN - 3600.0)

    clock = zero_dte.theta_clock(today(early), 4, early)

    assert (clock.at[0], clock.at[1]) == (OPEN, OPEN + 15 * 60)
    assert len(clock.at) == 27


def test_what_a_contract_pays_on_average_is_its_price_without_the_discount() -> None:
    reading = today(at(240))

    np.testing.assert_allclose(zero_dte.value_at_close(reading), reading.mark, atol=2e-3)


@given(st.floats(1, 389), st.floats(50, 20_000))
def test_risk_lies_between_0_and_100(minutes_left: float, spot: float) -> None:
    hours = at(minutes_left)

    risk = zero_dte.gamma_risk(today(hours, spot=spot), hours)

    assert ((risk >= 0) & (risk <= 100) | np.isnan(risk)).all()
