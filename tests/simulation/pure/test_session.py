"""One symbol's day, and what was known of it at an instant."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.pure.listings import LISTINGS
from simulation.pure.session import printed_at, recording
from simulation.pure.timeline import OutsideTimeline
from tests.simulation.days import FULL_DAY, HALF_DAY, hours, record, regular, weekdays

SYMBOLS = sorted(LISTINGS)
some_symbol = st.sampled_from(SYMBOLS)
some_day = st.sampled_from([HALF_DAY, *weekdays(date(2024, 1, 2), 1800)])
some_seed = st.integers(0, 2**63)


def test_the_same_seed_gives_the_same_bytes_after_everything_was_forgotten() -> None:
    first = record("NVDA").bars.pack()
    recording.cache_clear()

    assert record("NVDA").bars.pack() == first


def test_another_seed_gives_another_market() -> None:
    assert not np.array_equal(record("SPX", seed=1).bars.close, record("SPX", seed=2).bars.close)


# Written down when the recipe was made: a change here gives every user another market, so raise `streams.RECIPE`.
WRITTEN_DOWN = (
    ("SPX", 6744.35, 6775.19, 6721.55, 6725.05),
    ("QQQ", 610.11, 617.28, 607.97, 608.77),
    ("VIX", 18.33, 18.81, 17.73, 18.53),
    ("TSLA", 455.84, 477.76, 455.08, 466.4),
)


@pytest.mark.parametrize(("symbol", "opened", "high", "low", "closed"), WRITTEN_DOWN)
def test_the_market_of_the_default_seed_stays_as_it_was(
    symbol: str, opened: float, high: float, low: float, closed: float
) -> None:
    bars = regular(symbol)

    assert (bars.open[0], bars.high.max(), bars.low.min(), bars.close[-1]) == (opened, high, low, closed)


@settings(max_examples=60)
@given(symbol=some_symbol, day=some_day, seed=some_seed)
def test_every_bar_is_a_bar(symbol: str, day: date, seed: int) -> None:
    bars = record(symbol, day, seed).bars

    assert (np.diff(bars.ts) >= 60).all()
    assert (bars.ts % 60 == 0).all()
    assert (bars.low > 0).all()
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()
    for prices in (bars.open, bars.high, bars.low, bars.close):
        assert np.array_equal(prices, np.round(prices, 2))
    traded = LISTINGS[symbol].has_volume
    assert (np.isfinite(bars.volume) == traded).all()
    assert (np.isfinite(bars.vwap) == traded).all()
    if traded:
        assert (bars.volume >= 1).all()
        assert np.array_equal(bars.volume, np.rint(bars.volume))
        assert (bars.vwap >= bars.low - 1e-9).all()
        assert (bars.vwap <= bars.high + 1e-9).all()


@settings(max_examples=40)
@given(symbol=some_symbol, day=some_day, seed=some_seed)
def test_a_bar_opens_near_the_close_before(symbol: str, day: date, seed: int) -> None:
    bars = regular(symbol, day, seed)
    step = np.abs(bars.open[1:] - bars.close[:-1])

    assert step.mean() <= 0.25 * (bars.high - bars.low).mean() + 0.01


@settings(max_examples=60)
@given(symbol=some_symbol, day=some_day, second=st.integers(0, 16 * 3600), later=st.integers(0, 8 * 3600))
def test_what_is_known_now_is_the_beginning_of_what_is_known_later(
    symbol: str, day: date, second: int, later: int
) -> None:
    whole, at = record(symbol, day), hours(day).early_ts + second
    now, then = whole.completed(at), whole.completed(at + later)

    assert then.take(slice(0, len(now))).pack() == now.pack()
    assert not len(now) or now.ts[-1] + 60 <= at
    assert whole.completed(hours(day).late_ts).pack() == whole.bars.pack()


@settings(max_examples=60)
@given(symbol=some_symbol, day=some_day, minute=st.integers(0, 209))
def test_a_forming_minute_grows_into_the_final_one(symbol: str, day: date, minute: int) -> None:
    whole, start = record(symbol, day), hours(day).open_ts + 60 * minute
    final = whole.bars.between(start, start + 60)
    steps = [whole.latest(start + second) for second in range(60)]

    assert all(step.ts.tolist() == [start] for step in steps)
    assert all(step.open[0] == final.open[0] for step in steps)
    assert np.all(np.diff([step.high[0] for step in steps]) >= 0)
    assert np.all(np.diff([step.low[0] for step in steps]) <= 0)
    assert steps[0].high[0] == steps[0].low[0] == final.open[0]
    if LISTINGS[symbol].has_volume:
        assert np.all(np.diff([step.volume[0] for step in steps]) >= 0)
    assert steps[-1].pack() == final.pack()


def test_nothing_is_known_before_the_first_minute() -> None:
    whole, span = record("SPY"), hours(FULL_DAY)

    assert len(whole.latest(span.early_ts - 1)) == 0
    assert len(whole.completed(span.early_ts + 59)) == 0
    assert whole.volume_until(span.early_ts - 1) == 0.0


def test_volume_so_far_counts_the_forming_minute_as_far_as_it_has_come() -> None:
    whole, at = record("SPY"), hours(FULL_DAY).open_ts + 90
    done, forming = whole.completed(at), whole.latest(at)

    assert whole.volume_until(at) == done.volume.sum() + forming.volume[0]
    assert whole.volume_until(at - 30) == whole.completed(at - 30).volume.sum() + whole.latest(at - 30).volume[0]
    assert whole.volume_until(hours(FULL_DAY).late_ts + 600) == whole.bars.volume.sum()
    assert np.isnan(record("SPX").volume_until(at))


def test_a_print_is_seen_in_the_second_in_which_it_is_made() -> None:
    assert [printed_at(600, at) for at in (600, 604, 605, 655, 659, 700)] == [600, 600, 605, 655, 655, 655]


@pytest.mark.parametrize(("day", "minutes"), [(FULL_DAY, 390), (HALF_DAY, 210)])
def test_an_index_is_computed_in_regular_hours_only_and_has_no_volume(day: date, minutes: int) -> None:
    bars = record("SPX", day).bars

    assert bars.ts.tolist() == list(range(hours(day).open_ts, hours(day).close_ts, 60))
    assert len(bars) == minutes
    assert np.isnan(bars.volume).all()
    assert np.isnan(bars.vwap).all()


@pytest.mark.parametrize("day", [FULL_DAY, HALF_DAY])
def test_a_stock_trades_thinly_before_the_open_and_after_the_close(day: date) -> None:
    span, bars = hours(day), record("NVDA", day).bars
    early = bars.between(span.early_ts, span.open_ts)
    late = bars.between(span.close_ts, span.late_ts)
    session = bars.between(span.open_ts, span.close_ts)

    assert len(session) == (span.close_ts - span.open_ts) // 60
    assert 0 < early.volume.mean() < 0.1 * session.volume.mean()
    assert 0 < late.volume.mean() < 0.5 * session.volume.mean()
    assert len(early) + len(session) + len(late) == len(bars)


def test_the_last_early_price_is_near_the_open_and_the_first_late_one_at_the_close() -> None:
    span, bars = hours(FULL_DAY), record("SPY").bars
    early, late = bars.between(span.early_ts, span.open_ts), bars.between(span.close_ts, span.late_ts)
    session = regular("SPY")

    assert early.close[-1] == pytest.approx(session.open[0], rel=5e-4)
    assert late.open[0] == pytest.approx(session.close[-1], rel=1e-4)


def test_a_small_name_has_fewer_early_minutes_than_a_large_one() -> None:
    span = hours(FULL_DAY)
    early = {symbol: len(record(symbol).bars.between(span.early_ts, span.open_ts)) for symbol in ("SPY", "F")}

    assert 20 < early["SPY"] < 330
    assert early["F"] < early["SPY"] / 2


@pytest.mark.parametrize("day", [date(2019, 12, 31), date(2036, 1, 2), date(2026, 2, 14)])
def test_a_day_outside_the_made_up_years_is_refused(day: date) -> None:
    with pytest.raises(OutsideTimeline):
        record("SPY", day)


def test_a_fund_walks_beside_its_index() -> None:
    for fund, index, ratio in (("SPY", "SPX", 0.1), ("QQQ", "NDX", 0.0243), ("IWM", "RUT", 0.1), ("DIA", "DJI", 0.01)):
        fund_closes, index_closes = regular(fund).close, regular(index).close

        assert np.allclose(fund_closes, ratio * index_closes, rtol=3e-4)
        moves = np.diff(np.log(fund_closes)), np.diff(np.log(index_closes))
        assert np.corrcoef(moves)[0, 1] > 0.9


def test_no_more_days_are_remembered_than_memory_allows() -> None:
    day_of_a_fund = record("SPY")
    size = day_of_a_fund.prints.nbytes + len(day_of_a_fund.bars.pack())

    assert recording.cache_info().maxsize * size < 32 * 1024 * 1024
