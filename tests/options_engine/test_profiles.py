from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from market import calendar, clock, vendors
from market.errors import ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.sessions import Session, make_session
from options_engine import profiles
from options_engine.models import GammaSnapshot
from options_engine.profiles import Refreshed
from options_engine.pure import black_scholes
from simulation.vendor import SimulatedVendor
from tests.factories.options_engine import AT_TEN, GammaSnapshotFactory
from tests.market.fakes import FakeVendor
from tests.options_engine.conftest import MONDAY, NAN, TEN, TUESDAY, spx

pytestmark = pytest.mark.django_db
SESSION: Session = make_session(MONDAY)


def refresh(*symbols: str, now: datetime = TEN) -> Refreshed:
    return profiles.refresh(symbols, now)


def test_a_profile_is_made_of_the_chain_and_kept(vendor: FakeVendor) -> None:
    vendor.chains["SPX"] = spx()

    assert refresh("SPX") == Refreshed(made=("SPX",))

    row = GammaSnapshot.objects.get()
    assert (row.symbol, row.mark, row.as_of, row.session_date) == ("SPX", TEN - timedelta(seconds=5), TEN, MONDAY)
    assert (row.expiry, row.days_to_expiry, row.spot, row.strikes) == (MONDAY, 0, 6000.0, [5950, 6000, 6050])
    years = (6 * 3600 - 5) / (365 * 86_400)
    gamma = black_scholes.gamma(6000.0, np.array(row.strikes), years, 0.15, rate=0.045, dividend=0.014)
    expected = gamma * np.array([9_000, 2_000, 7_000]) * 100 * 6000**2 * 0.01
    assert row.put_gex == pytest.approx([expected[0], 0, 0])
    assert row.call_gex == pytest.approx([0, expected[1], expected[2]])
    assert row.flip is not None
    assert 5950 < row.flip < 6000


def test_what_is_kept_is_read_back_as_it_was(vendor: FakeVendor) -> None:
    vendor.chains["SPX"] = spx()
    refresh("SPX")

    (profile,) = profiles.of_session(["SPX"], SESSION)["SPX"]

    row = GammaSnapshot.objects.get()
    assert (profile.as_of_ts, profile.spot, profile.flip) == (int(TEN.timestamp()), 6000.0, row.flip)
    assert (profile.expiry, profile.days_to_expiry) == (MONDAY, 0)
    assert [profile.strikes.tolist(), profile.call_gex.tolist(), profile.put_gex.tolist()] == [
        row.strikes,
        row.call_gex,
        row.put_gex,
    ]
    assert (profile.call_wall, profile.put_wall) == (6000, 5950)  # at the money gamma is largest


def test_a_second_run_in_the_same_five_minutes_changes_nothing(vendor: FakeVendor) -> None:
    vendor.chains["SPX"] = spx()
    refresh("SPX")
    vendor.chains["SPX"] = spx(spot=6010.0, as_of=TEN + timedelta(seconds=200))

    refresh("SPX", now=TEN + timedelta(seconds=200))

    assert GammaSnapshot.objects.get().spot == 6000.0


def test_every_five_minutes_have_their_own_though_the_runs_are_a_little_early(vendor: FakeVendor) -> None:
    for late in (0, 299.5, 600):
        now = TEN + timedelta(seconds=late)
        vendor.chains["SPX"] = spx(as_of=now, spot=6000.0 + late)
        refresh("SPX", now=now)

    kept = profiles.of_session(["SPX"], SESSION)["SPX"]
    assert [profile.spot for profile in kept] == [6000.0, 6299.5, 6600.0]


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (None, Refreshed(made=("SPX",), no_chains=("QQQ",))),
        (UnknownSymbol(symbol="QQQ"), Refreshed(made=("SPX",), no_chains=("QQQ",))),
        (ProviderUnavailable(provider="fake"), Refreshed(made=("SPX",), failed=("QQQ",))),
        (RateLimited(provider="fake", retry_after=2.0), Refreshed(made=("SPX",), failed=("QQQ",))),
    ],
)
def test_one_symbols_trouble_is_not_the_others(
    vendor: FakeVendor, trouble: Exception | None, expected: Refreshed
) -> None:
    vendor.chains["SPX"] = spx()
    if trouble:
        vendor.failing["option_chain QQQ"] = trouble

    assert refresh("QQQ", "SPX") == expected


@pytest.mark.parametrize("figures", [{"open_interest": 0}, {"open_interest": NAN}, {"iv": NAN}, {"spot": NAN}])
def test_a_chain_that_says_nothing_leaves_nothing(vendor: FakeVendor, figures: dict[str, float]) -> None:
    vendor.chains["SPX"] = spx(**figures)

    assert refresh("SPX") == Refreshed(empty=("SPX",))
    assert not GammaSnapshot.objects.exists()


def test_after_the_close_the_next_date_is_the_nearest(vendor: FakeVendor, hand: clock.Standing) -> None:
    after = datetime(2026, 2, 9, 21, 0, tzinfo=UTC)
    vendor.chains["SPX"] = spx(as_of=after)

    refresh("SPX", now=after)

    row = GammaSnapshot.objects.get()
    assert (row.expiry, row.days_to_expiry) == (TUESDAY, 1)


@pytest.mark.parametrize("day", [date(2026, 2, 15), calendar.horizon() + timedelta(days=300)])
def test_a_date_that_the_calendar_does_not_know_is_a_regular_one(vendor: FakeVendor, day: date) -> None:
    chain = spx()
    moved = np.where(chain.expiry == np.datetime64(TUESDAY), np.datetime64(day), chain.expiry)
    vendor.chains["SPX"] = replace(chain, expiry=moved)

    assert refresh("SPX") == Refreshed(made=("SPX",))


def test_on_a_day_without_a_session_nothing_is_asked(vendor: FakeVendor) -> None:
    vendor.chains["SPX"] = spx()

    assert refresh("SPX", now=datetime(2026, 2, 14, 17, tzinfo=UTC)) == Refreshed()
    assert vendor.calls.total() == 0


def test_profiles_are_made_of_what_somebody_needs(wanted: set[str]) -> None:
    assert profiles.wanted() == []

    wanted.update({"SPX", "NVDA", "QQQ"})

    assert profiles.wanted() == ["QQQ", "SPX", "SPY"]  # the fund that lends SPX its volume comes along


def test_a_session_is_read_in_its_order(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for symbol, minute in (("SPX", 10), ("SPX", 0), ("QQQ", 5), ("SPX", 5), ("NDX", 0)):
        GammaSnapshotFactory.create(symbol=symbol, mark=AT_TEN + timedelta(minutes=minute), spot=6000.0 + minute)
    GammaSnapshotFactory.create(session_date=TUESDAY, mark=AT_TEN + timedelta(days=1))

    with django_assert_num_queries(2):
        found = profiles.of_session(["SPX", "QQQ", "TSLA"], SESSION)
    with django_assert_num_queries(1):
        again = profiles.of_session(["SPX", "QQQ", "TSLA"], SESSION)

    assert {symbol: [profile.spot for profile in each] for symbol, each in found.items()} == {
        "SPX": [6000.0, 6005.0, 6010.0],
        "QQQ": [6005.0],
    }
    assert again == found


def test_what_is_new_since_is_read_and_what_was_removed_is_not_told() -> None:
    removed, kept = (
        GammaSnapshotFactory.create(mark=AT_TEN + timedelta(minutes=5 * n), spot=6000.0 + n) for n in (0, 1)
    )
    profiles.of_session(["SPX"], SESSION)
    removed.delete()
    GammaSnapshotFactory.create(mark=AT_TEN + timedelta(minutes=10), spot=6002.0)

    assert [profile.spot for profile in profiles.of_session(["SPX"], SESSION)["SPX"]] == [kept.spot, 6002.0]


def test_a_process_remembers_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "_READ_AT_MOST", 2)
    monkeypatch.setattr(profiles, "_read", {})
    for n in range(4):
        GammaSnapshotFactory.create(session_date=MONDAY + timedelta(days=n % 2), mark=AT_TEN + timedelta(minutes=5 * n))

    for n in (0, 1, 0):
        assert len(profiles.of_session(["SPX"], make_session(MONDAY + timedelta(days=n)))["SPX"]) == 2
        assert len(profiles._read) == 2


def test_a_row_that_goes_while_it_is_read_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    GammaSnapshotFactory.create()
    monkeypatch.setattr(profiles, "of_row", lambda row: None)
    monkeypatch.setattr(profiles, "_read", _Forgetful())

    assert profiles.of_session(["SPX"], SESSION) == {}


class _Forgetful(dict[int, object]):
    """Stands for a second query that no longer finds what the first one named."""

    def update(self, *args: object) -> None:
        """Remember nothing."""


def test_what_is_read_cannot_be_written() -> None:
    GammaSnapshotFactory.create()

    with pytest.raises(ValueError, match="read-only"):
        profiles.of_session(["SPX"], SESSION)["SPX"][0].call_gex[0] = 1


def test_a_flip_that_is_nowhere_stays_none() -> None:
    GammaSnapshotFactory.create(flip=None)

    assert profiles.of_session(["SPX"], SESSION)["SPX"][0].flip is None


def test_the_made_up_market_has_profiles_of_both_kinds() -> None:
    now = datetime(2026, 2, 9, 15, 0, tzinfo=UTC)
    with vendors.using(SimulatedVendor()):
        for days in range(12):
            profiles.refresh(["SPX", "NDX", "SPY", "QQQ"], now + timedelta(days=days))

    rows = GammaSnapshot.objects.all()
    made = [profiles.of_row(row) for row in rows]
    assert len(made) == 4 * 9  # a week-end and Presidents' Day are no sessions
    assert {profile.is_positive for profile in made} == {True, False}
    assert all(profile.call_wall is not None and profile.put_wall is not None for profile in made)
    near = [profile for profile in made if profile.flip is not None and abs(profile.flip / profile.spot - 1) < 0.03]
    assert len(near) > 0.7 * len(made)
    assert {profile.days_to_expiry for profile in made} == {0}


def test_half_a_chain_makes_no_profile(vendor: FakeVendor) -> None:
    vendor.chains["SPX"] = replace(spx(), partial=True)

    assert refresh("SPX") == Refreshed(failed=("SPX",))
    assert not GammaSnapshot.objects.exists()

    # The same contracts, nothing lost on the way: that is another chain.
    vendor.chains["SPX"] = spx()
    assert refresh("SPX") == Refreshed(made=("SPX",))


def test_an_older_chain_makes_no_profile(vendor: FakeVendor, hand: clock.Standing) -> None:
    vendor.chains["SPX"] = spx()
    refresh("SPX")
    vendor.failing["option_chain SPX"] = ProviderUnavailable(provider="fake")
    hand.move_to(TEN + timedelta(minutes=5))

    assert refresh("SPX", now=TEN + timedelta(minutes=5)) == Refreshed(failed=("SPX",))
    assert GammaSnapshot.objects.get().as_of == TEN
