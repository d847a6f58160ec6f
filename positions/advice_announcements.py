"""How the events of advice read: what a frame says, and the facts that the journal needs to retell it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from positions.models import Advice
from positions.pure.advice import Urgency
from positions.pure.advice_state import Notice
from realtime.events import NewEvent
from realtime.messages import PositionAdvice, PositionAdviceChanged

FACTS_VERSION = 1


def told(advice: Advice, symbol: str, notice: Notice, *, interrupt: bool, at: datetime) -> NewEvent:
    """Return the event of an advice that its trader hears of now; whether it may `interrupt` him, his settings say."""
    message = PositionAdvice(
        user_id=advice.user_id,
        advice={**wire(advice), "notice": notice.value},
        generated_at=at.astimezone(UTC),
        interrupt=interrupt,
    )
    facts = {"version": FACTS_VERSION, "adviceId": advice.id, "notice": notice.value, **advice.facts}
    return NewEvent.telling(
        message, user_id=advice.user_id, subject=advice.position_id, symbol=symbol, facts=facts, market_at=at
    )


def changed(advice: Advice, symbol: str, *, previous: str, reason: str, at: datetime) -> NewEvent:
    """Return the event of an advice that was answered, or is over."""
    message = PositionAdviceChanged(
        advice_id=advice.id,
        position_id=advice.position_id,
        user_id=advice.user_id,
        symbol=symbol,
        rule=advice.rule,
        previous_state=previous,
        state=advice.state,
        reason=reason,
        changed_at=at.astimezone(UTC),
    )
    facts = {"version": FACTS_VERSION, "adviceId": advice.id}
    return NewEvent.telling(message, user_id=advice.user_id, subject=advice.position_id, facts=facts, market_at=at)


def wire(advice: Advice) -> dict[str, Any]:
    """Return an advice that its trader was told as the contract's `PositionAdvice`, with members of our own."""
    return {
        "positionId": str(advice.position_id),
        "type": advice.type,
        "urgency": Urgency(advice.urgency or advice.pending or Urgency.LOW).wire,
        "message": advice.message,
        "suggestedAction": advice.action,
        "id": str(advice.id),
        "rule": advice.rule,
        "state": advice.state,
        "evidence": advice.evidence,
        "confidence": advice.confidence,
        "expiresAt": advice.expires_at.astimezone(UTC),
        "liquidityWarning": advice.liquidity_warning,
        "firstToldAt": advice.first_told_at and advice.first_told_at.astimezone(UTC),
    }
