"""The chart of one detection: the minutes of its own session, running or long over, with its plan and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coach.pages import chart_data
from coach.pages.aftermath import Aftermath
from coach.pages.aftermath import read as follow
from coach.pure import drawing
from coach.pure.drawing import End, Setup
from coach.pure.formats import number
from detectors.models import DetectedSetup
from market import calendar, clock, feed, openings, references, session_minutes
from market.errors import ProviderUnavailable, RateLimited
from market.pure import levels
from market.pure.bars import Bars
from market.pure.opening_range import LENGTHS, opening_range
from market.session_minutes import Minutes

# Bars of the table before the trigger; those after it fill the rest.
TABLE_BEFORE = 5


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """A detection, the minutes of its session, and what followed.

    Attributes
    ----------
    minutes : Minutes or None
        None where the calendar has no session on its date.
    """

    found: DetectedSetup
    minutes: Minutes | None
    aftermath: Aftermath
    now: datetime

    @property
    def bars(self) -> Bars:
        """The regular minutes."""
        return self.minutes.regular if self.minutes else Bars.empty()

    @property
    def runs(self) -> bool:
        """Its session is today's and still trades, so more bars will come."""
        return self.minutes is not None and self.now < self.minutes.session.close_at


def tell(found: DetectedSetup) -> Story:
    """Return the story of a detection as it stands now."""
    now, session = clock.now(), calendar.session(found.session_date)
    minutes = session_minutes.of(found.symbol, session) if session else None
    return Story(found, minutes, follow(found, minutes.regular if minutes else Bars.empty(), now), now)


def read(story: Story) -> dict[str, Any]:
    """Return what the chart draws, in the shape of every chart."""
    found, minutes, bars = story.found, story.minutes, story.bars
    if minutes is None or not len(bars):
        blank = {"symbol": found.symbol, "frame": drawing.FRAME, "resyncMs": 0, "levels": [], "setups": []}
        return chart_data.NOTHING | blank | _why_nothing(minutes)
    drawn = drawing.of_setup(
        found.symbol,
        bars,
        minutes.vwap().vwap,
        setup=_setup(found, story.aftermath),
        levels=_levels(found, minutes, story.now),
        opening_range=_range(found, minutes, story.now),
    )
    note = "" if drawn["hasVolume"] else chart_data.volume_note(found.symbol, minutes.volume_source)
    return drawn | {"volumeNote": note} | (_live(minutes) if story.runs else {})


def table(story: Story) -> list[dict[str, Any]]:
    """Return the bars around the trigger for those who read rather than look, newest first."""
    bars = drawing.candles(story.bars)
    trigger = int(story.found.bar_at.timestamp())
    first = sum(bar["time"] < trigger for bar in bars) - TABLE_BEFORE
    start = max(0, min(first, len(bars) - chart_data.TABLE_BARS))
    return chart_data.table(bars[start : start + chart_data.TABLE_BARS], drawing.FRAME)


def _live(minutes: Minutes) -> dict[str, Any]:
    session = minutes.session
    span = {"open": session.open_ts, "close": session.close_ts, "day": 0}  # no bar of this chart is a day's
    return {"session": span, "resyncMs": chart_data.resync_ms()}


def _why_nothing(minutes: Minutes | None) -> dict[str, str]:
    if minutes is not None and minutes.degraded:
        text = "The market data cannot be reached. Saved data is unaffected."
        return chart_data.state("error", "The chart could not be loaded", text)
    return chart_data.state("empty", "No chart data available", "The minutes of this session are not kept any more.")


def _setup(found: DetectedSetup, aftermath: Aftermath) -> Setup:
    until = found.valid_until
    return Setup(
        id=str(found.id),
        setup_type=found.setup_type,
        direction=found.direction,
        bar_ts=int(found.bar_at.timestamp()),
        detected_ts=int(found.detected_at.timestamp()),
        valid_until_ts=int(until.timestamp()) if until else None,
        entry=number(found.entry),
        stop=number(found.stop),
        targets=targets(found),
        end=_end(aftermath),
    )


def _end(aftermath: Aftermath) -> End | None:
    end = aftermath.end
    # What found no bar, or had no plan, ended nowhere on the chart.
    if end is None or end.exit_bar_ts is None:
        return None
    return End(end.verdict, end.exit_bar_ts, end.realized_r)


def targets(found: DetectedSetup) -> tuple[float, ...]:
    """Return the prices of a plan's targets, from near to far; the last is the one that decides."""
    told = (found.plan or {}).get("targets") or []
    prices = [number(target.get("price")) for target in told] or [number(found.target)]
    return tuple(price for price in prices if price is not None)


def _range(found: DetectedSetup, minutes: Minutes, now: datetime) -> dict[str, Any] | None:
    length = found.signal_data.get("orbPeriodMinutes")
    if length not in LENGTHS:
        return None
    session, settled = minutes.session, feed.settled(now)
    drawn = opening_range(minutes.regular, open_ts=session.open_ts, settled_ts=settled, minutes=length)
    return drawing.ranged(drawn, close_ts=session.close_ts, over=now >= session.close_at)


def _levels(found: DetectedSetup, minutes: Minutes, now: datetime) -> list[dict[str, Any]]:
    # The levels' answer is of the session that levels are for now; any other has those it opened with.
    current = references.levels_date(now) == found.session_date
    known = chart_data.ladder(found.symbol) if current else _of_its_day(found, minutes)
    return drawing.named_levels(found.signal_data, known)


def _of_its_day(found: DetectedSetup, minutes: Minutes) -> list[dict[str, Any]]:
    try:
        opening = openings.of([found.symbol], found.session_date).get(found.symbol)
    except (ProviderUnavailable, RateLimited):
        opening = None  # a chart is worth having without them
    before = levels.period(minutes.premarket)
    early = {"PMH": before.high, "PML": before.low} if before else {}
    named = (opening.levels if opening else {}) | early
    return [{"name": name, "price": round(price, 2)} for name, price in named.items()]
