from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from math import isnan, nan

import numpy as np
import pytest

from market.pure.sessions import make_session
from options_engine.pure import reading
from positions.pure.facts import MarkSource
from positions.pure.lone_contracts import completed
from positions.pure.marks import LegMark, Told, of_reading
from tests.market.chains import chain

NOW = datetime(2026, 2, 9, 15, tzinfo=UTC)
NOW_TS = NOW.timestamp()
FRIDAY = date(2026, 2, 20)
CALL = "SPY260220C00600000"


def marked(
    bid: float,
    ask: float,
    *,
    last: float = nan,
    iv: float = nan,
    quoted_s: float = nan,
    traded_s: float = nan,
    delayed: bool = False,
    in_session: bool = True,
    strike: float = 600.0,
    spot: float = 601.0,
    expiry: date = FRIDAY,
    now: datetime = NOW,
) -> LegMark:
    """Return the mark of one call, quoted and traded so many seconds ago."""
    made = chain("SPY", [(expiry, "SPY", strike, "C")], spot=spot, as_of=now, bid=bid, ask=ask, last=last, iv=iv)
    told = Told(
        bid=np.array([bid]),
        ask=np.array([ask]),
        last=np.array([last]),
        quoted_ts=np.array([now.timestamp() - quoted_s]),
        last_ts=np.array([now.timestamp() - traded_s]),
        delayed=np.array([delayed]),
    )
    gone = told.is_old(now.timestamp(), in_session=in_session)
    made = replace(made, bid=np.where(gone, nan, made.bid), ask=np.where(gone, nan, made.ask))
    read = completed(reading.read(made, {expiry: make_session(expiry)}, european=False, in_session=in_session))
    (found,) = of_reading(read, told, now_ts=now.timestamp(), in_session=in_session).values()
    return found


def test_what_did_not_trade_today_but_is_quoted_is_worth_the_middle() -> None:
    """P3: 1.00 / 1.10 without a trade is 1.05, not nothing."""
    found = marked(1.00, 1.10, quoted_s=2, strike=620.0)

    assert (found.mark, found.source, found.old) == (1.05, MarkSource.QUOTE, False)
    assert (found.bid, found.ask, found.at_ts) == (1.0, 1.1, NOW_TS - 2)


def test_a_quote_that_nobody_dates_is_as_old_as_the_question() -> None:
    assert marked(1.00, 1.10, strike=620.0).at_ts == NOW_TS


def test_greeks_are_told_with_the_mark() -> None:
    found = marked(9.00, 9.10, quoted_s=2)

    # 9.05 is 1.92 above 15 %, of which a point is worth 0.42.
    assert found.sigma == pytest.approx(0.196, abs=0.003)
    assert 0.5 < found.delta < 0.6
    assert found.theta < 0 < found.vega
    assert found.extrinsic == pytest.approx(8.05)  # 9.05 less the 1.00 that exercise is worth


@pytest.mark.parametrize(
    ("bid", "ask", "more", "source", "mark"),
    [
        # A trade counts for a quarter of an hour, where the quote says nothing.
        (nan, nan, {"last": 9.3, "traded_s": 899}, MarkSource.LAST, 9.3),
        (nan, nan, {"last": 9.3, "traded_s": 901, "iv": 0.15}, MarkSource.MODEL, 7.1303),
        (nan, nan, {"last": 9.3, "iv": 0.15}, MarkSource.MODEL, 7.1303),  # nobody knows when
        (9.2, 9.1, {"last": 9.3, "traded_s": 60}, MarkSource.LAST, 9.3),  # crossed
        (4.0, 9.0, {"last": 9.3, "traded_s": 60}, MarkSource.LAST, 9.3),  # wide
        (0.0, 9.0, {"last": 9.3, "traded_s": 60}, MarkSource.LAST, 9.3),  # nobody bids
        # The model stays within what can be sold and bought at.
        (4.0, 6.0, {"iv": 0.15}, MarkSource.MODEL, 6.0),
        (15.0, 25.0, {"iv": 0.15}, MarkSource.MODEL, 15.0),
        # And a quote that is worse than none but all there is.
        (4.0, 9.0, {}, MarkSource.QUOTE, 6.5),
        (9.0, 9.1, {"last": 9.3, "traded_s": 60}, MarkSource.QUOTE, 9.05),
        (nan, nan, {}, MarkSource.NONE, nan),
        (0.0, 9.0, {}, MarkSource.NONE, nan),
    ],
)
def test_the_best_price_there_is_counts(
    bid: float, ask: float, more: dict[str, float], source: MarkSource, mark: float
) -> None:
    found = marked(bid, ask, **{"quoted_s": 5, **more})

    assert found.source is source
    assert found.mark == pytest.approx(mark, nan_ok=True)
    assert not found.old


def test_the_model_is_at_the_vendors_volatility() -> None:
    found = marked(nan, nan, iv=0.15)

    # By hand: the forward is 601.593 in 11.25 days, d1 = 0.11385, d2 = 0.08752: 328.06 - 320.92, discounted.
    assert (found.source, found.sigma) == (MarkSource.MODEL, 0.15)
    assert found.mark == pytest.approx(7.13, abs=0.01)
    assert found.mark == round(found.mark, 4)


@pytest.mark.parametrize(
    ("quoted_s", "delayed", "in_session", "old"),
    [
        (600, False, True, False),
        (601, False, True, True),
        (1500, True, True, False),
        (1501, True, True, True),
        (1501, False, False, False),
    ],
)
def test_a_quote_is_old_after_ten_minutes_of_the_session(
    quoted_s: float, delayed: bool, in_session: bool, old: bool
) -> None:
    found = marked(9.0, 9.1, quoted_s=quoted_s, delayed=delayed, in_session=in_session)

    assert (found.old, found.mark, found.source) == (old, 9.05, MarkSource.QUOTE)
    assert found.at_ts == NOW_TS - quoted_s
    assert isnan(found.sigma) == old  # nothing is read out of an old quote


def test_an_old_quote_stands_behind_a_fresh_trade() -> None:
    found = marked(9.0, 9.1, quoted_s=700, last=9.4, traded_s=30)

    assert (found.mark, found.source, found.old, found.at_ts) == (9.4, MarkSource.LAST, False, NOW_TS - 30)


def test_what_has_expired_waits_for_its_settlement() -> None:
    late = datetime(2026, 2, 20, 21, 1, tzinfo=UTC)

    found = marked(1.0, 1.1, last=1.0, traded_s=90, quoted_s=70, in_session=False, now=late)

    assert (found.source, isnan(found.mark)) == (MarkSource.NONE, True)


def test_half_a_cent_is_kept() -> None:
    assert marked(0.0, 0.05, quoted_s=1, strike=700.0).mark == 0.025


@pytest.mark.parametrize(("told", "price"), [(101.23456, 101.2346), (nan, nan), (0.0, nan)])
def test_shares_are_worth_their_last_price(told: float, price: float) -> None:
    mark = LegMark.of_stock(told, at_ts=NOW_TS, old=False)

    assert mark.mark == pytest.approx(price, nan_ok=True)
    assert mark.source is (MarkSource.NONE if isnan(price) else MarkSource.LAST)
    assert (mark.delta, mark.gamma, mark.theta) == (1.0, 0.0, 0.0)


def test_what_is_kept_is_read_back_as_it_was() -> None:
    found = marked(9.0, 9.1, quoted_s=700)

    kept = found.as_json()

    assert "sigma" not in kept
    assert repr(LegMark.of_json({**kept, "of_another_release": 1})) == repr(found)
