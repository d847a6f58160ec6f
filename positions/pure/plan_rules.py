"""The trader's own limits: what his plan says of an opening and of a day, and what of it he has loosened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Final

from market.pure.sessions import NEW_YORK

ZERO: Final = Decimal(0)
# From this part of the day's most on, its trader is warned.
NEAR: Final = Decimal("0.8")
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Rule(StrEnum):
    """What is broken; `MAX_LOSS_DAY_NEAR` is the one that only warns."""

    MAX_LOSS_TRADE = "max_loss_trade"
    MAX_LOSS_DAY = "max_loss_day"
    MAX_LOSS_DAY_NEAR = "max_loss_day_near"
    OPENED_AFTER_MAX_LOSS = "opened_after_max_loss"
    MAX_TRADES_DAY = "max_trades_day"
    NO_TRADE_WINDOW = "no_trade_window"
    NO_ZERO_DTE = "no_zero_dte"

    @property
    def only_warns(self) -> bool:
        """Whether nothing is broken yet."""
        return self is Rule.MAX_LOSS_DAY_NEAR


@dataclass(frozen=True, slots=True)
class Window:
    """When nothing may be opened: from `start` on, no longer at `end`; clock times in New York, Monday is 0.

    Raises
    ------
    ValueError
        If it does not start before it ends, or names no weekday or one that there is not.
    """

    start: time
    end: time
    weekdays: frozenset[int] = frozenset(range(5))

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError(f"from {self.start:%H:%M} to {self.end:%H:%M}: expected a start before the end")
        if not self.weekdays or not self.weekdays <= frozenset(range(len(WEEKDAYS))):
            raise ValueError(f"weekdays {sorted(self.weekdays)}: expected at least one of 0 (Monday) to 6")

    def holds(self, at: datetime) -> bool:
        """Say whether an instant lies in it."""
        local = at.astimezone(NEW_YORK)
        return local.weekday() in self.weekdays and self.start <= local.time() < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M} to {self.end:%H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a trader has set himself; None or nothing where he has set no limit.

    Attributes
    ----------
    max_loss_trade : Decimal or None
        The most that one position may lose, above 0. [USD]
    max_loss_day : Decimal or None
        The most that all of them may lose in a market day, above 0. [USD]
    max_trades_day : int or None
        How many positions may be opened in a market day, at least 1.
    windows : tuple of Window
    no_zero_dte_after : time or None
        From this clock time in New York on, nothing may be opened that expires the same day.

    Raises
    ------
    ValueError
        If a limit is out of its range.
    """

    max_loss_trade: Decimal | None = None
    max_loss_day: Decimal | None = None
    max_trades_day: int | None = None
    windows: tuple[Window, ...] = ()
    no_zero_dte_after: time | None = None

    def __post_init__(self) -> None:
        for name in ("max_loss_trade", "max_loss_day", "max_trades_day"):
            limit = getattr(self, name)
            if limit is not None and not limit > 0:
                raise ValueError(f"{name}={limit}: expected a number above 0, or none")


@dataclass(frozen=True, slots=True)
class Risk:
    """The most that a position can lose from here on; `most` None where there is no limit. [USD]

    `known` is False where nobody can say, as of legs of several dates.
    """

    most: Decimal | None
    known: bool = True


NO_RISK: Final = Risk(ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Something was opened, or added to.

    Attributes
    ----------
    at : datetime
        When it was traded.
    before, after : Risk
        Of the position, without it and with it.
    zero_dte : bool
        Some of what was opened expires that very day.
    trades_today : int or None
        Positions opened that day, this one included; None when it only adds to one.
    day_loss : Decimal or None
        What the day had lost by then; None where nobody knows. [USD, at least 0]
    """

    at: datetime
    before: Risk
    after: Risk
    zero_dte: bool
    trades_today: int | None
    day_loss: Decimal | None


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule of the plan that was broken, or nearly.

    Attributes
    ----------
    limit, value : Decimal or None
        What the plan says and what is; None where that is no number, or has no limit. [USD, or trades]
    text : str
        Both in a sentence.
    """

    rule: Rule
    limit: Decimal | None
    value: Decimal | None
    text: str


def of_opening(plan: Plan, opening: Opening) -> list[Breach]:
    """Return what an opening breaks.

    A most may be reached and not passed; but once the day has lost its most, nothing is left to open with. A position
    whose risk does not grow breaks no limit of it, and one whose risk nobody can tell is not held against it.
    """
    return [each for each in _of_opening(plan, opening) if each]


def _of_opening(plan: Plan, opening: Opening) -> Iterator[Breach | None]:
    yield _risk(plan, opening)
    if plan.max_trades_day is not None and (opening.trades_today or 0) > plan.max_trades_day:
        limit, count = Decimal(plan.max_trades_day), Decimal(opening.trades_today or 0)
        yield Breach(Rule.MAX_TRADES_DAY, limit, count, f"Trade {count} of the day; the plan has {limit}.")
    if window := next((each for each in plan.windows if each.holds(opening.at)), None):
        local = opening.at.astimezone(NEW_YORK)
        text = f"Opened at {local:%H:%M:%S} New York time; the plan opens nothing from {window}."
        yield Breach(Rule.NO_TRADE_WINDOW, None, None, text)
    latest = plan.no_zero_dte_after
    local = opening.at.astimezone(NEW_YORK)
    if latest is not None and opening.zero_dte and local.time() >= latest:
        text = f"Opened at {local:%H:%M:%S} New York time and expires today; the plan stops that at {latest:%H:%M}."
        yield Breach(Rule.NO_ZERO_DTE, None, None, text)
    most, lost = plan.max_loss_day, opening.day_loss
    if most is not None and lost is not None and lost >= most:
        text = f"Opened when the day had lost {lost:,.2f} USD; the plan's most is {most:,.2f} USD."
        yield Breach(Rule.OPENED_AFTER_MAX_LOSS, most, lost, text)


def _risk(plan: Plan, opening: Opening) -> Breach | None:
    most, before, after = plan.max_loss_trade, opening.before, opening.after
    if most is None or not after.known:
        return None
    if after.most is None:
        if before.known and before.most is None:
            return None
        text = f"It can lose without limit; the plan's most for a trade is {most:,.2f} USD."
        return Breach(Rule.MAX_LOSS_TRADE, most, None, text)
    grows = not before.known or (before.most is not None and after.most > before.most)
    if after.most <= most or not grows:
        return None
    text = f"It can lose {after.most:,.2f} USD; the plan's most for a trade is {most:,.2f} USD."
    return Breach(Rule.MAX_LOSS_TRADE, most, after.most, text)


def of_position(plan: Plan, made: Decimal) -> Breach | None:
    """Return what a position breaks that has made so much, open and closed parts together, fees paid. [USD]."""
    most = plan.max_loss_trade
    if most is None or -made <= most:
        return None
    text = f"It has lost {-made:,.2f} USD; the plan's most for a trade is {most:,.2f} USD."
    return Breach(Rule.MAX_LOSS_TRADE, most, -made, text)


def of_day(plan: Plan, lost: Decimal) -> Breach | None:
    """Return what a day breaks that has lost so much: its most, or nearly; above 0 is lost. [USD]."""
    most = plan.max_loss_day
    if most is None or lost < NEAR * most:
        return None
    rule = Rule.MAX_LOSS_DAY if lost > most else Rule.MAX_LOSS_DAY_NEAR
    text = f"The day has lost {lost:,.2f} USD; the plan's most is {most:,.2f} USD."
    return Breach(rule, most, lost, text)


def loosened(before: Plan, after: Plan) -> tuple[str, ...]:
    """Return what a change allows that was not allowed before: names of `Plan`'s members."""
    looser = [
        name
        for name in ("max_loss_trade", "max_loss_day", "max_trades_day", "no_zero_dte_after")
        if _is_looser(getattr(before, name), getattr(after, name))
    ]
    if not _minutes(before.windows) <= _minutes(after.windows):
        looser.append("windows")
    return tuple(looser)


def _is_looser(before: Decimal | int | time | None, after: Decimal | int | time | None) -> bool:
    if before is None or after is None:
        return before is not None
    return after > before  # type: ignore[operator]  # both are of one member


def _minutes(windows: tuple[Window, ...]) -> set[tuple[int, int]]:
    """Return what windows close, minute by minute: they are told to the minute, and may overlap."""
    return {
        (day, minute)
        for each in windows
        for day in each.weekdays
        for minute in range(_minute(each.start), _minute(each.end))
    }


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
