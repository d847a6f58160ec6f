from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from market import calendar, clock, vendors
from market.errors import ProviderUnavailable
from options_engine import tasks, volatility_history
from options_engine.models import VolatilityDay
from options_engine.volatility_history import Kept, keep, reconstruct
from simulation.vendor import SimulatedVendor
from tests.factories.options_engine import VolatilityDayFactory
from tests.market.fakes import FakeVendor
from tests.options_engine import made_up

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 2, 10)
TEN_TO_FOUR = datetime(2026, 2, 10, 20, 50, 40, tzinfo=UTC)
ENOUGH_S = 600.0


@pytest.fixture
def vendor(vendor: FakeVendor) -> FakeVendor:
    for symbol in ("SPX", "SPY"):
        vendor.chains[symbol] = made_up.chain(symbol, TEN_TO_FOUR, 30)
    return vendor


def test_a_day_is_kept_once_before_the_close(vendor: FakeVendor) -> None:
    with clock.standing(TEN_TO_FOUR):
        first = keep(["SPX", "NVDA"], TEN_TO_FOUR, budget_s=ENOUGH_S)
        calls = vendor.calls["option_chain SPX"]
        second = keep(["SPX", "NVDA"], TEN_TO_FOUR, budget_s=ENOUGH_S)

    row = VolatilityDay.objects.get()
    assert (first, second) == (Kept(kept=1, no_chains=1), Kept(there=1, no_chains=1))
    assert vendor.calls["option_chain SPX"] == calls
    assert (row.symbol, row.session_date, row.source, row.as_of) == ("SPX", TUESDAY, "stored", TEN_TO_FOUR)
    assert row.iv30 is not None
    assert 0.05 < row.iv30 < 0.6
    assert row.front_expiry == TUESDAY
    assert row.skew25 is not None
    assert row.skew25 > 0.01


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 2, 10, 20, 44, 59, tzinfo=UTC),
        datetime(2026, 2, 10, 21, 0, tzinfo=UTC),  # quotes are nobody's after the close
        datetime(2026, 2, 7, 20, 50, tzinfo=UTC),  # Saturday
    ],
)
def test_at_other_times_nothing_is_asked(vendor: FakeVendor, at: datetime) -> None:
    with clock.standing(at):
        assert keep(["SPX"], at, budget_s=ENOUGH_S) == Kept()

    assert vendor.calls.total() == 0


def test_on_a_half_day_it_is_before_one(vendor: FakeVendor) -> None:
    at = datetime(2026, 11, 27, 17, 50, tzinfo=UTC)
    vendor.chains["SPX"] = made_up.chain("SPX", at, 30)

    with clock.standing(at):
        assert keep(["SPX"], at, budget_s=ENOUGH_S).kept == 1


def test_one_symbol_that_fails_does_not_stop_the_others_and_is_asked_again(vendor: FakeVendor) -> None:
    vendor.failing["option_chain SPX"] = ProviderUnavailable(provider="fake")

    with clock.standing(TEN_TO_FOUR):
        first = keep(["SPX", "SPY"], TEN_TO_FOUR, budget_s=ENOUGH_S)
        vendor.failing.clear()
        second = keep(["SPX", "SPY"], TEN_TO_FOUR, budget_s=ENOUGH_S)

    assert (first, second) == (Kept(kept=1, failed=1), Kept(kept=1, there=1))


def test_without_budget_the_next_run_goes_on(vendor: FakeVendor) -> None:
    with clock.standing(TEN_TO_FOUR):
        assert keep(["SPX"], TEN_TO_FOUR, budget_s=-1.0) == Kept()
        assert reconstruct(["SPX"], TEN_TO_FOUR, budget_s=-1.0) == 0


def test_a_vendor_of_today_only_has_no_past(vendor: FakeVendor) -> None:
    with clock.standing(TEN_TO_FOUR):
        assert reconstruct(["SPX"], TEN_TO_FOUR, budget_s=ENOUGH_S) == 0

    assert vendor.calls.total() == 0


def test_the_simulated_market_tells_days_that_nobody_kept() -> None:
    noon = datetime(2026, 2, 10, 17, tzinfo=UTC)
    past = calendar.sessions_before(TUESDAY, 252)
    for session in past[:-2]:
        VolatilityDayFactory.create(session_date=session.date)
    simulated = SimulatedVendor(made_up.SEED)

    with vendors.using(simulated), clock.standing(noon):
        assert reconstruct(["SPX"], noon, budget_s=ENOUGH_S) == 2
        assert reconstruct(["SPX"], noon, budget_s=ENOUGH_S) == 0
    with vendors.using(simulated), clock.standing(monday := past[-1].close_at - timedelta(minutes=10)):
        kept = volatility_history._of_now("SPX", monday)

    row = VolatilityDay.objects.get(session_date=date(2026, 2, 9))
    assert (row.source, row.as_of) == ("reconstructed", monday)
    assert row.iv30 == pytest.approx(kept.month(), abs=1e-3)
    assert VolatilityDay.objects.filter(source="reconstructed").count() == 2


def test_a_symbol_without_options_does_not_stop_the_others() -> None:
    noon = datetime(2026, 2, 10, 17, tzinfo=UTC)
    for session in calendar.sessions_before(TUESDAY, 252)[:-1]:
        VolatilityDayFactory.create(session_date=session.date)

    with vendors.using(SimulatedVendor(made_up.SEED)), clock.standing(noon):
        assert reconstruct(["VVIX9", "SPX"], noon, budget_s=ENOUGH_S) == 1


def test_unknown_days_are_not_history() -> None:
    VolatilityDayFactory.create(iv30=None)
    VolatilityDayFactory.create(session_date=TUESDAY, iv30=0.3)

    assert volatility_history.implied("SPX", TUESDAY).kind is None
    assert volatility_history.implied("SPX", TUESDAY + timedelta(days=1)).values.tolist() == [0.3]


def test_the_job_keeps_what_somebody_follows(vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.add("SPX")  # and SPY along with it

    with clock.standing(TEN_TO_FOUR):
        assert tasks.keep_volatility(of_a_newer_release=True) == {
            "kept": 2,
            "there": 0,
            "no_chains": 0,
            "failed": 0,
            "reconstructed": 0,
        }


def test_the_job_writes_its_day_once_when_it_is_run_as_a_task_twice(vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.add("SPX")

    with clock.standing(TEN_TO_FOUR):
        first, second = tasks.keep_volatility.apply(), tasks.keep_volatility.apply()

    assert (first.state, second.state) == ("SUCCESS", "SUCCESS")
    assert (first.result["kept"], second.result["kept"], second.result["there"]) == (2, 0, 2)
    rows = VolatilityDay.objects.order_by("symbol").values_list("symbol", "session_date", "source", "as_of")
    assert list(rows) == [(symbol, TUESDAY, "stored", TEN_TO_FOUR) for symbol in ("SPX", "SPY")]


def test_a_vendor_that_answers_for_nobody_fails_the_run(vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.add("QQQ")
    vendor.failing["option_expiries QQQ"] = ProviderUnavailable(provider="fake")

    with clock.standing(TEN_TO_FOUR), pytest.raises(ProviderUnavailable):
        tasks.keep_volatility()


def test_a_vendor_without_yields_has_none_to_keep() -> None:
    assert tasks.refresh_rates() == {"dates": 0}
