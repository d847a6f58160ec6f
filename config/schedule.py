"""Every recurring job: what runs, when on the market clock, on which queue and what it is for; plain data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Days = Literal["daily", "trading", "sunday", "monthly"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """A cadence of its own for each phase of the market; None where the job rests.

    Attributes
    ----------
    pre, open, after, closed : int or None
        Market seconds from one run to the next.
    offset_s : int
        Runs fall on this many seconds after a multiple of the cadence: 5 s with offset 2 is :02, :07, :12. [s]
    """

    pre: int | None = None
    open: int | None = None
    after: int | None = None
    closed: int | None = None
    offset_s: int = 0

    def during(self, phase: str) -> int | None:
        """Return the cadence in market seconds of a phase: `pre`, `open`, `after` or `closed`."""
        return {"pre": self.pre, "open": self.open, "after": self.after, "closed": self.closed}[phase]

    @property
    def fastest(self) -> int:
        """The shortest cadence of all phases in market seconds, the one the admin shows."""
        return min(every for every in (self.pre, self.open, self.after, self.closed) if every)


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """Once a day, week or month, from a moment on until it has been done.

    Attributes
    ----------
    time : time or None
        From this clock time in New York.
    after_close_min : int or None
        Or from this many minutes after the session's close, early closes included; only with `trading`.
    days : 'daily', 'trading', 'sunday' or 'monthly'
        `sunday` may be caught up until the next Sunday, `monthly` (the 1st) until the month ends, the others until
        midnight in New York.
    latest : time or None
        Not after this clock time of its own day.
    """

    time: dt.time | None = None
    after_close_min: int | None = None
    days: Days = "daily"
    latest: dt.time | None = None

    def __post_init__(self) -> None:
        if (self.time is None) == (self.after_close_min is None):
            raise ValueError(f"{self}: give a clock time or minutes after the close, one of the two")
        if self.after_close_min is not None and self.days != "trading":
            raise ValueError(f"{self}: only trading days have a close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of the schedule.

    Attributes
    ----------
    name : str
        What people read; unique.
    task : str
        The Celery task; two jobs may share one.
    queue : str
        Where its messages wait.
    wire_name : str
        What `GET /health/workers` calls it; unique.
    when : Every or At
        Its cadence.
    purpose : str
        One line on what it is for.
    """

    name: str
    task: str
    queue: str
    wire_name: str
    when: Every | At
    purpose: str


JOBS: tuple[Job, ...] = (
    Job(
        name="market feed",
        task="market.refresh_feed",
        queue="feed",
        wire_name="market_feed_worker",
        when=Every(pre=5, open=5, after=5, closed=60, offset_s=2),
        purpose="Fetch quotes and minute bars of every symbol that someone needs.",
    ),
    Job(
        name="session bars",
        task="market.keep_session_bars",
        queue="feed",
        wire_name="session_bars_worker",
        when=Every(open=300, offset_s=20),
        purpose="Write the session's bars to Postgres, so that they survive Redis.",
    ),
    Job(
        name="session bars at the close",
        task="market.keep_session_bars",
        queue="feed",
        wire_name="session_bars_close_worker",
        when=At(after_close_min=2, days="trading"),
        purpose="Write the finished session to Postgres.",
    ),
    Job(
        name="gamma profiles",
        task="options_engine.refresh_profiles",
        queue="coach",
        wire_name="gamma_profile_worker",
        when=Every(open=300, offset_s=5),
        purpose="Read the option chains of the big indexes and their funds, and keep where dealers hedge.",
    ),
    Job(
        name="opening straddles",
        task="options_engine.capture_straddles",
        queue="coach",
        wire_name="opening_straddle_worker",
        when=Every(open=60, offset_s=20),
        purpose="Write down what the straddles of today's options cost after the open: the move the day expects.",
    ),
    Job(
        name="volatility history",
        task="options_engine.keep_volatility",
        queue="coach",
        wire_name="volatility_history_worker",
        # At every other minute, so that what a vendor did not answer is asked again before the close.
        when=Every(pre=600, open=120, after=600, closed=600, offset_s=40),
        purpose="Keep each followed symbol's volatility before the close; at other times read back missing days.",
    ),
    Job(
        name="treasury yields",
        task="options_engine.refresh_rates",
        queue="coach",
        wire_name="treasury_yields_worker",
        when=At(time=dt.time(6, 30), days="daily"),
        purpose="Keep the treasury yields that options are discounted with.",
    ),
    Job(
        name="detector scan",
        task="detectors.sweep",
        queue="detectors",
        wire_name="setup_detector_worker",
        when=Every(open=15, after=60, offset_s=10),
        purpose="Safety net of the pushed path: detect setups and move tracked ones on bars that nobody looked at yet.",
    ),
    Job(
        name="alerts",
        task="detectors.alerts",
        queue="detectors",
        wire_name="alert_worker",
        when=Every(pre=30, open=60, after=30, closed=60, offset_s=12),
        purpose="Hold pre-market and after-hours bars against price alerts; in the session the detector scan does.",
    ),
    Job(
        name="position tracker",
        task="positions.track",
        queue="positions",
        wire_name="position_tracker_worker",
        # Behind the feed, whose prices it takes for the shares.
        when=Every(pre=15, open=15, after=15, closed=60, offset_s=4),
        purpose="Value everybody's open positions from the quotes of now, store what moved and push it.",
    ),
    Job(
        name="exit advisor",
        task="positions.advise",
        queue="positions",
        wire_name="exit_advisor_worker",
        # Between two rounds of the tracker. Options trade in the session alone, and so advice is given in it alone.
        when=Every(open=15, offset_s=11),
        purpose="Hold open positions against the rules of the exit advisor, and tell their traders what is new.",
    ),
    Job(
        name="position days",
        task="positions.keep_day",
        queue="positions",
        wire_name="position_day_worker",
        # Behind the last quotes of index options, on a plan that is a quarter of an hour late, too.
        when=At(after_close_min=17, days="trading"),
        purpose="Keep what positions were worth at the day's end, so that the next day's profit can be explained.",
    ),
    Job(
        name="option settlement",
        task="positions.settle",
        queue="positions",
        wire_name="option_settlement_worker",
        when=At(after_close_min=30, days="trading"),
        purpose="Write how options that ended at the close did: worthless, paid out in cash, exercised or assigned.",
    ),
    Job(
        name="option settlement in the morning",
        task="positions.settle",
        queue="positions",
        wire_name="option_settlement_morning_worker",
        when=At(time=dt.time(10), days="trading"),
        purpose="The same of those that are settled at the open, and of what no close was known for in the evening.",
    ),
    Job(
        name="contract minutes",
        task="positions.keep_minutes",
        queue="positions",
        wire_name="contract_minutes_worker",
        # Behind the tracker of half past, whose marks it takes for what is held.
        when=Every(open=60, offset_s=40),
        purpose="Keep what contracts that are or were held today cost, minute by minute.",
    ),
    Job(
        name="hindsight",
        task="positions.look_back",
        queue="coach",
        wire_name="hindsight_worker",
        # The day's own close is known by then.
        when=At(time=dt.time(17, 45), days="trading"),
        purpose="Work out what the day's closed positions would have made by their advice and by fixed rules.",
    ),
    Job(
        name="setup expiry",
        task="detectors.expire",
        queue="detectors",
        wire_name="setup_expiry_worker",
        when=Every(pre=60, open=60, after=60, closed=60, offset_s=15),
        purpose="Archive setups and cancel alerts whose time is over.",
    ),
    Job(
        name="setup expiry after the close",
        task="detectors.expire",
        queue="detectors",
        wire_name="setup_expiry_close_worker",
        when=At(after_close_min=4, days="trading"),
        purpose="Archive what the session left open.",
    ),
    Job(
        name="setup outcomes",
        task="detectors.resolve",
        queue="detectors",
        wire_name="setup_outcome_worker",
        when=Every(open=60, offset_s=30),
        purpose="Write down how finished setups ended, for each detector's record.",
    ),
    Job(
        name="setup outcomes after the close",
        task="detectors.resolve",
        queue="detectors",
        wire_name="setup_outcome_close_worker",
        when=At(after_close_min=8, days="trading"),
        purpose="Write down the outcomes of the whole session.",
    ),
    Job(
        name="LEAPS at the close",
        task="positions.refresh_leaps",
        queue="coach",
        wire_name="leaps_worker",
        # Once quotes of the close have come to rest; options of indexes trade for a quarter of an hour longer.
        when=At(after_close_min=16, days="trading"),
        purpose="Write down what every LEAPS is worth at the close.",
    ),
    Job(
        name="quota reset",
        task="accounts.reset_allowances",
        queue="coach",
        wire_name="quota_reset_worker",
        when=At(time=dt.time(0, 5), days="daily"),
        purpose="Start a new billing period for members whose old one is over.",
    ),
    Job(
        name="test data clean-up",
        task="accounts.remove_test_data",
        queue="ops",
        wire_name="test_data_worker",
        when=At(time=dt.time(2, 10), days="daily"),
        purpose="Remove what end-to-end test users left behind a day ago.",
    ),
    Job(
        name="session clean-up",
        task="accounts.clear_sessions",
        queue="ops",
        wire_name="session_cleanup_worker",
        when=At(time=dt.time(2, 15), days="daily"),
        purpose="Delete sign-ins that have expired.",
    ),
    Job(
        name="event retention",
        task="realtime.prune",
        queue="ops",
        wire_name="event_retention_worker",
        when=At(time=dt.time(2, 20), days="daily"),
        purpose="Remove events older than they are kept, and remember the last id removed.",
    ),
    Job(
        name="gamma profile retention",
        task="options_engine.prune",
        queue="ops",
        wire_name="gamma_profile_retention_worker",
        when=At(time=dt.time(2, 25), days="daily"),
        purpose="Remove gamma profiles and opening straddles after 90 days, days of volatility after three years.",
    ),
    Job(
        name="earnings retention",
        task="options_engine.purge_earnings",
        queue="ops",
        wire_name="earnings_retention_worker",
        when=At(time=dt.time(3, 0), days="daily"),
        purpose="Remove reports and reactions after six years, and volatilities from before reports that never came.",
    ),
    Job(
        name="position retention",
        task="positions.prune",
        queue="ops",
        wire_name="position_retention_worker",
        when=At(time=dt.time(3, 15), days="daily"),
        purpose="Remove advice that is over after ninety days, and minutes of contracts after thirty.",
    ),
    Job(
        name="earnings calendar",
        task="options_engine.refresh_earnings",
        queue="coach",
        wire_name="earnings_calendar_worker",
        when=At(time=dt.time(6, 0), days="daily"),
        purpose="Read when companies report, all of them in one question a source.",
    ),
    Job(
        name="earnings reactions",
        task="options_engine.record_reactions",
        queue="coach",
        wire_name="earnings_reaction_worker",
        when=At(time=dt.time(10, 30), days="trading"),
        purpose="Measure how the last reports moved their shares, and the volatility that is left after them.",
    ),
    Job(
        name="earnings reactions in the evening",
        task="options_engine.record_reactions",
        queue="coach",
        wire_name="earnings_reaction_evening_worker",
        when=At(time=dt.time(17, 30), days="trading"),
        purpose="The same once the day's own close is known.",
    ),
    Job(
        name="volatility before reports",
        task="options_engine.snapshot_before_reports",
        queue="coach",
        wire_name="earnings_iv_worker",
        # After the close nobody makes quotes; on a half day there are none by then.
        when=At(time=dt.time(15, 50), days="trading", latest=dt.time(16)),
        purpose="Keep implied move and volatility of what reports within two sessions, for the record of the report.",
    ),
    Job(
        name="expected moves of past reports",
        task="options_engine.rebuild_expected_moves",
        queue="coach",
        wire_name="earnings_expected_worker",
        when=At(time=dt.time(18, 10), days="trading"),
        purpose="Rebuild what options expected of a few past reports from the last trades before them.",
    ),
    Job(
        name="job run retention",
        task="ops.prune",
        queue="ops",
        wire_name="job_run_retention_worker",
        when=At(time=dt.time(2, 30), days="daily"),
        purpose="Remove job runs after 30 days and heartbeats of processes that are long gone.",
    ),
    Job(
        name="calendar horizon",
        task="market.check_calendar",
        queue="coach",
        wire_name="calendar_worker",
        when=At(time=dt.time(3, 0), days="daily"),
        purpose="Make sure that the exchange calendar reaches at least a year ahead.",
    ),
    Job(
        name="symbol reference",
        task="market.refresh_symbols",
        queue="coach",
        wire_name="symbol_reference_worker",
        when=At(time=dt.time(5, 0), days="daily"),
        purpose="Refresh names and types of the symbols that people follow.",
    ),
    Job(
        name="health watcher",
        task="ops.watch",
        queue="ops",
        wire_name="worker_health_alert_worker",
        when=Every(pre=15, open=15, after=15, closed=15, offset_s=5),
        purpose="Notice jobs that went stale, fail or were missed, and say so once.",
    ),
)

# Tasks that other tasks enqueue; a recurring task has its queue above.
ENQUEUED: dict[str, str] = {
    "detectors.advance": "detectors",
}

ROUTES: dict[str, dict[str, str]] = {
    task: {"queue": queue} for task, queue in {**ENQUEUED, **{job.task: job.queue for job in JOBS}}.items()
}
