"""The exit advisor's rules as data, and what all of them say of one position; see docs/exit-advisor.md."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from positions.pure.advice import Abstained, Judged
from positions.pure.rules import (
    assignment,
    conversion,
    decay,
    events,
    expiry,
    levels,
    profit_and_loss,
    roll,
    stops,
)
from positions.pure.rules.rule import UNLISTED, Case, Rule

__all__ = ["RULES", "UNLISTED", "Case", "Rule", "holds", "judge", "unfit"]

_FAMILIES = (profit_and_loss, decay, expiry, conversion, roll, levels, stops, assignment, events)
# In the order of the specification's table. Its rule 14 is no rule of its own: it warns on the findings of the others.
RULES: Final[tuple[Rule, ...]] = tuple(
    sorted((rule for family in _FAMILIES for rule in family.RULES), key=lambda rule: rule.number)
)


def judge(case: Case) -> dict[str, Judged]:
    """Return what each rule says of a position, by its name; of one that cannot be judged every rule abstains."""
    if why := unfit(case):
        return {rule.name: Abstained(why) for rule in RULES}
    return {rule.name: rule.judge(case) for rule in RULES}


def holds(case: Case, names: Collection[str]) -> dict[str, Judged]:
    """Return what some rules say with every threshold a tenth nearer to where they are silent.

    What was advised stands on that: it is over only once its number has come back so far.
    """
    if why := unfit(case):
        return {name: Abstained(why) for name in names}
    softer = replace(case, thresholds=case.thresholds.relaxed())
    return {rule.name: rule.judge(softer) for rule in RULES if rule.name in names}


def unfit(case: Case) -> str | None:
    """Return why nothing can be said of a position now: nobody trades, its marks are old, or its quotes just opened."""
    facts, market, limits = case.facts, case.market, case.thresholds
    if not market.is_open:
        return "the session is not on"
    if facts.stale:
        return "its marks are stale"
    opening = market.minutes_open < limits.opening_minutes
    wide = any(leg.spread_pct > limits.wide_pct for leg in facts.options)
    if opening and wide:
        return "quotes are still wide after the open"
    if any(not math.isfinite(leg.mark) for leg in facts.legs):
        return "a leg has no price"
    return None
