from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest

from config.redis import client, key
from market import calendar, vendors
from market.errors import ProviderUnavailable, UnknownSymbol
from market.pure.bars import Bars
from market.pure.sessions import in_utc
from market.vendors.reference import ListedContract, Split, Told
from options_engine import tasks
from options_engine.earnings import history, implied
from options_engine.models import EarningsEvent, EarningsReaction
from tests.options_engine import earnings_market
from tests.options_engine.earnings_market import REPORT, SHARE, TONIGHT, EarningsVendor

pytestmark = pytest.mark.django_db
IMPLIED = 5.0  # percent of the share, in call and put together


def a_day(day: date, close: float) -> Bars:
    stamp = in_utc(day, time(0)).timestamp()
    return Bars.from_rows(np.array([[stamp, close, close, close, close, 25.0, np.nan]]))


class PastOptionsVendor(EarningsVendor):
    """Lists a strike each dollar around the close of a past day, and knows what the options closed at."""

    def __init__(self) -> None:
        super().__init__()
        made = earnings_market.vendor()
        self.known, self.coming, self.results = made.known, made.coming, made.results
        self.daily, self.chains = made.daily, made.chains
        self.divided: list[Split] = []
        self.silent_tickers: set[str] = set()
        self.unlisted: set[date] = set()

    def raw_close(self, day: date) -> float:
        """Return what the share cost on a day before anybody divided it."""
        midnight = int(in_utc(day, time(0)).timestamp())
        close = float(self.daily[SHARE].between(midnight, midnight + 1).close[0])
        for each in self.divided:
            close *= each.split_to / each.split_from if day < each.date else 1.0
        return close

    def splits(self, symbol: str, first: date, last: date, *, now: datetime) -> Told[Split]:
        self._called("splits")
        return Told(tuple(each for each in self.divided if first <= each.date <= last), now, self.name)

    def contracts(self, symbol: str, expiry: date, *, now: datetime, as_of: date | None = None) -> Told[ListedContract]:
        self._called("contracts")
        assert as_of is not None
        if expiry in self.unlisted:
            return Told((), now, self.name)
        middle = round(self.raw_close(as_of))
        rows = [
            ListedContract(f"{as_of}|{expiry}|{strike}|{side}", symbol, expiry, float(strike), side == "C", 100.0)
            for strike in range(middle - 5, middle + 6)
            for side in "CP"
        ]
        spot = self.raw_close(as_of)
        adjusted = [ListedContract(f"x|{side}", f"{symbol}1", expiry, spot, side == "C", 150.0) for side in "CP"]
        return Told((*rows, *adjusted), now, self.name)

    def contract_bars(self, ticker: str, first: date, last: date, *, now: datetime) -> Bars:
        self._called("contract_bars")
        as_of, _, strike, side = ticker.split("|")
        assert (first, last) == (date.fromisoformat(as_of),) * 2
        if ticker in self.silent_tickers or side in self.silent_tickers:
            raise UnknownSymbol(symbol=ticker)
        spot = self.raw_close(first)
        lean = (spot - float(strike)) * (1 if side == "C" else -1)
        return a_day(first, 0.5 * (IMPLIED / 100 * spot + lean))


@pytest.fixture(autouse=True)
def past() -> PastOptionsVendor:  # type: ignore[misc]
    made = PastOptionsVendor()
    with vendors.using(made):
        yield made  # type: ignore[misc]


def rebuilt() -> dict[str, int]:
    history.past(SHARE, TONIGHT)
    return implied.reconstruct(TONIGHT)


def told() -> list[dict]:
    return history.past(SHARE, TONIGHT).wire()


def test_what_options_expected_is_read_from_the_closes_before_each_report(past: PastOptionsVendor) -> None:
    assert rebuilt() == {"rebuilt": 6, "unknown": 0, "failed": 0}
    assert {row["expectedReason"] for row in told()[6:]} == {"not_looked_up"}
    # Splits, contracts, call and put.
    assert past.calls["splits"] + past.calls["contracts"] + past.calls["contract_bars"] == 6 * 4

    assert tasks.rebuild_expected_moves() == {"rebuilt": 2, "unknown": 0, "failed": 0}

    assert [row["expectedMove"] for row in told()] == [pytest.approx(IMPLIED, abs=0.1)] * 8
    assert {row["expectedMethod"] for row in told()} == {"option_bars"}
    assert all(row["unavailable"] == [] and row["expectedReason"] is None for row in told())
    # Nothing is asked for twice.
    asked = past.calls.total()
    assert implied.reconstruct(TONIGHT) == {"rebuilt": 0, "unknown": 0, "failed": 0}
    assert past.calls.total() == asked


def test_a_move_that_nobody_can_know_is_none_with_its_reason_and_not_the_actual_one(past: PastOptionsVendor) -> None:
    past.silent_tickers = {"P"}

    assert rebuilt() == {"rebuilt": 0, "unknown": 6, "failed": 0}

    newest = told()[0]
    assert (newest["expectedMove"], newest["unavailable"], newest["expectedReason"]) == (0, ["expectedMove"], "no_bars")
    assert newest["actualMove"] == earnings_market.MOVES[0]
    assert EarningsReaction.objects.filter(implied_move__isnull=False).count() == 0


def test_a_share_without_weekly_options_has_its_monthly_ones_read(past: PastOptionsVendor) -> None:
    history.past(SHARE, TONIGHT)
    newest = EarningsReaction.objects.latest("date")
    EarningsReaction.objects.exclude(pk=newest.pk).delete()
    fridays = [newest.date + timedelta(days=each) for each in range(1, 46)]
    past.unlisted = {day for day in fridays if not 15 <= day.day <= 21}

    assert implied.reconstruct(TONIGHT)["rebuilt"] == 1
    past.unlisted = set(fridays)
    EarningsReaction.objects.update(implied_move=None)
    assert implied.reconstruct(TONIGHT)["unknown"] == 1
    assert EarningsReaction.objects.get().implied_reason == "no_contracts"


def test_a_split_since_leaves_moves_and_strikes_as_they_were(past: PastOptionsVendor) -> None:
    rebuilt()
    whole = [(row["actualMove"], row["direction"], row["expectedMove"]) for row in told()]
    EarningsReaction.objects.all().delete()
    day = calendar.session_on_or_before(REPORT - timedelta(days=30)).date
    past.divided = [Split(SHARE, day, 1.0, 10.0)]

    # Bars are told as if there had always been ten shares; what was listed then had the strikes of then.
    rows = past.daily[SHARE].rows()
    rows[:, 1:5] /= 10.0
    past.daily[SHARE] = Bars.from_rows(rows)
    strikes_before = past.raw_close(REPORT - timedelta(days=91))
    client().delete(*client().keys(key("daily", "*", SHARE)))
    rebuilt()

    assert strikes_before > 90
    assert [(row["actualMove"], row["direction"], row["expectedMove"]) for row in told()] == whole


@pytest.mark.parametrize("what", ["contracts", "contract_bars", "splits"])
def test_a_vendor_that_is_away_ends_the_run_and_is_asked_again(past: PastOptionsVendor, what: str) -> None:
    past.failing[what] = ProviderUnavailable(provider="fake")

    assert rebuilt() == {"rebuilt": 0, "unknown": 0, "failed": 1}
    assert past.calls[what] == 1
    assert {row["expectedReason"] for row in told()} == {"not_looked_up"}
    del past.failing[what]
    assert implied.reconstruct(TONIGHT)["rebuilt"] == 6


def test_a_vendor_that_keeps_no_past_options_is_not_asked(vendor: EarningsVendor) -> None:
    with vendors.using(vendor):
        assert rebuilt() == {"rebuilt": 0, "unknown": 0, "failed": 0}
        assert {row["expectedReason"] for row in told()} == {"not_kept"}


def test_what_was_kept_of_live_quotes_stands(past: PastOptionsVendor) -> None:
    history.past(SHARE, TONIGHT)
    EarningsReaction.objects.update(implied_move=7.5, method="snapshot")

    assert implied.reconstruct(TONIGHT) == {"rebuilt": 0, "unknown": 0, "failed": 0}
    assert {row["expectedMove"] for row in told()} == {7.5}


def test_a_time_of_day_that_was_corrected_has_its_straddle_looked_up_anew(past: PastOptionsVendor) -> None:
    rebuilt()
    newest = EarningsReaction.objects.latest("date")
    assert newest.implied_move is not None

    EarningsEvent.objects.filter(symbol=SHARE, date=newest.date).update(time="BMO", updated_at=datetime.now(UTC))
    history.past(SHARE, TONIGHT)

    newest.refresh_from_db()
    assert (newest.time, newest.implied_move, newest.method) == ("BMO", None, "")
