"""The timeframes of a chart: how long a bar is, how far back one looks and how long an answer is good."""

from __future__ import annotations

from dataclasses import dataclass

SESSION_S = 390 * 60
# Bars before the first one shown, so that averages have settled when they are drawn.
WARM_UP = 250


@dataclass(frozen=True, slots=True)
class Timeframe:
    """One timeframe.

    Attributes
    ----------
    name : str
        As the wire spells it; `1m` is a minute, `1M` a month.
    step_s : int or None
        Length of an intraday bar; None for days and longer. [seconds]
    look_back : int
        How much is shown unless bars are asked for: sessions of an intraday chart, else bars.
    sessions_a_bar : int
        Most sessions that a bar of a day or longer can span; 0 for intraday.
    timespan : str
        The contract's word for the kind of bar.
    ttl_s : int
        How long an answer is good. [seconds of market time]
    """

    name: str
    step_s: int | None
    look_back: int
    sessions_a_bar: int
    timespan: str
    ttl_s: int

    @property
    def bars_a_session(self) -> int:
        """Intraday bars of a full regular session."""
        return -(-SESSION_S // self.step_s) if self.step_s else 1

    def sessions_shown(self, bars: int | None) -> int:
        """Return how many sessions an intraday chart of so many bars shows."""
        return self.look_back if bars is None else -(-bars // self.bars_a_session)

    @property
    def sessions_before(self) -> int:
        """Sessions of history in front of an intraday chart."""
        return -(-WARM_UP // self.bars_a_session)


_ALL = (
    Timeframe("1m", 60, 1, 0, "minute", 60),
    Timeframe("5m", 300, 5, 0, "minute", 60),
    Timeframe("15m", 900, 10, 0, "minute", 120),
    Timeframe("1h", 3600, 30, 0, "hour", 300),
    Timeframe("4h", 14400, 60, 0, "hour", 300),
    Timeframe("1D", None, 180, 1, "day", 600),
    Timeframe("1W", None, 260, 5, "week", 3600),
    Timeframe("1M", None, 60, 23, "month", 7200),
)
TIMEFRAMES = {timeframe.name: timeframe for timeframe in _ALL}
