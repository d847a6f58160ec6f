"""What is left of volatility after a report, against what the options themselves say the morning after."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from market import calendar
from market.clock import Standing
from market.pure.chain import Chain
from options_engine import readings
from options_engine.earnings import analysis, crush, straddles
from options_engine.pure import black_scholes, carry
from tests.market.chains import chain
from tests.options_engine.earnings_market import FAR, NEAR, SHARE, SPOT, TONIGHT, EarningsVendor

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 2, 13, 14, 30, tzinfo=UTC)  # the first open with the news known
# What the rule of thumb says of a share whose rank nobody knows. [percent]
RULE = 27.5


def market(at: datetime, spot: float, base: float, jump: float, *, shift: float = 0.0, half: float = 0.005) -> Chain:
    """Return options with so much volatility on ordinary days, and a jump [1] where the report is still to come."""
    strikes = [SPOT + 2.5 * step for step in range(-24, 25)]
    listed = [(day, SHARE, strike, side) for day in (NEAR, FAR) for strike in strikes for side in "CP"]
    ends = {day: calendar.session(day).close_at for day in (NEAR, FAR)}  # type: ignore[union-attr]
    years = np.array([(ends[day] - at).total_seconds() / 86_400 / 365 for day, *_ in listed])
    sigma = np.sqrt(base**2 + jump**2 / years) + shift
    strike, is_call = np.array([each[2] for each in listed]), np.array([each[3] == "C" for each in listed])
    price = black_scholes.price(spot, strike, years, sigma, is_call, rate=carry.RATE, dividend=0.0)
    quotes = {"bid": np.maximum(price - half, 0.0), "ask": price + half}
    return chain(SHARE, listed, spot=spot, as_of=at, **quotes, iv=sigma, open_interest=500, volume=10)


def tonight_and_tomorrow(
    vendor: EarningsVendor, hand: Standing, base: float, jump: float, moved: float, drift: float = 0.0
) -> tuple[dict, float]:
    """Return what is projected tonight, and the volatility of the same expiry in the morning. [points]."""
    hand.at = TONIGHT
    vendor.chains[SHARE] = market(TONIGHT, SPOT, base, jump)
    told = crush.iv_crush(SHARE, TONIGHT, max_age_s=0.0)
    hand.at = MORNING
    vendor.chains[SHARE] = market(MORNING, SPOT * (1 + moved), base + drift, 0.0)
    after = straddles.around(SHARE, None, now=MORNING, max_age_s=0.0)
    assert (after.day, told["referenceExpiry"]) == (NEAR, NEAR.isoformat())
    return told, 100.0 * after.sigma


@pytest.mark.parametrize("moved", [-0.08, 0.0, 0.035])
@pytest.mark.parametrize(("base", "jump"), [(0.31866, 0.062248), (0.22, 0.03), (0.60, 0.12)])
def test_the_projected_volatility_is_that_of_the_next_morning(
    vendor: EarningsVendor, hand: Standing, base: float, jump: float, moved: float
) -> None:
    told, after = tonight_and_tomorrow(vendor, hand, base, jump, moved)

    assert told["crushMethod"] == "event_variance"
    assert told["estimatedPostEventIV"] == pytest.approx(after, abs=0.3)


def test_over_many_reports_the_projection_errs_less_than_the_rule_of_thumb(
    vendor: EarningsVendor, hand: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "INDEXES", readings.INDEXES | {SHARE})  # exercised at expiry only: read quickly
    random = np.random.default_rng(11)
    ours, rule = [], []
    for _ in range(12):
        base, jump = float(random.uniform(0.2, 0.6)), float(random.uniform(0.02, 0.12))
        # The calm or the fear that a report leaves behind: nobody knows it the evening before.
        drift = float(random.normal(0.0, 0.015))
        told, after = tonight_and_tomorrow(vendor, hand, base, jump, float(random.normal(0.0, jump)), drift)
        ours.append(abs(told["estimatedPostEventIV"] - after))
        rule.append(abs(told["currentIV"] * (1 - RULE / 100) - after))

    assert np.median(ours) < 2.0
    assert np.median(ours) < 0.5 * np.median(rule)


def test_the_projection_is_at_the_price_of_the_straddle_then(vendor: EarningsVendor, hand: Standing) -> None:
    vendor.chains[SHARE] = market(TONIGHT, SPOT, 0.31866, 0.062248)
    told = crush.iv_crush(SHARE, TONIGHT, max_age_s=0.0)
    hand.at = MORNING
    vendor.chains[SHARE] = market(MORNING, SPOT, 0.31866, 0.0)

    after = straddles.around(SHARE, None, now=MORNING, max_age_s=0.0)

    assert told["estimatedPostEventStraddle"] == pytest.approx(after.price, abs=0.02)
    assert datetime.fromisoformat(told["repricedAt"]) == MORNING


def test_report_days_around_a_half_day_and_a_holiday_are_repriced_at_the_next_open() -> None:
    opens = {
        # The day after Thanksgiving is a half day, the Thursday itself none: Wednesday's evening is known on Friday.
        (date(2026, 11, 25), "AMC"): "2026-11-27T14:30:00+00:00",
        (date(2026, 11, 26), "BMO"): "2026-11-27T14:30:00+00:00",
        (date(2026, 11, 27), "AMC"): "2026-11-30T14:30:00+00:00",
        # Clocks change on March 8th: the same open is an hour earlier in London.
        (date(2026, 3, 6), "AMC"): "2026-03-09T13:30:00+00:00",
        (date(2026, 3, 6), "BMO"): "2026-03-06T14:30:00+00:00",
        (date(2026, 12, 31), None): "2027-01-04T14:30:00+00:00",
    }
    for (day, timing), opened in opens.items():
        found = straddles.opens_after(straddles.Occasion(day, timing))  # type: ignore[arg-type]
        assert found is not None
        assert found.isoformat() == opened


def test_an_event_after_the_nearest_expiry_is_read_without_the_days_before_it(
    vendor: EarningsVendor, hand: Standing
) -> None:
    """Two weeks before a report: the expiry that ends before it holds ordinary days only, and they are left out."""
    hand.at = early = calendar.session(date(2026, 2, 3)).close_at  # type: ignore[union-attr]
    before = date(2026, 2, 6)
    near = market(early, SPOT, 0.31866, 0.062248)
    quiet = market(early, SPOT, 0.31866, 0.0)
    first = quiet.take(quiet.expiry == np.datetime64(NEAR))
    years = (calendar.session(before).close_at - early).total_seconds() / 86_400 / 365  # type: ignore[union-attr]
    price = black_scholes.price(
        SPOT, first.strike, years, np.full(len(first), 0.31866), first.is_call, rate=carry.RATE, dividend=0.0
    )
    first = replace(
        first,
        expiry=np.full(len(first), np.datetime64(before)),
        bid=np.maximum(price - 0.005, 0.0),
        ask=price + 0.005,
    )
    joined = {
        name: np.concatenate([getattr(first, name), getattr(near, name)])
        for name in ("root", "expiry", "strike", "is_call", "shares_per_contract", "bid", "ask", "last", "iv")
    }
    for name in set(near.__dataclass_fields__) - set(joined):
        if isinstance(value := getattr(near, name), np.ndarray):
            joined[name] = np.concatenate([getattr(first, name), value])
    vendor.chains[SHARE] = replace(near, **joined)

    body = analysis.analysis(SHARE, early, max_age_s=0.0)

    assert body["straddlePricing"]["referenceExpiry"] == NEAR.isoformat()
    assert body["eventMove"]["std"] == pytest.approx(6.2248, abs=0.05)
    assert body["eventMove"]["baseIV"] == pytest.approx(31.866, abs=0.2)
