"""The plan held against what traders do: at every opening, and as the market moves what they hold.

A breach never stands in the way of writing down what really happened: it is stored, and told once. See
docs/position-days.md.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connection, transaction

from config.http.renderers import dumps
from market import clock
from positions import contracts, ledger, plan, plan_days
from positions.ledger import Trade
from positions.models import FillKind, Position, Source, TradingPlan
from positions.pure import limits, plan_rules
from positions.pure.facts import PositionFacts
from positions.pure.plan_rules import NO_RISK, Breach, Opening, Plan, Risk
from positions.pure.structures import Leg
from positions.tracker import facts_of
from realtime.events import NewEvent, publish_all
from realtime.messages import PlanBreached

logger = logging.getLogger(__name__)

FACTS_VERSION: Final = 1
# What is told later than this is not held against what the day had lost: nobody knows what that was then.
RECENT: Final = timedelta(minutes=5)
# The unique row decides who tells: a second worker waits for the first one's commit and writes nothing.
INSERT: Final = """
INSERT INTO positions_planbreach
    (id, user_id, market_date, rule, subject, position, symbol, "limit", value, text, plan_version, facts, breached_at)
SELECT id, user_id, market_date, rule, subject, position, symbol, "limit", value, text, plan_version, facts, breached_at
FROM jsonb_to_recordset(%s::jsonb) AS told (
    id uuid, user_id uuid, market_date date, rule text, subject text, position uuid, symbol text, "limit" numeric,
    value numeric, text text, plan_version integer, facts jsonb, breached_at timestamptz
)
ORDER BY user_id, market_date, rule, subject
ON CONFLICT (user_id, market_date, rule, subject) DO NOTHING
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a position held before it was traded in: by contract how many, and the most it could lose."""

    open: Mapping[str, int] = field(default_factory=dict)
    risk: Risk = NO_RISK


NOTHING: Final = Standing()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A breach and whose it is; `position` is None for one of the whole day."""

    user_id: UUID
    market_date: date
    breach: Breach
    version: int
    at: datetime
    facts: Mapping[str, Any]
    position: UUID | None = None
    symbol: str = ""

    @property
    def subject(self) -> str:
        return str(self.position or self.breach.limit)


def standing(position: Position) -> Standing:
    """Return what a position holds now."""
    legs = list(position.legs.all())
    held: limits.Open = tuple(
        (ledger.spec(leg, leg.open_quantity), leg.multiplier) for leg in legs if leg.open_quantity
    )
    return Standing({leg.contract: leg.open_quantity for leg in legs}, _risk(held, position.cost))


def of_opening(
    position: Position, trades: Sequence[Trade], before: Standing, *, at: datetime, now: datetime
) -> list[NewEvent]:
    """Store what trades that are already written break of their trader's plan, and return the events that tell it.

    Trades that only close, and what expiry or assignment do, break nothing. The plan is the one that held when it was
    traded.
    """
    row = plan.of_trader(position.user_id)
    if row is None or position.source == Source.ASSIGNMENT:
        return []
    version, held = plan.as_it_was(row, at)
    after = standing(position)
    opened = [trade.leg for trade in trades if trade.kind == FillKind.TRADE and _grows(trade.leg, before, after)]
    if not opened:
        return []
    opening = _opening(position, opened, (before, after), held, at=at, now=now)
    facts = _opening_facts(opening)
    found = [
        _Found(
            user_id=position.user_id, market_date=clock.market_date(at), breach=breach, version=version, at=at,
            facts=facts, position=position.id, symbol=position.symbol,
        )
        for breach in plan_rules.of_opening(held, opening)
    ]  # fmt: skip
    return _store(found)


def watch(facts: Sequence[PositionFacts], *, now: datetime) -> int:
    """Hold what everybody's open positions have made against the plans; tell what is new, and return how many.

    Parameters
    ----------
    facts : sequence of PositionFacts
        All that is open, as the tracker has just valued it.
    """
    rows = plan.with_loss_limits()
    if not rows:
        return 0
    own = [each for each in facts if each.user_id in rows]
    days = plan_days.of_traders([user for user, row in rows.items() if row.max_loss_day], own, now=now)
    today = clock.market_date(now)
    found = [*_of_days(rows, days, now), *_of_positions(rows, own, today, now)]
    if not found:
        return 0
    with transaction.atomic():
        events = _store(found)
        publish_all(events)
    if events:
        logger.info("positions.plan.breached", extra={"breaches": len(events)})
    return len(events)


def _of_days(
    rows: Mapping[UUID, TradingPlan], days: Mapping[UUID, plan_days.TraderDay], now: datetime
) -> Iterable[_Found]:
    for user, its in days.items():
        if breach := plan_rules.of_day(rows[user].plan, its.day.lost):
            facts = {"day": day_facts(its)}
            version = rows[user].version
            yield _Found(user_id=user, market_date=its.market_date, breach=breach, version=version, at=now, facts=facts)


def _of_positions(
    rows: Mapping[UUID, TradingPlan], facts: Iterable[PositionFacts], today: date, now: datetime
) -> Iterable[_Found]:
    for each in facts:
        # On a price that is old nobody is told that he has lost too much.
        if each.unrealised is None or each.stale:
            continue
        made = each.realised + each.unrealised - each.fees
        if breach := plan_rules.of_position(rows[each.user_id].plan, made):
            yield _Found(
                user_id=each.user_id, market_date=today, breach=breach, version=rows[each.user_id].version, at=now,
                facts={"made": str(made), "value": str(each.value), "asOf": each.as_of.isoformat()},
                position=each.id, symbol=each.symbol,
            )  # fmt: skip


def day_facts(its: plan_days.TraderDay) -> dict[str, Any]:
    """Return a day as facts keep it: amounts as texts, which are exact."""
    return {
        "realised": str(its.day.realised),
        "open": str(its.day.open),
        "result": str(its.day.result),
        "trades": its.trades,
        "unknown": [str(each) for each in its.unknown],
    }


def _opening(
    position: Position,
    opened: Sequence[Leg],
    standings: tuple[Standing, Standing],
    held: Plan,
    *,
    at: datetime,
    now: datetime,
) -> Opening:
    before, after = standings
    user, day = position.user_id, clock.market_date(at)
    is_new = not before.open
    lost = None
    if held.max_loss_day is not None and now - at <= RECENT and day == clock.market_date(now):
        lost = plan_days.of_traders([user], facts_of(user_id=user, now=now), now=now)[user].day.lost
    return Opening(
        at=at,
        before=before.risk,
        after=after.risk,
        zero_dte=any(leg.expiry == day for leg in opened),
        trades_today=plan_days.trades_on(day, [user]).get(user, 0) if is_new else None,
        day_loss=lost,
    )


def _grows(leg: Leg, before: Standing, after: Standing) -> bool:
    contract = contracts.name(leg)
    return abs(after.open.get(contract, 0)) > abs(before.open.get(contract, 0))


def _risk(held: limits.Open, cost: Decimal) -> Risk:
    if not held:
        return NO_RISK
    found = limits.of(held, cost)
    return Risk(found.max_loss, known=found.known)


def _opening_facts(opening: Opening) -> dict[str, Any]:
    def risk(of: Risk) -> str | None:
        return None if of.most is None else str(of.most)

    return {
        "maxLossBefore": risk(opening.before),
        "maxLossAfter": risk(opening.after),
        "limitsKnown": opening.after.known,
        "zeroDte": opening.zero_dte,
        "tradesToday": opening.trades_today,
        "dayLoss": None if opening.day_loss is None else str(opening.day_loss),
    }


def _store(found: Sequence[_Found]) -> list[NewEvent]:
    """Write what was not written yet, and return the events of exactly that."""
    if not found:
        return []
    by_id = {uuid4(): each for each in found}
    rows = [_row(key, each) for key, each in by_id.items()]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [dumps(rows).decode()])
        written = {key for (key,) in cursor.fetchall()}
    return [_told(key, each) for key, each in by_id.items() if key in written]


def _row(key: UUID, found: _Found) -> dict[str, Any]:
    breach = found.breach
    return {
        "id": key,
        "user_id": found.user_id,
        "market_date": found.market_date,
        "rule": breach.rule.value,
        "subject": found.subject,
        "position": found.position,
        "symbol": found.symbol,
        # As texts: a float of JSON would not be exact.
        "limit": None if breach.limit is None else str(breach.limit),
        "value": None if breach.value is None else str(breach.value),
        "text": breach.text,
        "plan_version": found.version,
        "facts": dict(found.facts),
        "breached_at": found.at,
    }


def _told(key: UUID, found: _Found) -> NewEvent:
    breach = found.breach
    message = PlanBreached(
        breach_id=key,
        user_id=found.user_id,
        position_id=found.position,
        symbol=found.symbol or None,
        rule=breach.rule.value,
        severity="warning" if breach.rule.only_warns else "breach",
        message=breach.text,
        limit=None if breach.limit is None else float(breach.limit),
        value=None if breach.value is None else float(breach.value),
        market_date=found.market_date,
        breached_at=found.at.astimezone(UTC),
    )
    facts = {"version": FACTS_VERSION, "breachId": key, "planVersion": found.version, **found.facts}
    return NewEvent.telling(
        message, user_id=found.user_id, subject=found.position, symbol=found.symbol, facts=facts, market_at=found.at
    )
