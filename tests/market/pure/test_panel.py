from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from market.pure.bars import Bars
from market.pure.panel import Panel, assemble

OPEN = 1_770_647_400
NAN = np.nan


def bars(first: int, closes: list[float], volume: float = NAN) -> Bars:
    ts = OPEN + 60 * (first + np.arange(len(closes)))
    close = np.array(closes)
    flat = np.full(len(closes), NAN)
    return Bars.from_rows(np.column_stack([ts, close, close, close, close, np.full(len(closes), volume), flat]))


def laid(**symbols: Bars) -> Panel:
    return assemble(
        symbols,
        open_ts=OPEN,
        close_ts=OPEN + 240,
        proxies={"SPX": "SPY"},
        atr={"SPY": 5.0},
        prev_close={"SPX": 6000.0},
    )


def test_each_bar_lies_in_the_column_of_its_minute() -> None:
    panel = laid(SPY=bars(1, [600, 601], volume=7))

    np.testing.assert_array_equal(panel.close, [[NAN, 600, 601, NAN]])
    np.testing.assert_array_equal(panel.volume, [[NAN, 7, 7, NAN]])
    assert panel.ts(1) == OPEN + 60
    assert panel.minutes == 4


def test_pre_market_and_after_hours_are_left_out() -> None:
    panel = laid(SPY=bars(-2, [1, 2, 3, 4, 5, 6, 7], volume=7))

    np.testing.assert_array_equal(panel.close, [[3, 4, 5, 6]])
    assert (panel.premarket_low.tolist(), panel.premarket_high.tolist()) == ([1.0], [2.0])


def test_only_what_a_symbol_traded_itself_carries_its_own_vwap() -> None:
    own = bars(0, [600, 601], volume=7)
    own = Bars.from_rows(np.column_stack([own.rows()[:, :6], [600.5, 600.75]]))

    panel = laid(SPX=bars(0, [6000, 6001]), SPY=own)

    np.testing.assert_array_equal(panel.vwap[:, :2], [[NAN, NAN], [600.5, 600.75]])
    assert np.isnan(panel.premarket_high).all()


def test_an_index_takes_its_proxys_volume_minute_by_minute() -> None:
    panel = laid(SPX=bars(0, [6000, 6001, 6002]), SPY=bars(1, [600, 601, 602], volume=7))

    assert panel.symbols == ("SPX", "SPY")
    assert panel.volume_source == ("SPY", "SPY")
    # No bar of the index in the last minute: nothing that its proxy's volume could belong to.
    np.testing.assert_array_equal(panel.volume[0], [NAN, 7, 7, NAN])


def test_without_a_proxy_there_is_no_volume_and_no_source() -> None:
    panel = laid(SPX=bars(0, [6000]), VIX=bars(0, [15]))

    assert panel.volume_source == (None, None)
    assert np.isnan(panel.volume).all()


@pytest.mark.parametrize(
    ("index", "fund", "awaited"),
    [
        (range(4), range(4), False),
        (range(4), range(3), True),  # the fund's newest minute is still to come
        (range(4), range(2), True),
        (range(4), range(1), False),  # it has been away for longer than anybody waits
        (range(3), range(4), False),
        ((0, 1, 3), range(3), True),
        (range(4), (0, 1, 3), False),  # a minute without a trade is over
    ],
)
def test_a_minute_whose_volume_is_about_to_come_is_awaited(
    index: Sequence[int], fund: Sequence[int], awaited: bool
) -> None:
    def of(minutes: Sequence[int], volume: float = NAN) -> Bars:
        return bars(0, [100.0] * 4, volume=volume).take(np.array(minutes))

    panel = laid(SPX=of(index), SPY=of(fund, 7), VIX=of(range(4)))

    assert panel.awaiting_volume(2) == ({"SPX"} if awaited else set())


def test_own_volume_comes_before_a_proxys() -> None:
    panel = laid(SPX=bars(0, [6000], volume=3), SPY=bars(0, [600], volume=7))

    assert panel.volume_source == ("SPX", "SPY")
    assert panel.volume[0, 0] == 3


def test_unknown_references_are_nan() -> None:
    panel = laid(SPX=bars(0, [6000]), SPY=bars(0, [600], volume=7))

    np.testing.assert_array_equal(panel.atr, [NAN, 5.0])
    np.testing.assert_array_equal(panel.prev_close, [6000.0, NAN])


def test_only_picks_rows_and_keeps_the_borrowed_volume() -> None:
    panel = laid(SPX=bars(0, [6000]), SPY=bars(0, [600], volume=7), VIX=bars(0, [15])).only(["VIX", "SPX"])

    assert panel.symbols == ("VIX", "SPX")
    assert panel.volume_source == (None, "SPY")
    np.testing.assert_array_equal(panel.close[:, 0], [15, 6000])
    np.testing.assert_array_equal(panel.volume[:, 0], [NAN, 7])
    with pytest.raises(ValueError, match="not in tuple"):
        panel.only(["QQQ"])


def test_until_is_the_panel_of_that_minute() -> None:
    bars_of_day = bars(0, [600, 601, 602, 603], volume=7)
    panel, early = laid(SPY=bars_of_day), laid(SPY=bars_of_day.until(OPEN + 60))

    np.testing.assert_array_equal(panel.until(2).close, early.close[:, :2])
    assert panel.until(2).minutes == 2


def test_no_symbols_make_an_empty_panel() -> None:
    assert laid().close.shape == (0, 4)
