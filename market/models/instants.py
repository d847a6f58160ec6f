"""The market time that new rows are stamped with."""

from __future__ import annotations

from datetime import datetime


def market_now() -> datetime:
    """Return the market time, for `default=`."""
    from market import clock  # noqa: PLC0415 -- the clock reads ClockState, one of the models

    return clock.now()
