from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure.event_variance import AtTheMoney, Split, crush, curve, split

NEAR, FAR = 5 / 365, 33 / 365
TONIGHT = AtTheMoney(spot=220.0, strike=220.0, sigma=0.62, t_years=NEAR, rate=0.045)


def reference() -> Split:
    found = split(0.62, NEAR, 0.38, FAR)
    assert isinstance(found, Split)
    return found


def test_two_expiries_tell_an_events_move_from_ordinary_days() -> None:
    # The specification's stock that reports tonight.
    found = reference()

    assert 100 * found.base_sigma == pytest.approx(31.866, abs=1e-3)
    assert 100 * found.event_move == pytest.approx(6.2248, abs=1e-4)
    assert 100 * found.expected_absolute_move == pytest.approx(4.9666, abs=1e-4)


def test_after_the_event_the_straddle_is_priced_anew() -> None:
    found = crush(TONIGHT, reference(), 4 / 365)

    assert found is not None
    assert 100 * found.drop == pytest.approx(30.134, abs=1e-3)
    assert 100 * found.drop_share == pytest.approx(48.604, abs=1e-3)
    assert found.straddle == pytest.approx(12.7315, abs=1e-4)
    assert found.straddle_after == pytest.approx(5.8545, abs=1e-4)
    assert found.straddle_loss == pytest.approx(6.8770, abs=1e-4)
    # Not the straddle less the share that the volatility loses.
    assert found.straddle * (1 - found.drop_share) == pytest.approx(6.5436, abs=1e-3)


def test_later_expiries_lose_less() -> None:
    event = reference()

    assert event.sigma_after(0.62, NEAR) == pytest.approx(event.base_sigma)
    assert event.sigma_after(0.38, FAR) == pytest.approx(event.base_sigma)
    # One that lives for a year at the same base: 31.866 % and the event's 6.2248 %.
    assert event.sigma_after(math.sqrt(event.base + event.event), 1.0) == pytest.approx(event.base_sigma)


def test_twenty_quiet_days_more_change_nothing() -> None:
    event = reference()
    later = FAR + 20 / 365

    again = split(0.62, NEAR, math.sqrt(event.base + event.event / later), later)

    assert isinstance(again, Split)
    assert again.event_move == pytest.approx(event.event_move, rel=1e-9)


@pytest.mark.parametrize(
    ("near", "far", "why"),
    [
        (math.nan, 0.38, "unknown_volatility"),
        (0.62, math.nan, "unknown_volatility"),
        (0.30, 0.30, "no_event_premium"),
        (0.25, 0.30, "no_event_premium"),
        (0.62, 0.20, "negative_base"),
    ],
)
def test_where_there_is_no_event_to_be_read_it_says_why(near: float, far: float, why: str) -> None:
    assert split(near, NEAR, far, FAR) == why


@pytest.mark.parametrize("times", [(0.0, FAR), (FAR, NEAR), (NEAR, NEAR)])
def test_times_that_do_not_ascend_are_refused(times: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="ascending"):
        split(0.62, times[0], 0.38, times[1])


def test_an_expiry_with_less_variance_than_the_event_is_not_projected() -> None:
    assert crush(AtTheMoney(220.0, 220.0, 0.30, NEAR, 0.045), reference(), 4 / 365) is None


def test_where_all_variance_is_the_events_the_straddle_keeps_its_intrinsic_value() -> None:
    found = crush(TONIGHT, Split(0.0, 0.62**2 * NEAR), 4 / 365)

    assert found is not None
    assert found.sigma_after == 0.0
    # The forward is 220 e^(rt), the straddle worth its distance from the strike.
    assert found.straddle_after == pytest.approx(220.0 * (1 - math.exp(-0.045 * 4 / 365)), abs=1e-6)


def test_the_curve_falls_with_the_share_that_is_lost() -> None:
    lost = crush(TONIGHT, reference(), 4 / 365)
    assert lost is not None

    values = curve(TONIGHT, (0.0, 0.25, lost.drop_share, 0.9), 4 / 365)

    assert values == sorted(values, reverse=True)
    assert values[2] == pytest.approx(lost.straddle_after, rel=1e-12)


@given(
    base=st.floats(0.05, 1.5),
    event=st.floats(0.005, 0.4),
    near=st.floats(0.5, 30),
    gap=st.floats(1, 300),
)
def test_a_market_of_ordinary_days_and_one_event_is_read_back(
    base: float, event: float, near: float, gap: float
) -> None:
    near, far = near / 365, (near + gap) / 365
    sigmas = [math.sqrt(base**2 + event**2 / years) for years in (near, far)]

    found = split(sigmas[0], near, sigmas[1], far)

    assert isinstance(found, Split)
    assert found.base_sigma == pytest.approx(base, rel=1e-5)
    assert found.event_move == pytest.approx(event, rel=1e-4)
