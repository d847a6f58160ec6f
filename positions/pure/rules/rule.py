"""A rule of the exit advisor as data, and what its findings have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from positions.pure.advice import Abstained, AdviceType, Evidence, Finding, Judged, Urgency
from positions.pure.facts import LegFacts, MarketFacts, MarkSource, PositionFacts
from positions.pure.listed import Listed
from positions.pure.thresholds import Thresholds

# What a price is trusted for by where it comes from; a quote loses a point for each percent of its spread.
TRUST: Final = {MarkSource.QUOTE: 1.0, MarkSource.LAST: 0.6, MarkSource.MODEL: 0.5, MarkSource.NONE: 0.0}
LONGEST: Final = timedelta(days=7)
UNLISTED: Final = Abstained("nobody has read which contracts are listed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that a position is judged by.

    Attributes
    ----------
    listed : Listed or None
        The contracts that it may be rolled or converted into; None where nobody has read them.
    """

    facts: PositionFacts
    market: MarketFacts
    thresholds: Thresholds
    listed: Listed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Attributes
    ----------
    number : int
        In the specification's table 7.3.
    name : str
    type : AdviceType
        What it is called on the wire.
    thresholds : tuple of str
        Which numbers of `Thresholds` it reads.
    text : str
        What it says, for people.
    judge : callable
    """

    number: int
    name: str
    type: AdviceType
    thresholds: tuple[str, ...]
    text: str
    judge: Callable[[Case], Judged]


def finding(
    case: Case,
    rule: str,
    kind: AdviceType,
    urgency: Urgency,
    message: str,
    action: Mapping[str, Any],
    evidence: Evidence,
    **more: Any,
) -> Finding:
    """Return a finding of a rule, with what all have in common."""
    more.setdefault("expires_at", expires_at(case))
    return Finding(
        rule=rule,
        type=kind,
        urgency=urgency,
        message=message,
        action=action,
        evidence=evidence,
        confidence=confidence(case.facts),
        liquidity_warning=liquidity_warning(case),
        **more,
    )


def expires_at(case: Case) -> datetime:
    """Return when an advice on the position means nothing any more: at its first expiry, in a week at most."""
    minutes = [leg.minutes_to_expiry for leg in case.facts.options if math.isfinite(leg.minutes_to_expiry)]
    return case.market.now + min([LONGEST, *(timedelta(minutes=each) for each in minutes)])


def session_end(case: Case) -> datetime:
    """Return when an advice about today means nothing any more: at the close."""
    return min(case.market.close_at or case.market.now + timedelta(days=1), expires_at(case))


def confidence(facts: PositionFacts) -> float:
    """Return how far the worst price in a position can be trusted, 0 to 1."""
    return round(min((_trust(leg) for leg in facts.legs), default=0.0), 2)


def liquidity_warning(case: Case) -> str | None:
    """Return what is to be said of quotes so wide that their middle may not be had (rule 14)."""
    limit = case.thresholds.wide_pct
    wide = [leg for leg in case.facts.options if leg.spread_pct > limit]
    if not wide:
        return None
    worst = max(wide, key=lambda leg: leg.spread_pct)
    return f"{worst.contract} is quoted {worst.bid:.2f} / {worst.ask:.2f}: {worst.spread_pct:.0f} % of its middle"


def _trust(leg: LegFacts) -> float:
    spread = leg.spread_pct if math.isfinite(leg.spread_pct) and leg.is_option else 0.0
    return max(0.0, TRUST[leg.source] - (min(spread, 50.0) / 100.0 if leg.source is MarkSource.QUOTE else 0.0))
