"""What becomes of an advice from look to look, and when its trader is told: one pure step.

Found once it is `new` and nobody hears of it. Found again on a mark made later it is `active`, and told. It ends when
its number has come back, or its time is over; its trader may have said that he knows, or wants to hear of it later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from positions.pure.advice import Abstained, Finding, Judged, Urgency

CONFIRMED_AFTER: Final = timedelta(seconds=10)  # between two marks that agree: one alone may be a bad print
COOLDOWN: Final = timedelta(seconds=120)
REMINDED_AFTER: Final = timedelta(minutes=30)
WORSE: Final = 0.20
QUIET_LOOKS: Final = 2
# Two workers that look at once count as one.
LEAST_APART: Final = timedelta(seconds=5)


class State(StrEnum):
    """Where an advice stands."""

    NEW = "new"  # found once
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"  # its trader knows
    SNOOZED = "snoozed"  # he wants to hear of it later
    RESOLVED = "resolved"  # it is not so any more
    EXPIRED = "expired"  # its time is over


OPEN: Final = (State.NEW, State.ACTIVE, State.ACKNOWLEDGED, State.SNOOZED)


class Notice(StrEnum):
    """Why its trader is told."""

    CREATED = "created"
    ESCALATED = "escalated"
    WORSE = "worse"
    CHANGED = "changed"  # another contract is suggested
    REMINDER = "reminder"
    AWOKEN = "awoken"  # after a snooze


class Answer(StrEnum):
    """What a trader says to an advice."""

    ACK = "ack"
    SNOOZE = "snooze"
    DISMISS = "dismiss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is remembered of an open advice.

    Attributes
    ----------
    urgency : Urgency or None
        Confirmed on two marks; None while it is new.
    pending, pending_mark : Urgency and datetime, or None
        A higher one that was found on one mark so far, and when that mark was made.
    value, contracts : float and tuple of str
        What its trader was told last: the number, and what was suggested.
    last_value, last_contracts
        What the last look found.
    notified_at : datetime or None
    looked_at : datetime
        When it last counted.
    quiet, lower : int
        Looks in a row at which it did not hold, or was less urgent.
    dismissed : bool
        Its trader wants to hear of it no more unless it becomes more urgent.
    """

    state: State
    urgency: Urgency | None
    pending: Urgency | None
    pending_mark: datetime | None
    value: float
    last_value: float
    contracts: tuple[str, ...] = ()
    last_contracts: tuple[str, ...] = ()
    notified_at: datetime | None = None
    looked_at: datetime
    expires_at: datetime
    snoozed_until: datetime | None = None
    quiet: int = 0
    lower: int = 0
    dismissed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a rule says now.

    Attributes
    ----------
    judged : Judged
        At its thresholds.
    held : Judged
        A tenth short of them; wanted for what is stored.
    marked_at : datetime
        When the newest price of the position was made.
    now : datetime
        Market time.
    """

    judged: Judged
    held: Judged = None
    marked_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from a look.

    Attributes
    ----------
    stored : Stored or None
        None where there is nothing, or what was found once was never confirmed.
    notice : Notice or None
        Why its trader is told now.
    why : str
        Why the state is another one; empty where it is the same.
    """

    stored: Stored | None
    notice: Notice | None = None
    why: str = ""


def step(stored: Stored | None, look: Look) -> Step:
    """Return what becomes of an advice with one more look."""
    if stored is None:
        return Step(_found(look.judged, look), why="found") if isinstance(look.judged, Finding) else Step(None)
    if -LEAST_APART < look.now - stored.looked_at < LEAST_APART:
        return Step(stored)
    finding = look.judged
    if not isinstance(finding, Finding):
        if look.now >= stored.expires_at:
            return _ended(stored, State.EXPIRED, look, "out_of_time")
        if isinstance(finding, Abstained) or isinstance(look.held, Abstained):
            return Step(stored)
        if look.held is None:
            return _quiet(stored, look)
    held = look.held if isinstance(look.held, Finding) else finding
    found = finding if isinstance(finding, Finding) else None
    return _standing(stored, look, found, held.urgency) if isinstance(held, Finding) else Step(stored)


def answered(stored: Stored, answer: Answer, now: datetime, *, until: datetime | None = None) -> Stored:
    """Return an open advice once its trader has said something to it.

    Raises
    ------
    ValueError
        If a snooze has no end in the future, or nothing is open.
    """
    if stored.state not in OPEN:
        raise ValueError(f"{stored.state}: nothing is open any more")
    if answer is Answer.SNOOZE:
        if until is None or until <= now:
            raise ValueError(f"until={until}: expected a time to come")
        return replace(stored, state=State.SNOOZED, snoozed_until=until)
    return replace(stored, state=State.ACKNOWLEDGED, snoozed_until=None, dismissed=answer is Answer.DISMISS)


def _found(finding: Finding, look: Look) -> Stored:
    return Stored(
        state=State.NEW,
        urgency=None,
        pending=finding.urgency,
        pending_mark=look.marked_at,
        value=finding.evidence.value,
        last_value=finding.evidence.value,
        contracts=finding.contracts,
        last_contracts=finding.contracts,
        looked_at=look.now,
        expires_at=finding.expires_at,
    )


def _quiet(stored: Stored, look: Look) -> Step:
    if stored.state is State.NEW:
        return Step(None, why="not_confirmed")
    quiet = stored.quiet + 1
    if quiet >= QUIET_LOOKS:
        return _ended(stored, State.RESOLVED, look, "retreated")
    return Step(replace(stored, quiet=quiet, pending=None, pending_mark=None, looked_at=look.now))


def _ended(stored: Stored, state: State, look: Look, why: str) -> Step:
    if stored.state is State.NEW:
        return Step(None, why="not_confirmed")
    return Step(replace(stored, state=state, looked_at=look.now), why=why)


def _standing(stored: Stored, look: Look, finding: Finding | None, held: Urgency) -> Step:
    """Return what becomes of what is still so; without `finding` it only holds."""
    raised = _raised(stored, look, finding, held)
    now_open = replace(raised, quiet=0, looked_at=look.now)
    if finding is not None:
        now_open = replace(
            now_open,
            expires_at=finding.expires_at,
            last_value=finding.evidence.value,
            last_contracts=finding.contracts,
        )
    notice = _notice(stored, now_open, look, finding)
    if notice is None:
        return Step(now_open)
    told = replace(
        now_open,
        state=State.ACTIVE,
        snoozed_until=None,
        dismissed=False,
        notified_at=look.now,
        value=now_open.last_value,
        contracts=now_open.last_contracts,
    )
    return Step(told, notice, why="" if stored.state is State.ACTIVE else notice.value)


def _raised(stored: Stored, look: Look, finding: Finding | None, held: Urgency) -> Stored:
    """Return it with its urgency: higher once two marks say so, lower once two looks do."""
    level = stored.urgency or 0
    if finding is not None and finding.urgency > level:
        return replace(stored, lower=0, **_confirmed(stored, look, finding.urgency))
    if held > level:
        return replace(stored, lower=0)  # found higher before, and it still holds: the next mark decides
    settled = replace(stored, lower=0, pending=None, pending_mark=None)
    if stored.urgency is None or held == stored.urgency:
        return settled
    if stored.lower + 1 < QUIET_LOOKS:
        return replace(settled, lower=stored.lower + 1)
    return replace(settled, urgency=held)


def _confirmed(stored: Stored, look: Look, found: Urgency) -> dict[str, Any]:
    """Return what is to be remembered of an urgency above the one that is sure."""
    if stored.pending is None or stored.pending_mark is None:
        return {"pending": found, "pending_mark": look.marked_at}
    sure = min(stored.pending, found)
    if abs(look.marked_at - stored.pending_mark) < CONFIRMED_AFTER:
        return {"pending": sure}
    higher = found > sure
    return {
        "urgency": sure,
        "pending": found if higher else None,
        "pending_mark": look.marked_at if higher else None,
    }


def _notice(before: Stored, stored: Stored, look: Look, finding: Finding | None) -> Notice | None:
    if stored.urgency is None:
        return None
    if before.urgency is None:
        return Notice.CREATED
    if stored.urgency > before.urgency:
        return Notice.ESCALATED
    if before.state is State.SNOOZED:
        over = before.snoozed_until is None or look.now >= before.snoozed_until
        return Notice.AWOKEN if over else None
    if before.dismissed or not _rested(stored, look.now, COOLDOWN):
        return None
    return _repeated(before, stored, look, finding)


def _repeated(before: Stored, stored: Stored, look: Look, finding: Finding | None) -> Notice | None:
    """Return why something that its trader was told before is told again."""
    if finding is not None and _worse(stored.value, before.last_value, stored.last_value, finding):
        return Notice.WORSE
    if before.state is State.ACTIVE:
        if stored.last_contracts != stored.contracts and before.last_contracts == stored.last_contracts:
            return Notice.CHANGED
        if stored.urgency is Urgency.HIGH and _rested(stored, look.now, REMINDED_AFTER):
            return Notice.REMINDER
    return None


def _rested(stored: Stored, now: datetime, span: timedelta) -> bool:
    """Say whether nobody was told for so long; a time yet to come is one from before a clock was set back."""
    return stored.notified_at is None or now < stored.notified_at or now - stored.notified_at >= span


def _worse(told: float, last: float, value: float, finding: Finding) -> bool:
    """Say whether two looks in a row found it a fifth worse than what its trader was told."""
    by = WORSE * abs(told or finding.evidence.threshold)
    sign = 1.0 if finding.evidence.rises else -1.0
    return sign * (value - told) >= by and sign * (last - told) >= by
