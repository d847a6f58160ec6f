from __future__ import annotations

from datetime import timedelta

import pytest

from config.schedule import JOBS, ROUTES
from market import calendar, watchlists
from market.clock import Standing
from market.errors import ProviderUnavailable
from options_engine import tasks
from options_engine.earnings import events, history
from options_engine.models import EarningsEvent, EarningsReaction
from tests.factories.accounts import UserFactory
from tests.options_engine import earnings_market
from tests.options_engine.earnings_market import NEAR, REPORT, SHARE, TONIGHT, EarningsVendor, reported

pytestmark = pytest.mark.django_db
BEFORE_THE_CLOSE = TONIGHT - timedelta(minutes=10)


@pytest.fixture(autouse=True)
def follower(hand: Standing) -> None:
    hand.at = BEFORE_THE_CLOSE
    watchlists.create(UserFactory.create(), name="Mine", symbols=[SHARE], is_default=True)


def test_what_options_expect_tonight_is_kept_once(vendor: EarningsVendor) -> None:
    vendor.chains[SHARE] = earnings_market.options(as_of=BEFORE_THE_CLOSE)
    events.refresh(BEFORE_THE_CLOSE)

    assert tasks.snapshot_before_reports() == {"kept": 1, "failed": 0}
    assert tasks.snapshot_before_reports() == {"kept": 1, "failed": 0}

    row = EarningsReaction.objects.get()
    assert (row.symbol, row.date, row.iv_expiry, row.method) == (SHARE, REPORT, NEAR, "snapshot")
    assert row.implied_move == pytest.approx(5.79, abs=0.02)
    assert row.iv_before == pytest.approx(62.0, abs=0.2)
    assert row.close_move is None


def test_the_morning_after_the_volatility_is_kept_and_the_next_one_the_move(
    vendor: EarningsVendor, hand: Standing
) -> None:
    vendor.chains[SHARE] = earnings_market.options(as_of=BEFORE_THE_CLOSE)
    events.refresh(BEFORE_THE_CLOSE)
    tasks.snapshot_before_reports()
    after = calendar.session(REPORT + timedelta(days=1))
    hand.at = after.open_at + timedelta(minutes=60)
    vendor.chains[SHARE] = earnings_market.options(spot=228.0, event=0.0, as_of=hand.at)

    morning = tasks.record_reactions()
    hand.at = calendar.next_session(after.date).open_at + timedelta(minutes=60)
    results = [*vendor.results[SHARE], reported(SHARE, REPORT)]
    vendor.results[SHARE] = results
    vendor.daily[SHARE] = earnings_market.daily(results, moves=(3.6, *earnings_market.MOVES))
    tasks.record_reactions()

    row = EarningsReaction.objects.get(date=REPORT)
    assert (morning["after"], morning["failed"]) == (1, 0)
    assert row.iv_after == pytest.approx(31.9, abs=0.2)
    assert row.close_move == pytest.approx(3.6)
    # The record that the rule of thumb and the projection are held against.
    assert 100 * (1 - row.iv_after / row.iv_before) == pytest.approx(48.6, abs=0.3)
    newest = history.past(SHARE, hand.at).wire()[0]
    assert (newest["expectedMove"], newest["actualMove"], newest["unavailable"]) == (row_pct(row), 3.6, [])


def row_pct(row: EarningsReaction) -> float:
    return round(row.implied_move or 0.0, 2)


def test_a_symbol_that_fails_does_not_stop_the_others(vendor: EarningsVendor) -> None:
    events.refresh(BEFORE_THE_CLOSE)
    vendor.failing[f"option_chain {SHARE}"] = ProviderUnavailable(provider="fake")

    assert tasks.snapshot_before_reports() == {"kept": 0, "failed": 1}


def test_without_any_source_the_calendar_job_has_nothing_to_do_and_an_outage_fails_it(vendor: EarningsVendor) -> None:
    assert tasks.refresh_earnings(of_a_newer_release=True) == {"fake": 1}
    vendor.failing["earnings_calendar"] = ProviderUnavailable(provider="fake")

    with pytest.raises(ProviderUnavailable):
        tasks.refresh_earnings()


def test_what_is_long_past_is_removed() -> None:
    old, new = REPORT - timedelta(days=6 * 365 + 1), REPORT - timedelta(days=400)
    for day in (old, new):
        EarningsEvent.objects.create(symbol=SHARE, date=day, source="x", first_seen=TONIGHT, updated_at=TONIGHT)
        EarningsReaction.objects.create(symbol=SHARE, date=day, close_move=1.0, updated_at=TONIGHT)
    EarningsReaction.objects.create(symbol="OTHR", date=new, iv_before=50.0, updated_at=TONIGHT)

    assert tasks.purge_earnings() == {"events": 1, "reactions": 1, "unmeasured": 1}
    assert tasks.purge_earnings() == {"events": 0, "reactions": 0, "unmeasured": 0}
    assert EarningsReaction.objects.get().date == new


def test_the_jobs_stand_in_the_schedule() -> None:
    times = {job.task: f"{job.when.time:%H:%M}" for job in JOBS if job.wire_name.startswith("earnings")}  # type: ignore[union-attr]

    assert times == {
        "options_engine.purge_earnings": "03:00",
        "options_engine.refresh_earnings": "06:00",
        "options_engine.record_reactions": "17:30",
        "options_engine.rebuild_expected_moves": "18:10",
        "options_engine.snapshot_before_reports": "15:50",
    }
    assert ROUTES["options_engine.refresh_earnings"] == {"queue": "coach"}
