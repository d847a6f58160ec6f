"""Everything the socket says, one frozen dataclass a message; docs/contract/events.schema.json lists the members.

A field without a default is always sent, as null where it is None; a field whose default is None is left out then.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from config.http.renderers import dumps
from realtime.channels import Channel


class Message:
    """A message: its fields under their names on the wire."""

    TYPE: ClassVar[str]

    def members(self) -> dict[str, Any]:
        """Return the members in camelCase, without those that have nothing to say."""
        values = vars(self)
        return {
            name: values[attribute]
            for attribute, name, optional in _names(type(self))
            if not optional or values[attribute] is not None
        }

    def text(self) -> str:
        """Return the frame, for messages that belong to no channel."""
        return dumps({"type": self.TYPE, **self.members()}).decode()


class Stored(Message):
    """A message of a private channel: `members()` is the payload of its event."""

    CHANNEL: ClassVar[Channel]


@dataclass(frozen=True, kw_only=True)
class SetupDetected(Stored):
    """The detector found a setup. Shared: each hearer's `trackedSetupId` and `userId` come from the audience."""

    TYPE = "setup_detected"
    CHANNEL = Channel.SETUPS

    detected_setup_id: UUID
    symbol: str
    setup_type: str
    direction: str
    confidence: float | None
    current_price: float | None
    detected_at: datetime
    valid_until: datetime | None
    probability: float | None
    tracked_setup_id: UUID | None = None
    user_id: UUID | None = None
    interrupt: bool | None = None


@dataclass(frozen=True, kw_only=True)
class SetupUpdate(Stored):
    """Price reached the last target or the stop of an active setup: the two automatic moves of the contract."""

    TYPE = "setup_update"
    CHANNEL = Channel.SETUPS

    symbol: str
    setup_type: str
    status: str
    current_price: float
    reason: str
    evaluated_at: datetime
    previous_status: str = "active"
    setup_id: UUID | None = None
    user_id: UUID | None = None
    interrupt: bool | None = None


@dataclass(frozen=True, kw_only=True)
class SetupChanged(Stored):
    """Anything else that happened to a tracked setup: by its trader, or because its time ran out.

    `status` is None when the row is gone, `previous_status` when it is new.
    """

    TYPE = "setup_changed"
    CHANNEL = Channel.SETUPS

    setup_id: UUID
    user_id: UUID
    symbol: str
    setup_type: str
    previous_status: str | None
    status: str | None
    reason: str
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class AlertTriggered(Stored):
    """A price alert fired: on a completed bar, or because it was met when it was created.

    `current_price` is the close of that bar; `trigger_price` the price of it that met the alert.
    """

    TYPE = "alert_triggered"
    CHANNEL = Channel.ALERTS

    alert_id: UUID
    user_id: UUID
    symbol: str
    type: str
    target_value: float
    current_price: float
    triggered_at: datetime
    notes: str | None
    trigger_reason: str
    trigger_price: float
    interrupt: bool
    volume_ratio: float | None = None


@dataclass(frozen=True, kw_only=True)
class AlertChanged(Stored):
    """Anything else that happened to an alert: by its trader, or because its time ran out.

    `status` is None when the row is gone, `previous_status` when it is new.
    """

    TYPE = "alert_changed"
    CHANNEL = Channel.ALERTS

    alert_id: UUID
    user_id: UUID
    symbol: str
    type: str
    target_value: float
    previous_status: str | None
    status: str | None
    reason: str
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class PositionChanged(Stored):
    """A position was opened, traded in, amended or removed by its trader; what price does to it is `position_update`.

    `status` is None when the row is gone, `previous_status` when it is new.
    """

    TYPE = "position_changed"
    CHANNEL = Channel.POSITIONS

    position_id: UUID
    user_id: UUID
    symbol: str
    previous_status: str | None
    status: str | None
    reason: str
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class PositionClosed(Stored):
    """A position holds nothing any more: closed by its trader, expired, assigned or exercised."""

    TYPE = "position_closed"
    CHANNEL = Channel.POSITIONS

    position_id: UUID
    user_id: UUID
    symbol: str
    status: str
    realized_pnl: float
    closed_at: datetime


@dataclass(frozen=True, kw_only=True)
class PlanBreached(Stored):
    """A rule of the trader's own plan was broken, or nearly (`severity` is `warning`).

    `position_id` and `symbol` are None where it is the whole day's; `limit` and `value` where they are no numbers.
    """

    TYPE = "plan_breached"
    CHANNEL = Channel.POSITIONS

    breach_id: UUID
    user_id: UUID
    position_id: UUID | None
    symbol: str | None
    rule: str
    severity: str
    message: str
    limit: float | None
    value: float | None
    market_date: date
    breached_at: datetime


@dataclass(frozen=True, kw_only=True)
class PositionAdvice(Stored):
    """Something is to be said of a position: new, more urgent, worse, otherwise suggested, or still unanswered.

    `advice` holds the contract's members and ours; `notice` in it says which of these it is.
    """

    TYPE = "position_advice"
    CHANNEL = Channel.POSITIONS

    user_id: UUID
    advice: dict[str, Any]
    generated_at: datetime
    interrupt: bool


@dataclass(frozen=True, kw_only=True)
class PositionAdviceChanged(Stored):
    """An advice was answered by its trader, or is over; `state` says how it stands."""

    TYPE = "position_advice_changed"
    CHANNEL = Channel.POSITIONS

    advice_id: UUID
    position_id: UUID
    user_id: UUID
    symbol: str
    rule: str
    previous_state: str
    state: str
    reason: str
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Status(Message):
    """Where the session stands; `state` holds the members that market.calendar gives."""

    TYPE = "status"

    state: dict[str, Any]

    def members(self) -> dict[str, Any]:
        """Return the state's own members."""
        return self.state


@dataclass(frozen=True, kw_only=True)
class Price(Message):
    """The latest price of a symbol. `unavailable` names members that are 0 because nobody knows them."""

    TYPE = "price"

    symbol: str
    price: float
    change: float
    change_pct: float
    volume: float
    timestamp: datetime
    day_volume: float | None
    stale: bool
    delayed: bool
    simulated: bool
    unavailable: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class PositionUpdate(Message):
    """What a position is worth; never stored, so that it has no place in the log. `data` is as the contract has it."""

    TYPE = "position_update"

    channel: str
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Ack(Message):
    """What became of a request.

    `channels` are the symbols and channels it asked for and has; `at` is the log position up to which this socket has
    been told everything, None while nobody has signed in.
    """

    TYPE = "ack"

    action: str
    channels: list[str] = field(default_factory=list)
    rejected: list[dict[str, str | None]] = field(default_factory=list)
    at: int | None


@dataclass(frozen=True, kw_only=True)
class Reload(Message):
    """Events were missed that cannot be told again: load the page's data anew; what comes after `at` is live."""

    TYPE = "reload"

    channel: str
    at: int


@dataclass(frozen=True, kw_only=True)
class Pong(Message):
    """Answer to `ping`."""

    TYPE = "pong"


@dataclass(frozen=True, kw_only=True)
class Error(Message):
    """A message, or a part of one, was refused."""

    TYPE = "error"

    message: str
    code: str | None = None


@cache
def _names(kind: type[Message]) -> tuple[tuple[str, str, bool], ...]:
    found = []
    for each in fields(kind):  # type: ignore[arg-type]
        first, *rest = each.name.split("_")
        found.append((each.name, first + "".join(word.title() for word in rest), each.default is None))
    return tuple(found)
